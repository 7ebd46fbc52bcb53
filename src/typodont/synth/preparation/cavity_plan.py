"""What a tooth's occlusal surface looks like to someone who plans a cavity: grooves, cusps, proximal walls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.preparation.tooth_shape import ANGLES, ToothShape
from typodont.types import Float

_STRAY_MM = 1.3
_NEAR_MM = 1.5


@dataclass(frozen=True)
class OcclusalPlan:
    """Landmarks of a premolar or molar in its stand's frame, mm.

    Args:
        groove: (3,) polynomial coefficients: y of the central groove by x.
        groove_height: z of the groove's bottom, about.
        cusps: (2,) y of the lingual and the buccal cusp ridge.
        ends: (2,) x of the distal and the mesial proximal surface at the height of the contacts.
        end_places: (2,) y of the points farthest distal and mesial.
        gum: (2,) height of the gum distally and mesially.
        middle: x of the crown's middle.
    """

    groove: Float
    groove_height: float
    cusps: Float
    ends: Float
    end_places: Float
    gum: Float
    middle: float

    @property
    def between_cusps(self) -> float:
        """From the lingual to the buccal cusp ridge, mm."""
        return float(self.cusps[1] - self.cusps[0])

    def groove_at(self, x: Float) -> Float:
        """(n,) y of the central groove."""
        return np.polyval(self.groove, np.clip(x, *self.ends))


def plan_cavity(shape: ToothShape) -> OcclusalPlan:
    """Find groove, cusps and proximal surfaces of a sound tooth."""
    x, y = shape.grid.axis(0), shape.grid.axis(1)
    top = shape.smooth_top(0.3)
    known = np.isfinite(shape.top)
    wide = np.flatnonzero(known.any(axis=1))
    middle_x = 0.5 * (x[wide[0]] + x[wide[-1]])
    inner = np.abs(x - middle_x) < 0.3 * (x[wide[-1]] - x[wide[0]])
    profile = np.where(known[inner], top[inner], -np.inf).max(axis=0)
    across = np.flatnonzero(np.isfinite(profile))
    centre = 0.5 * (y[across[0]] + y[across[-1]])
    low, high = (across[y[across] < centre - 0.8], across[y[across] > centre + 0.8])
    cusps = np.array([y[part[profile[part].argmax()]] for part in (low, high)])
    between = np.abs(y - cusps.mean()) < min(_STRAY_MM, 0.3 * np.ptp(cusps))
    deepest = np.where(between, top[inner], np.inf).argmin(axis=1)
    groove = np.polyfit(x[inner], y[deepest], 2)
    height = float(np.median(top[inner].min(axis=1, where=between, initial=np.inf)))
    ends, places = zip(*(_end(shape, side, height) for side in (-1, 1)), strict=True)
    gum = [float(shape.gum_line[np.abs(np.angle(np.exp(1j * (ANGLES - at)))) < 0.4].mean()) for at in (np.pi, 0.0)]
    return OcclusalPlan(groove, height, cusps, np.array(ends), np.array(places), np.array(gum), float(middle_x))


def _end(shape: ToothShape, side: int, height: float) -> tuple[float, float]:
    """x and y of the point farthest to one side, not far below the groove."""
    vertices = shape.surface.vertices
    near = vertices[np.abs(vertices[:, 2] - height) < _NEAR_MM]
    last = near[(side * near[:, 0]).argmax()]
    return float(last[0]), float(last[1])
