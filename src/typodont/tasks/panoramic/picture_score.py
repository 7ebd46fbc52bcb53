"""One panoramic, prediction against truth: every figure, every count and every wrong tooth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from typodont import metrics
from typodont.records import LabelledPanoramic
from typodont.records.radiograph import true_aspect
from typodont.tasks.calibrate import Stated
from typodont.tasks.measured import plain
from typodont.types import Bool, Int

LABEL_MAP = (
    "binary_dice",
    "binary_iou",
    "binary_nsd",
    "tooth_dice",
    "tooth_dice_of_found",
    "macro_iou",
    "pixel_accuracy",
)
"""Figures of the map of numbers, in which a pixel belongs to one tooth at most."""
INSTANCES = ("errors", "perfect_chart", "panoptic_quality")
"""Figures of whole teeth, whose true masks may overlap."""
STS = ("instance_dice", "instance_iou", "instance_nsd", "identification_accuracy")
"""The instance figures of the STS 2024 challenge, as it words them."""
FIGURES = (*LABEL_MAP, *INSTANCES, *STS)

NSD_TOLERANCE = 4.0
"""Thousandths of the picture's width: about a millimetre, 8 pixels of a picture that is 2000 pixels wide."""


@dataclass(frozen=True)
class PictureScore:
    """What is known of one picture after comparison.

    Args:
        name: Stem of the picture's file.
        figures: Name -> value, NaN where there is nothing to measure; see `FIGURES`. "errors" counts missed, made-up
            and wrongly numbered teeth, the others are 0..1.
        counts: "true", "predicted", "found" (under any number) and "right" (with the right number) teeth.
        predicted: Whether there was a prediction.
        wrong_teeth: {"true": fdi or None, "predicted": fdi or None}, see `ToothMatches.wrong_teeth`.
        confidence: Of every predicted tooth that states one.
    """

    name: str
    figures: Mapping[str, float]
    counts: Mapping[str, int]
    predicted: bool = True
    wrong_teeth: Sequence[dict[str, int | None]] = ()
    confidence: Sequence[Stated] = field(default=(), repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, NaN as None."""
        return {
            "name": self.name,
            "predicted": self.predicted,
            "figures": {name: plain(value) for name, value in self.figures.items()},
            "counts": dict(self.counts),
            "wrong_teeth": list(self.wrong_teeth),
        }


def figures_of(truth: LabelledPanoramic, predicted: Int | None) -> tuple[dict[str, float], metrics.ToothMatches]:
    """All `FIGURES` of one picture and its matched teeth.

    A missing prediction (None) scores 0 everywhere, and each of its teeth is an error.

    Args:
        truth: With teeth or without.
        predicted: (H, W) int: FDI number of every pixel.
    """
    labels = np.zeros(truth.shape, dtype=np.uint8) if predicted is None else predicted
    teeth = _matches(truth, labels)
    if predicted is None:
        return dict.fromkeys(FIGURES, 0.0) | {"errors": float(teeth.n_true)}, teeth
    figures = {**_of_label_map(truth, predicted), **_of_instances(truth, predicted, teeth)}
    return {name: figures[name] for name in FIGURES}, teeth


def pixel_size(truth: LabelledPanoramic) -> tuple[float, float]:
    """Height and width of a pixel in thousandths of the picture's width, for pictures that were stored squeezed too."""
    height, width = truth.shape
    aspect = truth.aspect or true_aspect(truth.shape)
    return 1000.0 / (aspect * height), 1000.0 / width


def _matches(truth: LabelledPanoramic, predicted: Int) -> metrics.ToothMatches:
    numbers = _numbers(predicted)
    return metrics.match_masks(
        [tooth.mask for tooth in truth.teeth],
        [tooth.fdi for tooth in truth.teeth],
        [predicted == fdi for fdi in numbers],
        numbers,
    )


def _of_label_map(truth: LabelledPanoramic, predicted: Int) -> dict[str, float]:
    true_map = truth.label_map()
    first, second = true_map.ravel(), predicted.ravel()
    binary = metrics.tooth_mask_iou(first, second)
    return {
        "binary_dice": metrics.dice(binary),
        "binary_iou": binary,
        "binary_nsd": _nsd(truth, true_map > 0, predicted > 0),
        "tooth_dice": metrics.tooth_dice(first, second),
        "tooth_dice_of_found": _mean(metrics.dice(metrics.match_teeth(first, second).matched_iou())),
        "macro_iou": metrics.macro_iou(first, second),
        "pixel_accuracy": metrics.vertex_accuracy(first, second),
    }


def _of_instances(truth: LabelledPanoramic, predicted: Int, teeth: metrics.ToothMatches) -> dict[str, float]:
    iou = teeth.same_number_iou(made_up=True)
    surface = np.zeros(len(iou))
    surface[: teeth.n_true] = [_nsd(truth, tooth.mask, predicted == tooth.fdi) for tooth in truth.teeth]
    return {
        "errors": float(len(teeth.wrong_teeth())),
        "perfect_chart": float(teeth.all_right),
        "panoptic_quality": teeth.panoptic_quality,
        "instance_dice": _mean(metrics.dice(iou)),
        "instance_iou": _mean(iou),
        "instance_nsd": _mean(surface),
        "identification_accuracy": teeth.identification_accuracy,
    }


def _nsd(truth: LabelledPanoramic, first: Bool, second: Bool) -> float:
    return metrics.surface_dice(first, second, tolerance=NSD_TOLERANCE, pixel=pixel_size(truth))


def _numbers(label_map: Int) -> list[int]:
    return [int(fdi) for fdi in np.unique(label_map) if fdi]


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
