"""The line around a tooth's neck at which the gum meets it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.dentition import Tooth
from typodont.types import Float

NECK_ANGLES = 48
ANGLES = np.linspace(-np.pi, np.pi, NECK_ANGLES, endpoint=False)
_WINDOW = 0.2
_KERNEL = np.array([0.1, 0.2, 0.4, 0.2, 0.1])


@dataclass(frozen=True)
class NeckLine:
    """The gum margin of one tooth around its neck centre, arch frame.

    Args:
        centre: (2,) mm. radius: (A,) mm by angle. height: (A,) z in mm by angle. The angles are `ANGLES`.
    """

    centre: Float
    radius: Float
    height: Float

    def points(self) -> Float:
        """(A, 3) points of the margin."""
        ring = self.centre + self.radius[:, None] * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
        return np.column_stack([ring, self.height])

    def radius_at(self, angle: Float | float) -> Float:
        """Radius at any angle, mm."""
        return np.asarray(np.interp(angle, ANGLES, self.radius, period=2 * np.pi))

    def height_at(self, angle: Float | float) -> Float:
        """z of the margin at any angle, mm."""
        return np.asarray(np.interp(angle, ANGLES, self.height, period=2 * np.pi))


def neck_line(tooth: Tooth) -> NeckLine:
    """Where the crown's wall meets the closed underside, seen from above, shifted by the tooth's gum level."""
    cap = tooth.vertices[tooth.cap]
    centre = cap[:, :2].mean(axis=0)
    offset = cap[:, :2] - centre
    angle, radius = np.arctan2(offset[:, 1], offset[:, 0]), np.hypot(offset[:, 0], offset[:, 1])
    order = np.argsort(angle)
    wrapped = np.concatenate([angle[order] + turn for turn in (-2 * np.pi, 0, 2 * np.pi)])
    radii, heights = np.tile(radius[order], 3), np.tile(cap[order, 2], 3)
    starts, stops = (np.searchsorted(wrapped, ANGLES + shift) for shift in (-_WINDOW, _WINDOW))
    rim_radius, rim_height = np.empty(NECK_ANGLES), np.empty(NECK_ANGLES)
    for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        edge = start + np.argsort(radii[start : max(stop, start + 3)])[-3:]
        rim_radius[i], rim_height[i] = radii[edge].mean(), heights[edge].mean()
    return NeckLine(centre, _smooth(rim_radius), _smooth(rim_height) + tooth.margin_shift)


def _smooth(ring: Float) -> Float:
    return np.convolve(np.r_[ring[-2:], ring, ring[:2]], _KERNEL, mode="valid")
