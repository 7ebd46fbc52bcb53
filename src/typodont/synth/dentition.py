"""One made-up dental arch: which teeth there are, their shapes, and where they stand.

Everything random comes from the generator that is passed in, so an arch is a function of its seed alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import CubicSpline

from typodont.synth.atlas import ToothTemplate, load_atlas
from typodont.types import Float, Int

# Crown sizes of milk teeth against the permanent tooth whose template they borrow: (mesial, buccal, occlusal).
# Mesio-distal and bucco-lingual means after Wheeler/Ash (recalled): upper 6.5 5.1 7.0 7.3 8.2, lower 4.2 4.1 5.0 7.7 9.9.
MILK_FORM = {
    ("upper", 1): (1, (0.78, 0.72, 0.66)),
    ("upper", 2): (2, (0.78, 0.72, 0.70)),
    ("upper", 3): (3, (0.88, 0.85, 0.72)),
    ("upper", 4): (4, (1.03, 0.94, 0.72)),
    ("upper", 5): (6, (0.82, 0.88, 0.84)),
    ("lower", 1): (1, (0.80, 0.68, 0.66)),
    ("lower", 2): (2, (0.72, 0.68, 0.68)),
    ("lower", 3): (3, (0.73, 0.72, 0.66)),
    ("lower", 4): (6, (0.70, 0.66, 0.84)),
    ("lower", 5): (6, (0.88, 0.82, 0.84)),
}


# Clinical crowns in scans against the atlas's source: (mesio-distal and bucco-lingual, occlusal), measured on pair distances.
CROWN_FORM = {
    ("upper", 1): (1.02, 1.08),
    ("upper", 2): (1.02, 1.10),
    ("upper", 3): (1.02, 1.04),
    ("upper", 4): (1.02, 1.04),
    ("upper", 5): (1.02, 1.08),
    ("upper", 6): (1.01, 1.10),
    ("lower", 1): (0.94, 0.96),
    ("lower", 2): (0.94, 0.96),
    ("lower", 3): (0.94, 0.96),
    ("lower", 4): (1.03, 0.98),
    ("lower", 6): (0.97, 0.97),
}


@dataclass
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
    """

    number: int
    side: int
    milk: bool
    vertices: Float
    faces: Int
    cap: np.ndarray
    axes: Float
    origin: Float
    margin_shift: float = 0.0
    condition: str = "sound"


@dataclass
class Dentition:
    """The teeth of one arch with the curve they stand on.

    Args:
        jaw: "upper" or "lower".
        teeth: from the x < 0 side's back to the x > 0 side's back.
        curve: (n, 3) arch curve through the necks, arch frame, evenly spaced.
        gaps: (n_gaps, 2) places along the curve (mm from the midline) of edentulous stretches.
    """

    jaw: str
    teeth: list[Tooth]
    curve: Float
    gaps: list[tuple[float, float]] = field(default_factory=list)

    def fdi(self, tooth: Tooth) -> int:
        """FDI number of a tooth; milk teeth 51..85."""
        right = (tooth.side < 0) == (self.jaw == "upper")
        quadrant = {("upper", True): 1, ("upper", False): 2, ("lower", False): 3, ("lower", True): 4}[self.jaw, right]
        return 10 * (quadrant + 4 * tooth.milk) + tooth.number


@dataclass(frozen=True)
class ArchForm:
    """The course of one patient's arches against the mean arch: ratios, and a midline shift in mm."""

    size: float
    width: float
    depth: float
    taper: float
    square: float
    skew: float
    midline: float


def draw_arch_form(rng: np.random.Generator) -> ArchForm:
    """Tapered, ovoid or square, narrow or wide, with slight asymmetry."""
    return ArchForm(
        size=1 + 0.05 * rng.standard_normal(),
        width=1 + 0.055 * rng.standard_normal(),
        depth=1.04 + 0.07 * rng.standard_normal(),
        taper=0.10 * rng.standard_normal(),
        square=0.09 * rng.standard_normal(),
        skew=0.03 * rng.standard_normal(),
        midline=0.8 * rng.standard_normal(),
    )


@dataclass(frozen=True)
class ArchStyle:
    """What kind of arch is drawn: probabilities and spreads, and the arch form where it is given (else it is drawn)."""

    mixed: float = 0.26
    erupting: float = 0.22
    wisdom: float = 0.15
    no_second_molars: float = 0.12
    crowding_sd: float = 0.85
    form: ArchForm | None = None


def make_dentition(rng: np.random.Generator, jaw: str, style: ArchStyle | None = None) -> Dentition:
    """Draw one arch: form, sizes, missing and milk teeth, crowding, wear."""
    style = style or ArchStyle()
    plan = _plan_teeth(rng, jaw, style)
    form = style.form or draw_arch_form(rng)
    shapes = _draw_shapes(rng, jaw, plan, form.size)
    path = _arch_path(jaw, form)
    crowding = abs(rng.standard_normal()) * style.crowding_sd
    places = _lay_out(rng, plan, shapes, path, crowding)
    spee = rng.normal(0, 0.5)
    teeth, gaps = [], []
    heights = CubicSpline(*_height_profile(jaw))
    for slot, shape, s in zip(plan, shapes, places, strict=True):
        if slot.missing:
            gaps.append((s - 0.5 * shape.width, s + 0.5 * shape.width))
            continue
        teeth.append(_stand(rng, slot, shape, path(s), heights(abs(s)) + spee * (s / 30) ** 2, crowding))
    reach = np.linspace(places[0] - 9, places[-1] + 9, 400)
    curve = np.array([np.r_[path(s)[0], heights(min(abs(s), 48))] for s in reach])
    return Dentition(jaw, teeth, curve, gaps)


@dataclass
class _Slot:
    number: int
    side: int
    milk: bool = False
    missing: bool = False
    closed: float = 0.0
    sunk: float = 0.0
    outward: float = 0.0


@dataclass
class _Shape:
    template: ToothTemplate
    local: Float
    width: float


def _plan_teeth(rng: np.random.Generator, jaw: str, style: ArchStyle) -> list[_Slot]:
    """Which teeth stand in the arch, from the x < 0 back to the x > 0 back; missing ones keep a slot with a width."""
    slots = {(side, n): _Slot(n, side) for side in (-1, 1) for n in range(1, 9)}
    wisdom = rng.random() < style.wisdom
    young = rng.random() < style.mixed
    last = 8 if wisdom and not young else 7
    if not wisdom and (rng.random() < style.no_second_molars or (young and rng.random() < 0.85)):
        last = 6
    if last == 7 and rng.random() < 0.15:
        for side in (-1, 1):
            slots[side, 7].sunk = rng.uniform(0.5, 4.5)
    if young:
        _make_mixed(rng, slots)
    else:
        _lose_teeth(rng, slots, last)
        if rng.random() < style.erupting:
            _erupt_late(rng, slots)
    out = []
    for side in (-1, 1):
        final = last - (1 if last > 6 and rng.random() < 0.08 else 0)
        numbers = range(final, 0, -1) if side < 0 else range(1, final + 1)
        out += [slots[side, n] for n in numbers]
    if last == 8:
        for slot in out:
            if slot.number == 8 and rng.random() < 0.5:
                slot.sunk = rng.uniform(0.5, 4.0)
    return out


def _make_mixed(rng: np.random.Generator, slots: dict[tuple[int, int], _Slot]) -> None:
    """Milk teeth in the places where a child of 6 to 12 still has them; some lost, some successors half erupted."""
    stage = rng.random()
    for (_, number), slot in slots.items():
        keep = {1: 0.0, 2: 0.15, 3: 0.85, 4: 0.75, 5: 0.85}.get(number, 0.0)
        if stage < 0.25:
            keep = {1: 0.4, 2: 0.7, 3: 0.98, 4: 0.97, 5: 0.98}.get(number, 0.0)
        elif stage > 0.7:
            keep = {3: 0.45, 4: 0.3, 5: 0.6}.get(number, 0.0)
        if number <= 5 and rng.random() < keep:
            slot.milk = True
        elif number <= 5:
            if rng.random() < 0.12:
                slot.missing = True
            elif rng.random() < 0.35:
                slot.sunk = rng.uniform(0.5, 5.0)


def _lose_teeth(rng: np.random.Generator, slots: dict[tuple[int, int], _Slot], last: int) -> None:
    """Extractions (often premolars in pairs, space closed), agenesis, and teeth lost later (space mostly kept)."""
    kind = rng.random()
    if kind < 0.10:
        number = int(rng.choice([4, 4, 4, 5]))
        closed = float(rng.choice([1.0, rng.uniform(0, 1)]))
        for side in (-1, 1):
            slots[side, number].missing = True
            slots[side, number].closed = closed
    elif kind < 0.14:
        number = int(rng.choice([2, 5]))
        for side in (-1, 1):
            if rng.random() < 0.7:
                slots[side, number].missing = True
                slots[side, number].closed = float(rng.uniform(0, 1))
    elif kind < 0.42:
        weights = np.array([1, 1, 1.2, 1.5, 1.5, 3, 2, 1])[:last]
        for _ in range(int(rng.geometric(0.5))):
            number = 1 + int(rng.choice(last, p=weights / weights.sum()))
            slot = slots[int(rng.choice([-1, 1])), number]
            slot.missing = True
            slot.closed = float(rng.choice([0.0, rng.uniform(0, 0.6), rng.uniform(0.6, 1.0)], p=[0.4, 0.4, 0.2]))


def _erupt_late(rng: np.random.Generator, slots: dict[tuple[int, int], _Slot]) -> None:
    """A dentition of 11 to 14 years: canines, premolars or second molars on their way, some crowded out of the row."""
    for (_, number), slot in slots.items():
        late = {3: 0.6, 4: 0.12, 5: 0.25, 7: 0.5}.get(number, 0.0)
        if slot.missing or rng.random() > late:
            continue
        slot.sunk = rng.uniform(0.5, 6.0)
        if number == 3 and rng.random() < 0.5:
            slot.closed = rng.uniform(0.1, 0.7)
            slot.outward = rng.uniform(1.0, 4.5) * slot.closed


def _draw_shapes(rng: np.random.Generator, jaw: str, plan: list[_Slot], size: float) -> list[_Shape]:
    """Crowns with correlated left and right: modes, size, unsharp relief, wear and damage, local frame."""
    shared = {n: rng.standard_normal(20) for n in range(1, 9)}
    shared_scale = {n: rng.standard_normal() for n in range(1, 9)}
    spread, wear = rng.uniform(0.7, 1.25), max(0.0, rng.normal(0.0, 0.45))
    sharpness = rng.uniform(0.2, 1.6)
    shapes = []
    for slot in plan:
        form, stretch = (slot.number, (1.0, 1.0, 1.0))
        if slot.milk:
            form, stretch = MILK_FORM[jaw, slot.number]
        template = load_atlas()[jaw, form]
        weights = spread * np.clip(0.8 * shared[slot.number] + 0.6 * rng.standard_normal(20), -2.5, 2.5)
        scale = size * (1 + 0.045 * (0.85 * shared_scale[slot.number] + 0.5 * rng.standard_normal()))
        if slot.number == 2 and jaw == "upper" and not slot.milk and rng.random() < 0.04:
            scale *= rng.uniform(0.65, 0.9)
        local = sharpen(template.instance(weights), template.faces, sharpness) * scale * np.array(stretch)
        across, along = CROWN_FORM.get((jaw, form), (1.0, 1.02))
        local = local * [across, across, along * (1 + 0.08 * rng.standard_normal())]
        local = _wear(rng, local, wear * (1.6 if slot.milk else 1.0))
        if rng.random() < 0.02:
            local = _prepare_stump(rng, local, template.cap)
        elif rng.random() < 0.012:
            local = _break(rng, local)
        crown = local[~template.cap]
        low, high = np.quantile(crown[:, 0], [0.004, 0.996])
        shapes.append(_Shape(template, local - [0.5 * (low + high), 0, 0], float(high - low)))
    return shapes


def sharpen(vertices: Float, faces: Int, amount: float) -> Float:
    """Relief exaggerated by `amount` times its difference from a smoothed copy: undoes the blur of a mean shape."""
    smooth = vertices
    neighbours = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    degree = np.bincount(neighbours[:, 0], minlength=len(vertices))[:, None]
    for _ in range(6):
        total = np.stack(
            [np.bincount(neighbours[:, 0], smooth[neighbours[:, 1], i], len(vertices)) for i in range(3)], axis=1
        )
        smooth = 0.5 * smooth + 0.5 * total / np.maximum(degree, 1)
    detail = vertices - smooth
    upper_part = np.clip((vertices[:, 2:] - 0.45 * vertices[:, 2].max()) / (0.2 * vertices[:, 2].max()), 0, 1)
    return vertices + amount * upper_part * detail


def _wear(rng: np.random.Generator, local: Float, amount: float) -> Float:
    """Cusps ground down softly by up to `amount` mm along a slightly tilted plane."""
    cut = max(0.0, amount + 0.15 * rng.standard_normal())
    tilt = rng.normal(0, 0.08, 2)
    plane = local[:, 2].max() - cut + local[:, :2] @ tilt
    over = local[:, 2] - plane
    worn = local.copy()
    worn[:, 2] = np.where(over > 0, plane + 0.12 * np.tanh(over / 0.6), local[:, 2])
    return worn


def _prepare_stump(rng: np.random.Generator, local: Float, cap: np.ndarray) -> Float:
    """A crown preparation: walls ground in with a taper above a shoulder near the neck, top reduced."""
    out = local.copy()
    height = local[:, 2].max()
    rise = np.clip((local[:, 2] - rng.uniform(0.25, 0.4) * height) / (0.12 * height), 0, 1) * ~cap
    inset = rng.uniform(0.8, 1.5) + np.tan(np.radians(rng.uniform(4, 15))) * local[:, 2]
    centre = local[cap, :2].mean(axis=0)
    offset = local[:, :2] - centre
    radius = np.linalg.norm(offset, axis=1)
    shrink = np.maximum(radius - rise * inset, 0.35 * radius) / np.maximum(radius, 1e-6)
    out[:, :2] = centre + offset * shrink[:, None]
    out[:, 2] = np.where(rise > 0, np.minimum(out[:, 2], height - rng.uniform(1.0, 2.2)), out[:, 2])
    return out


def _break(rng: np.random.Generator, local: Float) -> Float:
    """A crown with a corner or the top broken off along a plane."""
    direction = rng.standard_normal(3)
    direction[2] = abs(direction[2]) + 0.6
    direction /= np.linalg.norm(direction)
    along = local @ direction
    limit = along.max() - rng.uniform(1.0, 0.55 * local[:, 2].max() + 1.0)
    return local - np.maximum(along - limit, 0)[:, None] * direction


def _height_profile(jaw: str) -> tuple[Float, Float]:
    """Arc length from the midline (mm) and height of the necks there in the mean arch."""
    centres = np.array([load_atlas()[jaw, n].centre for n in range(1, 9)])
    path = np.vstack([centres[0] * [-1, 1, 1], centres])[:, :2]
    along = np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)) - 0.5 * np.linalg.norm(path[1] - path[0])
    heights = centres[:, 2]
    return np.r_[0, along, along[-1] + 20], np.r_[heights[0], heights, heights[-1]]


def _arch_path(jaw: str, form: ArchForm) -> Callable[[float], tuple[Float, Float]]:
    """A function s (mm along the arch from the midline) -> (point (2,), unit tangent (2,) towards +x side's back)."""
    centres = np.array([load_atlas()[jaw, n].centre for n in range(1, 9)])[:, :2]
    tail = centres[-1] + (centres[-1] - centres[-2]) * 1.6
    half = np.vstack([centres, tail])
    half[:, 1] -= centres[:, 1].mean()
    back = (half[0, 1] - half[:, 1]) / np.ptp(half[:, 1])
    bulge = form.taper * (back - 0.4) + form.square * np.sin(np.pi * np.clip(back * 1.4, 0, 1))
    half[:, 0] *= form.size * form.width * (1 + bulge)
    half[:, 1] *= form.size * form.depth
    points = np.vstack([half[::-1], half * [-1, 1]])
    points[:, 0] += form.midline * np.clip(1 - np.abs(points[:, 0]) / 20, 0, 1)
    points[:, 1] += form.skew * points[:, 0]
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    middle = 0.5 * (along[len(half) - 1] + along[len(half)])
    spline = CubicSpline(along - middle, points)

    def path(s: float) -> tuple[Float, Float]:
        limited = float(np.clip(s, spline.x[0], spline.x[-1]))
        tangent = spline(limited, 1)
        tangent = tangent / np.linalg.norm(tangent)
        return spline(limited) + (s - limited) * tangent, tangent

    return path


def _lay_out(rng: np.random.Generator, plan: list[_Slot], shapes: list[_Shape], path, crowding: float) -> Float:
    """(n,) places along the arch: widths laid side by side, with gaps, closed spaces and overlap from crowding."""
    spacing = rng.choice([0.0, abs(rng.normal(0, 0.25)), abs(rng.normal(0, 0.9))], p=[0.62, 0.26, 0.12])
    overlap = 0.35 + 0.35 * crowding * rng.random()
    widths = np.array([shape.width * (1 - slot.closed) for slot, shape in zip(plan, shapes, strict=True)])
    for slot, shape in zip(plan, shapes, strict=True):
        if slot.milk and slot.number in (4, 5) and rng.random() < 0.5:
            overlap = 0.0
    between = np.array([spacing * rng.exponential() - overlap for _ in range(len(plan) - 1)])
    if rng.random() < 0.06:
        middle = [i for i in range(len(plan) - 1) if plan[i].side < 0 < plan[i + 1].side]
        between[middle] += rng.uniform(0.5, 3.0)
    ends = np.r_[0, np.cumsum(widths[:-1] + between)] + 0.5 * widths
    first_right = next(i for i, slot in enumerate(plan) if slot.side > 0)
    midline = 0.5 * (
        ends[first_right - 1] + 0.5 * widths[first_right - 1] + ends[first_right] - 0.5 * widths[first_right]
    )
    return ends - midline + rng.normal(0, 0.7)


def _stand(
    rng: np.random.Generator, slot: _Slot, shape: _Shape, place: tuple[Float, Float], height: float, crowding: float
) -> Tooth:
    """Put a crown on the arch with rotation, tip, torque, and shifts out of line and height."""
    point, tangent = place
    mesial = np.r_[-slot.side * tangent, 0.0]
    occlusal = np.array([0.0, 0, 1])
    buccal = np.r_[tangent[1], -tangent[0], 0.0] * -1
    front = 1.0 if slot.number <= 3 else 0.55
    turn, tip, torque = np.radians(rng.standard_normal(3) * [4 + 7 * crowding * front, 3 + crowding, 4.5])
    if rng.random() < 0.02:
        turn += np.radians(rng.uniform(-70, 70))
    axes = _rotation(occlusal, turn) @ _rotation(buccal, tip) @ _rotation(mesial, torque)
    basis = np.stack([mesial, buccal, occlusal]) @ axes.T
    lateral = rng.normal(0, 0.2 + 0.55 * crowding * front) + (rng.random() < 0.015) * rng.choice([-1, 1]) * rng.uniform(
        2, 4
    )
    lateral += slot.outward
    rise = rng.normal(0, 0.25) - 0.75 * slot.sunk
    if slot.milk:  # a shorter crown, but the same occlusal plane
        rise += 0.75 * (shape.template.vertices[:, 2].max() - shape.local[:, 2].max())
    origin = np.r_[point, height] + lateral * buccal + rise * occlusal
    pivot = np.array([0, 0, 2.0])
    vertices = (shape.local - pivot) @ basis + pivot @ np.stack([mesial, buccal, occlusal]) + origin
    faces = shape.template.faces if slot.side < 0 else shape.template.faces[:, ::-1]
    shift = rng.normal(0, 0.3) + 0.6 * slot.sunk
    return Tooth(slot.number, slot.side, slot.milk, vertices, faces, shape.template.cap, basis, origin, shift)


def _rotation(axis: Float, angle: float) -> Float:
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
