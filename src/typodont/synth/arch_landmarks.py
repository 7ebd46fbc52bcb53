"""Landmarks of made-up arches: the same vertices of a tooth type's template on every tooth drawn from it."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from typodont.anatomy.landmarks import DENTITION_LANDMARKS, DENTITION_TEETH, tooth_points
from typodont.geometry.registration import apply
from typodont.synth.atlas import ToothTemplate, load_atlas
from typodont.synth.crowns import sharpen
from typodont.synth.dentition import Dentition, Tooth
from typodont.synth.height_map import HeightMap
from typodont.types import Bool, Float, Int

GUM_POINTS = ("facial gum", "facial gum mesial", "facial gum distal", "lingual gum")
"""The landmarks that slide up and down the crown with the gum."""
_GUM_ANGLES = dict(zip(GUM_POINTS, (90.0, 42.0, 138.0, -90.0), strict=True))
_SLIDE_MM = 2.0
_SHARPNESS = 0.9
# A contact's height, and the direction in which an incisor's corner lies (mesial or distal, occlusal).
_CONTACT_HEIGHT, _CORNER = (0.35, 0.85), np.array([0.7, 0.7])
# About where cusps lie, (mesial +1, facial +1) of the crown's half widths: mean crowns are too flat to show each as a
# summit of its own. A place away from there costs height.
_CUSPS = {
    "cusp": (0.1, 0.3),
    "facial cusp": (0.05, 0.5),
    "lingual cusp": (0.0, -0.5),
    "mesiofacial cusp": (0.42, 0.5),
    "distofacial cusp": (-0.42, 0.5),
    "mesiolingual cusp": (0.4, -0.5),
    "distolingual cusp": (-0.42, -0.55),
}
_FACIAL_CUSPS_OF_FIVE = {
    "mesiofacial cusp": (0.5, 0.5),
    "distofacial cusp": (-0.12, 0.5),
    "distal cusp": (-0.65, 0.15),
}
_CUSP_STRAY = 0.5
_SLIDES = np.linspace(-1.0, 2.5, 71)


class CrownPoint(NamedTuple):
    """A landmark on a template: a vertex; one on the gum margin slides from it toward another vertex."""

    base: int
    tip: int


@cache
def crown_points(jaw: str, number: int) -> dict[str, CrownPoint]:
    """Where the landmarks of a tooth type are, by name; the order is that of `anatomy.landmarks.tooth_points`."""
    template = load_atlas()[jaw, number]
    names = tooth_points(10 * (1 if jaw == "upper" else 4) + number)
    crown = _Crown(template, five_cusps="distal cusp" in names)
    return {name: crown.gum(_GUM_ANGLES[name]) if name in _GUM_ANGLES else crown.fixed(name) for name in names}


class _Crown:
    """The sharpened mean crown of a tooth type, with its visible vertices and its neck."""

    def __init__(self, template: ToothTemplate, *, five_cusps: bool) -> None:
        self.five_cusps = five_cusps
        self.points = sharpen(template.vertices, template.faces, _SHARPNESS)
        self.seen = np.flatnonzero(~template.cap)
        self.neck = _rim(template.faces, template.cap)
        low, high = self.points[self.seen].min(axis=0), self.points[self.seen].max(axis=0)
        self.middle, self.half, self.top = 0.5 * (low + high)[:2], 0.5 * (high - low)[:2], float(high[2])

    def gum(self, degrees: float) -> CrownPoint:
        """The neck at an angle around the tooth (0 mesial, 90 facial), and the crown's wall above it."""
        base = self.neck[_away(self.angle[self.neck], degrees).argmin()]
        step = self.points[self.seen] - self.points[base]
        off = np.abs(np.linalg.norm(step, axis=1) - _SLIDE_MM)
        cost = off - 0.3 * step[:, 2] + 0.03 * _away(self.angle[self.seen], degrees)
        return CrownPoint(int(base), int(self.seen[cost.argmin()]))

    def fixed(self, name: str) -> CrownPoint:
        """The vertex of any other landmark."""
        x, y = self.across.T
        z = self.points[self.seen, 2] / self.top
        sign = -1.0 if "distal" in name or name.startswith("disto") else 1.0
        if name in ("mesial", "distal"):
            score = np.where((z > _CONTACT_HEIGHT[0]) & (z < _CONTACT_HEIGHT[1]), sign * x, -np.inf)
        elif name == "facial":
            score = np.where(y > 0, -np.abs(z - 0.55) - 0.6 * np.abs(x), -np.inf)
        elif name == "edge":
            score = z - 0.3 * np.abs(x)
        elif name.startswith("edge"):
            score = np.column_stack([sign * x, z]) @ _CORNER
        elif name == "fossa":
            score = np.where((np.abs(x) < 0.3) & (np.abs(y) < 0.3) & (z > 0.4), -z, -np.inf)
        else:
            places = {**_CUSPS, **(_FACIAL_CUSPS_OF_FIVE if self.five_cusps else {})}
            score = z - _CUSP_STRAY * ((self.across - places[name]) ** 2).sum(axis=1)
        vertex = int(self.seen[score.argmax()])
        return CrownPoint(vertex, vertex)

    @property
    def across(self) -> Float:
        """(n, 2) places of the visible vertices between mesial (+1) and distal, facial (+1) and lingual."""
        return (self.points[self.seen, :2] - self.middle) / self.half

    @property
    def angle(self) -> Float:
        """(V,) degrees around the tooth, as if it were as deep as wide."""
        flat = (self.points[:, :2] - self.middle) / self.half
        return np.degrees(np.arctan2(flat[:, 1], flat[:, 0]))


def _away(angles: Float, degrees: float) -> Float:
    return np.abs((angles - degrees + 180) % 360 - 180)


def _rim(faces: Int, cap: Bool) -> Int:
    """The visible vertices that border on the hidden underside."""
    mixed = faces[cap[faces].any(axis=1) & ~cap[faces].all(axis=1)]
    touched = np.unique(mixed)
    return touched[~cap[touched]]


def gum_slides(jaw: str, tooth: Tooth, gum: HeightMap) -> Float:
    """(4,) how far up the crown the gum reaches at each of `GUM_POINTS`: 0 at the neck's vertex, 1 at the other one.

    Where the gum lies below the whole line, which runs beside it for a while on the slanting tongue's side of front
    teeth, it is where they come nearest; where it lies above, the line's upper end (2.5).
    """
    points = crown_points(jaw, tooth.number)
    slides = np.empty(len(GUM_POINTS))
    for i, name in enumerate(GUM_POINTS):
        base, tip = tooth.vertices[points[name].base], tooth.vertices[points[name].tip]
        line = base + _SLIDES[:, None] * (tip - base)
        above = line[:, 2] - gum.at(line)
        covered = np.flatnonzero(above < 0)
        if len(covered):
            last = slice(covered[-1], covered[-1] + 2)
            slides[i] = np.interp(0, above[last], _SLIDES[last])
        else:
            slides[i] = _SLIDES[above.argmin()]
    return slides


def tooth_landmarks(jaw: str, tooth: Tooth, gum: HeightMap) -> dict[str, Float]:
    """(3,) each landmark of a permanent tooth 1..7, arch frame, mm."""
    places = {name: tooth.vertices[point.base] for name, point in crown_points(jaw, tooth.number).items()}
    for name, slide in zip(GUM_POINTS, gum_slides(jaw, tooth, gum), strict=True):
        base, tip = crown_points(jaw, tooth.number)[name]
        places[name] = tooth.vertices[base] + slide * (tooth.vertices[tip] - tooth.vertices[base])
    return places


def arch_landmarks(dentition: Dentition, gum: HeightMap, *, place: Float | None = None) -> Float:
    """(L, 3) landmarks of one arch in the order of `DENTITION_LANDMARKS`, mm; NaN for missing, milk and wisdom teeth
    and for the other jaw.

    Args:
        gum: of this arch, arch frame.
        place: (4, 4) from the arch frame to where the landmarks are wanted; the arch frame when None.
    """
    found = np.full((len(DENTITION_LANDMARKS), 3), np.nan)
    for tooth in dentition.teeth:
        fdi = dentition.fdi(tooth)
        if fdi in DENTITION_TEETH:
            rows = landmark_rows(fdi)
            found[rows] = list(tooth_landmarks(dentition.jaw, tooth, gum).values())
    return found if place is None else apply(place, found)


@cache
def landmark_rows(fdi: int) -> slice:
    """Where the landmarks of a tooth are in the order."""
    first = sum(len(tooth_points(other)) for other in DENTITION_TEETH[: DENTITION_TEETH.index(fdi)])
    return slice(first, first + len(tooth_points(fdi)))
