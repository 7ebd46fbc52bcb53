"""Parametric roots below made-up crowns; scans do not show them, radiographs do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.anatomy import UPPER, jaw, number, size, tooth_type
from typodont.geometry.mesh import Mesh
from typodont.synth.dentition import Tooth
from typodont.synth.neck import NeckLine
from typodont.types import Float

_RINGS, _CORNERS = 16, 24
_INTO_CROWN_MM = 1.2
_TRUNK_MM = 3.5  # below the neck, where the roots of a molar are still one


@dataclass(frozen=True)
class _Root:
    """One root against half the neck's width (mesial, buccal): where it begins and how thick it is there; its length
    against the longest one."""

    place: tuple[float, float]
    thick: tuple[float, float]
    length: float = 1.0


_SINGLE = (_Root((0, 0), (0.95, 0.95)),)
_BUCCAL_PALATAL = (_Root((0, 0.45), (0.75, 0.5)), _Root((0, -0.45), (0.75, 0.5), 0.97))
_MESIAL_DISTAL = (_Root((0.48, 0), (0.45, 0.85)), _Root((-0.48, 0), (0.45, 0.8), 0.95))
_THREE = (
    _Root((0.48, 0.42), (0.42, 0.5), 0.93),
    _Root((-0.48, 0.42), (0.42, 0.45), 0.9),
    _Root((0, -0.45), (0.6, 0.48)),
)


def root_plan(fdi: int) -> tuple[_Root, ...]:
    """The roots of a tooth: three on upper molars, two on lower ones and on upper first premolars, else one."""
    if "molar" in tooth_type(fdi) and "premolar" not in tooth_type(fdi):
        return _THREE if jaw(fdi) == UPPER else _MESIAL_DISTAL
    return _BUCCAL_PALATAL if jaw(fdi) == UPPER and number(fdi) == 4 else _SINGLE


@dataclass(frozen=True)
class RootForm:
    """How the roots of one tooth differ from the textbook's.

    Args:
        length, spread, bend: factors of the length, of how far roots of one tooth part, of the distal bend.
        formed: 0..1, how much of the length has grown.
    """

    length: float = 1.0
    spread: float = 1.0
    bend: float = 1.0
    formed: float = 1.0


@dataclass(frozen=True)
class Neck:
    """The ring that roots begin at, in the tooth's frame, mm: middle and half widths (mesial, buccal), level."""

    middle: Float
    half: Float
    level: float


def tooth_roots(tooth: Tooth, neck: NeckLine, fdi: int) -> list[Mesh]:
    """A closed surface for every root, arch frame, mm; each begins inside the crown, so that their union is the tooth.

    Widths follow the tooth's own neck, lengths the textbook's means; roots of one tooth spread, all bend distally.

    Args:
        tooth: The crown. neck: Its gum margin.
        fdi: Its number.
    """
    meshes = []
    for local in local_roots(ring(tooth, neck), fdi):
        faces = local.faces if tooth.side < 0 else local.faces[:, ::-1]
        meshes.append(Mesh(local.vertices @ tooth.axes + tooth.origin, faces))
    return meshes


def ring(tooth: Tooth, neck: NeckLine) -> Neck:
    """The ring of a crown at its gum margin."""
    line = tooth.local(neck.points() - [0, 0, tooth.margin_shift])
    return Neck(line[:, :2].mean(axis=0), 0.5 * np.ptp(line[:, :2], axis=0), float(np.median(line[:, 2])))


def local_roots(
    neck: Neck, fdi: int, *, form: RootForm | None = None, hollow: tuple[float, float] | None = None
) -> list[Mesh]:
    """The roots in the tooth's frame (mesial, buccal, occlusal, mm), or the canals inside them.

    Args:
        neck: Where they begin.
        fdi: The tooth's number.
        form: What is special about these roots.
        hollow: None for the roots; for their canals, the width against the root's at the neck and at the apex.
    """
    form = form or RootForm()
    top, middle, half = neck.level + _INTO_CROWN_MM, neck.middle, neck.half
    along = np.sin(np.linspace(0, np.pi / 2, _RINGS))[:-1]  # dense toward the round apex, which comes apart
    plan = root_plan(fdi)
    meshes = []
    for root in plan:
        length = root.length * form.length * form.formed * size(fdi).root_length + _INTO_CROWN_MM
        trunk = np.clip(1 - along * length / (_INTO_CROWN_MM + _TRUNK_MM), 0, 1) * (len(plan) > 1)
        apart = 1 - 0.3 * trunk + 0.35 * form.spread * along
        centres = np.column_stack([middle + np.outer(apart, half * root.place), top - length * along])
        centres[:, 0] -= 0.06 * form.bend * length * along**2
        hidden = 0.4 + 0.6 * np.clip(along * length / _INTO_CROWN_MM, 0, 1)
        taper = hidden * (1 + 0.3 * trunk) * (1 - 0.5 * form.formed * along**1.5) * np.sqrt(1 - along**6)
        if hollow:
            taper = taper * (hollow[0] + (hollow[1] - hollow[0]) * along)
        meshes.append(_tube(centres, taper[:, None] * (half * root.thick), centres[-1] - [0, 0, 0.02 * length]))
    return meshes


def _tube(centres: Float, radii: Float, apex: Float) -> Mesh:
    """A closed tube through ellipses (K centres (K, 3) and radii (K, 2)) that run downwards and end in the apex."""
    angle = 2 * np.pi * np.arange(_CORNERS) / _CORNERS
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rings = np.repeat(centres[:, None], _CORNERS, axis=1)
    rings[..., :2] += radii[:, None] * circle
    start = _CORNERS * np.arange(len(centres) - 1)[:, None]
    here, after = np.arange(_CORNERS), (np.arange(_CORNERS) + 1) % _CORNERS
    a, b = (start + here).ravel(), (start + after).ravel()
    sides = np.concatenate([np.stack([a, a + _CORNERS, b], 1), np.stack([b, a + _CORNERS, b + _CORNERS], 1)])
    last, tip, lid = _CORNERS * (len(centres) - 1), _CORNERS * len(centres), _CORNERS * len(centres) + 1
    ends = np.concatenate(
        [
            np.stack([last + here, np.full(_CORNERS, tip), last + after], 1),
            np.stack([here, after, np.full(_CORNERS, lid)], 1),
        ]
    )
    return Mesh(np.vstack([rings.reshape(-1, 3), apex, centres[0]]), np.concatenate([sides, ends]))
