"""The trained parts of the findings job, loaded together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from typodont.datasets.picture_cache import CanvasConfig
from typodont.errors import WeightsError
from typodont.nets.onnx_detector import OnnxDetector
from typodont.tasks.findings.modality import MODALITIES, ModalityName
from typodont.training.weights import SHIPPED, Card, card_from_dict, load_weights

DEFAULT_WEIGHTS = SHIPPED / "findings"


@dataclass(frozen=True)
class Detector:
    """A network that finds things, and how pictures come to it.

    Args:
        net: Network.
        modality: Which pictures it was trained on.
        categories: What it finds, in the order of its labels 1, 2, …
        canvas: How pictures come to the size that it sees.
        card: Of the weights.
        file: Of the weights.
    """

    net: nn.Module
    modality: ModalityName
    categories: tuple[str, ...]
    canvas: CanvasConfig
    card: Card
    file: Path


def load_detectors(weights: Path | None = None) -> Mapping[ModalityName, Detector]:
    """The shipped networks by modality, or the one of a weights file or run folder.

    Raises:
        WeightsError: missing, damaged, or no weights of the findings job.
    """
    if weights is not None:
        own = load_detector(Path(weights))
        return {own.modality: own}
    return {name: load_detector(DEFAULT_WEIGHTS / f"{name}.safetensors") for name in MODALITIES}


def load_detector(weights: Path) -> Detector:
    """The network of a weights file, a run folder or a file of `typodont export findings`.

    Raises:
        WeightsError: missing, damaged, or no weights of the findings job.
    """
    net, card = _load_onnx(weights) if weights.suffix == ".onnx" else load_weights(weights)
    modality = card.config.get("modality")
    if modality not in MODALITIES:
        raise WeightsError(
            f"{weights}: found weights of the job {card.job!r}, expected those of a training of the findings job"
        )
    file = weights / "checkpoint.safetensors" if weights.is_dir() else weights
    canvas = replace(MODALITIES[modality].canvas, canvas=tuple(card.config["canvas"]))
    return Detector(net, modality, tuple(card.config["categories"]), canvas, card, file)


def _load_onnx(path: Path) -> tuple[nn.Module, Card]:
    net = OnnxDetector(path)
    try:
        return net, card_from_dict(json.loads(net.card))
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path}: no readable card in this model ({error}); export the weights anew") from None
