"""Where teeth decay and how far: shapes of caries in a tooth's own frame (mesial, buccal, occlusal, mm)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.synth.xray.body import ToothBody
from typodont.synth.xray.shapes import blob
from typodont.types import Float

# Shares of the places, as dentists find them: between teeth and in fissures most, on roots where the gum has gone back.
_BACK = {"proximal": 0.46, "occlusal": 0.3, "cervical": 0.08, "root": 0.07, "gross": 0.09}
_FRONT = {"proximal": 0.62, "cervical": 0.2, "root": 0.06, "gross": 0.12}
_BARE_ROOT_MM = 1.8
_DEPTHS, _HOW_OFTEN = ("enamel", "dentine", "deep"), (0.38, 0.4, 0.22)


@dataclass(frozen=True)
class SoftSpot:
    """A part of a tooth that has lost mineral. loss: 0..1, the share that is gone; 1 is a hole."""

    shape: Mesh
    loss: float


def draw_decay(
    rng: np.random.Generator, body: ToothBody, *, front: bool, bone_loss: float, floors: list[Float]
) -> list[SoftSpot]:
    """One decayed place of a tooth, seldom two.

    Args:
        rng: Draws place, depth and shape.
        body: The tooth.
        front: An incisor or canine, which has no fissures.
        bone_loss: mm; bare roots decay, too.
        floors: Corners of fillings (mesial, buccal, occlusal), where decay comes back.
    """
    shares = dict(_FRONT if front else _BACK)
    shares["root"] += 0.35 * (bone_loss > _BARE_ROOT_MM)
    shares["recurrent"] = 0.6 * bool(floors)
    places, weights = list(shares), np.array(list(shares.values()))
    spots: list[SoftSpot] = []
    for _ in range(1 + (rng.random() < 0.22)):
        spots += _spots(rng, places[rng.choice(len(places), p=weights / weights.sum())], body, floors)
    return spots


def wall(body: ToothBody, level: float, side: float) -> float:
    """How far a crown reaches to mesial (side +1) or distal (-1) at a height, mm, signed."""
    crown = body.crown.vertices
    near = crown[np.abs(crown[:, 2] - level) < 0.7]
    return float(side * (side * (near if len(near) else crown)[:, 0]).max())


def _spots(rng: np.random.Generator, place: str, body: ToothBody, floors: list[Float]) -> list[SoftSpot]:
    depth = str(rng.choice(_DEPTHS, p=_HOW_OFTEN))
    if place == "proximal":
        return _proximal(rng, body, depth)
    if place == "occlusal":
        return _occlusal(rng, body, depth)
    if place == "cervical":
        return [_cervical(rng, body)]
    if place == "root":
        return [_on_root(rng, body)]
    if place == "recurrent":
        return [_recurrent(rng, body, floors[rng.integers(len(floors))])]
    return _gross(rng, body)


def _proximal(rng: np.random.Generator, body: ToothBody, depth: str) -> list[SoftSpot]:
    """Below the contact: a wedge through the enamel that spreads into a dome where dentine begins."""
    side, deep = rng.choice([-1.0, 1.0]), _half_depth(body)
    level = body.neck + rng.uniform(0.38, 0.66) * (body.top - body.neck)
    surface, aside = wall(body, level, side), rng.normal(0, 0.15) * deep
    open_ = depth == "deep" and rng.random() < 0.6
    reach = rng.uniform(0.6, 1.1) if depth == "enamel" else rng.uniform(1.0, 1.5)
    wedge = np.array([reach, deep * rng.uniform(0.45, 0.85), rng.uniform(0.6, 1.1) * (1.4 if open_ else 1.0)])
    spots = [SoftSpot(blob(rng, np.array([surface, aside, level]), wedge), 1.0 if open_ else rng.uniform(0.5, 0.85))]
    if depth != "enamel":
        radius = rng.uniform(0.7, 1.4) if depth == "dentine" else rng.uniform(1.5, 2.8)
        radius = min(radius, 0.62 * abs(surface))
        centre = np.array([surface - side * (0.8 + 0.4 * radius), aside, level - 0.15 * radius])
        dome = radius * np.array([1, 0, rng.uniform(0.9, 1.4)]) + [0, deep * rng.uniform(0.45, 0.9), 0]
        spots.append(SoftSpot(blob(rng, centre, dome), rng.uniform(0.55, 1.0)))
    return spots


def _occlusal(rng: np.random.Generator, body: ToothBody, depth: str) -> list[SoftSpot]:
    """Below the fissure: hardly a trace in enamel, a shadow under it, a hole when the enamel has broken in."""
    half, deep = abs(wall(body, 0.5 * (body.top + body.neck), 1.0)), _half_depth(body)
    radius = rng.uniform(1.4, 2.6) if depth == "deep" else rng.uniform(0.7, 1.4)
    radius = min(radius, 0.4 * (body.top - body.neck), 0.7 * half)
    across = np.array([rng.normal(0, 0.22) * half, rng.normal(0, 0.15) * deep])
    centre = np.array([*across, body.top - rng.uniform(2.2, 2.9) - 0.35 * radius])
    dome = np.array([radius * rng.uniform(1.0, 1.6), deep * rng.uniform(0.45, 0.85), radius])
    spots = [SoftSpot(blob(rng, centre, dome), rng.uniform(0.55, 1.0))]
    broken = rng.random() < {"enamel": 0.0, "dentine": 0.25, "deep": 0.6}[depth]
    width = radius * rng.uniform(0.6, 1.0) if broken else rng.uniform(0.25, 0.45)
    entry = np.array([width, deep * rng.uniform(0.4, 0.8), 0.5 * (body.top - centre[2])])
    above = np.array([*across, centre[2] + entry[2]])
    return [*spots, SoftSpot(blob(rng, above, entry), 1.0 if broken else 0.6)]


def _cervical(rng: np.random.Generator, body: ToothBody) -> SoftSpot:
    """A saucer on the buccal or inner face above the neck, seen through the whole tooth."""
    half, deep = body.half
    centre = np.array([rng.normal(0, 0.25) * half, rng.choice([-0.9, 0.9]) * deep, body.neck + rng.uniform(0.0, 1.4)])
    radii = np.array([half * rng.uniform(0.5, 0.9), rng.uniform(1.4, 3.0), rng.uniform(0.7, 1.3)])
    return SoftSpot(blob(rng, centre, radii), rng.uniform(0.8, 1.0))


def _on_root(rng: np.random.Generator, body: ToothBody) -> SoftSpot:
    """A saucer with blurred edges beside the neck, below the enamel."""
    half, deep = body.half
    centre = np.array([rng.choice([-1, 1]) * 0.95 * half, 0.15 * deep * rng.standard_normal(), 0.0])
    centre[2] = body.neck - rng.uniform(0.2, 1.8)
    radii = np.array([rng.uniform(0.9, 2.0), deep * rng.uniform(0.55, 1.0), rng.uniform(0.9, 2.0)])
    return SoftSpot(blob(rng, centre, radii), rng.uniform(0.6, 1.0))


def _recurrent(rng: np.random.Generator, body: ToothBody, floor: Float) -> SoftSpot:
    """Below or beside a filling."""
    radius = rng.uniform(0.7, 1.5)
    radii = radius * np.array([rng.uniform(0.9, 1.3), 0, 1.0]) + [0, _half_depth(body) * rng.uniform(0.45, 0.85), 0]
    return SoftSpot(blob(rng, floor - [0, 0, 0.7 * radius], radii), rng.uniform(0.55, 0.95))


def _gross(rng: np.random.Generator, body: ToothBody) -> list[SoftSpot]:
    """A crown of which half is gone, with soft walls around the hole."""
    height, deep, side = body.top - body.neck, _half_depth(body), rng.choice([-1.0, 1.0])
    half = abs(wall(body, body.neck + 0.5 * height, side))
    centre = np.array([side * half * rng.uniform(0.3, 1.0), 0.0, body.top - height * rng.uniform(0.1, 0.4)])
    radii = np.array([half * rng.uniform(0.6, 1.1), deep * rng.uniform(0.8, 1.3), height * rng.uniform(0.4, 0.75)])
    hole = blob(rng, centre, radii, rough=0.3)
    soft = blob(rng, centre - [0, 0, 0.3], radii * [1.15, 0.8, 1.15], rough=0.3)
    return [SoftSpot(hole, rng.uniform(0.85, 1.0)), SoftSpot(soft, rng.uniform(0.4, 0.7))]


def _half_depth(body: ToothBody) -> float:
    """Half the crown from its buccal to its inner face, mm."""
    return 0.5 * float(np.ptp(body.crown.vertices[:, 1]))
