"""The official 3DTeethSeg'22 figures, exactly as the challenge's published evaluation computes them.

The challenge words its measures one way and its program computes them another; leaderboards show what the program
computes, so this module follows the program, faults included. What to know before quoting a figure:

- A tooth's "size" is the root of the **sum** (not the mean) of squared distances, one per axis, so it grows with the
  square root of its vertex count and distances look smaller on finer meshes.
- A true tooth without a partner adds 5 times the **norm of that size** (hundreds) to TLA instead of 5, so exp(-TLA)
  of an arch is 0 as soon as fewer teeth are predicted than exist.
- TSA is micro-F1 of the tooth/gum mask, which is its accuracy.
- TIR divides by the matched pairs: missed teeth vanish from it.
- A predicted instance that carries two numbers is turned to gingiva; predicted teeth that nobody needs cost nothing.

Source: ``evaluation/evaluation.py`` of the 3DTeethSeg22_challenge repository (MIT); re-implemented.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from typodont.errors import LabelError
from typodont.metrics.overlap import paired_labels
from typodont.types import Float, Int

MISSING_PENALTY = 5.0
IDENTIFICATION_THRESHOLD = 0.5


@dataclass(frozen=True)
class Teeth3DSegScore:
    """The three official figures of one arch.

    Args:
        tla: mean distance of matched centres in units of the official tooth "size"; infinite without prediction.
        tsa: accuracy of the tooth/gum mask, 0..1.
        tir: share of matched teeth with the right number, 0..1.
    """

    tla: float
    tsa: float
    tir: float

    @property
    def exp_tla(self) -> float:
        """exp(-TLA), 0..1: what the leaderboard averages."""
        return math.exp(-self.tla)

    @property
    def score(self) -> float:
        """Mean of exp(-TLA), TSA and TIR."""
        return (self.exp_tla + self.tsa + self.tir) / 3.0


@dataclass(frozen=True)
class _Tooth:
    label: int
    centre: Float
    size: Float


def teeth3dseg(
    vertices: Float,
    truth: Int,
    predicted: Int,
    *,
    truth_instances: Int | None = None,
    predicted_instances: Int | None = None,
) -> Teeth3DSegScore:
    """The official figures of one arch; see the top of the module for what they do not measure.

    The published program stops with an exception when no tooth at all is predicted; here that counts as what it
    gives for a missing result file: 0 for all three.

    Args:
        vertices: (N, 3) float: positions, mm. The figures depend on the axes, because sizes are per axis.
        truth: (N,) int: FDI number per vertex, 0 for gingiva.
        predicted: (N,) int: the same for the prediction.
        truth_instances: (N,) int: tooth ids, 0 for gingiva; the FDI numbers serve when absent.
        predicted_instances: (N,) int: the same for the prediction.

    Returns:
        NaN or infinite TLA where a true tooth has no extent along an axis (a single vertex), as in the program.

    Raises:
        LabelError: no true tooth, or a true instance with two numbers.
    """
    truth, predicted = paired_labels(truth, predicted)
    truth, truth_ids = paired_labels(truth, truth if truth_instances is None else truth_instances)
    predicted, predicted_ids = paired_labels(
        predicted, predicted if predicted_instances is None else predicted_instances
    )
    true_teeth, true_mask = _teeth(vertices, truth, truth_ids)
    if not true_teeth:
        raise LabelError("the truth holds no tooth; the 3DTeethSeg figures need at least one")
    if not np.array_equal(true_mask, truth_ids != 0):
        raise LabelError("a true instance carries two numbers; the 3DTeethSeg figures need one number per tooth")
    predicted_teeth, predicted_mask = _teeth(vertices, predicted, predicted_ids)
    if not predicted_teeth:
        return Teeth3DSegScore(math.inf, 0.0, 0.0)
    pairs = _match(true_teeth, predicted_teeth)
    distances = {t: _distance(true_teeth[t], predicted_teeth[p]) for t, p in pairs.items()}
    return Teeth3DSegScore(
        tla=_localisation(true_teeth, distances),
        tsa=float(np.mean(true_mask == predicted_mask)),
        tir=sum(
            distances[t] < IDENTIFICATION_THRESHOLD and true_teeth[t].label == predicted_teeth[p].label
            for t, p in pairs.items()
        )
        / len(pairs),
    )


def mean_teeth3dseg(scores: Iterable[Teeth3DSegScore]) -> dict[str, float]:
    """The leaderboard's line over many arches: means of exp(-TLA), TSA and TIR, and the mean of the three."""
    table = np.array([[s.exp_tla, s.tsa, s.tir] for s in scores])
    if not len(table):
        raise LabelError("there are no arches to average")
    exp_tla, tsa, tir = (float(v) for v in table.mean(axis=0))
    return {"exp_tla": exp_tla, "tsa": tsa, "tir": tir, "score": (exp_tla + tsa + tir) / 3.0}


def _teeth(vertices: Float, labels: Int, instances: Int) -> tuple[list[_Tooth], np.ndarray]:
    """The instances that carry one number each, and (N,) bool: the vertices that belong to them."""
    teeth: list[_Tooth] = []
    mask = np.zeros(len(labels), dtype=bool)
    for instance in np.unique(instances[instances != 0]):
        members = instances == instance
        numbers = np.unique(labels[members])
        if len(numbers) == 1:
            points = np.asarray(vertices)[members]
            centre = points.mean(axis=0)
            teeth.append(_Tooth(int(numbers[0]), centre, np.sqrt(np.sum((centre - points) ** 2, axis=0))))
            mask |= members
    return teeth, mask


def _match(true_teeth: list[_Tooth], predicted_teeth: list[_Tooth]) -> dict[int, int]:
    cost = cdist([t.centre for t in true_teeth], [p.centre for p in predicted_teeth])
    return {int(t): int(p) for t, p in zip(*linear_sum_assignment(cost), strict=True)}


def _distance(true: _Tooth, predicted: _Tooth) -> float:
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.linalg.norm((true.centre - predicted.centre) / true.size))


def _localisation(true_teeth: list[_Tooth], distances: dict[int, float]) -> float:
    total = 0.0
    for index, tooth in enumerate(true_teeth):
        total += distances.get(index, MISSING_PENALTY * float(np.linalg.norm(tooth.size)))
    return total / len(true_teeth)
