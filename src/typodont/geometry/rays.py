"""Rays against a mesh, through embree: what a scanner, a camera or a tooth sees."""

from __future__ import annotations

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from typodont.geometry.mesh import Mesh
from typodont.types import Bool, Float, Int

_CHUNK = 2_000_000
_MISS = 1e36  # embree leaves a ray's far end at 1e37 where nothing was hit


class RayScene:
    """A mesh prepared for many ray queries.

    Embree computes in 32-bit floats. The mesh is moved to its own centre first, so that coordinates far from
    the origin (scanners do write them) cost no precision: distances are good to about 1e-6 of the mesh size.

    Args:
        mesh: Surface with F faces; both sides of a face stop a ray.
    """

    def __init__(self, mesh: Mesh) -> None:
        self._centre = 0.5 * (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) if len(mesh.faces) else np.zeros(3)
        self._scene = None
        if len(mesh.faces):
            self._scene = EmbreeScene(robust=True)
            vertices = (mesh.vertices - self._centre).astype(np.float32)
            self._geometry = TriangleMesh(self._scene, vertices, mesh.faces.astype(np.int32))

    def first_hit(self, origins: Float, directions: Float) -> tuple[Float, Int]:
        """Distance to the first face along each ray, and which face.

        Args:
            origins: (n, 3) float: mm.
            directions: (n, 3) float: need not be unit; the distance is in units of the direction's length.

        Returns:
            distance (n,) float64, NaN where nothing is hit; face (n,) int64, -1 there.
        """
        distance, face, _ = self.first_hit_barycentric(origins, directions)
        return distance, face

    def first_hit_barycentric(self, origins: Float, directions: Float) -> tuple[Float, Int, Float]:
        """`first_hit`, and where in the face: (n, 3) float32 weights of its three vertices (NaN for a miss)."""
        n = len(origins)
        distance = np.full(n, np.nan)
        face = np.full(n, -1, dtype=np.int64)
        weights = np.full((n, 3), np.nan, dtype=np.float32)
        if self._scene is None:
            return distance, face, weights
        for start in range(0, n, _CHUNK):
            part = slice(start, min(start + _CHUNK, n))
            hit = self._scene.run(self._local(origins[part]), _rays(directions[part]), output=True)
            found = hit["primID"] >= 0
            face[part] = hit["primID"]
            distance[part] = np.where(found, hit["tfar"], np.nan)
            u, v = np.where(found, hit["u"], np.nan), np.where(found, hit["v"], np.nan)
            weights[part] = np.stack([1 - u - v, u, v], axis=1)
        return distance, face, weights

    def occluded(self, origins: Float, directions: Float, *, max_distance: float | Float | None = None) -> Bool:
        """(n,) bool: does anything lie on the ray, nearer than `max_distance` (in lengths of the direction)?

        Rays that start on the surface hit it at once: move their origins off it by a little first.
        """
        n = len(origins)
        blocked = np.zeros(n, dtype=bool)
        if self._scene is None:
            return blocked
        far = np.full(n, _MISS, dtype=np.float32)
        if max_distance is not None:
            far[:] = max_distance
        for start in range(0, n, _CHUNK):
            part = slice(start, min(start + _CHUNK, n))
            result = self._scene.run(
                self._local(origins[part]), _rays(directions[part]), dists=far[part], query="OCCLUDED"
            )
            blocked[part] = result >= 0
        return blocked

    def _local(self, origins: Float) -> Float:
        return _rays(np.asarray(origins) - self._centre)


def _rays(values: Float) -> Float:
    return np.ascontiguousarray(values, dtype=np.float32)


def hemisphere_directions(n: int, *, cosine_weighted: bool = False) -> Float:
    """(n, 3) float: unit directions spread evenly (a Fibonacci spiral) over the half-sphere z > 0.

    With `cosine_weighted` their density falls with z, so that a plain mean over them is light on a flat ground.
    """
    index = np.arange(n) + 0.5
    z = np.sqrt(1 - index / n) if cosine_weighted else 1 - index / n
    angle = index * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)


def sphere_directions(n: int) -> Float:
    """(n, 3) float: unit directions spread evenly over the whole sphere."""
    index = np.arange(n) + 0.5
    z = 1 - 2 * index / n
    angle = index * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt(1 - z**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)
