"""The fitted mouth drawn over its photograph: outlines of teeth or regions, landmarks with their spreads."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from skimage.segmentation import find_boundaries

from typodont.anatomy.landmarks import landmark_tooth
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole
from typodont.geometry.rays import RayScene
from typodont.tasks.photo.landmarks import FoundLandmarks
from typodont.types import Int

_LONGEST = 1200
_LINE, _DOT, _CIRCLE = (90, 255, 130), (255, 220, 60), (255, 140, 40)


def draw_fit(image: np.ndarray, found: FoundLandmarks, camera: Pinhole, mesh: Mesh) -> np.ndarray:
    """(H', W', 3) uint8: the picture, reduced to 1200 pixels where it is larger, with what was found and fitted.

    Args:
        image: (H, W, 3) uint8.
        found: Landmarks in its pixels: seen ones as dots within circles of two spreads.
        camera: Fitted. mesh: Fitted, with the vertex attribute ``label``; outlines lie between labels, around teeth of
            which a landmark is seen: what shines through where there is no gum in the mesh is none of the picture.
    """
    factor = min(1.0, _LONGEST / max(image.shape[:2]))
    camera = camera.resized(factor)
    picture = Image.fromarray(image).resize(camera.size, Image.Resampling.LANCZOS) if factor < 1 else image
    drawn = np.array(picture)
    label = _seen_label(mesh, camera, found)
    drawn[find_boundaries(label, mode="inner")] = _LINE
    canvas = Image.fromarray(drawn)
    pencil = ImageDraw.Draw(canvas)
    seen = found.visible >= 0.5
    at, spread = (found.points[seen] + 0.5) * factor - 0.5, found.sigma[seen] * factor
    for (x, y), sigma in zip(at.tolist(), spread.tolist(), strict=True):
        radius = min(max(2 * sigma, 2.0), 0.1 * _LONGEST)
        pencil.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_CIRCLE)
        pencil.ellipse((x - 1, y - 1, x + 1, y + 1), fill=_DOT)
    return np.asarray(canvas)


def _seen_label(mesh: Mesh, camera: Pinhole, found: FoundLandmarks) -> Int:
    """(H, W) the label that each pixel shows, -1 beside the surface and on teeth that are not seen."""
    label = mesh.vertex_attributes["label"].astype(np.int64)
    seen = [name for name, visible in zip(found.names, found.visible, strict=True) if visible >= 0.5]
    teeth = [tooth for tooth in map(landmark_tooth, seen) if tooth is not None]  # none for a palate
    if teeth:
        mesh = mesh.submesh(np.all(np.isin(label, teeth)[mesh.faces], axis=1))
        label = mesh.vertex_attributes["label"].astype(np.int64)
    width, height = camera.size
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    toward = camera.directions(np.stack([x.ravel(), y.ravel()], axis=1).astype(float))
    face = RayScene(mesh).first_hit(np.broadcast_to(camera.position, toward.shape), toward)[1]
    return np.where(face >= 0, label[mesh.faces[face, 0]], -1).reshape(height, width)
