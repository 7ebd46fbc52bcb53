"""Pictures of a segmented scan with the numbers written on the teeth."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from typodont.anatomy import COLORS, GINGIVA, SIDES, side
from typodont.geometry.camera import Camera, fit_camera
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.render import ambient_occlusion, draw_labels, render_mesh
from typodont.types import Bool, Float, Int

UNCERTAIN_HALO = (255, 226, 163)
_AROUND = (6.0, 6.0, 2.5)  # mm of gum shown beyond the teeth along x, y, z of the arch frame
_SEEN = 0.2  # a tooth is named in a view that shows at least this share of it


@dataclass(frozen=True)
class View:
    """One picture: which view, how large, and what it is called."""

    view: str
    size: tuple[int, int]
    title: str


VIEWS = (
    View("occlusal", (900, 760), "Occlusal"),
    View("front", (560, 360), "Front"),
    View("right", (560, 360), "Patient's right"),
    View("left", (560, 360), "Patient's left"),
)


def label_colors(labels: Int, *, soften: float = 0.25) -> np.ndarray:
    """(N, 3) uint8: the colour of each FDI number from the one colour table, mixed with `soften` of white."""
    table = {fdi: np.array(color) for fdi, color in COLORS.items()}
    numbers, inverse = np.unique(labels, return_inverse=True)
    palette = np.array([table.get(int(fdi), np.array((160, 160, 160))) for fdi in numbers])
    return np.clip((1 - soften) * palette + soften * 255, 0, 255).astype(np.uint8)[inverse]


def scan_pictures(
    mesh: Mesh, labels: Int, *, jaw: str, texts: Mapping[int, str] | None = None, views: tuple[View, ...] = VIEWS
) -> dict[str, np.ndarray]:
    """One picture per view, framed on the teeth.

    Args:
        mesh: Surface with N vertices, mm, arch frame.
        labels: (N,) FDI numbers, 0 gingiva.
        jaw: "upper" or "lower".
        texts: FDI number -> what to write on the tooth; default the number. A text that ends in "?" gets a halo.
        views: Which pictures.

    Returns:
        View name -> (h, w, 3) uint8.
    """
    occlusion = ambient_occlusion(mesh)
    colors = label_colors(labels)
    scene = RayScene(mesh)
    pictures = {}
    for view in views:
        shown = np.where(_faces_viewer(labels, view.view), labels, GINGIVA)
        camera = fit_camera(_points_to_show(mesh, shown), view.view, size=view.size, jaw=jaw, margin=0.03)
        picture = render_mesh(mesh, colors, view=camera, occlusion=occlusion)
        pictures[view.view] = _with_numbers(picture, camera, mesh, shown, scene, texts or {})
    return pictures


def to_jpeg(picture: np.ndarray, *, quality: int = 88) -> bytes:
    """The picture as JPEG without colour subsampling, so that small digits stay clean."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, format="JPEG", quality=quality, subsampling=0, optimize=True)
    return stream.getvalue()


def _faces_viewer(labels: Int, view: str) -> Bool:
    """(N,) bool: tooth vertices that a view is about; views from a side are about the teeth of that side."""
    numbers, inverse = np.unique(labels, return_inverse=True)
    about = [fdi != GINGIVA and (view not in SIDES or side(fdi) == view) for fdi in numbers.tolist()]
    return np.array(about)[inverse]


def _points_to_show(mesh: Mesh, labels: Int) -> Float:
    """Vertices in the box around the teeth and some gum; all vertices where there are no teeth."""
    teeth = mesh.vertices[labels != GINGIVA]
    if not len(teeth):
        return mesh.vertices
    low, high = teeth.min(axis=0) - _AROUND, teeth.max(axis=0) + _AROUND
    return mesh.vertices[((mesh.vertices >= low) & (mesh.vertices <= high)).all(axis=1)]


def _with_numbers(
    picture: np.ndarray, camera: Camera, mesh: Mesh, labels: Int, scene: RayScene, texts: Mapping[int, str]
) -> np.ndarray:
    toward = camera.rotation[2]
    sure: tuple[list[str], list[Float]] = ([], [])
    doubtful: tuple[list[str], list[Float]] = ([], [])
    for fdi in np.unique(labels[labels != GINGIVA]).tolist():
        rows = np.flatnonzero(labels == fdi)
        rows = rows[:: max(1, len(rows) // 400)]
        origins = mesh.vertices[rows] + 0.05 * mesh.vertex_normals[rows] + 0.05 * toward
        seen = ~scene.occluded(origins, np.broadcast_to(toward, origins.shape))
        if seen.mean() < _SEEN:
            continue
        text = texts.get(fdi, str(fdi))
        words, places = doubtful if text.endswith("?") else sure
        words.append(text)
        places.append(camera.project(mesh.vertices[rows[seen]])[0].mean(axis=0))
    font = round(0.5 * picture.shape[1] ** 0.55)
    for (words, places), halo in ((sure, (255, 255, 255)), (doubtful, UNCERTAIN_HALO)):
        if words:
            picture = draw_labels(picture, words, np.array(places), font_size=font, halo=halo)
    return picture
