"""The line on which the teeth of an arch stand: their order along it, their places and widths in mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from typodont.tasks.scan.template import arch_template
from typodont.types import Float, Int

POLE_Y_MM = -14.0
"""The row is a radius over the angle around (0, POLE_Y_MM): single-valued to behind the wisdom teeth."""

DEGREE = 4
STIFFNESS = 4.0


@dataclass(frozen=True)
class ToothRow:
    """A smooth curve through an arch.

    Args:
        line: (L, 2) float: x, y of the curve from the distal end at x < 0, mm, arch frame.
        along: (L,) float: length of the curve up to each point, mm; 0 at the midline.
    """

    line: Float
    along: Float

    def position(self, points: Float) -> Float:
        """(n,) float: place along the row of (n, 3) points, mm, negative at x < 0."""
        return self.along[KDTree(self.line).query(points[:, :2])[1]]


def fit_row(centres: Float, weights: Float, *, jaw: str) -> ToothRow:
    """The row through crown centres (T, 3), arch frame; bent from the mean arch, so that a few teeth suffice.

    Args:
        centres: Crown centres, mm.
        weights: (T,) float: trust in each.
        jaw: Whose mean arch to start from.
    """
    template = arch_template(jaw)[_order()]
    mean_angle, mean_radius = _polar(template)
    angle, radius = _polar(centres)
    start = np.interp(angle, mean_angle, mean_radius)
    basis = np.vander(angle / 2, DEGREE + 1, increasing=True)
    pull = np.asarray(weights, dtype=float)
    # stiff against bending, loose against size
    stiff = STIFFNESS * np.diag([0.02, 0.1, 0.5, 1.0, 1.0])
    bend = np.zeros(DEGREE + 1)
    for _ in range(4):
        bend = np.linalg.solve(basis.T @ (pull[:, None] * basis) + stiff, basis.T @ (pull * (radius - start)))
        off = radius - start - basis @ bend
        pull = weights / (1 + (off / 2.5) ** 2)
    dense = np.linspace(-2.5, 2.5, 1001)
    curve = np.interp(dense, mean_angle, mean_radius)
    curve = curve + np.vander(np.clip(dense, -2.0, 2.0) / 2, DEGREE + 1, increasing=True) @ bend
    line = np.stack([curve * np.sin(dense), POLE_Y_MM + curve * np.cos(dense)], axis=1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    return ToothRow(line, along - along[500])


def widths_on_row(row: ToothRow, points: Float, member: Int, n: int) -> Float:
    """(n,) float: mesio-distal width of each instance: what the middle 96 % of its points span along the row, mm."""
    width = np.full(n, np.nan)
    inside = np.flatnonzero(member >= 0)
    place = row.position(points[inside])
    for instance in range(n):
        mine = place[member[inside] == instance]
        if len(mine) >= 8:
            low, high = np.quantile(mine, [0.02, 0.98])
            width[instance] = high - low
    return width


def _order() -> Int:
    return np.array([*range(8, 0, -1), *range(9, 17)])


def _polar(points: Float) -> tuple[Float, Float]:
    x, y = points[:, 0], points[:, 1] - POLE_Y_MM
    return np.arctan2(x, y), np.hypot(x, y)
