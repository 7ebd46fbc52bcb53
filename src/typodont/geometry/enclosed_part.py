"""Which part of a surface a closed line on it encloses."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import spsolve
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.closed_curve import even_points, nearest_on_curve
from typodont.geometry.connectivity import face_components, vertex_graph
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.types import Bool, Float, Int

_EVEN_MM = 0.02
"""So close are the points of the line looked up that no face in its way is missed."""

_JUMP_MM = 8.0
"""A line in a furrow or over a wall leaps from one side to the other; it is taken along the surface, if not too far."""

_SURE_MM = 0.1
_KEEP = 1e-9

_WIDEST = 3
"""On folded or pinched surfaces the faces under the line may leave a way through; then those beside them count as well,
up to so many rows."""

_LEAST_SHARE = 0.01
"""Each side holds at least so much of the surface; what is smaller are splinters beside the line."""

_ROUND_MM = 0.15
"""Where the line runs along an edge, the normal there is the mean of the faces so near on both sides."""


def enclosed_vertices(mesh: Mesh, curve: Float) -> Bool:
    """(N,) bool: the vertices to the left of a closed line on the surface, which runs counter-clockwise around them.

    The faces under the line part the others into pieces. On which side a piece lies, its vertices beside the line
    say together: at an edge or a corner of the surface single ones are misread. Vertices under the line follow
    their neighbours.

    Args:
        mesh: Surface, mm, outward faces.
        curve: (M, 3) on the surface, mm; the last point joins the first.

    Raises:
        MeshError: the line does not part the surface, for example because it runs around a hole of it.
    """
    line = even_points(curve, spacing=_EVEN_MM)
    under = np.zeros(len(mesh.vertices), dtype=bool)
    under[_under(mesh, Surface(mesh).nearest(line).face)] = True
    for _ in range(_WIDEST):
        beside = np.unique(mesh.edges[under[mesh.edges].any(axis=1)])
        left = np.zeros(len(mesh.vertices))
        left[beside] = np.clip(_to_the_left(mesh, line, beside) / _SURE_MM, -1, 1)
        sides = _sides(mesh, under, left)
        if sides is not None:
            return _spread(mesh, np.where(sides != 0, sides, left)) > 0
        under[beside] = True
    raise MeshError("the line does not part the surface, expected a closed line with surface on both sides all round")


def _sides(mesh: Mesh, under: Bool, left: Float) -> Float | None:
    """(N,) 1 left of the line, -1 right, 0 under it, as most vertices of each piece say; None if all are one piece."""
    free = np.all(~under[mesh.faces], axis=1)
    rest = mesh.faces[free]
    piece = face_components(mesh.submesh(free))
    side = np.sign(np.bincount(piece, weights=left[rest].sum(axis=1)))
    areas = np.bincount(piece, weights=mesh.face_areas[free])
    both = [areas[side > 0].max(initial=0), areas[side < 0].max(initial=0)]
    if min(both) <= _LEAST_SHARE * sum(both):
        return None
    count = np.zeros(len(mesh.vertices))
    np.add.at(count, rest.ravel(), np.repeat(side[piece], 3))
    return np.sign(count)


def _under(mesh: Mesh, faces: Int) -> Int:
    """(n,) vertices of the faces that a line visits in this order, and on the ways between those that do not touch."""
    visited = faces[np.r_[True, faces[1:] != faces[:-1]]]
    corners, following = mesh.faces[visited], mesh.faces[np.roll(visited, -1)]
    apart = ~(corners[:, :, None] == following[:, None, :]).any(axis=(1, 2))
    graph, found = vertex_graph(mesh), [corners.ravel()]
    for start, end in zip(corners[apart, 0], following[apart, 0], strict=True):
        before = dijkstra(graph, indices=start, limit=_JUMP_MM, return_predecessors=True)[1]
        while end >= 0:
            found.append(np.array([end]))
            end = before[end]
    return np.concatenate(found)


def _spread(mesh: Mesh, side: Float) -> Float:
    """(N,) sides of all vertices, -1 to 1, where those of some are known or supposed; the surer outvote the others."""
    trust = np.abs(side)
    graph = vertex_graph(mesh, weights=np.ones(len(mesh.edges)))
    system = sparse.diags(np.asarray(graph.sum(axis=1)).ravel() + trust + _KEEP) - graph
    return np.asarray(spsolve(sparse.csc_matrix(system), trust * np.sign(side)))


def _to_the_left(mesh: Mesh, line: Float, vertices: Int) -> Float:
    """(n,) how far some vertices lie to the left of the line beside them, mm; negative to the right."""
    _, foot, way = nearest_on_curve(line, mesh.vertices[vertices])
    across = mesh.face_normals * mesh.face_areas[:, None]
    near = KDTree(mesh.vertices[mesh.faces].mean(axis=1)).query_ball_point(line, _ROUND_MM)
    own = Surface(mesh).nearest(line)
    normals = np.array(
        [across[f].sum(axis=0) if f else mesh.face_normals[at] for f, at in zip(near, own.face, strict=True)]
    )
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    at = KDTree(line).query(foot)[1]
    return np.einsum("ij,ij->i", mesh.vertices[vertices] - foot, np.cross(normals[at], way))
