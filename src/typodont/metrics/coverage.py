"""Whether a stated spread means what it says: how much of the truth lies within the circles that it promises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from typodont.types import Float

COVERAGE_LEVELS = (0.1, 0.25, 0.5, 0.68, 0.8, 0.9, 0.95, 0.99)


def circle_radius(level: float) -> float:
    """Spreads from the mean of a round normal distribution in the plane within which the share `level` of it lies."""
    return float(np.sqrt(-2 * np.log1p(-level)))


def circle_coverage(error: Float, sigma: Float, levels: Sequence[float] = COVERAGE_LEVELS) -> Float:
    """(k,) share of places in the plane that lie within the circle that should hold each share; NaN without places.

    Args:
        error: (n,) distances from the stated mean.
        sigma: (n,) stated spreads along each axis, the same unit.
        levels: (k,) shares, above 0 and below 1.
    """
    if error.shape != sigma.shape or error.ndim != 1:
        raise ValueError(f"{error.shape} errors for {sigma.shape} spreads")
    if not len(error):
        return np.full(len(levels), np.nan)
    return np.array([np.mean(error <= sigma * circle_radius(level)) for level in levels])
