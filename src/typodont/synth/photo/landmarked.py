"""Synthetic photographs whose landmarks are known: what was made, from where, and which landmarks show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from typodont.geometry.pinhole import Pinhole
from typodont.geometry.rays import RayScene
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.synth.photo.bent_camera import BentCamera
from typodont.synth.photo.look import Look
from typodont.synth.photo.mirror import Mirror
from typodont.synth.photo.viewpoint import Viewpoint
from typodont.types import Bool, Float

_NEAR_MM = 0.6


@dataclass(frozen=True)
class MadePhoto:
    """A photograph with its truth, and how to keep it.

    Args:
        photo: the record. quality: of the JPEG. focal_px: what its EXIF data are to tell; None without.
    """

    photo: LandmarkedPhoto
    quality: int
    focal_px: float | None


def visible(rays: RayScene, camera: Pinhole, points: Float, mirror: Mirror | None = None) -> Bool:
    """(L,) which (L, 3) points of a scene show: in the frame, on the mirror where there is one, nothing before them.

    Points lie on surfaces, and surfaces in a scene are coarse: what is less than 0.6 mm before a point hides nothing.

    Args:
        rays: the scene. camera: in its frame.
        points: mm, scene's frame; NaN is not visible.
        mirror: in which the picture was taken.
    """
    px = camera.project(points)
    width, height = camera.size
    inside = (px > -0.5).all(axis=1) & (px[:, 0] < width - 0.5) & (px[:, 1] < height - 0.5)
    where = np.flatnonzero(inside)
    if mirror is not None:
        column, row = np.rint(px[where]).astype(int).T
        where = where[mirror.inside((height, width))[row, column] > 0]
    toward = points[where] - camera.position
    far = np.linalg.norm(toward, axis=1)
    origins = np.broadcast_to(camera.position, toward.shape)
    hidden = rays.occluded(origins, toward / far[:, None], max_distance=far - _NEAR_MM)
    shown = np.zeros(len(points), bool)
    shown[where[~hidden]] = True
    return shown


def pinhole_of(viewpoint: Viewpoint) -> Pinhole:
    """The lens of a handheld camera."""
    assert isinstance(viewpoint.camera, BentCamera)
    return viewpoint.camera.pinhole


def make_remarks(viewpoint: Viewpoint, look: Look, mirror: Mirror | None) -> dict[str, Any]:
    """What is worth knowing about how a picture was taken."""
    far = (viewpoint.camera.distance or 0.0) - viewpoint.target[1, 2]
    return {"look": look.name, "mirror": mirror is not None, "mm_from_lens": round(float(far), 1)}


def moved_camera(camera: Pinhole, place: Float) -> Pinhole:
    """The same camera seen from another frame, of which `place` (4, 4) leads to the frame that it was in."""
    turn, shift = place[:3, :3], place[:3, 3]
    return replace(camera, rotation=camera.rotation @ turn, position=turn.T @ (camera.position - shift))


def told_focal(rng: np.random.Generator, camera: Pinhole, look: Look) -> float | None:
    """The focal length that the file tells; None where it does not, or where the picture was cut."""
    uncut = np.allclose(camera.centre_px, 0.5 * (np.array(camera.size) - 1))
    return camera.focal_px if rng.random() < look.exif and uncut else None
