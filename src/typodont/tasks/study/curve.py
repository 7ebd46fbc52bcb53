"""Learning curves that never fall, read backwards: how many labels a score needs."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import isotonic_regression

from typodont.types import Float

_SAME = 1e-9
"""Scores this near are one score: the mean of a plateau is not exact."""


def rising(scores: Float) -> Float:
    """(F,) float: the curve nearest to the scores, in squares, that never falls as labels are added.

    Source: pool-adjacent-violators; a network with more labels is no worse but for chance.
    """
    return np.asarray(isotonic_regression(scores).x)


def labels_for(target: float, labels: Float, scores: Float) -> float:
    """How many labelled cases reach a score, interpolated in the logarithm of their number, from none on straight.

    Args:
        target: The score.
        labels: (F,) float: numbers of labelled cases, rising.
        scores: (F,) float: what they reach, in any order; `rising` is taken of them.

    Returns:
        Between the ends of `labels`; the first of them where already that reaches it, so that fewer may do; infinity
        where the last one does not; NaN where a score is missing.
    """
    if math.isnan(target) or np.isnan(scores).any():
        return math.nan
    curve = rising(scores)
    if target > curve[-1] + _SAME:
        return math.inf
    after = int(np.argmax(curve >= target - _SAME))
    if after == 0:
        return float(labels[0])
    share = (target - curve[after - 1]) / (curve[after] - curve[after - 1])
    low, high = labels[after - 1 : after + 1]
    if low == 0:
        return float(share * high)
    return float(low * (high / low) ** share)
