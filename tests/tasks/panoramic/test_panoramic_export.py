"""The exported network gives torch's numbers, and segmentation runs with it."""

import json

import numpy as np
import pytest
import torch

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from typodont.cli import main
from typodont.errors import ConfigError, WeightsError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.onnx_net import OnnxNet
from typodont.nets.point_unet import PointUNet
from typodont.nets.tooth_unet import ToothUNet
from typodont.tasks.calibrate import read_calibration
from typodont.tasks.panoramic import export
from typodont.tasks.panoramic.evidence import read_pixels
from typodont.tasks.panoramic.models import load_models
from typodont.training.weights import Card, TrainingSource, load_weights, save_weights

SMALL = {"widths": (4, 6, 8), "depths": (0, 1, 1)}
SOURCES = (TrainingSource("made up", "synthetic"),)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    net = ToothUNet(**SMALL)
    for parameter in net.parameters():  # also those that start at zero
        torch.nn.init.normal_(parameter, std=0.5)
    return net.eval()


@pytest.fixture(scope="module")
def exported(net, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    weights = folder / "source" / "segment.safetensors"
    weights.parent.mkdir()
    save_weights(net, Card("panoramic", "tooth_unet", SMALL, SOURCES), weights)
    calibration = {"score": [0, 1], "probability": [0.1, 0.9], "n_teeth": 5, "source": "test"}
    (weights.parent / "calibration.json").write_text(json.dumps(calibration))
    check = export.export_onnx(folder / "net.onnx", weights=weights)
    return weights, folder / "net.onnx", check


def test_same_numbers_at_sizes_that_the_export_did_not_see(exported):
    weights, file, check = exported
    ours, theirs = load_weights(weights)[0], OnnxNet(file)
    batch = ImageBatch(torch.randn(3, 1, 64, 160, generator=torch.Generator().manual_seed(1)))
    with torch.inference_mode():
        expected, got = ours(batch), theirs(batch)
    assert expected.tooth.std() > 0.01
    assert got.place.shape == (3, 8, 32, 80)
    assert torch.allclose(expected.log_classes(), got.log_classes(), atol=1e-4)
    assert torch.allclose(expected.offset, got.offset, atol=1e-3)
    assert 0 < check.log_classes < 1e-4
    assert check.bytes == file.stat().st_size


def test_evidence_is_the_same(exported):
    weights, file, _ = exported
    canvas = np.random.default_rng(0).normal(size=(64, 128)).astype(np.float32)
    ours, theirs = (read_pixels(net, canvas) for net in (load_weights(weights)[0], OnnxNet(file)))
    assert np.allclose(ours.log_classes, theirs.log_classes, atol=1e-4)


def test_calibration_travels_along(exported):
    weights, file, _ = exported
    calibration = read_calibration(file.with_name("calibration.json"))
    assert calibration == read_calibration(weights.with_name("calibration.json"))
    assert calibration.n_teeth == 5


def test_the_job_takes_the_file_as_weights(exported):
    models = load_models(exported[1])
    assert isinstance(models.net, OnnxNet)
    assert models.files["segment"] == exported[1]
    assert models.calibration.n_teeth == 5


def test_the_file_says_what_it_is(exported):
    import onnx

    properties = {prop.key: prop.value for prop in onnx.load(exported[1]).metadata_props}
    assert properties["job"] == "panoramic"
    assert "made up (synthetic)" in properties["sources"]


def test_other_numbers_are_refused(exported, tmp_path, monkeypatch):
    weights, _, _ = exported
    monkeypatch.setattr(export, "LOG_TOLERANCE", -1.0)
    with pytest.raises(WeightsError, match="nothing was written"):
        export.export_onnx(tmp_path / "net.onnx", weights=weights)
    assert list(tmp_path.iterdir()) == []


def test_command(exported, tmp_path, capsys):
    weights, _, _ = exported
    assert main(["export", "panoramic", "--out", str(tmp_path / "a.onnx"), "--weights", str(weights), "--onnx"]) == 0
    assert "differ by at most" in capsys.readouterr().out
    assert main(["export", "panoramic", "--out", str(tmp_path / "b.onnx"), "--weights", str(weights)]) == 2
    assert not (tmp_path / "b.onnx").exists()


def test_bad_names_and_files(tmp_path):
    with pytest.raises(ConfigError, match=r"ends in \.onnx"):
        export.export_onnx(tmp_path / "net.pt")
    with pytest.raises(WeightsError, match="cannot be read"):
        OnnxNet(tmp_path / "nothing.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(WeightsError, match="damaged"):
        OnnxNet(tmp_path / "text.onnx")


def test_a_model_from_elsewhere_is_refused(tmp_path):
    from onnx import TensorProto, helper, save

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "other", ends[:1], ends[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", export.OPSET)], ir_version=8)
    save(model, tmp_path / "other.onnx")
    with pytest.raises(WeightsError, match="found a model with x, y"):
        OnnxNet(tmp_path / "other.onnx")


def test_weights_of_another_job(tmp_path):
    arguments = {"widths": (16, 16), "encoder_blocks": (1, 1), "decoder_blocks": (1,), "attention_layers": 1}
    save_weights(PointUNet(**arguments), Card("scan", "point_unet", arguments, SOURCES), tmp_path / "scan.safetensors")
    with pytest.raises(WeightsError, match="expected 'panoramic'"):
        export.export_onnx(tmp_path / "net.onnx", weights=tmp_path / "scan.safetensors")
