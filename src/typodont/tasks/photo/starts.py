"""Where a camera may have stood: first guesses from the landmarks of a mean mouth, before its shape is fitted."""

from __future__ import annotations

import numpy as np

from typodont.errors import FormatError
from typodont.geometry.camera import look_rotation
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.geometry.registration import rotation_about
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.types import Float

_ROUNDS = 6
_RIDGE = 1e-3
LEAST_LANDMARKS = 6

TOWARD_AND_UP = {
    "upper": ((0.0, 0.1, 1.0), (0.0, 1.0, 0.0)),
    "palate": ((0.0, 0.1, 1.0), (0.0, 1.0, 0.0)),
    "lower": ((0.0, 0.1, -1.0), (0.0, -1.0, 0.0)),
    "front": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
    "left": ((0.9, 0.5, 0.0), (0.0, 0.0, -1.0)),
    "right": ((-0.9, 0.5, 0.0), (0.0, 0.0, -1.0)),
}
"""For each view, the direction to the viewer and what is up in the picture, upper jaw's arch frame."""

VIEWS = tuple(TOWARD_AND_UP)


def first_cameras(photo: SeenLandmarks, landmarks: Float, spread: Float) -> list[Pinhole]:
    """Cameras from which a mean mouth looks about like the photograph.

    One from where this view is usually taken; one that fits the landmarks best as if seen from afar; and its twin: from
    afar a flat thing looks the same tilted to either side, and an arch is nearly flat.

    Args:
        photo: Its landmarks.
        landmarks: (L, 3) mm, upper jaw's arch frame: the mean mouth.
        spread: (L,) pixels: how far they may be off, sigma and the variety of mouths together.

    Raises:
        FormatError: fewer than `LEAST_LANDMARKS` of them tell anything; an unknown view.
    """
    if photo.view not in VIEWS:
        raise FormatError(f"view is {photo.view!r}, expected one of {', '.join(VIEWS)}")
    use = np.flatnonzero(photo.informative)
    if len(use) < LEAST_LANDMARKS:
        raise FormatError(
            f"found {len(use)} usable landmarks, expected {LEAST_LANDMARKS} or more: nothing of the {photo.view} view "
            "can be recognised; check the view, or take a sharper picture"
        )
    points, px = landmarks[use], photo.points[use]
    toward, up = TOWARD_AND_UP[photo.view]
    usual = look_rotation(np.array(toward), np.array(up))
    seen = _seen_from_afar(points, px, spread[use], usual)
    middle = points.mean(axis=0)
    normal = np.linalg.svd(points - middle)[2][2]
    twin = rotation_about(np.array([0.0, 0.0, 1.0]), 180)[:3, :3] @ seen @ rotation_about(normal, 180)[:3, :3]
    weight = 1 / spread[use] ** 2
    return [_placed(photo, rotation, points, px, weight) for rotation in (usual, seen, twin)]


def _seen_from_afar(points: Float, px: Float, spread: Float, usual: Float) -> Float:
    """(3, 3) rotation under which the points, drawn to scale without perspective, come nearest to their places.

    Landmarks far from where the others want them count less. Directions in which the points hardly extend are held by
    the usual view.
    """
    flipped = px * [1.0, -1.0]
    weight = 1 / spread**2
    rows = usual[:2]
    for _ in range(_ROUNDS):
        share = weight / weight.sum()
        at, to = points - share @ points, flipped - share @ flipped
        inner = (at * share[:, None]).T @ at
        size = np.sqrt((share @ (to**2).sum(axis=1)) / max(float(share @ ((at @ usual[:2].T) ** 2).sum(axis=1)), 1e-12))
        held = _RIDGE * np.trace(inner)
        affine = ((to * share[:, None]).T @ at + held * size * usual[:2]) @ np.linalg.inv(inner + held * np.eye(3))
        u, _, vt = np.linalg.svd(affine, full_matrices=False)
        rows = u @ vt
        off = ((to - at @ affine.T) ** 2).sum(axis=1) / spread**2
        weight = 1 / (spread**2 * (1 + off / max(float(np.median(off)), 1e-12)))
    return np.vstack([rows, np.cross(rows[0], rows[1])])


def _placed(photo: SeenLandmarks, rotation: Float, points: Float, px: Float, weight: Float) -> Pinhole:
    """A camera of the usual focal length that looks along a rotation, as far away as the size in the picture tells."""
    focal = photo.focal_guess[0]
    centre = middle_px(photo.size)
    share = weight / weight.sum()
    flat = (points - share @ points) @ rotation[:2].T
    seen = (px - share @ px) * [1.0, -1.0]
    scale = np.sqrt((share @ (seen**2).sum(axis=1)) / max(float(share @ (flat**2).sum(axis=1)), 1e-12))
    depth = focal / max(float(scale), 1e-9)
    aside = (share @ px - centre) * [1.0, -1.0] * depth / focal
    position = share @ points - rotation.T @ np.r_[aside, -depth]
    return Pinhole(focal, centre, photo.size, rotation, position)
