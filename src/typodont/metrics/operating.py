"""What a detector does at one score: how much of what is there it finds, and how often it cries wolf."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from typodont.metrics.detection import Marks
from typodont.types import Float


class AtScore(NamedTuple):
    """Figures of all marks that reach a score; NaN where nothing could be measured.

    Args:
        sensitivity: Share of the true things that were found, also called recall.
        precision: Share of the marks that are true.
        f1: Their harmonic mean: 2 found / (true + marked).
        false_alarms: Marks that are not true, per picture.
    """

    sensitivity: float
    precision: float
    f1: float
    false_alarms: float


def at_score(marks: Marks, least_score: float, overlap: float, weights: Float | None = None) -> AtScore:
    """Figures of the marks with this score and higher ones.

    Args:
        marks: Of one category.
        least_score: Lowest score that counts.
        overlap: IoU that makes a mark true, one of `marks.overlaps`.
        weights: (N,) how often every picture counts, for bootstraps; by default once.
    """
    weights = np.ones(len(marks.n_true)) if weights is None else weights
    each = weights[marks.picture] * (marks.score >= least_score)
    marked, hits = float(each.sum()), float(each @ marks.at(overlap))
    n_true, n_pictures = float(weights @ marks.n_true), float(weights.sum())
    return AtScore(
        _share(hits, n_true), _share(hits, marked), _share(2 * hits, n_true + marked), _share(marked - hits, n_pictures)
    )


def froc(marks: Marks, false_alarms: Sequence[float], overlap: float, weights: Float | None = None) -> Float:
    """(k,) float: the highest sensitivity with no more than each of these numbers of false alarms per picture.

    A step function, nothing is interpolated: a score is either cut off or not, and marks of one score stay together.
    Where the detector never makes that many false alarms, it is the sensitivity of all its marks.

    Args:
        marks: Of one category.
        false_alarms: k numbers per picture.
        overlap: IoU that makes a mark true, one of `marks.overlaps`.
        weights: (N,) how often every picture counts.

    Returns:
        0..1; NaN where there is nothing true.

    Source: free-response receiver operating characteristic (Bunch and colleagues 1977).
    """
    weights = np.ones(len(marks.n_true)) if weights is None else weights
    n_true = float(weights @ marks.n_true)
    if not n_true:
        return np.full(len(false_alarms), np.nan)
    hits, wrong = _curve(marks, overlap, weights)
    allowed = np.array(false_alarms, dtype=float) * weights.sum()
    return hits[np.searchsorted(wrong, allowed + 1e-9, side="right") - 1] / n_true


def best_score(marks: Marks, beta: float, overlap: float) -> float:
    """The score to cut at for the highest F-beta: 1 weighs misses and false alarms alike, 2 sensitivity more.

    The greater `beta`, the lower the score. Of several scores that are as good, the highest.

    Args:
        marks: Of one category.
        beta: How many times as important sensitivity is as precision.
        overlap: IoU that makes a mark true, one of `marks.overlaps`.

    Returns:
        Half way between the last mark that counts and the first that does not; NaN without any true mark.

    Source: F-measure, van Rijsbergen, Information Retrieval (1979).
    """
    hits, wrong = _curve(marks, overlap, np.ones(len(marks.n_true)))
    if not hits[-1]:
        return float("nan")
    worth = (1 + beta**2) * hits / (beta**2 * marks.n_true.sum() + hits + wrong)
    scores = np.concatenate([marks.score[_last_of_score(marks.score)], [0.0]])
    best = int(np.argmax(worth))
    return float((scores[best - 1] + scores[best]) / 2)


def _curve(marks: Marks, overlap: float, weights: Float) -> tuple[Float, Float]:
    """Hits and false alarms of no mark, then of the marks down to every score that there is."""
    each, hit = weights[marks.picture], marks.at(overlap)
    last = _last_of_score(marks.score)
    hits, wrong = np.cumsum(each * hit)[last], np.cumsum(each * ~hit)[last]
    return np.concatenate([[0.0], hits]), np.concatenate([[0.0], wrong])


def _last_of_score(score: Float) -> np.ndarray:
    """Where the last mark of every score stands."""
    return np.flatnonzero(np.diff(score, append=-np.inf))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
