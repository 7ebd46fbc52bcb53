"""What a detector does at one score: how much of what is there it finds, and how often it cries wolf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.metrics.detection import Marks
from typodont.types import Float


@dataclass(frozen=True)
class Counts:
    """What the marks that reach a score come to in each of N pictures.

    Args:
        true: (N,) float: things that are there.
        marked: (N,) float: marks.
        found: (N,) float: marks that are true.
    """

    true: Float
    marked: Float
    found: Float

    def ratios(self) -> dict[str, tuple[Float, Float]]:
        """Name -> numerators and denominators per picture of a figure of all pictures together.

        ``sensitivity``, also called recall: share of the true things that were found. ``precision``: share of the
        marks that are true. ``f1``: their harmonic mean. ``false_alarms``: marks that are not true, per picture.
        """
        return {
            "sensitivity": (self.found, self.true),
            "precision": (self.found, self.marked),
            "f1": (2 * self.found, self.true + self.marked),
            "false_alarms": (self.marked - self.found, np.ones(len(self.true))),
        }


def counts_at(marks: Marks, least_score: float | Float, overlap: float) -> Counts:
    """Counts of the marks with this score and higher ones.

    Args:
        marks: Of one category.
        least_score: Lowest score that counts; or (N,) float, one for every picture.
        overlap: IoU that makes a mark true, one of `marks.overlaps`.
    """
    n = len(marks.n_true)
    reached = marks.score >= np.broadcast_to(least_score, n)[marks.picture]
    place, hit = marks.picture[reached], marks.at(overlap)[reached]
    marked, found = np.bincount(place, minlength=n), np.bincount(place[hit], minlength=n)
    return Counts(marks.n_true.astype(float), marked.astype(float), found.astype(float))


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
