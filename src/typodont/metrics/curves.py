"""How far two closed curves lie apart, such as a margin line that was found and the true one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.closed_curve import even_points, nearest_on_curve
from typodont.types import Float

SPACING_MM = 0.05


@dataclass(frozen=True)
class CurveDistance:
    """Distances between two closed curves, over both ways, mm.

    Args:
        mean: Mean of the mean distance from the found curve to the true one and that of the way back.
        maximum: The largest distance in either direction (Hausdorff).
        to_truth: Mean distance from the points of the found curve to the true one.
        from_truth: Mean distance from the points of the true curve to the found one.
        within_0_1, within_0_2: Share of both curves' lengths that lies within 0.1 and 0.2 mm of the other, 0..1.
    """

    mean: float
    maximum: float
    to_truth: float
    from_truth: float
    within_0_1: float
    within_0_2: float


def curve_distance(found: Float, truth: Float) -> CurveDistance:
    """Distances between two closed curves, measured at points every 0.05 mm along each.

    Args:
        found: (M, 3) mm; the last point joins the first.
        truth: (K, 3) mm, same frame.
    """
    to_truth, _, _ = nearest_on_curve(truth, even_points(found, spacing=SPACING_MM))
    from_truth, _, _ = nearest_on_curve(found, even_points(truth, spacing=SPACING_MM))
    ways = (to_truth, from_truth)
    return CurveDistance(
        mean=float(np.mean([way.mean() for way in ways])),
        maximum=float(max(way.max() for way in ways)),
        to_truth=float(to_truth.mean()),
        from_truth=float(from_truth.mean()),
        within_0_1=float(np.mean([(way <= 0.1).mean() for way in ways])),
        within_0_2=float(np.mean([(way <= 0.2).mean() for way in ways])),
    )
