"""What dentists put into teeth: shapes of fillings, root fillings and implants, in a tooth's own frame (mm)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.synth.xray.body import ToothBody
from typodont.synth.xray.decay import wall
from typodont.synth.xray.shapes import blob, block, tube
from typodont.types import Float

# Black's classes: I in fissures, II and III between teeth ("MOD": both sides), IV with a corner, V at the neck.
_BACK = {"I": 0.3, "II": 0.36, "MOD": 0.22, "V": 0.07, "cusp": 0.05}
_FRONT = {"III": 0.6, "IV": 0.2, "V": 0.2}


@dataclass(frozen=True)
class Filling:
    """Shapes that together fill a tooth, and their lower corners, where decay comes back."""

    shapes: list[Mesh]
    floors: list[Float] = field(default_factory=list)


def draw_filling(rng: np.random.Generator, body: ToothBody, *, front: bool) -> Filling:
    """A filling of one of the usual kinds; back teeth sometimes have two."""
    shares = _FRONT if front else _BACK
    names, weights = list(shares), list(shares.values())
    count = 1 + (rng.random() < (0.15 if front else 0.2))
    parts = [_filling(rng, str(name), body) for name in rng.choice(names, count, replace=False, p=weights)]
    return Filling([s for part in parts for s in part.shapes], [f for part in parts for f in part.floors])


def _filling(rng: np.random.Generator, kind: str, body: ToothBody) -> Filling:
    if kind == "V":
        return _at_neck(rng, body)
    if kind in ("III", "IV"):
        return _between_front(rng, body, corner=kind == "IV")
    sides = {"I": (), "II": (rng.choice([-1.0, 1.0]),)}.get(kind, (-1.0, 1.0))
    return _in_fissure(rng, body, sides, wide=kind == "cusp")


def _in_fissure(rng: np.random.Generator, body: ToothBody, sides: tuple[float, ...], *, wide: bool) -> Filling:
    """A trough along the fissure, with a box down toward the neck at each of the `sides`."""
    height, deep = body.top - body.neck, 0.5 * float(np.ptp(body.crown.vertices[:, 1]))
    half = abs(wall(body, body.neck + 0.6 * height, 1.0))
    depth = rng.uniform(2.0, 3.4) if not wide else rng.uniform(2.8, 4.5)
    depth = min(depth, 0.6 * height)
    across = half * (rng.uniform(0.35, 0.7) if not sides else rng.uniform(0.6, 0.8)) * (1.2 if wide else 1.0)
    middle = np.array([rng.normal(0, 0.1) * half, rng.normal(0, 0.08) * deep, body.top - 0.5 * depth + 0.2])
    trough = np.array([across, deep * rng.uniform(0.3, 0.5) * (1.5 if wide else 1.0), 0.5 * depth + 0.2])
    shapes, floors = [block(rng, middle, trough)], []
    for side in sides:
        floor = body.neck + height * rng.uniform(0.08, 0.42)
        surface = wall(body, 0.5 * (floor + body.top), side)
        width = rng.uniform(1.2, 2.4)
        centre = np.array([surface - side * (0.5 * width - 0.2), middle[1], 0.5 * (floor + body.top)])
        shapes.append(
            block(rng, centre, np.array([0.5 * width, deep * rng.uniform(0.35, 0.6), 0.5 * (body.top - floor)]))
        )
        floors.append(np.array([wall(body, floor, side) - side * 0.6, middle[1], floor]))
    if not sides:
        floors.append(np.array([middle[0] + across * rng.choice([-1, 1]), middle[1], body.top - depth]))
    return Filling(shapes, floors)


def _between_front(rng: np.random.Generator, body: ToothBody, *, corner: bool) -> Filling:
    side, height, deep = rng.choice([-1.0, 1.0]), body.top - body.neck, body.half[1]
    level = body.neck + height * (rng.uniform(0.75, 0.9) if corner else rng.uniform(0.4, 0.65))
    surface = wall(body, level, side)
    radii = np.array([rng.uniform(0.9, 1.9), deep * rng.uniform(0.5, 1.0), rng.uniform(1.2, 2.0)])
    if corner:
        radii *= [1.4, 1.3, 1.4]
    centre = np.array([surface - side * 0.3 * radii[0], 0.0, level])
    return Filling([blob(rng, centre, radii, rough=0.1)], [centre - [0, 0, 0.8 * radii[2]]])


def _at_neck(rng: np.random.Generator, body: ToothBody) -> Filling:
    half, deep = body.half
    centre = np.array([rng.normal(0, 0.15) * half, rng.choice([-0.8, 0.8]) * deep, body.neck + rng.uniform(0.2, 1.2)])
    radii = np.array([half * rng.uniform(0.5, 0.9), rng.uniform(0.8, 1.6), rng.uniform(0.8, 1.3)])
    return Filling([blob(rng, centre, radii, rough=0.1)], [centre + [0.8 * radii[0], 0, -0.3]])


def draw_root_filling(rng: np.random.Generator, body: ToothBody) -> list[Mesh]:
    """The filled parts of the canals: mostly to the apex, at times short, and seldom with a canal left out."""
    canals = [canal for canal in body.canals if rng.random() < 0.93] or body.canals[:1]
    short = abs(rng.normal(0.3, 0.8)) if rng.random() < 0.8 else rng.uniform(2.0, 6.0)
    filled = []
    for canal in canals:
        # a canal begins inside the crown; what lies above the neck is cut off there, too
        heights = canal.vertices[:, 2]
        low, high = heights.min() + short, body.neck + rng.uniform(0.0, 1.2)
        cut = canal.vertices.copy()
        cut[:, 2] = np.clip(heights, min(low, high - 1.0), high)
        filled.append(Mesh(cut, canal.faces))
    return filled


def draw_post(body: ToothBody) -> Mesh:
    """A metal pin in the canal that holds a crown."""
    return tube(np.linspace(0.55 * body.bottom, 0.6 * body.top, 6), np.full(6, 0.6), np.zeros(2))


def draw_implant(rng: np.random.Generator, body: ToothBody, *, covered: bool) -> list[Mesh]:
    """A screw below the bone's edge, and the neck that carries a crown unless it is still `covered`."""
    width, length = rng.uniform(1.6, 2.5), rng.uniform(8.0, 14.0)
    shoulder = body.neck - rng.uniform(0.5, 2.5)
    heights = np.linspace(shoulder, shoulder - length, 60)
    thread = width + rng.uniform(0.1, 0.25) * np.cos(2 * np.pi * heights / rng.uniform(0.7, 1.1))
    thread *= np.linspace(1, rng.uniform(0.6, 1.0), 60)
    thread[-6:] *= np.linspace(1, 0.6, 6)
    parts = [tube(heights, thread, np.zeros(2))]
    if not covered:
        neck = np.linspace(shoulder - 0.5, body.neck + 3, 4)
        parts.append(tube(neck, np.full(4, width * rng.uniform(0.6, 0.95)), np.zeros(2)))
    return parts
