"""Places on a mesh: which is nearest to a point, in front or behind, and values and normals read off there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.types import Float, Int

_ON_EDGE = 1e-9
"""Barycentric weight below which a place lies on the edge opposite to that corner."""


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
    """A mesh prepared for many questions about the nearest place on it; faces without area do not count.

    Args:
        mesh: At least one face with an area.

    Raises:
        MeshError: there is none.
    """

    def __init__(self, mesh: Mesh) -> None:
        import igl

        self._whole = np.flatnonzero(mesh.face_areas > 0)
        if not len(self._whole):
            raise MeshError("cannot look for the nearest place on a mesh without faces that have an area")
        self.mesh = mesh
        self._faces = mesh.faces[self._whole]
        self._tree = igl.AABB()
        self._tree.init(mesh.vertices, self._faces)

    def nearest(self, points: Float) -> Places:
        """The nearest place to each of (n, 3) points, mm."""
        points = np.ascontiguousarray(points, dtype=np.float64)
        _, row, place = self._tree.squared_distance(self.mesh.vertices, self._faces, points)
        row, place = np.asarray(row, dtype=np.int64).reshape(-1), np.asarray(place).reshape(-1, 3)
        weights = np.clip(barycentric(place, self.mesh.vertices[self._faces[row]]), 0, 1)
        return Places(place, self._whole[row], weights / weights.sum(axis=1, keepdims=True))

    def signed_distance(self, points: Float, places: Places | None = None) -> Float:
        """(n,) mm from (n, 3) points to their nearest places, negative where a point lies behind the surface.

        The side is read from the normals there, so that an open surface works: beyond its border it is thought to go
        on. Places that are known already need not be looked for again.

        Source: signs from angle-weighted normals, Baerentzen and Aanaes 2005.
        """
        places = self.nearest(points) if places is None else places
        way = points - places.points
        behind = np.einsum("ij,ij->i", way, self._facing(places)) < 0
        return np.where(behind, -1.0, 1.0) * np.linalg.norm(way, axis=1)

    def values(self, places: Places, vertex_values: Float) -> Float:
        """(n, ...) values at places, linear in each face, from (N, ...) values of the vertices."""
        corners = vertex_values[self.mesh.faces[places.face]]
        return np.einsum("nk...,nk->n...", corners, places.weights)

    def normals(self, places: Places) -> Float:
        """(n, 3) unit normals at places, blended between the vertices."""
        normal = self.values(places, self.mesh.vertex_normals)
        return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)

    def _facing(self, places: Places) -> Float:
        """(n, 3) the normal that tells the sides of each place: of its face, its edge or its vertex."""
        normal = self.mesh.face_normals[places.face]
        missing = places.weights < _ON_EDGE
        lost = missing.sum(axis=1)
        edge, corner = np.flatnonzero(lost == 1), np.flatnonzero(lost == 2)
        normal[edge] = self._edge_normals[places.face[edge], missing[edge].argmax(axis=1)]
        vertex = self.mesh.faces[places.face[corner], places.weights[corner].argmax(axis=1)]
        normal[corner] = self._vertex_normals[vertex]
        return normal

    @cached_property
    def _edge_normals(self) -> Float:
        """(F, 3, 3) normal of the edge opposite to each corner: the mean of the faces that have it."""
        import igl

        weights = igl.PER_EDGE_NORMALS_WEIGHTING_TYPE_UNIFORM
        normals, _, edge = igl.per_edge_normals(self.mesh.vertices, self._faces, weights)
        result = np.zeros((len(self.mesh.faces), 3, 3))
        result[self._whole] = np.asarray(normals)[np.asarray(edge).reshape(3, -1).T]
        return result

    @cached_property
    def _vertex_normals(self) -> Float:
        """(N, 3) normals of the vertices, faces weighted by their angle there."""
        import igl

        weights = igl.PER_VERTEX_NORMALS_WEIGHTING_TYPE_ANGLE
        return np.asarray(igl.per_vertex_normals(self.mesh.vertices, self._faces, weights))


def barycentric(points: Float, triangles: Float) -> Float:
    """(n, 3) float: weights of the corners (n, 3, 3) of a triangle of its own for each point (n, 3) in its plane."""
    a, b, c = (triangles[:, k] for k in range(3))
    normal = np.cross(b - a, c - a)
    square = np.maximum(np.einsum("ij,ij->i", normal, normal), 1e-30)
    first = np.einsum("ij,ij->i", np.cross(c - b, points - b), normal) / square
    second = np.einsum("ij,ij->i", np.cross(a - c, points - c), normal) / square
    return np.stack([first, second, 1 - first - second], axis=1)
