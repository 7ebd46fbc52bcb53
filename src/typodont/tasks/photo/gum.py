"""Gum where a tooth should stand: what tells a tooth that is missing from one that something hides."""

from __future__ import annotations

import numpy as np
from skimage.color import rgb2lab

from typodont.anatomy.landmarks import landmark_group, landmark_tooth
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole
from typodont.geometry.rays import RayScene
from typodont.tasks.photo.landmarks import FoundLandmarks
from typodont.types import Bool, Float

LEAST_SEEN = 2
"""A tooth of which the network sees so many landmarks counts as seen."""
_EVERY = 7
"""One vertex in so many is looked at: about 100 of a tooth."""
_LEAST_PLACES, _LEAST_SHARE = 5, 0.15
"""A tooth of which fewer vertices are in plain sight, or a smaller share of them, has no colour."""
_LEAST_TEETH, _LEAST_CONTRAST = 4, 8.0
"""Fewer coloured teeth, or gum that is less redder than they are (CIELAB a*), tell nothing."""
_BEYOND = 0.3
"""Gum is looked for so far beyond its margin, as a share of the way there from the middle of the tooth."""
_LIFT_MM = 0.5


def gum_likeness(surface: Mesh, found: FoundLandmarks, camera: Pinhole, image: np.ndarray) -> dict[int, float]:
    """FDI number -> how the place of a tooth is coloured: 0 like the teeth that are seen, 1 like their gum.

    Of the teeth whose places are in plain sight; empty where gum and teeth do not differ. A tooth behind a glove or a
    mirror has the colour of neither and comes out near 0; behind a lip or the tongue it comes out near 1.

    Args:
        surface: Fitted teeth of the jaws that the photograph shows, with the vertex attributes ``label`` and ``cap``.
        found: The landmarks of the photograph. camera: Fitted.
        image: (H, W, 3) uint8.
    """
    redness = {fdi: float(np.median(values)) for fdi, values in _teeth(surface, camera, image).items()}
    seen = [value for fdi, value in redness.items() if fdi in seen_teeth(found)]
    gum = _gum(found, image)
    if len(seen) < _LEAST_TEETH or not len(gum):
        return {}
    usual = float(np.median(seen))
    contrast = float(np.median(gum)) - usual
    if contrast < _LEAST_CONTRAST:
        return {}
    return {fdi: (value - usual) / contrast for fdi, value in redness.items()}


def seen_teeth(found: FoundLandmarks) -> set[int]:
    """Teeth of which the network sees `LEAST_SEEN` landmarks."""
    teeth = [tooth for tooth in map(landmark_tooth, np.array(found.names)[found.visible >= 0.5]) if tooth is not None]
    return {tooth for tooth in teeth if teeth.count(tooth) >= LEAST_SEEN}


def _teeth(surface: Mesh, camera: Pinhole, image: np.ndarray) -> dict[int, Float]:
    """FDI number -> (n,) redness of the places of a tooth that are in plain sight, where these are enough."""
    outside = np.flatnonzero(surface.vertex_attributes["cap"] == 0)[::_EVERY]
    points, label = surface.vertices[outside], surface.vertex_attributes["label"][outside]
    plain = in_plain_sight(points, surface, camera)
    redness = np.zeros(len(points))
    redness[plain] = _redness(image, camera.project(points[plain]))
    found = {int(fdi): (label == fdi, (label == fdi) & plain) for fdi in np.unique(label)}
    return {
        fdi: redness[shown]
        for fdi, (own, shown) in found.items()
        if shown.sum() >= max(_LEAST_PLACES, _LEAST_SHARE * own.sum())
    }


def _gum(found: FoundLandmarks, image: np.ndarray) -> Float:
    """(n,) redness a little beyond the gum margin of the teeth that are seen."""
    tooth = np.array([landmark_tooth(name) for name in found.names])
    margin = np.array([landmark_group(name) == "gum margin" for name in found.names])
    places = [np.zeros((0, 2))]
    for fdi in seen_teeth(found):
        middle = found.points[(tooth == fdi) & ~margin].mean(axis=0)
        ends = found.points[(tooth == fdi) & margin & (found.visible >= 0.5)]
        places.append(ends + _BEYOND * (ends - middle))
    px = np.concatenate(places)
    inside = ((px >= 0) & (px <= np.array(found.size) - 1)).all(axis=1)
    return _redness(image, px[inside])


def _redness(image: np.ndarray, px: Float) -> Float:
    """(n,) CIELAB a* of pixels (n, 2)."""
    column, row = np.rint(px).astype(int).T
    return rgb2lab(image[row, column][None])[0, :, 1]


def in_plain_sight(points: Float, surface: Mesh, camera: Pinhole) -> Bool:
    """(L,) bool: places of a surface that lie in the picture with nothing between them and the lens."""
    px = camera.project(points)
    inside = ((px >= 0) & (px <= np.array(camera.size) - 1)).all(axis=1)
    way = camera.position - points
    lifted = points + _LIFT_MM * way / np.linalg.norm(way, axis=1, keepdims=True)
    return inside & ~RayScene(surface).occluded(lifted, camera.position - lifted, max_distance=1.0)
