"""Surfaces as signed distances on a regular grid, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree
from skimage import measure

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.types import Bool, Float, Int


@dataclass(frozen=True)
class Grid:
    """Where the samples of a volume lie: axis 0 is x, axis 1 is y, axis 2 is z.

    Args:
        origin: (3,) position of sample [0, 0, 0], mm.
        spacing: distance between samples, mm.
        shape: samples along x, y, z.
    """

    origin: tuple[float, float, float]
    spacing: float
    shape: tuple[int, int, int]

    @classmethod
    def around(cls, points: Float, spacing: float, *, margin: float = 0.0) -> Grid:
        """The smallest grid that holds all points (n, 3) and `margin` mm around them."""
        low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
        shape = np.ceil((high - low) / spacing).astype(int) + 1
        x, y, z = low.tolist()
        return cls((x, y, z), spacing, (int(shape[0]), int(shape[1]), int(shape[2])))

    def points(self) -> Float:
        """(D*H*W, 3) float: all sample positions, mm, in C order of the volume."""
        axes = [self.origin[i] + self.spacing * np.arange(self.shape[i]) for i in range(3)]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def marching_cubes(volume: Float, grid: Grid, *, level: float = 0.0) -> Mesh:
    """The surface where `volume` equals `level`, in mm, faces outward from the side with smaller values.

    Args:
        volume: (D, H, W) float: for example signed distance, negative inside. The surface stays open where it
            leaves the grid.
        grid: where the samples lie.
        level: value of the surface.

    Raises:
        MeshError: the volume never crosses the level.
    """
    if not np.isfinite(volume).all():
        raise MeshError("the volume holds NaN or infinite values")
    if not volume.min() < level < volume.max():
        raise MeshError(f"no surface at level {level:g}: the volume runs from {volume.min():g} to {volume.max():g}")
    vertices, faces, _, _ = measure.marching_cubes(
        np.ascontiguousarray(volume, dtype=np.float32), level=level, gradient_direction="descent"
    )
    mesh = Mesh(vertices * grid.spacing + np.array(grid.origin), faces)
    whole = mesh.face_areas > 0
    return mesh if whole.all() else Mesh(mesh.vertices, mesh.faces[whole])


def signed_distance(mesh: Mesh, points: Float, *, band: float | None = None, detail: float | None = None) -> Float:
    """Distance from each point to the surface: positive outside, negative inside.

    The side is read from the surface's own normals at the nearest place, so an open shell works too (beyond its
    border the sign follows the extended surface).

    Args:
        mesh: Surface, mm, outward faces.
        points: (n, 3) float, mm.
        band: farther points only get ±band (much faster for grids); None computes all.
        detail: nearest triangles are looked for among marks on the surface about this far apart, mm; default: the
            median edge, at least 1 % and at most 3 % of the size. The error is far below it.

    Returns:
        (n,) float64, mm.

    Source: sign from angle-weighted normals, Baerentzen and Aanaes 2005.
    """
    if not len(mesh.faces):
        raise MeshError("a mesh without faces has no inside")
    surface = _DistanceSurface(mesh, detail)
    result = np.empty(len(points))
    for start in range(0, len(points), 200_000):
        part = slice(start, start + 200_000)
        result[part] = surface.distance(points[part], band)
    return result


def distance_volume(mesh: Mesh, grid: Grid, *, band: float | None = None) -> Float:
    """(D, H, W) float64: `signed_distance` at every sample of the grid, mm.

    With a `band`, only blocks of samples that the surface comes near to are looked at one by one.
    """
    surface = _DistanceSurface(mesh, None)
    if band is None:
        return surface.distance(grid.points(), None).reshape(grid.shape)
    step = 4
    shape = tuple(-(-n // step) for n in grid.shape)
    middle = tuple(o + (step - 1) / 2 * grid.spacing for o in grid.origin)
    coarse = Grid((middle[0], middle[1], middle[2]), step * grid.spacing, (shape[0], shape[1], shape[2]))
    reach = band + np.sqrt(3) * (step - 1) / 2 * grid.spacing
    block = surface.distance(coarse.points(), reach).reshape(shape)
    for axis in range(3):
        block = block.repeat(step, axis=axis)
    volume = np.clip(block[: grid.shape[0], : grid.shape[1], : grid.shape[2]], -band, band)
    near = np.abs(block[: grid.shape[0], : grid.shape[1], : grid.shape[2]]) < reach
    volume[near] = surface.distance(grid.points()[near.ravel()], band)
    return volume


class _DistanceSurface:
    """A mesh with its pseudonormals and a search tree over marks on its triangles."""

    def __init__(self, mesh: Mesh, detail: float | None) -> None:
        self.mesh = mesh.submesh(mesh.face_areas > 0)
        self.corners = self.mesh.vertices[self.mesh.faces]
        self.detail = detail or _default_detail(self.mesh)
        marks, self.mark_face = _marks(self.corners, self.detail)
        self.tree = KDTree(marks)
        self.vertex_normals = angle_weighted_normals(self.mesh)
        self.edge_normals = _edge_normals(self.mesh)

    def distance(self, points: Float, band: float | None) -> Float:
        """Among ever more of the nearest marks, until no farther mark can belong to a nearer triangle."""
        distance = np.empty(len(points))
        rows = np.arange(len(points))
        reach = 0.67 * self.detail  # no place on a triangle is farther than this from a mark of it
        for k in (1, 6, 24, 96):
            k = min(k, len(self.mark_face))
            found = self.tree.query(points[rows], k=k)
            far, mark = (np.asarray(column).reshape(len(rows), k) for column in found)
            distance[rows] = self._nearest_of(points[rows], self.mark_face[mark])
            unsure = far[:, -1] < np.abs(distance[rows]) + reach
            if k > 1:  # far away a slightly wrong triangle changes the distance by next to nothing
                unsure &= np.abs(distance[rows]) < 3 * self.detail
            elif band is not None:
                unsure &= far[:, 0] < band + reach
            rows = rows[unsure]
            if not len(rows) or k == len(self.mark_face):
                break
        return distance if band is None else np.clip(distance, -band, band)

    def _nearest_of(self, points: Float, faces: Int) -> Float:
        """(n,) signed distance to the nearest of some faces (n, k) of each point."""
        best = np.full(len(points), np.inf)
        side = np.zeros(len(points))
        for face in faces.T:
            closest, feature = closest_on_triangle(points, self.corners[face])
            offset = points - closest
            squared = _dot(offset, offset)
            better = squared < best
            best[better] = squared[better]
            side[better] = _dot(offset[better], self._pseudonormal(face[better], feature[better]))
        return np.where(side < 0, -1.0, 1.0) * np.sqrt(best)

    def _pseudonormal(self, face: Int, feature: Int) -> Float:
        """Normal of the nearest feature: 0..2 a corner, 3..5 an edge (from corner 0, 1, 2), 6 the face."""
        normal = self.mesh.face_normals[face].copy()
        at_edge = (feature >= 3) & (feature < 6)
        normal[at_edge] = self.edge_normals[face[at_edge], feature[at_edge] - 3]
        at_corner = feature < 3
        normal[at_corner] = self.vertex_normals[self.mesh.faces[face[at_corner], feature[at_corner]]]
        return normal


def closest_on_triangle(points: Float, triangles: Float) -> tuple[Float, Int]:
    """Nearest place on a triangle of its own for each point.

    Args:
        points: (n, 3) float.
        triangles: (n, 3, 3) float: corners.

    Returns:
        places (n, 3) float; feature (n,) int: 0..2 a corner, 3..5 the edge that starts at corner 0, 1, 2, 6 inside.

    Source: Ericson, Real-Time Collision Detection, 5.1.5.
    """
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    ab, ac, bc = b - a, c - a, c - b
    d1, d2 = _dot(ab, points - a), _dot(ac, points - a)
    d3, d4 = _dot(ab, points - b), _dot(ac, points - b)
    d5, d6 = _dot(ab, points - c), _dot(ac, points - c)
    va, vb, vc = d3 * d6 - d5 * d4, d5 * d2 - d1 * d6, d1 * d4 - d3 * d2
    total = np.where((s := va + vb + vc) == 0, 1.0, s)
    weight_b, weight_c = vb / total, vc / total
    place = a + weight_b[:, None] * ab + weight_c[:, None] * ac
    feature = np.full(len(points), 6)
    cases: list[tuple[Bool, Float, int]] = [
        ((va <= 0) & (d4 - d3 >= 0) & (d5 - d6 >= 0), b + _ratio(d4 - d3, d5 - d6)[:, None] * bc, 4),
        ((vb <= 0) & (d2 >= 0) & (d6 <= 0), a + _ratio(d2, -d6)[:, None] * ac, 5),
        ((vc <= 0) & (d1 >= 0) & (d3 <= 0), a + _ratio(d1, -d3)[:, None] * ab, 3),
        ((d6 >= 0) & (d5 <= d6), c, 2),
        ((d3 >= 0) & (d4 <= d3), b, 1),
        ((d1 <= 0) & (d2 <= 0), a, 0),
    ]
    for applies, where, code in cases:  # later cases are corners and win over edges
        place = np.where(applies[:, None], where, place)
        feature[applies] = code
    return place, feature


def angle_weighted_normals(mesh: Mesh) -> Float:
    """(N, 3) float: sums of the normals of the faces around each vertex, weighted by their angle there."""
    normals = np.zeros((len(mesh.vertices), 3))
    points = mesh.vertices[mesh.faces]
    for corner in range(3):
        first = points[:, (corner + 1) % 3] - points[:, corner]
        second = points[:, (corner + 2) % 3] - points[:, corner]
        angle = np.arctan2(np.linalg.norm(np.cross(first, second), axis=1), _dot(first, second))
        for axis in range(3):
            normals[:, axis] += np.bincount(
                mesh.faces[:, corner], weights=angle * mesh.face_normals[:, axis], minlength=len(normals)
            )
    return normals


def _edge_normals(mesh: Mesh) -> Float:
    """(F, 3, 3) float: for the edge that starts at corner k of each face, the sum of the normals of its faces."""
    low = np.minimum(mesh.faces, np.roll(mesh.faces, -1, axis=1))
    high = np.maximum(mesh.faces, np.roll(mesh.faces, -1, axis=1))
    _, edge = np.unique((low * len(mesh.vertices) + high).ravel(), return_inverse=True)
    repeated = np.repeat(mesh.face_normals, 3, axis=0)
    total = np.stack([np.bincount(edge, weights=repeated[:, i]) for i in range(3)], axis=1).astype(float)
    return total[edge].reshape(-1, 3, 3)


def _default_detail(mesh: Mesh) -> float:
    edges = mesh.vertices[mesh.edges]
    median = float(np.median(np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1)))
    size = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    return float(np.clip(median, 0.01 * size, 0.03 * size))


def _marks(corners: Float, detail: float) -> tuple[Float, Int]:
    """Points spread over triangles (F, 3, 3) about `detail` apart: positions (m, 3) and the face of each (m,)."""
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    cuts = np.clip(np.ceil(longest / detail), 1, 200).astype(int)
    points, faces = [], []
    for n in np.unique(cuts):
        rows = np.flatnonzero(cuts == n)
        i, j = (axis.ravel() for axis in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
        upright = np.stack([i, j], axis=1)[i + j <= n - 1] + 1 / 3
        inverted = np.stack([i, j], axis=1)[i + j <= n - 2] + 2 / 3
        share = np.concatenate([upright, inverted]) / n
        weights = np.column_stack([1 - share.sum(axis=1), share])
        points.append(np.einsum("mk,fkx->fmx", weights, corners[rows]).reshape(-1, 3))
        faces.append(np.repeat(rows, len(weights)))
    return np.concatenate(points), np.concatenate(faces)


def _ratio(part: Float, rest: Float) -> Float:
    """part / (part + rest), 0 where both vanish."""
    total = part + rest
    return np.divide(part, total, out=np.zeros_like(part), where=total != 0)


def _dot(a: Float, b: Float) -> Float:
    return np.einsum("ij,ij->i", a, b)
