"""How thick the wall of a solid is between two parts of its surface, such as the outside and the inside of a crown."""

from __future__ import annotations

import numpy as np

from typodont.geometry.curvature import tangent_frame
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.surface_places import Surface
from typodont.types import Bool, Float

TILT = 25.0
"""Degrees by which the outer ones of the seven rays lean away from the normal."""
_AROUND = 6
_OPPOSITE = 0.5
"""Least cosine between the inward normal and that of the face by which a ray leaves: within 60 degrees."""
_SKIP_MM = 1e-3
"""Rays begin so far below the surface, so that they do not meet the face that they start from."""


def wall_thickness(mesh: Mesh, inner: Bool, *, at: Bool | None = None) -> Float:
    """Thickness of the wall under each vertex, from the outside to the inside of a solid.

    The shortest of seven rays into the solid, along the inward normal and 25 degrees around it, that come out through
    the inner surface, and there through a face which lies opposite (within 60 degrees). So the wall of a cavity that
    runs down beside an edge does not pass for thin material above it, as the nearest distance would have it, and one
    crooked normal does not pass for thick material. Exact between parallel walls and between spheres. Where no ray
    comes out so, as under the rim of a thick ridge, it is the shortest distance to the inside.

    Args:
        mesh: Closed surface with N vertices and F faces, outward, mm.
        inner: (F,) the faces of the inside.
        at: (N,) where to measure; default: the vertices that no inner face has.

    Returns:
        (N,) float, mm; NaN elsewhere, and everywhere if there is no inside.
    """
    if at is None:
        at = np.ones(len(mesh.vertices), dtype=bool)
        at[mesh.faces[inner]] = False
    rows = np.flatnonzero(at)
    inward = -mesh.vertex_normals[rows]
    thickness = np.full(len(mesh.vertices), np.nan)
    if not inner.any() or not len(rows):
        return thickness
    scene = RayScene(mesh)
    shortest = np.full(len(rows), np.inf)
    for direction in _bundle(inward):
        distance, face = scene.first_hit(mesh.vertices[rows] + _SKIP_MM * direction, direction)
        through = (face >= 0) & inner[face]
        through &= np.einsum("ij,ij->i", mesh.face_normals[face], inward) >= _OPPOSITE
        shortest[through] = np.minimum(shortest[through], distance[through] + _SKIP_MM)
    lost = np.isinf(shortest)
    if lost.any():
        points = mesh.vertices[rows[lost]]
        shortest[lost] = np.linalg.norm(Surface(mesh.submesh(inner)).nearest(points).points - points, axis=1)
    thickness[rows] = shortest
    return thickness


def _bundle(inward: Float) -> list[Float]:
    """Seven unit directions (n, 3) each: inward, and around it."""
    u, v = tangent_frame(inward)
    lean, upright = np.sin(np.radians(TILT)), np.cos(np.radians(TILT))
    angles = np.arange(_AROUND) * 2 * np.pi / _AROUND
    return [inward, *(upright * inward + lean * (np.cos(a) * u + np.sin(a) * v) for a in angles)]
