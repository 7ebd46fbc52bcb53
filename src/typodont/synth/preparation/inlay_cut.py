"""Cavities for inlays: an isthmus along the central groove, with a box through one or both proximal walls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.synth.preparation.cavity_plan import OcclusalPlan, plan_cavity
from typodont.synth.preparation.cut import smooth_max, smooth_min
from typodont.synth.preparation.tooth_shape import ToothShape
from typodont.types import Float

SURFACES = ("O", "MO", "DO", "MOD")
_SURFACE_SHARES = (0.16, 0.25, 0.29, 0.30)
_RIDGE_MM = 1.7  # of sound tooth that stays between the cavity and a proximal surface without a box


@dataclass(frozen=True)
class Box:
    """The part of a cavity that opens through a proximal wall.

    Args:
        side: +1 mesial, -1 distal. axial: |x| of its inner wall at the floor. middle: y. half: half width at the
            floor. floor: z.
    """

    side: int
    axial: float
    middle: float
    half: float
    floor: float


@dataclass(frozen=True)
class InlayCut:
    """What is ground away for an inlay.

    Args:
        plan: the tooth's landmarks.
        ends: x from where to where the isthmus runs. half: half its width at the floor. floor: z.
        lobes: (L, 3) x, y, radius of widenings. boxes: through the proximal walls.
        flare: tangent of the walls' divergence against z. fillet: mm, radius of the inner edges.
        remarks: how it was ground.
    """

    plan: OcclusalPlan
    ends: tuple[float, float]
    half: float
    floor: float
    lobes: Float
    boxes: tuple[Box, ...]
    flare: float
    fillet: float
    remarks: dict[str, Any]

    def distance(self, places: Float, depth: Float) -> Float:
        """See `Cut.distance`."""
        x, y, z = places.T
        beyond = np.maximum(np.maximum(self.ends[0] - x, x - self.ends[1]), 0)
        outline = np.hypot(beyond, y - self.plan.groove_at(x)) - self.half
        for lobe_x, lobe_y, radius in self.lobes:
            outline = smooth_min(outline, np.hypot(x - lobe_x, y - lobe_y) - radius, 0.6)
        removed = self._sunk(outline, z, self.floor)
        for box in self.boxes:
            across = np.abs(y - box.middle) - box.half
            inward = box.axial - box.side * x
            removed = smooth_min(removed, self._sunk(smooth_max(across, inward, 0.5), z, box.floor), 0.2)
        return removed

    def _sunk(self, outline: Float, z: Float, floor: float) -> Float:
        """A cavity of this outline (n,) at its floor, wider further up."""
        wall = (outline - (z - floor) * self.flare) / np.sqrt(1 + self.flare**2)
        return smooth_max(wall, floor - z, self.fillet)


def draw_inlay_cut(rng: np.random.Generator, shape: ToothShape, surfaces: str | None = None) -> InlayCut:
    """Grind a cavity: which surfaces, how wide, how deep, how steep."""
    plan = plan_cavity(shape)
    surfaces = surfaces or str(rng.choice(SURFACES, p=_SURFACE_SHARES))
    molar = shape.number >= 6
    half = 0.5 * max(plan.between_cusps * rng.uniform(0.28, 0.5), rng.uniform(1.3, 1.7))
    floor = plan.groove_height - rng.uniform(1.3, 2.2)
    sides = [side for letter, side in (("D", -1), ("M", 1)) if letter in surfaces]
    boxes = tuple(_draw_box(rng, plan, side, floor, molar=molar) for side in sides)
    first, last = (_end_of_isthmus(rng, plan, side, half, with_box=side in sides) for side in (-1, 1))
    remarks = {
        "surfaces": surfaces,
        "isthmus": round(2 * half, 3),
        "depth": round(plan.groove_height - floor, 3),
    }
    flare = rng.uniform(4.0, 12.0)
    return InlayCut(
        plan=plan,
        ends=(first, last),
        half=half,
        floor=floor,
        lobes=_draw_lobes(rng, plan, first, last, half),
        boxes=boxes,
        flare=float(np.tan(np.radians(flare))),
        fillet=float(rng.uniform(0.2, 0.5)),
        remarks={**remarks, "divergence_degrees": round(2 * flare, 2)},
    )


def _draw_box(rng: np.random.Generator, plan: OcclusalPlan, side: int, floor: float, *, molar: bool) -> Box:
    which = (side + 1) // 2
    low = max(plan.gum[which] + rng.uniform(0.2, 1.3), floor - rng.uniform(1.0, 2.6))
    return Box(
        side=side,
        axial=abs(plan.ends[which]) - rng.uniform(1.0, 1.8),
        middle=0.5 * float(plan.end_places[which] + plan.groove_at(plan.ends[which])) + rng.normal(0, 0.15),
        half=rng.uniform(1.2, 1.9) if molar else rng.uniform(0.95, 1.45),
        floor=float(min(low, floor - 0.5)),
    )


def _end_of_isthmus(rng: np.random.Generator, plan: OcclusalPlan, side: int, half: float, *, with_box: bool) -> float:
    """x at which the middle of the isthmus' rounded end lies."""
    end = plan.ends[(side + 1) // 2]
    if with_box:
        return float(end)
    return float(end - side * (_RIDGE_MM + half + rng.uniform(0.2, 1.0)))


def _draw_lobes(rng: np.random.Generator, plan: OcclusalPlan, first: float, last: float, half: float) -> Float:
    """Up to three widenings, towards the buccal or lingual groove or as a dovetail."""
    count = int(rng.integers(0, 4))
    x = rng.uniform(first + 0.3, max(last - 0.3, first + 0.4), count)
    y = plan.groove_at(x) + rng.choice([-1, 1], count) * rng.uniform(0.2, 0.5, count) * half
    return np.column_stack([x, y, rng.uniform(0.8, 1.15, count) * half])
