"""Whether a stated confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.types import Float


def brier_score(confidence: Sequence[float] | Float, right: Sequence[bool]) -> float:
    """Mean squared distance between the confidence (0..1) and what came true (0 or 1); NaN without cases.

    0 is perfect, 0.25 is what saying one half every time gives.

    Source: Brier, Monthly Weather Review 78 (1950).
    """
    confidence, outcome = _cases(confidence, right)
    return float(np.mean((confidence - outcome) ** 2)) if len(outcome) else float("nan")


def calibration_error(confidence: Sequence[float] | Float, right: Sequence[bool], *, n_bins: int = 10) -> float:
    """Mean gap between confidence and share of right cases over bins of equal width; NaN without cases.

    Bins weigh by their cases. With few cases in a bin chance alone makes a gap: read it together with the count.

    Source: expected calibration error, Naeini and colleagues (AAAI 2015).
    """
    bins = reliability(confidence, right, n_bins=n_bins)
    total = sum(b.n for b in bins)
    return sum(b.n * abs(b.confidence - b.share_right) for b in bins) / total if total else float("nan")


@dataclass(frozen=True)
class ReliabilityBin:
    """Cases of about the same confidence, one dot of a reliability diagram.

    Args:
        n: how many.
        confidence: their mean confidence, 0..1.
        share_right: the share of them that came true; equals the confidence where it means what it says.
    """

    n: int
    confidence: float
    share_right: float


def reliability(
    confidence: Sequence[float] | Float, right: Sequence[bool], *, n_bins: int = 10
) -> list[ReliabilityBin]:
    """The bins of equal width that hold cases, from low to high confidence."""
    confidence, outcome = _cases(confidence, right)
    place = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    members = [place == b for b in np.unique(place)]
    return [ReliabilityBin(int(m.sum()), float(confidence[m].mean()), float(outcome[m].mean())) for m in members]


def _cases(confidence: Sequence[float] | Float, right: Sequence[bool]) -> tuple[Float, Float]:
    values, outcome = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    if values.shape != outcome.shape or values.ndim != 1:
        raise ValueError(f"{values.shape} confidences for {outcome.shape} outcomes")
    if len(values) and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(f"confidences from {values.min()} to {values.max()}, expected 0..1")
    return values, outcome
