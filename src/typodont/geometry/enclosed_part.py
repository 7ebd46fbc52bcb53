"""Which part of a surface a closed line on it encloses."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import spsolve
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.closed_curve import even_points, nearest_on_curve
from typodont.geometry.connectivity import vertex_graph
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.types import Bool, Float, Int

_EVEN_MM = 0.05
_SURE_MM = 0.1
_KEEP = 1e-9


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
    level = _spread(mesh, beside, np.clip(inward / _SURE_MM, -1, 1))
    changes = mesh.edges[level[mesh.edges[:, 0]] * level[mesh.edges[:, 1]] < 0]
    if len(changes) and nearest_on_curve(line, mesh.vertices[changes.ravel()])[0].max() > _longest(mesh, changes):
        raise MeshError(
            "the line does not part the surface, expected a closed line with surface on both sides all round"
        )
    return level > 0


def _spread(mesh: Mesh, known: Int, side: Float) -> Float:
    """(N,) values of all vertices from those at a few, -1 to 1; the more sure ones outvote the less sure ones.

    At a sharp corner of a line the side of a single vertex can be misread; its neighbours then decide.
    """
    n = len(mesh.vertices)
    trust, pull = np.full(n, _KEEP), np.zeros(n)
    trust[known] += np.abs(side)
    pull[known] = np.abs(side) * np.sign(side)
    graph = vertex_graph(mesh, weights=np.ones(len(mesh.edges)))
    system = sparse.diags(np.asarray(graph.sum(axis=1)).ravel() + trust) - graph
    return np.asarray(spsolve(sparse.csc_matrix(system), pull))


def _longest(mesh: Mesh, edges: Int) -> float:
    """How far from the line an edge can end that crosses it, mm."""
    return 2.5 * float(np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1).max())


def _beside(mesh: Mesh, faces: Int) -> Int:
    """(n,) the vertices of some faces, and those one edge further."""
    on = np.zeros(len(mesh.vertices), dtype=bool)
    on[mesh.faces[faces]] = True
    touched = mesh.edges[on[mesh.edges].any(axis=1)]
    return np.unique(touched)
