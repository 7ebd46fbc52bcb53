"""Which part of a surface a closed line on it encloses."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.closed_curve import even_points, nearest_on_curve
from typodont.geometry.connectivity import label_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.types import Bool, Float, Int

_EVEN_MM = 0.05


def enclosed_vertices(mesh: Mesh, curve: Float) -> Bool:
    """(N,) bool: the vertices to the left of a closed line on the surface, which runs counter-clockwise around them.

    Args:
        mesh: Surface, mm, outward faces.
        curve: (M, 3) on the surface, mm; the last point joins the first.

    Raises:
        MeshError: the line does not part the surface, for example because it runs around a hole of it.
    """
    surface = Surface(mesh)
    line = even_points(curve, spacing=_EVEN_MM)
    places = surface.nearest(line)
    beside = _beside(mesh, places.face)
    _, foot, way = nearest_on_curve(line, mesh.vertices[beside])
    normals = surface.normals(places)[KDTree(line).query(foot)[1]]
    inward = np.einsum("ij,ij->i", mesh.vertices[beside] - foot, np.cross(normals, way))
    side = np.zeros(len(mesh.vertices), dtype=np.int8)
    side[beside] = np.where(inward >= 0, 1, -1)
    edges = mesh.edges[side[mesh.edges[:, 0]] * side[mesh.edges[:, 1]] >= 0]
    part = label_components(len(mesh.vertices), edges)
    left, right = (np.bincount(part[side == way], minlength=part.max() + 1) for way in (1, -1))
    inner = int(left.argmax())
    if right[inner] > 0.2 * left[inner]:
        raise MeshError(
            "the line does not part the surface, expected a closed line with surface on both sides all round"
        )
    return left[part] > right[part]


def _beside(mesh: Mesh, faces: Int) -> Int:
    """(n,) the vertices of some faces, and those one edge further."""
    on = np.zeros(len(mesh.vertices), dtype=bool)
    on[mesh.faces[faces]] = True
    touched = mesh.edges[on[mesh.edges].any(axis=1)]
    return np.unique(touched)
