"""The layer that a panoramic machine shows sharply, and how it unrolls a head onto the picture.

Head frame: the upper arch frame (x to the patient's left, y to the front, z down, mm). Panoramic coordinates: u along
the trough from the midline, growing to the patient's left; v up; depth outward from the trough; mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import KDTree

from typodont.types import Float, Int

_REACH_MM, _STEP_MM, _SPARE_MM = 110.0, 0.1, 2.0
# Angle by which the beam comes from below; panoramic machines use 4 to 8 degrees.
_BEAM_RISE = np.tan(np.radians(5.0))
# Behind the canines beams cross the arch at a slant, from behind, so that neighbours overlap on the picture; chosen so
# that widths of teeth agree with real pictures.
_SLANT, _SLANT_FROM_MM = np.tan(np.radians(22.0)), 18.0


@dataclass(frozen=True)
class Trough:
    """A curve seen from above. points, tangents: (n, 2) mm. along: (n,) u of the points, mm."""

    points: Float
    tangents: Float
    along: Float

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self.points)

    def unroll(self, points: Float) -> Float:
        """(n, 3) u, v, depth of (n, 3) points of the head.

        Beams cross the front at right angles and the sides at a slant; what lies inside the trough's bend is drawn
        wider than it is, what lies outside narrower.
        """
        nearest = self._nearest(points[:, :2])
        offset = points[:, :2] - self.points[nearest]
        tangent = self.tangents[nearest]
        u = self.along[nearest] + np.einsum("ni,ni->n", offset, tangent)
        depth = offset[:, 1] * tangent[:, 0] - offset[:, 0] * tangent[:, 1]
        slant = _SLANT * np.tanh((u / _SLANT_FROM_MM) ** 3)
        return np.column_stack([u + slant * depth, -points[:, 2] - _BEAM_RISE * depth, depth])

    def _nearest(self, points: Float) -> Int:
        """(n,) places of the trough nearest to the (n, 2) points of one thing.

        Deep inside the bend the nearest place leaps from one side to the other; a thing stays in one piece, because no
        point goes farther along the trough than the thing is long.
        """
        _, nearest = self._tree.query(points)
        _, centre = self._tree.query(points.mean(axis=0))
        reach = 0.5 * np.linalg.norm(np.ptp(points, axis=0)) + _SPARE_MM
        low, high = np.searchsorted(self.along, self.along[centre] + np.array([-reach, reach]))
        return nearest.clip(low, high - 1)

    def front_back(self, u: Float) -> Float:
        """How far behind the front of the trough a place along it lies, mm, 0 or less."""
        return np.asarray(np.interp(u, self.along, self.points[:, 1] - self.points[:, 1].max()))


def fit_trough(curve: Float) -> Trough:
    """The trough that fits one arch, made symmetric, straight behind the teeth.

    Args:
        curve: (n, 3) the arch from the patient's right to the left, head frame.
    """
    along, x, y = _by_length(curve)
    s = np.arange(-_REACH_MM, _REACH_MM + _STEP_MM / 2, _STEP_MM)
    inside = np.abs(s) <= min(-along[0], along[-1])
    mean = np.column_stack([np.interp(s[inside], along, x), np.interp(s[inside], along, y)])
    mean = 0.5 * (mean + mean[::-1] * [-1, 1])
    mean = gaussian_filter1d(mean, 4 / _STEP_MM, axis=0, mode="nearest")
    beyond = np.arange(1, (len(s) - len(mean)) // 2 + 1)[:, None] * _STEP_MM
    points = np.vstack([(mean[0] + beyond * [-0.25, -0.97])[::-1], mean, mean[-1] + beyond * [0.25, -0.97]])
    points = gaussian_filter1d(points, 3 / _STEP_MM, axis=0, mode="nearest")
    step = np.gradient(points, axis=0)
    length = np.linalg.norm(step, axis=1)
    u = np.cumsum(length)
    return Trough(points, step / length[:, None], u - u[len(u) // 2])


def _by_length(curve: Float) -> Float:
    """(3, n): arc length from where the curve crosses x = 0, x, y."""
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(curve[:, :2], axis=0), axis=1))]
    middle = np.interp(0, curve[:, 0], along)
    return np.vstack([along - middle, curve[:, 0], curve[:, 1]])
