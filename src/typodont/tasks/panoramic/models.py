"""The trained parts of the panoramic job, loaded together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from typodont.datasets.panoramic_canvas import CANVAS
from typodont.errors import WeightsError
from typodont.nets.onnx_net import OnnxNet
from typodont.tasks.calibrate import Calibration, read_calibration
from typodont.training.weights import SHIPPED, Card, load_weights

DEFAULT_WEIGHTS = SHIPPED / "panoramic"
SEGMENT = "segment.safetensors"
VIEW = "view.safetensors"
CALIBRATION = "calibration.json"


@dataclass(frozen=True)
class PanoramicModels:
    """What `predict_panoramic` needs.

    Args:
        net: Network for pixels.
        view: Network that says what a picture shows and which way up; None where there is none, then every picture
            is taken for a panoramic in its usual view unless its file or the options say otherwise.
        calibration: From raw scores to probabilities.
        files: Name -> file of the weights, for the run record.
    """

    net: nn.Module
    view: nn.Module | None
    calibration: Calibration
    files: dict[str, Path]


def load_models(weights: Path | None = None) -> PanoramicModels:
    """The shipped networks, or those of a weights file, a run folder or a file of `typodont export panoramic`.

    With weights of one's own, ``view.safetensors`` and ``calibration.json`` are taken from beside them; the shipped
    network for the view is used where there is none.

    Raises:
        WeightsError: missing, damaged, or trained on another canvas than predictions use.
    """
    net_file = _net_file(weights)
    net = OnnxNet(net_file) if net_file.suffix == ".onnx" else load_net(net_file)[0]
    view_file = net_file.with_name(VIEW)
    if not view_file.exists():
        view_file = DEFAULT_WEIGHTS / VIEW
    view = load_weights(view_file)[0] if view_file.exists() else None
    calibration = read_calibration(net_file.with_name(CALIBRATION))
    files = {"segment": net_file} | ({"view": view_file} if view is not None else {})
    return PanoramicModels(net, view, calibration, files)


def load_net(weights: Path) -> tuple[nn.Module, Card]:
    """The network for pixels of a weights file or run folder, and its card.

    Raises:
        WeightsError: missing, damaged, or trained on another canvas than `CANVAS`, for which the steps after the
            network are made.
    """
    net, card = load_weights(weights)
    rows, columns = card.config.get("canvas", CANVAS)
    if (rows, columns) != CANVAS:
        raise WeightsError(
            f"{weights}: these weights were trained on a canvas of {rows} rows and {columns} columns, predictions need "
            f"{CANVAS[0]} and {CANVAS[1]}; train on with --init {weights} and the default canvas"
        )
    return net, card


def _net_file(weights: Path | None) -> Path:
    if weights is None:
        return DEFAULT_WEIGHTS / SEGMENT
    weights = Path(weights)
    return weights / "checkpoint.safetensors" if weights.is_dir() else weights
