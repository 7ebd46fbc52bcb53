"""Orthodontic brackets bonded to the front side of the teeth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.synth.dentition import Dentition, Tooth
from typodont.synth.landmarks import facial_point
from typodont.synth.neck import NeckLine
from typodont.types import Float

# Boxes in the bracket's frame (mesial, outward, occlusal), mm: middle and half size. A pad, and a pair of tie wings
# above and below the slot for the wire.
_BOXES = (
    ((0, -0.1, 0), (1.5, 0.8, 1.3)),
    ((0, 1.2, 0.85), (1.6, 0.8, 0.4)),
    ((0, 1.2, -0.85), (1.6, 0.8, 0.4)),
)
_ROUNDING_MM = 0.12


@dataclass(frozen=True)
class Bracket:
    """A bracket of about 3.2 x 2 x 2.6 mm.

    Args:
        owner: index of its tooth in the dentition.
        centre: (3,) on the tooth's surface, arch frame, mm.
        axes: (3, 3) rows mesial, outward from the tooth, occlusal.
    """

    REACH_MM: ClassVar[float] = 4.0

    owner: int
    centre: Float
    axes: Float

    def distance(self, points: Float) -> Float:
        """(n,) signed distance of (n, 3) points, negative inside, mm."""
        local = (points - self.centre) @ self.axes.T
        return np.minimum.reduce([_box_distance(local, *map(np.array, box)) for box in _BOXES]) - _ROUNDING_MM


def _box_distance(points: Float, middle: Float, half: Float) -> Float:
    beyond = np.abs(points - middle) - half + _ROUNDING_MM
    return np.linalg.norm(np.maximum(beyond, 0), axis=1) + np.minimum(beyond.max(axis=1), 0)


def place_brackets(rng: np.random.Generator, dentition: Dentition, necks: list[NeckLine]) -> list[Bracket]:
    """A bracket on every whole permanent tooth up to the second premolars; one in twenty has come off."""
    found = []
    for index, (tooth, neck) in enumerate(zip(dentition.teeth, necks, strict=True)):
        lost = rng.random() < 0.05
        if tooth.number <= 5 and not tooth.milk and tooth.condition in ("sound", "worn") and not lost:
            found.append(_bracket(index, tooth, neck))
    return found


def _bracket(index: int, tooth: Tooth, neck: NeckLine) -> Bracket:
    place = facial_point(tooth, neck)
    crown = Mesh(tooth.vertices, tooth.faces)
    around = np.linalg.norm(tooth.vertices - place, axis=1) < 1.5
    outward = crown.vertex_normals[around].sum(axis=0) + 0.5 * tooth.axes[1]
    outward /= np.linalg.norm(outward)
    occlusal = tooth.axes[2] - (tooth.axes[2] @ outward) * outward
    occlusal /= np.linalg.norm(occlusal)
    return Bracket(index, place, np.stack([np.cross(outward, occlusal), outward, occlusal]))
