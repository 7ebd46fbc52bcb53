"""Preparations for full crowns: a tapered stump above a finish line that follows the gum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.synth.preparation.cut import smooth_max, smooth_min
from typodont.synth.preparation.tooth_shape import ANGLES, ToothShape, at_angle
from typodont.types import Float

FINISHES = ("chamfer", "shoulder", "knife edge")
_FINISH_SHARES = (0.55, 0.33, 0.12)
# Width at the margin against that of a molar: lower incisors are narrow.
_WIDTH = {("lower", 1): 0.6, ("lower", 2): 0.6, ("upper", 2): 0.75, ("lower", 3): 0.8}
_CORE = 0.6  # of the radius: what lies farther in is the occlusal surface's, not the walls'
_STUMP_MM = 2.2  # of height, at least, between the margin and the ground top


@dataclass(frozen=True)
class Finish:
    """The finish line in section.

    Args:
        name: of `FINISHES`. width: mm of the ledge (A,), by angle. slope: tangent by which it rises inward.
        fillet: mm, radius of the corner between ledge and wall.
    """

    name: str
    width: Float
    slope: float
    fillet: float

    def inset(self, rise: Float, width: Float) -> Float:
        """(n,) mm that are taken off the surface at `rise` mm above the margin where the ledge is `width` mm wide."""
        if self.name == "knife edge":
            return np.where(rise < 0, rise, np.minimum(0.28 * rise, width))
        along = np.clip(rise / np.maximum(width, 0.2), 0, 1)
        return np.where(rise < 0, rise, width * np.sqrt(1 - (1 - along) ** 2) if self.slope < 0.2 else width * along)


@dataclass(frozen=True)
class CrownCut:
    """What is ground away for a full crown.

    Args:
        margin: (A,) height of the margin line by angle. outer: (A,) the tooth's radius there.
        finish: the finish line.
        taper: (A,) tangent of the wall against z. axial: mm off the surface above the finish line, at least.
        top: (nx, ny) height of the ground occlusal or incisal surface. edge: mm, radius of the stump's upper edge.
        shape: the tooth. remarks: how it was ground.
    """

    margin: Float
    outer: Float
    finish: Finish
    taper: Float
    axial: float
    top: Float
    edge: float
    shape: ToothShape
    remarks: dict[str, Any]

    def distance(self, places: Float, depth: Float) -> Float:
        """See `Cut.distance`."""
        angle, reach = np.arctan2(places[:, 1], places[:, 0]), np.hypot(places[:, 0], places[:, 1])
        rise = places[:, 2] - at_angle(self.margin, angle)
        outer, width, taper = (at_angle(v, angle) for v in (self.outer, self.finish.width, self.taper))
        wall = (outer - width - np.maximum(rise, 0) * taper - reach) / np.sqrt(1 + taper**2)
        ledge = np.maximum(outer - reach, 0) * self.finish.slope - rise
        side = smooth_max(wall, ledge / np.sqrt(1 + self.finish.slope**2), self.finish.fillet)
        skin = np.maximum(-(depth + self.finish.inset(rise, np.minimum(width, self.axial))), _CORE * outer - reach)
        ground = self.shape.over(self.top, places) - places[:, 2]
        return np.minimum(smooth_min(side, np.maximum(0.8 * ground, -rise), self.edge), skin)


def draw_crown_cut(rng: np.random.Generator, shape: ToothShape) -> CrownCut:
    """Grind a tooth for a crown: chamfer, shoulder or knife edge, on, above or below the gum's edge."""
    front = shape.number <= 3
    reduction = rng.uniform(1.4, 2.2) if front else rng.uniform(1.0, 2.0)
    margin, place = _margin(rng, shape, reduction)
    outer = shape.radius(margin)
    finish = _finish(rng, shape)
    per_wall = np.radians(rng.uniform(2.0, 10.0))
    uneven = np.radians(rng.uniform(0, 2.5)) * np.sin(rng.integers(1, 3) * ANGLES + rng.uniform(0, 2 * np.pi))
    taper = np.tan(np.maximum(per_wall + uneven, np.radians(0.5)))
    remarks = {
        "finish": finish.name,
        "finish_width": round(float(finish.width.mean()), 3),
        "taper_degrees": round(2 * float(np.degrees(per_wall)), 2),
        "reduction": round(reduction, 3),
        "margin_place": place,
    }
    return CrownCut(
        margin=margin,
        outer=outer,
        finish=finish,
        taper=taper,
        axial=float(rng.uniform(0.55, 1.0)),
        top=_ground_top(rng, shape, reduction),
        edge=float(rng.uniform(0.2, 0.9)),
        shape=shape,
        remarks=remarks,
    )


def _margin(rng: np.random.Generator, shape: ToothShape, reduction: float) -> tuple[Float, str]:
    """Height of the finish line by angle, and the word for where it lies against the gum's edge."""
    place = str(rng.choice(["supragingival", "equigingival", "subgingival"], p=[0.45, 0.35, 0.2]))
    low, high = {"supragingival": (0.4, 1.4), "equigingival": (0.0, 0.3), "subgingival": (-0.6, -0.15)}[place]
    offset = np.full(len(ANGLES), rng.uniform(low, high))
    offset += rng.uniform(0, 0.25) * np.sin(ANGLES + rng.uniform(0, 2 * np.pi))
    offset += rng.uniform(0, 0.12) * np.sin(2 * ANGLES + rng.uniform(0, 2 * np.pi))
    offset += rng.uniform(0, 0.03) * np.sin(rng.integers(5, 9) * ANGLES + rng.uniform(0, 2 * np.pi))
    if rng.random() < 0.35:  # hidden on the outer side for looks, on the gum or above it elsewhere
        offset -= rng.uniform(0.2, 0.6) * np.clip(np.sin(ANGLES), 0, 1)
    gum = shape.gum_line
    calm = rng.uniform(0.3, 1.0)  # high papillae are not followed all the way
    line = gum.mean() + calm * (gum - gum.mean()) + offset
    highest = float(np.nanmedian(shape.top)) - reduction - _STUMP_MM
    return smooth_min(np.maximum(line, gum - 0.7), np.full(len(line), highest), 0.6), place


def _finish(rng: np.random.Generator, shape: ToothShape) -> Finish:
    name = str(rng.choice(FINISHES, p=_FINISH_SHARES))
    scale = _WIDTH.get((shape.jaw, shape.number), 0.9 if shape.number <= 5 else 1.0)
    uneven = 1 + rng.uniform(0, 0.25) * np.sin(rng.integers(1, 4) * ANGLES + rng.uniform(0, 2 * np.pi))
    if name == "shoulder":
        width = rng.uniform(0.8, 1.2)
        return Finish(name, scale * width * uneven, float(np.tan(np.radians(rng.uniform(0, 8)))), rng.uniform(0.2, 0.5))
    if name == "chamfer":
        width = rng.uniform(0.4, 0.9)
        slope = float(np.tan(np.radians(rng.uniform(15, 45))))
        return Finish(name, scale * width * uneven, slope, rng.uniform(0.5, 1.0) * width)
    return Finish(name, scale * rng.uniform(0.25, 0.4) * uneven, float(np.tan(np.radians(65))), 0.3)


def _ground_top(rng: np.random.Generator, shape: ToothShape, reduction: float) -> Float:
    """Height of the ground surface: the occlusal form smoothed and lowered, more so at the cusps that bear the bite."""
    top = shape.smooth_top(rng.uniform(0.5, 1.6)) - reduction
    if shape.number <= 3:
        return top
    bearing = 1.0 if shape.jaw == "lower" else -1.0  # buccal cusps of lower, lingual ones of upper teeth
    y = shape.grid.axis(1)
    half = 0.5 * np.ptp(y[np.isfinite(shape.top).any(axis=0)])
    return top - rng.uniform(0, 0.5) * np.clip(bearing * y / half, 0, 1)[None, :]
