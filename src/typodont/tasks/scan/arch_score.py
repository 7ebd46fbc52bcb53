"""One arch, prediction against truth: every figure, every count and every wrong tooth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from typodont import metrics
from typodont.anatomy import MILK, successor
from typodont.tasks.calibrate import Stated
from typodont.tasks.measured import plain
from typodont.types import Float, Int

OFFICIAL = ("score", "exp_tla", "tsa", "tir")
STRICT = (
    "macro_iou",
    "macro_iou_with_gingiva",
    "tooth_f1",
    "detection_f1",
    "panoptic_quality",
    "tir_of_all_teeth",
    "all_right",
    "boundary_iou",
    "boundary_iou_neighbours",
    "boundary_macro_iou",
    "tooth_gum_accuracy",
    "vertex_accuracy",
)
LENIENT = ("lenient_iou",)
FIGURES = (*STRICT, *OFFICIAL, *LENIENT)


@dataclass(frozen=True)
class ArchScore:
    """What is known of one arch after comparison.

    Args:
        name: Stem of the scan's file.
        patient: Who it belongs to; both arches of a mouth share it.
        jaw: The true jaw.
        predicted_jaw: The jaw of the prediction, None where there is none.
        mixed: Whether milk teeth stand beside permanent ones.
        figures: Name -> 0..1, or NaN where there is nothing to measure; see `FIGURES`.
        counts: "true", "predicted", "found" (under any number) and "right" (with the right number) teeth.
        wrong_teeth: {"true": fdi or None, "predicted": fdi or None}, see `ToothMatches.wrong_teeth`.
        confidence: (confidence, whether found and rightly numbered) of every predicted tooth that states one.
    """

    name: str
    patient: str
    jaw: str
    predicted_jaw: str | None
    mixed: bool
    figures: Mapping[str, float]
    counts: Mapping[str, int]
    wrong_teeth: list[dict[str, int | None]] = field(default_factory=list)
    confidence: list[Stated] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, NaN as None."""
        return {
            "name": self.name,
            "patient": self.patient,
            "jaw": self.jaw,
            "predicted_jaw": self.predicted_jaw,
            "mixed": self.mixed,
            "figures": {k: plain(v) for k, v in self.figures.items()},
            "counts": dict(self.counts),
            "wrong_teeth": self.wrong_teeth,
        }


def figures_of(
    vertices: Float,
    truth: Int,
    predicted: Int | None,
    *,
    jaw: str,
    instances: tuple[Int | None, Int | None] = (None, None),
) -> tuple[dict[str, float], metrics.ToothMatches]:
    """All `FIGURES` of one arch and its matched teeth.

    A missing prediction (None) scores 0 everywhere: an arch that a program gives up on must not leave the mean.

    Args:
        vertices: (N, 3) float: mm.
        truth: (N,) int: FDI number per vertex; holds at least one tooth.
        predicted: (N,) int or None.
        jaw: The true jaw.
        instances: (N,) int of truth and prediction, for the official figures; the others go by the numbers.
    """
    if predicted is None:
        return dict.fromkeys(FIGURES, 0.0), metrics.match_teeth(truth, np.zeros_like(truth))
    teeth = metrics.match_teeth(truth, predicted)
    official = metrics.teeth3dseg(
        vertices, truth, predicted, truth_instances=instances[0], predicted_instances=instances[1]
    )
    figures = {
        "macro_iou": metrics.macro_iou(truth, predicted),
        "macro_iou_with_gingiva": metrics.macro_iou(truth, predicted, gingiva=True),
        "tooth_f1": teeth.tooth_f1,
        "detection_f1": teeth.detection_f1,
        "panoptic_quality": teeth.panoptic_quality,
        "tir_of_all_teeth": metrics.tooth_identification_rate(vertices, truth, predicted),
        "all_right": float(teeth.all_right),
        "boundary_iou": metrics.boundary_iou(vertices, truth, predicted),
        "boundary_iou_neighbours": metrics.boundary_iou(vertices, truth, predicted, kind="neighbours"),
        "boundary_macro_iou": metrics.boundary_macro_iou(vertices, truth, predicted),
        "tooth_gum_accuracy": metrics.tooth_gum_accuracy(truth, predicted),
        "vertex_accuracy": metrics.vertex_accuracy(truth, predicted),
        "score": official.score,
        "exp_tla": official.exp_tla,
        "tsa": official.tsa,
        "tir": official.tir,
        "lenient_iou": metrics.lenient_iou(truth, predicted, jaw=jaw),
    }
    return figures, teeth


def to_successors(labels: Int) -> Int:
    """(N,) int: milk numbers replaced by the permanent tooth that takes their place, 55 by 15; others unchanged."""
    table = np.arange(max(MILK) + 1)
    for fdi in MILK:
        table[fdi] = successor(fdi)
    return table[labels]


def has_milk(labels: Int) -> bool:
    """Whether any vertex carries a milk number (51..85)."""
    return bool(np.isin(labels, MILK).any())
