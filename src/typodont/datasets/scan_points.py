"""The pre-processing that training and prediction of scans share: a mesh becomes an even cloud of described points.

Nothing here may depend on how the surface was tessellated: points are drawn by area, normals and curvature are
measured at fixed distances in mm, and what lies far below the teeth (model bases) is cropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.anatomy import LOWER, UPPER
from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.neighbours import nearest
from typodont.types import Float, Int

DEPTH_MM = 14.5
"""What lies further below the highest cusps is cropped before a network sees a scan."""

RADII_MM = (0.8, 1.6, 3.2, 6.4)
"""Scales at which curvature is measured."""

N_CURVATURES = 2 * len(RADII_MM)
NO_TOOTH = 255
JAW_INDEX = {UPPER: 0, LOWER: 1}

_POOL_DEPTH_MM = 18.0
_SMOOTHING_MM = 0.5


@dataclass
class PointPool:
    """A dense even sample of one scan, from which training and prediction draw their points.

    Args:
        position: (P, 3) float32: mm, roughly the arch frame.
        normal: (P, 3) float32: unit, smoothed over about half a millimetre.
        curvature: (P, 8) float32: see `curvatures`.
        fdi: (P,) uint8: tooth number, 0 gum; all 0 where the scan has no labels.
        tooth: (P,) uint8: index into the two tables below, 255 on the gum.
        tooth_centre: (T, 3) float32: centre of each crown's surface, mm.
        gum_distance: (P,) float32: distance to the nearest tooth, mm; 0 on teeth; infinite without teeth.
        whole: (Q, 6) float32: positions and normals of an even sample of the uncropped scan.
        jaw: 0 upper, 1 lower, -1 unknown.
        corners: (P, 9) float32: where every point stands for a face, its three corners minus its centre; else None.
    """

    position: Float
    normal: Float
    curvature: Float
    fdi: Int
    tooth: Int
    tooth_centre: Float
    gum_distance: Float
    whole: Float
    jaw: int
    corners: Float | None = None


def make_pool(
    mesh: Mesh,
    rng: np.random.Generator,
    *,
    fdi: Int | None = None,
    jaw: str | None = None,
    n_points: int = 16384,
    n_whole: int = 4096,
) -> PointPool:
    """Sample and describe a scan that stands roughly in the arch frame (within about 30 degrees).

    Args:
        mesh: Scan, mm.
        rng: Where the points fall.
        fdi: (N,) int per vertex: tooth numbers, 0 gum.
        jaw: "upper" or "lower" where known.
        n_points: Size of the pool (after cropping).
        n_whole: Points of the uncropped sample.

    Raises:
        MeshError: no surface.
    """
    position, normal, _ = sample_even(mesh, n_whole, rng)
    whole = np.concatenate([position, normal], axis=1).astype(np.float32)
    floor = cusp_height(position) - _POOL_DEPTH_MM
    above = mesh.vertices[:, 2][mesh.faces].max(axis=1) > floor
    # faces that straddle the floor are sampled whole and their lower points dropped; 10 % more make up for it
    position, normal, vertex = sample_even(mesh, int(1.1 * n_points), rng, faces=np.flatnonzero(above))
    keep = np.flatnonzero(position[:, 2] > floor)[:n_points]
    position, vertex = position[keep].astype(np.float32), vertex[keep]
    normal = smooth_normals(position, normal[keep].astype(np.float32))
    labels = np.zeros(len(mesh.vertices), dtype=np.uint8) if fdi is None else np.asarray(fdi)
    return described_pool(position, normal, labels[vertex], whole=whole, jaw=jaw)


def described_pool(position: Float, normal: Float, fdi: Int, *, whole: Float, jaw: str | None) -> PointPool:
    """A pool from (P, 3) positions, normals and (P,) tooth numbers, with all that follows from them."""
    numbers = np.unique(fdi[fdi > 0])
    tooth = np.full(len(fdi), NO_TOOTH, dtype=np.uint8)
    for index, number in enumerate(numbers):
        tooth[fdi == number] = index
    return PointPool(
        position=position,
        normal=normal,
        curvature=curvatures(position, normal),
        fdi=fdi.astype(np.uint8),
        tooth=tooth,
        tooth_centre=_tooth_centres(position, tooth, len(numbers)),
        gum_distance=_gum_distance(position, tooth),
        whole=whole,
        jaw=-1 if jaw is None else JAW_INDEX[jaw],
    )


def sample_even(
    mesh: Mesh, n_points: int, rng: np.random.Generator, *, faces: Int | None = None
) -> tuple[Float, Float, Int]:
    """Points drawn evenly by area.

    Returns:
        (n, 3) positions in mm, (n, 3) unit normals interpolated from the vertices, (n,) the nearest corner's vertex.

    Raises:
        MeshError: no surface to sample.
    """
    faces = np.arange(len(mesh.faces)) if faces is None else faces
    ends = np.cumsum(mesh.face_areas[faces])
    if not len(ends) or ends[-1] <= 0:
        raise MeshError("the mesh has no surface (all triangles are degenerate)")
    # one point in each of n equal shares of the area: more even than independent draws
    shares = (np.arange(n_points) + rng.random(n_points)) / n_points * ends[-1]
    picked = faces[np.minimum(np.searchsorted(ends, shares), len(faces) - 1)]
    rng.shuffle(picked)
    root, other = np.sqrt(rng.random(n_points)), rng.random(n_points)
    weights = np.stack([1 - root, root * (1 - other), root * other], axis=1)
    corners = mesh.faces[picked]
    position = np.einsum("nc,ncx->nx", weights, mesh.vertices[corners])
    normal = unit(np.einsum("nc,ncx->nx", weights, mesh.vertex_normals[corners]))
    return position, normal, corners[np.arange(n_points), weights.argmax(axis=1)]


def cusp_height(position: Float) -> float:
    """Height z of the highest cusps of (N, 3) evenly sampled points, mm; not fooled by a few stray points."""
    return float(np.quantile(position[:, 2], 0.997))


def smooth_normals(position: Float, normal: Float) -> Float:
    """(N, 3) float32: unit normals averaged over about half a millimetre."""
    near = nearest(position, position, 10, spacing=0.5)
    weight = _gauss(position, position, near, _SMOOTHING_MM)
    return unit(np.einsum("nk,nkx->nx", weight, normal[near])).astype(np.float32)


def curvatures(position: Float, normal: Float, radii_mm: Sequence[float] = RADII_MM) -> Float:
    """(N, 2 R) float32: at each of R scales, how far the surroundings rise over the tangent plane (in units of the
    scale; positive in grooves, negative on cusps) and how far the surroundings' mean normal leans away (0 flat).
    """
    columns = []
    for radius in radii_mm:
        point, point_normal, count = _cell_means(position, normal, radius / 2)
        near = nearest(point, position, 16, spacing=radius / 2)
        weight = _gauss(point, position, near, radius / 2) * count[near]
        weight /= weight.sum(axis=1, keepdims=True) + 1e-9
        mean = np.einsum("nk,nkx->nx", weight, point[near])
        mean_normal = np.einsum("nk,nkx->nx", weight, point_normal[near])
        columns.append(((mean - position) * normal).sum(axis=1) * (4 / radius))
        columns.append(1 - (mean_normal * normal).sum(axis=1))
    return np.stack(columns, axis=1).astype(np.float32)


def cell_subset(position: Float, cell: float, shift: Float | None = None) -> Int:
    """(M,) int: one point for each cubic cell of side `cell` (mm) that holds any, the one nearest to its middle.

    Args:
        position: (N, 3) float, mm.
        shift: (3,) float in 0..1: where the grid starts, in cells; random in training.
    """
    scaled = (position - position.min(axis=0)) / cell + (0 if shift is None else shift)
    key, inside = _cell_key(scaled)
    away = np.abs(inside - 0.5).max(axis=1)
    order = np.lexsort((away, key))
    return order[np.concatenate([[True], np.diff(key[order]) > 0])]


def unit(vectors: Float) -> Float:
    """Rows divided by their length; zero rows stay zero."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.maximum(length, 1e-12)


def _cell_key(scaled: Float) -> tuple[Int, Float]:
    corner = np.floor(scaled)
    whole = corner.astype(np.int64)
    size = whole.max(axis=0) + 1
    return (whole[:, 0] * size[1] + whole[:, 1]) * size[2] + whole[:, 2], scaled - corner


def _cell_means(position: Float, normal: Float, cell: float) -> tuple[Float, Float, Float]:
    key, _ = _cell_key((position - position.min(axis=0)) / cell)
    _, group, count = np.unique(key, return_inverse=True, return_counts=True)
    both = np.concatenate([position, normal], axis=1)
    total = np.stack([np.bincount(group, weights=column) for column in both.T], axis=1)
    mean = (total / count[:, None]).astype(np.float32)
    return mean[:, :3], mean[:, 3:], count.astype(np.float32)


def _gauss(points: Float, queries: Float, near: Int, sigma: float) -> Float:
    squared = ((points[near] - queries[:, None]) ** 2).sum(axis=2)
    return np.exp(-0.5 * squared / sigma**2)


def _tooth_centres(position: Float, tooth: Int, n_teeth: int) -> Float:
    centres = np.full((n_teeth, 3), np.nan, dtype=np.float32)
    for index in range(n_teeth):
        mine = tooth == index
        if mine.any():
            centres[index] = position[mine].mean(axis=0)
    return centres


def _gum_distance(position: Float, tooth: Int) -> Float:
    crown = position[tooth != NO_TOOTH]
    if not len(crown):
        return np.full(len(position), np.inf, dtype=np.float32)
    found = nearest(crown, position, 1, spacing=0.5)[:, 0]
    return np.linalg.norm(crown[found] - position, axis=1).astype(np.float32)
