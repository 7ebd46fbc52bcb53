"""Which tooth of a made-up patient is to be restored, closed in contact with its antagonist."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from typodont.geometry.oriented_points import OrientedPoints
from typodont.geometry.registration import apply
from typodont.records.crown_case import Kind
from typodont.synth.arch_form import draw_arch_form
from typodont.synth.dentition import Dentition, Tooth, make_dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.neck import NeckLine, neck_line
from typodont.synth.patient import close_bite
from typodont.synth.preparation.tooth_points import tooth_points
from typodont.synth.soft_tissue import make_gum
from typodont.synth.tissue_style import draw_tissue_style
from typodont.synth.tooth_plan import ArchStyle
from typodont.types import Float

# How often a tooth with this number is chosen. Crowns: molars first, then premolars, then front teeth.
_CROWN_SHARES = {1: 0.08, 2: 0.04, 3: 0.04, 4: 0.13, 5: 0.17, 6: 0.30, 7: 0.22, 8: 0.02}
_FILLING_SHARES = {4: 0.18, 5: 0.24, 6: 0.36, 7: 0.22}
_NO_CONTACT = 0.08
_REACH_MM = 0.9
_ERUPTS_MM = 0.8
_CROWDED_MM = 0.8
_GAP_MM = 1.2
_SHOWN_MM = {"crown": 4.6, "inlay": 4.4, "onlay": 4.6}
_SPOILT = ("broken", "prepared stump")  # other preparations in the mouth would make the truth ambiguous
_TRIES = 200


@dataclass(frozen=True)
class Arch:
    """One arch with its gum, arch frame.

    Args:
        dentition, necks: teeth and the gum margin of each. points: dense surface of each. gum: height map.
    """

    dentition: Dentition
    necks: list[NeckLine]
    points: list[OrientedPoints]
    gum: HeightMap


@dataclass(frozen=True)
class Site:
    """A tooth to be prepared in its mouth.

    Args:
        arch: its arch. opposing: the other arch, in its own arch frame.
        bite: (4, 4) from the opposing arch frame to that of `arch`, closed.
        index: of the tooth in the dentition.
        mesial, distal: index of the neighbour that it touches or nearly touches, or None.
    """

    arch: Arch
    opposing: Arch
    bite: Float
    index: int
    mesial: int | None
    distal: int | None

    @property
    def tooth(self) -> Tooth:
        """The tooth to be prepared."""
        return self.arch.dentition.teeth[self.index]

    @property
    def fdi(self) -> int:
        """Its number."""
        return self.arch.dentition.fdi(self.tooth)


def draw_site(rng: np.random.Generator, kind: Kind) -> Site:
    """A patient and a tooth of whom a restoration of this kind can be made; most, not all, touch both neighbours.

    Patients are drawn until one has such a tooth, which the first or second does.
    """
    for _ in range(_TRIES):
        style = ArchStyle(0.0, 0.0, wisdom=0.15, no_second_molars=0.08, crowding_sd=rng.uniform(0.0, 0.5))
        style = replace(style, form=draw_arch_form(rng))
        upper, lower = make_dentition(rng, "upper", style), make_dentition(rng, "lower", style)
        bite = close_bite(rng, upper, lower)
        if any(tooth.condition in _SPOILT for tooth in upper.teeth + lower.teeth):
            continue
        own, other, bite = (upper, lower, bite) if rng.random() < 0.5 else (lower, upper, np.linalg.inv(bite))
        site = _choose(rng, kind, own, other, bite)
        if site is not None:
            return site
    raise RuntimeError(f"no tooth for a {kind} in {_TRIES} patients")


def _choose(rng: np.random.Generator, kind: Kind, own: Dentition, other: Dentition, bite: Float) -> Site | None:
    shares = _CROWN_SHARES if kind == "crown" else _FILLING_SHARES
    share = np.array([0.0 if tooth.milk else shares.get(tooth.number, 0.0) for tooth in own.teeth])
    share *= np.array([tooth.condition in ("sound", "worn") for tooth in own.teeth])
    necks = [neck_line(tooth) for tooth in own.teeth]
    facing = [neck_line(tooth) for tooth in other.teeth]
    for index in _in_random_order(rng, share)[:3]:
        erupted = _erupt(rng, own.teeth[index], other, facing, bite)
        if erupted is None or _shown(erupted, necks[index]) < _SHOWN_MM[kind]:
            continue
        teeth = [erupted if i == index else tooth for i, tooth in enumerate(own.teeth)]
        dentition = replace(own, teeth=teeth)
        sides = [_neighbour(dentition, necks, index, step) for step in (-1, 1)]
        if any(side == "crowded" for side in sides) or all(side is None for side in sides):
            continue
        if any(side is None for side in sides) and rng.random() < 0.5:
            continue
        before, after = (None if side is None else index + step for side, step in zip(sides, (-1, 1), strict=True))
        mesial, distal = (after, before) if erupted.side < 0 else (before, after)
        arch, opposing = _arch(rng, dentition, necks), _arch(rng, other, facing)
        return Site(arch, opposing, bite, index, mesial, distal)
    return None


def _in_random_order(rng: np.random.Generator, share: Float) -> list[int]:
    """Indices of what has a share, drawn one after the other."""
    count = int((share > 0).sum())
    return rng.choice(len(share), count, replace=False, p=share / share.sum()).tolist() if count else []


def _arch(rng: np.random.Generator, dentition: Dentition, necks: list[NeckLine]) -> Arch:
    points = [tooth_points(tooth, neck) for tooth, neck in zip(dentition.teeth, necks, strict=True)]
    return Arch(dentition, necks, points, make_gum(rng, dentition, necks, draw_tissue_style(rng, dentition.jaw)))


def _shown(tooth: Tooth, neck: NeckLine) -> float:
    """Mean height of the crown over the gum, mm."""
    return float(tooth.vertices[:, 2].max() - neck.height.mean())


def _erupt(
    rng: np.random.Generator, tooth: Tooth, other: Dentition, necks: list[NeckLine], bite: Float
) -> Tooth | None:
    """The tooth moved along its axis until it just touches the opposing teeth; None where that is too far.

    Some teeth may miss their antagonist.
    """
    top = tooth.vertices[tooth.local(tooth.vertices)[:, 2] > 0.35 * tooth.local(tooth.vertices)[:, 2].max()]
    near = [
        tooth_points(facing, neck)
        for facing, neck in zip(other.teeth, necks, strict=True)
        if np.linalg.norm(apply(bite, facing.vertices.mean(axis=0)[None])[0, :2] - top.mean(axis=0)[:2]) < 11
    ]
    if not near:
        return tooth if rng.random() < _NO_CONTACT else None
    turned = np.vstack([points.normals for points in near]) @ bite[:3, :3].T
    facing = OrientedPoints(apply(bite, np.vstack([points.points for points in near])), turned)
    occlusal, wanted = tooth.axes[2], rng.uniform(-0.01, 0.04)

    def clearance(rise: float) -> float:
        return float(facing.signed_distance(top + rise * occlusal).min())

    low, high = -_ERUPTS_MM, _ERUPTS_MM
    if clearance(low) < wanted:
        return None
    if clearance(high) > wanted:
        return tooth if rng.random() < _NO_CONTACT else None
    for _ in range(9):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if clearance(middle) > wanted else (low, middle)
    return replace(tooth, vertices=tooth.vertices + low * occlusal, origin=tooth.origin + low * occlusal)


def _neighbour(dentition: Dentition, necks: list[NeckLine], index: int, step: int) -> str | None:
    """ "near", "crowded" (they pass into each other by more than teeth wear at contacts) or None."""
    other = index + step
    if not 0 <= other < len(dentition.teeth):
        return None
    tooth = dentition.teeth[index]
    points = tooth_points(dentition.teeth[other], necks[other])
    distance = float(points.signed_distance(tooth.vertices[~tooth.cap]).min())
    if distance > _GAP_MM:
        return None
    return "crowded" if distance < -_CROWDED_MM else "near"
