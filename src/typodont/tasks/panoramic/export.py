"""Panoramic weights as an ONNX file, for programs without torch; checked against torch before it is kept."""

from __future__ import annotations

import json
import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from typodont.atomic import atomic_path
from typodont.datasets.panoramic_canvas import CANVAS
from typodont.errors import ConfigError, WeightsError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.onnx_net import INPUT, OUTPUTS, OnnxNet
from typodont.tasks.panoramic.models import CALIBRATION, DEFAULT_WEIGHTS, SEGMENT, load_net
from typodont.training.weights import Card

OPSET = 17
LOG_TOLERANCE = 1e-3
"""Largest difference of a log probability: a tenth of a percent of the probability."""
OFFSET_TOLERANCE = 1e-2
"""Largest difference of an offset, grid pixels."""
_SMALL = (256, 512)


@dataclass(frozen=True)
class ExportCheck:
    """How far onnxruntime is from torch on made-up pictures, the canvas and a smaller size.

    Args:
        log_classes: Largest difference of the log probabilities.
        offset: Largest difference of the offsets, grid pixels.
        bytes: Size of the file.
    """

    log_classes: float
    offset: float
    bytes: int


def export_onnx(out: Path, *, weights: Path | None = None) -> ExportCheck:
    """Write a network as ONNX, with its calibration beside it where it has one.

    The model takes a picture as `datasets.panoramic_canvas.fit_canvas` makes it, (batch, 1, rows, columns) float32 with
    sides that are multiples of the network's stride, and gives the logits and offsets of `ToothMaskOutput` on half the
    grid. Its metadata hold the card of the weights.

    Args:
        out: The ``.onnx`` file.
        weights: A weights file or run folder instead of the shipped weights.

    Raises:
        ConfigError: the packages of the extra "onnx" are missing.
        WeightsError: the weights are missing or of another kind, or the file does not give the same numbers.
    """
    if out.suffix != ".onnx":
        raise ConfigError(f"{out}: found the suffix {out.suffix!r}, expected a name that ends in .onnx")
    source = weights or DEFAULT_WEIGHTS / SEGMENT
    net, card = load_net(source)
    if card.job != "panoramic":
        raise WeightsError(f"{source}: found weights of the job {card.job!r}, expected 'panoramic'")
    with atomic_path(out) as temporary:
        _write(net, card, temporary)
        check = _compare(net, temporary)
        if check.log_classes > LOG_TOLERANCE or check.offset > OFFSET_TOLERANCE:
            raise WeightsError(
                f"{source}: onnxruntime gives other numbers than torch (log probabilities by {check.log_classes:.1e}, "
                f"offsets by {check.offset:.1e} pixels); nothing was written"
            )
    calibration = (source if source.is_dir() else source.parent) / CALIBRATION
    if calibration.is_file() and calibration.resolve() != out.with_name(CALIBRATION).resolve():
        shutil.copyfile(calibration, out.with_name(CALIBRATION))
    return check


class _Flat(nn.Module):
    """The network with plain tensors in and out, as ONNX has it."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        output = self.net(ImageBatch(image))
        return tuple(getattr(output, name) for name in OUTPUTS)


def _write(net: nn.Module, card: Card, path: Path) -> None:
    try:
        import onnx
    except ImportError:
        raise ConfigError("writing ONNX needs the package onnx; pip install 'typodont[onnx]'") from None
    sides = {0: "batch", 2: "rows", 3: "columns"}
    with warnings.catch_warnings():
        # torch's newer exporter needs onnxscript on top; the deprecated one writes the same convolutions without it.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            _Flat(net).eval(),
            (torch.zeros(1, 1, *_SMALL),),
            path,
            input_names=[INPUT],
            output_names=list(OUTPUTS),
            dynamic_axes={INPUT: sides, **{name: {0: "batch"} for name in OUTPUTS}},
            opset_version=OPSET,
            dynamo=False,
        )
    model = onnx.load(str(path))
    about: dict[str, Any] = {
        "job": card.job,
        "net": card.net,
        "date": card.date,
        "figures": card.figures,
        "sources": [f"{source.name} ({source.licence})" for source in card.sources],
        "rows, columns": CANVAS,
    }
    onnx.helper.set_model_props(model, {key: _text(value) for key, value in about.items()})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _compare(net: nn.Module, path: Path) -> ExportCheck:
    exported = OnnxNet(path)
    logs, offsets = [], []
    generator = torch.Generator().manual_seed(0)
    for shape in ((2, 1, *_SMALL), (1, 1, *CANVAS)):
        coarse = torch.randn(shape[0], 1, shape[2] // 16, shape[3] // 16, generator=generator)
        batch = ImageBatch(nn.functional.interpolate(coarse, size=shape[2:], mode="bilinear"))
        with torch.inference_mode():
            ours, theirs = net(batch), exported(batch)
            logs.append(float((ours.log_classes() - theirs.log_classes()).abs().max()))
            offsets.append(float((ours.offset - theirs.offset).abs().max()))
    return ExportCheck(max(logs), max(offsets), path.stat().st_size)
