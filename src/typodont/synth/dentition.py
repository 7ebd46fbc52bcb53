"""One made-up dental arch: which teeth there are, their shapes, and where they stand.

Everything random comes from the generator that is passed in, so an arch is a function of its seed alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import CubicSpline

from typodont.geometry.registration import rotation_about
from typodont.synth.arch_form import ArchPath, arch_path, draw_arch_form, neck_heights
from typodont.synth.crowns import Crown, draw_crowns
from typodont.synth.tooth_plan import ArchStyle, Slot, plan_teeth
from typodont.types import Bool, Float, Int

QUADRANTS = {("upper", "right"): 1, ("upper", "left"): 2, ("lower", "left"): 3, ("lower", "right"): 4}


@dataclass(frozen=True)
class Tooth:
    """A tooth in its place.

    Args:
        number: 1..8, the place in the quadrant (a milk tooth has its successor's number).
        side: -1 or +1, the sign of x in the arch frame.
        milk: whether it is a milk tooth.
        vertices: (V, 3) arch frame, mm. faces: (T, 3) outward. cap: (V,) hidden underside.
        axes: (3, 3) rows mesial, buccal, occlusal in the arch frame.
        origin: (3,) arch frame, mm.
        margin_shift: mm by which the gum stands higher (short clinical crown) or lower (recession, negative).
        condition: "sound", "worn", "broken", "prepared stump", "half erupted" or "short crown"; where several fit,
            damage comes before eruption, eruption before wear.
    """

    number: int
    side: int
    milk: bool
    vertices: Float
    faces: Int
    cap: Bool
    axes: Float
    origin: Float
    margin_shift: float = 0.0
    condition: str = "sound"

    def local(self, points: Float) -> Float:
        """(n, 3) points of the arch frame in this tooth's frame: mesial, buccal, occlusal, mm."""
        return (points - self.origin) @ self.axes.T


@dataclass(frozen=True)
class Dentition:
    """The teeth of one arch with the curve they stand on.

    Args:
        jaw: "upper" or "lower".
        teeth: from the x < 0 side's back to the x > 0 side's back.
        curve: (n, 3) arch curve through the necks, arch frame, evenly spaced.
        gaps: places along the curve (from, to; mm from the midline) of edentulous stretches.
    """

    jaw: str
    teeth: list[Tooth]
    curve: Float
    gaps: list[tuple[float, float]] = field(default_factory=list)

    def fdi(self, tooth: Tooth) -> int:
        """FDI number of a tooth; milk teeth 51..85."""
        side = "right" if (tooth.side < 0) == (self.jaw == "upper") else "left"
        return 10 * (QUADRANTS[self.jaw, side] + 4 * tooth.milk) + tooth.number


def make_dentition(rng: np.random.Generator, jaw: str, style: ArchStyle | None = None) -> Dentition:
    """Draw one arch: form, sizes, missing and milk teeth, crowding, wear."""
    style = style or ArchStyle()
    plan = plan_teeth(rng, style)
    form = style.form or draw_arch_form(rng)
    crowns = draw_crowns(rng, jaw, plan, form.size)
    path, heights = arch_path(jaw, form), neck_heights(jaw)
    crowding = abs(rng.standard_normal()) * style.crowding_sd
    places = _lay_out(rng, plan, crowns, crowding)
    spee = rng.normal(0, 0.5)
    swollen = rng.uniform(0.8, 2.0) if rng.random() < 0.04 else 0.0
    teeth, gaps = [], []
    for slot, crown, s in zip(plan, crowns, places, strict=True):
        if slot.missing:
            gaps.append((s - 0.5 * crown.width, s + 0.5 * crown.width))
            continue
        height = float(heights(abs(s))) + spee * (s / 30) ** 2
        teeth.append(_stand(rng, slot, crown, path(s), height, crowding=crowding, swollen=swollen))
    return Dentition(jaw, teeth, _curve(path, heights, places), gaps)


def _curve(path: ArchPath, heights: CubicSpline, places: Float) -> Float:
    """(400, 3) the arch from 9 mm behind its last tooth on one side to 9 mm behind that on the other."""
    reach = np.linspace(places[0] - 9, places[-1] + 9, 400)
    return np.array([np.r_[path(s)[0], heights(min(abs(s), 48))] for s in reach])


def _lay_out(rng: np.random.Generator, plan: list[Slot], crowns: list[Crown], crowding: float) -> Float:
    """(n,) places along the arch: widths laid side by side, with gaps, closed spaces and overlap from crowding."""
    spacing = rng.choice([0.0, abs(rng.normal(0, 0.25)), abs(rng.normal(0, 0.9))], p=[0.62, 0.26, 0.12])
    overlap = 0.35 + 0.35 * crowding * rng.random()
    if any(slot.milk and slot.number in (4, 5) and rng.random() < 0.5 for slot in plan):
        overlap = 0.0
    widths = np.array([crown.width * (1 - slot.closed) for slot, crown in zip(plan, crowns, strict=True)])
    between = spacing * rng.exponential(size=len(plan) - 1) - overlap
    first = next(i for i, slot in enumerate(plan) if slot.side > 0)
    if rng.random() < 0.06:
        between[first - 1] += rng.uniform(0.5, 3.0)  # a diastema
    middles = np.r_[0, np.cumsum(widths[:-1] + between)] + 0.5 * widths
    midline = 0.5 * (middles[first - 1] + 0.5 * widths[first - 1] + middles[first] - 0.5 * widths[first])
    return middles - midline + rng.normal(0, 0.7)


def _stand(
    rng: np.random.Generator,
    slot: Slot,
    crown: Crown,
    place: tuple[Float, Float],
    height: float,
    *,
    crowding: float,
    swollen: float,
) -> Tooth:
    """Put a crown on the arch with rotation, tip, torque, and shifts out of line and height."""
    point, tangent = place
    upright = np.array([[*(-slot.side * tangent), 0.0], [-tangent[1], tangent[0], 0.0], [0.0, 0.0, 1.0]])
    mesial, buccal, occlusal = upright
    front = 1.0 if slot.number <= 3 else 0.55
    turn, tip, torque = rng.standard_normal(3) * [4 + 7 * crowding * front, 3 + crowding, 4.5]
    if rng.random() < 0.02:
        turn += rng.uniform(-70, 70)
    motion = rotation_about(occlusal, turn) @ rotation_about(buccal, tip) @ rotation_about(mesial, torque)
    axes = upright @ motion[:3, :3].T
    lateral = slot.outward + rng.normal(0, 0.2 + 0.55 * crowding * front)
    if rng.random() < 0.015:
        lateral += rng.choice([-1, 1]) * rng.uniform(2, 4)
    rise = rng.normal(0, 0.25) - 0.75 * slot.sunk
    if slot.milk:  # a shorter crown, but the same occlusal plane
        rise += 0.75 * (crown.template.vertices[:, 2].max() - crown.vertices[:, 2].max())
    foot = np.r_[point, height] + lateral * buccal + rise * occlusal
    pivot = np.array([0, 0, 2.0])
    origin = pivot @ upright - pivot @ axes + foot
    template = crown.template
    shift = rng.normal(0, 0.3) + 0.6 * slot.sunk + swollen
    return Tooth(
        number=slot.number,
        side=slot.side,
        milk=slot.milk,
        vertices=crown.vertices @ axes + origin,
        faces=template.faces if slot.side < 0 else template.faces[:, ::-1],
        cap=template.cap,
        axes=axes,
        origin=origin,
        margin_shift=shift,
        condition=_condition(slot, crown, shift),
    )


def _condition(slot: Slot, crown: Crown, margin_shift: float) -> str:
    """The word for a tooth's state; a short crown shows less than 3/4 of what its template does."""
    if crown.condition in ("broken", "prepared stump"):
        return crown.condition
    if slot.sunk > 0:
        return "half erupted"
    shown = crown.vertices[:, 2].max() - margin_shift
    if not slot.milk and shown < 0.75 * crown.template.vertices[:, 2].max():
        return "short crown"
    return crown.condition
