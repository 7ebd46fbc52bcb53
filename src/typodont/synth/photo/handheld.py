"""A camera held in the hand before what it is to show: near, crooked, with a lens that bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.camera import look_rotation
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.geometry.registration import rotation_about
from typodont.synth.photo.bent_camera import BentCamera
from typodont.synth.photo.look import Look
from typodont.synth.photo.viewpoint import FILL, Viewpoint
from typodont.types import Float

_ASPECTS = (4 / 3, 3 / 4, 16 / 9, 3 / 2, 1.0)
_ASPECT_SHARES = (0.62, 0.1, 0.08, 0.12, 0.08)


@dataclass(frozen=True)
class Aim:
    """What a picture means.

    Args:
        kind: "front", ..., one of `viewpoint.FILL`. jaws: that are shown.
        points: (n, 3) what is to be in the picture, mouth frame, mm.
        toward: (3,) direction to the camera. up: (3,) what is about upward in the picture.
    """

    kind: str
    jaws: tuple[str, ...]
    points: Float
    toward: Float
    up: Float


def draw_handheld(rng: np.random.Generator, aim: Aim, look: Look, *, longest: int) -> Viewpoint:
    """A camera that shows its aim as people of this look do.

    The picture's longer side has `longest` pixels. The focal length follows from the distance and from how much of the
    picture the target fills, as with a zoom.
    """
    size = _size(rng, longest)
    toward = aim.toward / np.linalg.norm(aim.toward) + rng.normal(0, look.unsteady, 3)
    rotation = rotation_about(np.array([0, 0, 1.0]), rng.normal(0, look.roll))[:3, :3] @ look_rotation(toward, aim.up)
    local = aim.points @ rotation.T
    low, high = local.min(axis=0), local.max(axis=0)
    middle = 0.5 * (low + high)
    distance = _distance(rng, look) + high[2] - middle[2]
    tangents = (local - middle)[:, :2] / (distance - (local[:, 2:] - middle[2]))
    nearest, farthest = tangents.min(axis=0), tangents.max(axis=0)
    fill = rng.uniform(*FILL[aim.kind]) * rng.uniform(*look.wider)
    focal = fill * float(min(np.array(size) / (farthest - nearest)))
    aside = rng.normal(0, 0.04, 2) * np.array(size) / focal
    across = 0.5 * (nearest + farthest) + aside
    position = (middle + np.r_[across * distance, distance]) @ rotation
    k1, k2 = _bend(rng, look, size, focal)
    cut = rng.normal(0, 0.06, 2) * size if rng.random() < look.cut else np.zeros(2)
    # what is cut off moves the line of sight from the picture's middle; the target stays where it was
    position += np.r_[cut * [1, -1] / focal * distance, 0] @ rotation
    pinhole = Pinhole(focal, middle_px(size) + cut, size, rotation, position, k1, k2)
    camera = BentCamera.of(pinhole, distance)
    return Viewpoint(aim.kind, camera, aim.jaws, np.stack([low, high]) - camera.centre @ rotation.T)


def _size(rng: np.random.Generator, longest: int) -> tuple[int, int]:
    aspect = _ASPECTS[int(rng.choice(len(_ASPECTS), p=_ASPECT_SHARES))]
    width, height = min(1.0, aspect), min(1.0, 1 / aspect)
    return round(longest * width), round(longest * height)


def _distance(rng: np.random.Generator, look: Look) -> float:
    """Near ones more often than far ones."""
    return float(np.exp(rng.uniform(*np.log(look.nearest))))


def _bend(rng: np.random.Generator, look: Look, size: tuple[int, int], focal: float) -> tuple[float, float]:
    """k1 and k2 that move the picture's corners by a share of their distance from the middle."""
    squared = float(np.sum(middle_px(size) ** 2)) / focal**2
    first, second = rng.normal(-0.3 * look.bend, look.bend), rng.normal(0, 0.3 * look.bend)
    return first / squared, second / squared**2
