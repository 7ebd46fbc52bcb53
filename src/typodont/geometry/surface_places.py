"""Places on a mesh: which is nearest to a point, and values and normals read off there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.types import Float, Int


@dataclass(frozen=True)
class Places:
    """Places on a mesh.

    Args:
        points: (n, 3) float: where they are, mm.
        face: (n,) int: the face on which each lies.
        weights: (n, 3) float: barycentric, of the face's vertices.
    """

    points: Float
    face: Int
    weights: Float


class Surface:
    """A mesh prepared for many questions about the nearest place on it.

    Args:
        mesh: At least one face.

    Raises:
        MeshError: there is none.
    """

    def __init__(self, mesh: Mesh) -> None:
        import igl

        if not len(mesh.faces):
            raise MeshError("cannot look for the nearest place on a mesh without faces")
        self.mesh = mesh
        self._tree = igl.AABB()
        self._tree.init(mesh.vertices, mesh.faces)

    def nearest(self, points: Float) -> Places:
        """The nearest place to each of (n, 3) points, mm."""
        points = np.ascontiguousarray(points, dtype=np.float64)
        _, face, place = self._tree.squared_distance(self.mesh.vertices, self.mesh.faces, points)
        face, place = np.asarray(face, dtype=np.int64).reshape(-1), np.asarray(place).reshape(-1, 3)
        return Places(place, face, _barycentric(self.mesh, face, place))

    def values(self, places: Places, vertex_values: Float) -> Float:
        """(n, ...) values at places, linear in each face, from (N, ...) values of the vertices."""
        corners = vertex_values[self.mesh.faces[places.face]]
        return np.einsum("nk...,nk->n...", corners, places.weights)

    def normals(self, places: Places) -> Float:
        """(n, 3) unit normals at places, blended between the vertices."""
        normal = self.values(places, self.mesh.vertex_normals)
        return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)


def _barycentric(mesh: Mesh, face: Int, points: Float) -> Float:
    """(n, 3) weights of the corners of each face for a point on it; a corner alone where the face is degenerate."""
    a, b, c = (mesh.vertices[mesh.faces[face, k]] for k in range(3))
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (np.einsum("ij,ij->i", p, q) for p, q in ((u, u), (u, v), (v, v)))
    wu, wv = np.einsum("ij,ij->i", w, u), np.einsum("ij,ij->i", w, v)
    size = uu * vv - uv**2
    flat = size <= 1e-14 * np.maximum(uu * vv, 1e-30)
    size = np.where(flat, 1.0, size)
    second, third = (vv * wu - uv * wv) / size, (uu * wv - uv * wu) / size
    weights = np.clip(np.stack([1 - second - third, second, third], axis=1), 0, 1)
    weights[flat] = [1.0, 0.0, 0.0]
    return weights / weights.sum(axis=1, keepdims=True)
