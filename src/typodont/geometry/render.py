"""Pictures of meshes by ray casting: no OpenGL, no display, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from typodont.geometry.camera import Camera, fit_camera
from typodont.geometry.curvature import tangent_frame
from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.geometry.rays import RayScene, hemisphere_directions
from typodont.types import Float

STONE = (226, 214, 194)
BACK = (120, 128, 140)
"""Colour of the inner side of a surface, so that a surface that is inside out shows at once."""

# camera axes (right, up, toward the viewer): key light from above left, fill from the right, rim from behind
_LIGHTS = (((-0.45, 0.65, 0.70), 0.58), ((0.75, 0.10, 0.55), 0.20), ((0.10, -0.70, 0.40), 0.08))
_AMBIENT = 0.42
_SHINE = (0.16, 38.0)


def render_mesh(
    mesh: Mesh,
    colors: Float | Sequence[int] | None = None,
    *,
    size: tuple[int, int] = (800, 600),
    view: str | Float | Camera = "occlusal",
    jaw: str | None = None,
    field_of_view: float | None = None,
    background: tuple[int, int, int] = (255, 255, 255),
    occlusion: Float | None = None,
    supersample: int = 2,
) -> np.ndarray:
    """A shaded picture of a surface, with depth in the grooves.

    Args:
        mesh: Surface with N vertices and F faces, mm; arch frame for the named views.
        colors: (N, 3) per vertex, (F, 3) per face, or one (3,) colour, 0..255. Default: the vertex attribute
            ``color``, else stone.
        size: width, height in pixels.
        view: a name from `camera.VIEWS`, a rotation or rigid motion (see `camera.fit_camera`), or a `Camera`.
        jaw: "upper" makes upper teeth hang down in side views.
        field_of_view: degrees; None is a parallel projection, on which one may measure.
        background: colour behind the mesh.
        occlusion: (N,) float from `ambient_occlusion`, to share it among views; None computes it.
        supersample: rays per pixel and axis.

    Returns:
        (height, width, 3) uint8.
    """
    camera = view
    if not isinstance(camera, Camera):
        used = mesh.vertices[np.unique(mesh.faces)]
        camera = fit_camera(used, camera, size=size, jaw=jaw, field_of_view=field_of_view)
    width, height = camera.size
    scene = RayScene(mesh)
    extent = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0))) if len(mesh.vertices) else 1.0
    depth = extent + (float(np.linalg.norm(mesh.vertices.mean(axis=0) - camera.centre)) if len(mesh.vertices) else 0.0)
    origins, directions = camera.rays(supersample=supersample, depth=depth)
    _, face, weights = scene.first_hit_barycentric(origins, directions)
    seen = np.flatnonzero(face >= 0)
    picture = np.empty((len(face), 3), dtype=np.float32)
    picture[:] = background
    if len(seen):
        if occlusion is None:
            occlusion = ambient_occlusion(mesh, scene=scene)
        picture[seen] = _shade(mesh, colors, occlusion, face[seen], weights[seen], directions[seen], camera)
    picture = picture.reshape(height, supersample, width, supersample, 3).mean(axis=(1, 3))
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def _shade(
    mesh: Mesh,
    colors: Float | Sequence[int] | None,
    occlusion: Float,
    face: np.ndarray,
    weights: Float,
    directions: Float,
    camera: Camera,
) -> Float:
    """(n, 3) float32: colour 0..255 of each hit."""
    corners = mesh.faces[face]
    normal = _interpolate(mesh.vertex_normals, corners, weights)
    geometric = mesh.face_normals[face].astype(np.float32)
    inner = np.einsum("ij,ij->i", geometric, directions) > 0
    normal[inner] *= -1
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    base = _base_colors(mesh, colors, face, corners, weights)
    base[inner] = BACK
    normal = normal @ camera.rotation.T.astype(np.float32)
    to_viewer = -(directions @ camera.rotation.T.astype(np.float32))
    open_sky = _interpolate(occlusion[:, None], corners, weights)[:, 0]
    light = _AMBIENT * (0.8 + 0.2 * normal[:, 1]) * open_sky
    shine = np.zeros(len(face), dtype=np.float32)
    for direction, strength in _LIGHTS:
        toward = np.array(direction, dtype=np.float32)
        toward /= np.linalg.norm(toward)
        light += strength * np.maximum(normal @ toward, 0) * (0.35 + 0.65 * open_sky)
        half = toward + to_viewer
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        cosine = np.maximum(np.einsum("ij,ij->i", normal, half), 0)
        shine += strength * _SHINE[0] * cosine ** np.float32(_SHINE[1])
    shine[inner] = 0
    return base * (light * 1.06)[:, None] + 255 * (shine * open_sky)[:, None]


def _base_colors(
    mesh: Mesh, colors: Float | Sequence[int] | None, face: np.ndarray, corners: np.ndarray, weights: Float
) -> Float:
    if colors is None:
        colors = mesh.vertex_attributes.get("color", np.array(STONE))
    colors = np.asarray(colors, dtype=np.float32)
    if colors.ndim == 1:
        return np.tile(colors[:3], (len(face), 1))
    if len(colors) == len(mesh.vertices):
        return _interpolate(colors[:, :3], corners, weights)
    if len(colors) == len(mesh.faces):
        return colors[face, :3]
    raise ValueError(
        f"{len(colors)} colours fit neither the {len(mesh.vertices)} vertices nor the {len(mesh.faces)} faces"
    )


def _interpolate(values: Float, corners: np.ndarray, weights: Float) -> Float:
    values = np.asarray(values, dtype=np.float32)
    total = values[corners[:, 0]] * weights[:, :1]
    total += values[corners[:, 1]] * weights[:, 1:2]
    total += values[corners[:, 2]] * weights[:, 2:]
    return total


def ambient_occlusion(
    mesh: Mesh, *, scene: RayScene | None = None, radius: float = 12.0, max_rays: int = 1_200_000
) -> Float:
    """(N,) float: share of the half-space over each vertex from which light arrives: 1 on a plain, low in a fissure.

    Args:
        mesh: Surface with N vertices, mm.
        scene: the same mesh, when it is already prepared for rays.
        radius: only what is nearer than this casts a shadow, mm.
        max_rays: bounds the work; large meshes get fewer rays per vertex and a smoothing over neighbours.
    """
    scene = scene or RayScene(mesh)
    n = len(mesh.vertices)
    per_vertex = int(np.clip(max_rays // max(n, 1), 6, 48))
    normal = mesh.vertex_normals
    tangent, bitangent = tangent_frame(normal)
    offset = 1e-3 * radius
    origins = mesh.vertices + offset * normal
    open_share = np.zeros(n)
    for x, y, z in hemisphere_directions(per_vertex, cosine_weighted=True):
        blocked = scene.occluded(origins, x * tangent + y * bitangent + z * normal, max_distance=radius)
        open_share += ~blocked
    open_share /= per_vertex
    for _ in range(1 if per_vertex >= 24 else 3):
        ring = scatter_sum(open_share[mesh.faces].mean(axis=1, keepdims=True), mesh.faces, n)[:, 0]
        count = np.bincount(mesh.faces.ravel(), minlength=n)
        open_share = np.where(count > 0, ring / np.maximum(count, 1), open_share)
    return open_share


def draw_labels(
    picture: np.ndarray,
    texts: Sequence[str],
    pixels: Float,
    *,
    font_size: int = 16,
    fill: tuple[int, int, int] = (20, 24, 32),
    halo: tuple[int, int, int] = (255, 255, 255),
) -> np.ndarray:
    """The picture with short texts centred at `pixels` (n, 2), each with a halo so that it reads on any colour."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(font_size)
    for text, (x, y) in zip(texts, np.asarray(pixels, dtype=float), strict=True):
        draw.text(
            (x, y), text, fill=fill, font=font, anchor="mm", stroke_width=max(1, font_size // 7), stroke_fill=halo
        )
    return np.asarray(image)


def contact_sheet(
    images: Sequence[np.ndarray],
    labels: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    gap: int = 8,
    font_size: int = 18,
    background: tuple[int, int, int] = (255, 255, 255),
) -> np.ndarray:
    """Pictures side by side, row by row, each with its label below.

    Args:
        images: (h, w, 3) uint8 each; smaller ones are centred in their cell.
        labels: one text per picture.
        columns: default: about as many columns as rows, a little wider.

    Returns:
        (H, W, 3) uint8.
    """
    if not images:
        raise ValueError("a contact sheet needs at least one picture")
    columns = columns or math.ceil(math.sqrt(len(images) * 1.2))
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    cell_width = max(image.shape[1] for image in images)
    cell_height = max(image.shape[0] for image in images)
    text_height = int(font_size * 1.6) if labels else 0
    sheet = Image.new(
        "RGB",
        (columns * (cell_width + gap) + gap, rows * (cell_height + text_height + gap) + gap),
        background,
    )
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(font_size)
    for index, image in enumerate(images):
        left = gap + (index % columns) * (cell_width + gap)
        top = gap + (index // columns) * (cell_height + text_height + gap)
        corner = (left + (cell_width - image.shape[1]) // 2, top + (cell_height - image.shape[0]) // 2)
        sheet.paste(Image.fromarray(image), corner)
        if labels:
            middle = (left + cell_width / 2, top + cell_height + text_height / 2)
            draw.text(middle, labels[index], fill=(40, 46, 56), font=font, anchor="mm")
    return np.asarray(sheet)
