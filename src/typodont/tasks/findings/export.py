"""A network for findings as an ONNX file, for programs without torch; checked against torch before it is kept."""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.ops import box_iou

from typodont.atomic import atomic_path
from typodont.errors import ConfigError, WeightsError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections
from typodont.nets.onnx_detector import CARD, OUTPUTS, OnnxDetector
from typodont.nets.onnx_net import INPUT
from typodont.tasks.findings.calibrate import calibration_path
from typodont.tasks.findings.detect import as_seen
from typodont.tasks.findings.modality import ModalityName
from typodont.tasks.findings.models import DEFAULT_WEIGHTS, Detector, load_detector
from typodont.types import Float

OPSET = 17
SCORE_TOLERANCE = 1e-3
BOX_TOLERANCE = 0.1
"""Pixels of the canvas."""
COMPARED = 30
"""Findings of a picture that have to be the same, best first."""
_TRACED = (256, 512)
"""Rows and columns of the picture that the export looks at; the check takes others."""


@dataclass(frozen=True)
class ExportCheck:
    """How far onnxruntime is from torch on a synthetic picture, at the size of the canvas and at half of it.

    Args:
        findings: How many findings were compared.
        score: Largest difference of their scores.
        box: Largest difference of a side of their boxes, pixels.
        mask: Largest difference of the probability of a place in their masks.
        bytes: Size of the file.
    """

    findings: int
    score: float
    box: float
    mask: float
    bytes: int


def export_onnx(out: Path, *, modality: ModalityName = "xray", weights: Path | None = None) -> ExportCheck:
    """Write a network as ONNX, with its calibration beside it where it has one.

    The model takes one picture as `tasks.findings.detect.as_seen` makes it, (1, channels, rows, columns) float32, and
    gives the fields of `Detections`, best first: boxes (N, 4) in pixels of that picture, labels (N,) from 1 on, scores
    (N,) as they come from the network, and masks (N, 28, 28), each to be laid into its box. Its metadata hold the card
    of the weights, in which the categories are.

    Args:
        out: The ``.onnx`` file.
        modality: Which of the shipped networks.
        weights: A weights file or run folder instead of the shipped weights.

    Raises:
        ConfigError: the packages of the extra "onnx" are missing.
        WeightsError: the weights are missing or of another kind, or the file does not give the same numbers.
    """
    if out.suffix != ".onnx":
        raise ConfigError(f"{out}: found the suffix {out.suffix!r}, expected a name that ends in .onnx")
    detector = load_detector(weights or DEFAULT_WEIGHTS / f"{modality}.safetensors")
    with atomic_path(out) as temporary:
        _write(detector, temporary)
        check = _compare(detector, temporary)
        if check.score > SCORE_TOLERANCE or check.box > BOX_TOLERANCE:
            raise WeightsError(
                f"{detector.file}: onnxruntime gives other findings than torch (scores differ by {check.score:.1e}, "
                f"boxes by {check.box:.1e} pixels); nothing was written"
            )
    known = calibration_path(detector.file)
    if known.is_file() and known.resolve() != calibration_path(out).resolve():
        shutil.copyfile(known, calibration_path(out))
    return check


class _Flat(nn.Module):
    """The network with plain tensors in and out, as ONNX has it."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        found = self.net(ImageBatch(image))[0]
        return tuple(getattr(found, name) for name in OUTPUTS)


def _write(detector: Detector, path: Path) -> None:
    try:
        import onnx
    except ImportError:
        raise ConfigError("writing ONNX needs the package onnx; pip install 'typodont[onnx]'") from None
    channels = 3 if detector.canvas.colour else 1
    with warnings.catch_warnings():
        # torch's newer exporter cannot follow torchvision's detectors; torchvision tests them with the deprecated one,
        # and both say much about sizes that are taken as fixed, which the check would find
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _Flat(detector.net).eval(),
            (torch.zeros(1, channels, *_TRACED),),
            path,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_axes={INPUT: {2: "rows", 3: "columns"}, **{name: {0: "findings"} for name in OUTPUTS}},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, {CARD: json.dumps(asdict(detector.card), default=str)})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _compare(detector: Detector, path: Path) -> ExportCheck:
    exported = OnnxDetector(path)
    layers = _synthetic(detector.modality)
    rows, columns = detector.canvas.canvas
    count, worst = 0, np.zeros(3)
    for shape in ((rows, columns), (rows // 2, columns // 2)):
        batch, _ = as_seen(layers, replace(detector, canvas=replace(detector.canvas, canvas=shape)))
        with torch.inference_mode():
            ours, theirs = detector.net(batch)[0], exported(batch)[0]
        count += min(len(ours.box), COMPARED)
        worst = np.maximum(worst, differences(ours, theirs))
    return ExportCheck(count, *(float(value) for value in worst), bytes=path.stat().st_size)


def differences(ours: Detections, theirs: Detections) -> tuple[float, float, float]:
    """Largest differences of scores, boxes and masks between the best findings of either side and their counterparts.

    Rounding may put findings of nearly the same score in another order, or make another one of two doubles stay, so
    that the counterpart is the one of the same label whose box overlaps most, and the last findings are not compared.
    Infinite where there is no counterpart.
    """
    worst = np.maximum(_one_way(ours, theirs), _one_way(theirs, ours))
    return float(worst[0]), float(worst[1]), float(worst[2])


def _one_way(found: Detections, other: Detections) -> Float:
    best = Detections(*(getattr(found, name)[:COMPARED] for name in OUTPUTS))
    if not len(best.box):
        return np.zeros(3)
    if not len(other.box):
        return np.full(3, np.inf)
    overlap, same = (box_iou(best.box, other.box) * (best.label[:, None] == other.label)).max(dim=1)
    if float(overlap.min()) == 0:
        return np.full(3, np.inf)
    pairs = ((getattr(best, name), getattr(other, name)[same]) for name in ("score", "box", "mask"))
    return np.array([float((one - two).abs().max()) for one, two in pairs])


def _synthetic(modality: ModalityName) -> Float:
    """(c, H, W) float32, 0..1: a picture in which there is something to find."""
    if modality == "photo":
        from typodont.synth.photo.photo import make_photo

        return np.moveaxis(make_photo(0).image, -1, 0).astype(np.float32) / 255
    from typodont.synth.xray.panoramic import make_panoramic

    return make_panoramic(0).image.astype(np.float32)[None] / 255
