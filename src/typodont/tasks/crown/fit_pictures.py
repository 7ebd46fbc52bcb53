"""Pictures of a restoration in its place, from five sides and from inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.camera import Camera
from typodont.geometry.mesh import Mesh
from typodont.geometry.render import ambient_occlusion, render_mesh
from typodont.tasks.crown.fit import FitReport
from typodont.tasks.crown.fit_colors import IVORY, scales
from typodont.tasks.crown.fit_scene import (
    ANTAGONIST,
    JAW,
    NEIGHBOURS,
    PREPARATION,
    RESTORATION,
    SIDES,
    FitScene,
    fit_scene,
    joined,
)
from typodont.types import Float

PART_COLORS = {
    RESTORATION: IVORY,
    PREPARATION: (222, 190, 128),
    JAW: (214, 146, 142),
    NEIGHBOURS: (206, 202, 194),
    ANTAGONIST: (176, 190, 206),
}
SIZE = (460, 380)
WIDE_MM = 21.0
"""Width of what a picture shows."""

_WITH = {
    "occlusal": (PREPARATION, JAW, NEIGHBOURS),
    "buccal": (PREPARATION, JAW, NEIGHBOURS, ANTAGONIST),
    "lingual": (PREPARATION, JAW, NEIGHBOURS, ANTAGONIST),
    "mesial": (PREPARATION, JAW, ANTAGONIST),
    "distal": (PREPARATION, JAW, ANTAGONIST),
    "inside": (),
}
_COLORED = {"occlusal": "antagonist", "inside": "gap"}
_LEAST_LIGHT = {"inside": 0.75}  # deep in the crown it is too dark to read colours
_RAYS = 500_000


@dataclass(frozen=True)
class FitPicture:
    """A picture, (h, w, 3) uint8, with the name of its side and what it shows in words."""

    side: str
    title: str
    pixels: np.ndarray


def fit_pictures(report: FitReport, scene: FitScene | None = None, *, size: tuple[int, int] = SIZE) -> list[FitPicture]:
    """Six pictures: from occlusal (coloured by the distance to the antagonist), buccal, lingual, mesial and distal in
    its place, and from inside (coloured by the cement gap).

    Args:
        report: Of the restoration.
        scene: From `fit_scene`, where it is there already.
        size: Width and height, pixels.
    """
    scene = scene or fit_scene(report)
    light = {name: ambient_occlusion(part, max_rays=_RAYS) for name, part in scene.parts.items()}
    paints = scales(report)
    pictures = []
    for side in SIDES:
        names = [RESTORATION, *(name for name in _WITH[side] if name in scene.parts)]
        scale = paints.get(_COLORED.get(side, ""))
        restoration = None if scale is None else scale[0].colors(scale[1][scene.vertices])
        colors = np.concatenate([_paint(scene.parts[name], name, restoration) for name in names])
        camera = Camera(scene.rotations[side], scene.centre, _scale(side, scene, size), size)
        pixels = render_mesh(
            joined([scene.parts[name] for name in names]),
            colors,
            view=camera,
            occlusion=np.maximum(np.concatenate([light[name] for name in names]), _LEAST_LIGHT.get(side, 0.0)),
        )
        title = scene.titles[side] + (f": {scale[0].title.lower()}" if scale is not None else "")
        pictures.append(FitPicture(side, title, pixels))
    return pictures


def _paint(mesh: Mesh, name: str, restoration: np.ndarray | None) -> Float:
    if name == RESTORATION and restoration is not None:
        return restoration.astype(float)
    return np.tile(np.array(PART_COLORS[name], dtype=float), (len(mesh.vertices), 1))


def _scale(side: str, scene: FitScene, size: tuple[int, int]) -> float:
    """mm a pixel: the surroundings fill a picture; from inside the restoration alone does."""
    if side != "inside":
        return WIDE_MM / size[0]
    local = (scene.parts[RESTORATION].vertices - scene.centre) @ scene.rotations[side].T
    return float((2.2 * np.abs(local[:, :2]).max(axis=0) / size).max())
