"""The exported network finds what torch finds, and detection runs with it."""

from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from typodont.cli import main
from typodont.errors import ConfigError, WeightsError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections, MaskRCNN
from typodont.nets.onnx_detector import OnnxDetector
from typodont.tasks.findings import export
from typodont.tasks.findings.calibrate import calibration_path
from typodont.tasks.findings.detect import detect
from typodont.tasks.findings.models import load_detector
from typodont.training.weights import Card, TrainingSource, save_weights

ARGUMENTS = {
    "categories": ["tooth", "caries"],
    "channels": 1,
    "backbone": {"widths": [4] * 6, "depths": [0] * 6, "out_channels": 8},
    "box_channels": 4,
    "box_features": 8,
    "mask_channels": 4,
    "proposals": 20,
    "score": 0.0,
}
CONFIG = {"modality": "xray", "categories": ["tooth", "caries"], "canvas": [128, 256]}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, export.ExportCheck]:
    """Weights, the file they were exported to, and its check."""
    folder = tmp_path_factory.mktemp("export")
    torch.manual_seed(0)
    weights = folder / "source" / "net.safetensors"
    weights.parent.mkdir()
    card = Card("findings", "mask_rcnn", ARGUMENTS, (TrainingSource("made up", "synthetic"),), config=CONFIG)
    net = MaskRCNN(**ARGUMENTS)
    for parameter in net.parameters():  # apart enough that rounding changes no order
        torch.nn.init.normal_(parameter, std=0.3)
    save_weights(net, card, weights)
    calibration_path(weights).write_text("{}")
    return weights, folder / "net.onnx", export.export_onnx(folder / "net.onnx", weights=weights)


@pytest.mark.slow
def test_same_findings_at_a_size_that_the_export_did_not_see(exported: tuple[Path, Path, export.ExportCheck]) -> None:
    weights, file, check = exported
    net, other = load_detector(weights).net, OnnxDetector(file)
    batch = ImageBatch(torch.randn(2, 1, 192, 320, generator=torch.Generator().manual_seed(1)))
    with torch.inference_mode():
        ours, theirs = net(batch), other(batch)
    assert len(ours) == len(theirs) == 2
    for one, same in zip(ours, theirs, strict=True):
        assert len(one.box) > 0
        score, box, mask = export.differences(one, same)
        assert score < 1e-4
        assert box < 1e-2
        assert mask < 1e-4
    assert check.findings > 0
    assert check.score < 1e-4
    assert check.bytes == file.stat().st_size


@pytest.mark.slow
def test_detection_takes_the_file(exported: tuple[Path, Path, export.ExportCheck]) -> None:
    weights, file, _ = exported
    ours, theirs = load_detector(weights), load_detector(file)
    assert (theirs.modality, theirs.categories, theirs.canvas) == (ours.modality, ours.categories, ours.canvas)
    assert theirs.card == ours.card
    assert calibration_path(theirs.file).exists()
    layers = np.random.default_rng(0).random((1, 90, 160)).astype(np.float32)
    one, same = detect(layers, ours), detect(layers, theirs)
    assert [finding.category for finding in one] == [finding.category for finding in same]
    assert [finding.score for finding in one] == pytest.approx([finding.score for finding in same], abs=1e-5)


@pytest.mark.slow
def test_another_network_s_file_is_refused(exported: tuple[Path, Path, export.ExportCheck], tmp_path: Path) -> None:
    import onnx

    model = onnx.load(str(exported[1]))
    del model.metadata_props[:]
    onnx.save(model, str(tmp_path / "bare.onnx"))
    with pytest.raises(WeightsError, match=r"bare\.onnx: no readable card"):
        load_detector(tmp_path / "bare.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(WeightsError, match=r"text\.onnx: no ONNX model"):
        load_detector(tmp_path / "text.onnx")


def test_findings_that_differ_are_told() -> None:
    box = torch.tensor([[0.0, 0, 10, 10], [20, 20, 40, 40]])
    ours = Detections(box, torch.tensor([1, 2]), torch.tensor([0.9, 0.8]), torch.zeros(2, 28, 28))
    turned = Detections(box.flip(0) + 0.5, torch.tensor([2, 1]), torch.tensor([0.7, 0.9]), torch.zeros(2, 28, 28))
    assert export.differences(ours, turned) == pytest.approx((0.1, 0.5, 0), abs=1e-6)
    assert export.differences(turned, ours) == pytest.approx((0.1, 0.5, 0), abs=1e-6)
    fewer = Detections(box[:1], torch.tensor([1]), torch.tensor([0.9]), torch.zeros(1, 28, 28))
    assert export.differences(ours, fewer)[0] == np.inf
    renamed = Detections(box, torch.tensor([1, 1]), torch.tensor([0.9, 0.8]), torch.zeros(2, 28, 28))
    assert export.differences(ours, renamed)[0] == np.inf


@pytest.mark.slow
def test_a_file_that_finds_something_else_is_not_kept(
    exported: tuple[Path, Path, export.ExportCheck], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SCORE_TOLERANCE", -1.0)
    with pytest.raises(WeightsError, match="gives other findings than torch"):
        export.export_onnx(tmp_path / "net.onnx", weights=exported[0])
    assert not list(tmp_path.iterdir())


def test_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match=r"expected a name that ends in \.onnx"):
        export.export_onnx(tmp_path / "net.pt")
    assert main(["export", "findings", "--out", str(tmp_path / "net.onnx")]) == 2
    assert "--onnx is the only one" in capsys.readouterr().err
