"""Cut a surface along a closed line: the part inside, its border exactly on the line."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.ndimage import gaussian_filter1d
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.closed_curve import nearest_on_curve
from typodont.geometry.connectivity import (
    boundary_loops,
    face_components,
    geodesic_distance,
    vertex_graph,
)
from typodont.geometry.loop_strip import strip_between
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.types import Bool, Float, Int

_BAND_MM = 0.15
"""Along the surface around the faces on which the line runs: there the side is read from the line. In a narrow furrow
between tooth and gum, normals soon say nothing."""
_STEADY_MM = 0.2
_WIDEST_HOLE_MM = 4.0
_MOST_ASTRAY = 0.1
_LOST = 1e-6
"""Chance of a walker to get lost at each vertex; whoever does is outside, and so are pieces the line does not touch."""


def side_of_line(mesh: Mesh, curve: Float) -> Float:
    """How far each vertex lies to the left of a closed line on the surface, seen from outside: inside it.

    Near the line it is the distance across it along the surface, so that the value is zero where the surface passes
    the line, also where the line lies a little off the surface. Farther away it is the straight distance, with the sign
    that most of the surface towards the line has: it is never read across a gap, as from a tooth to the gum beside it,
    and a spot where a scan runs into the neighbour does not decide.

    Args:
        mesh: Surface with N vertices, mm, outward faces.
        curve: (K, 3) evenly spaced closed line, mm; counter-clockwise around its inside.

    Returns:
        (N,) float, mm, positive inside. Vertices without faces, and pieces that the line does not touch, are outside.
    """
    distance, foot, tangent = nearest_on_curve(curve, mesh.vertices)
    at_line = mesh.faces[Surface(mesh).nearest(curve).face]
    spacing = np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1).mean()
    line_normal = mesh.vertex_normals[at_line].mean(axis=1)
    line_normal = gaussian_filter1d(line_normal, _STEADY_MM / spacing, axis=0, mode="wrap")
    line_point = np.asarray(KDTree(curve).query(mesh.vertices)[1])
    normal = line_normal[line_point] + mesh.vertex_normals  # the mean of both keeps its side on a sharp edge
    inward = np.cross(normal, tangent)
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-9)
    across = np.einsum("ij,ij->i", mesh.vertices - foot, inward)
    seeds = np.unique(at_line)
    near = geodesic_distance(mesh, seeds, limit=_BAND_MM)[1] >= 0
    return np.where(near, across, distance * _far_sign(mesh, near, across))


def _far_sign(mesh: Mesh, near: Bool, across: Float) -> Float:
    """(N,) 1 or -1: the side that a walker from each vertex over the edges more probably meets first in the band."""
    far = np.flatnonzero(~near)
    if not len(far):
        return np.ones(len(near))
    graph = vertex_graph(mesh, weights=np.ones(len(mesh.edges)))
    steps = graph[far]
    degree = np.asarray(steps.sum(axis=1)).ravel()
    walk = sparse.csc_matrix(sparse.diags(degree + _LOST) - steps[:, far])
    ends = steps[:, np.flatnonzero(near)] @ np.clip(across[near] / _STEADY_MM, -1, 1)
    sign = np.ones(len(near))
    sign[far] = np.where(splu(walk).solve(ends - _LOST) > 0, 1.0, -1.0)
    return sign


def split_at_level(mesh: Mesh, values: Float, level: float = 0.0) -> tuple[Mesh, Bool]:
    """The same surface with every triangle that crosses a level of a value cut there.

    Args:
        mesh: Surface with N vertices, F faces.
        values: (N,) float: runs straight along every edge; kept as the vertex attribute ``value``.
        level: Vertices within a thousandth of an edge of it are taken to lie on it.

    Returns:
        The mesh, new vertices after the old ones, other attributes dropped; and (F',) bool: faces above the level.
    """
    above = values - level
    edges = mesh.edges
    ends = above[edges]
    share = np.divide(ends[:, 0], ends[:, 0] - ends[:, 1], out=np.zeros(len(edges)), where=ends[:, 0] != ends[:, 1])
    above = above.copy()
    cut = ends.prod(axis=1) < 0
    for end, close in ((0, cut & (share < 1e-3)), (1, cut & (share > 1 - 1e-3))):
        above[edges[close, end]] = 0.0
    cut = above[edges].prod(axis=1) < 0
    n = len(mesh.vertices)
    new = np.full(len(edges), -1)
    new[cut] = n + np.arange(cut.sum())
    a, b = mesh.vertices[edges[cut, 0]], mesh.vertices[edges[cut, 1]]
    vertices = np.concatenate([mesh.vertices, a + share[cut, None] * (b - a)])
    faces, upper = _cut_faces(mesh.faces, above, _Edges(edges, new, n))
    value = np.concatenate([above + level, np.full(cut.sum(), level)])
    return Mesh(vertices, faces, {"value": value}), upper


class _Edges:
    """Looks up the new vertex on an edge."""

    def __init__(self, edges: Int, new: Int, n: int) -> None:
        self.keys, self.new, self.n = edges[:, 0] * n + edges[:, 1], new, n

    def between(self, a: Int, b: Int) -> Int:
        return self.new[np.searchsorted(self.keys, np.minimum(a, b) * self.n + np.maximum(a, b))]


def _cut_faces(faces: Int, above: Float, edges: _Edges) -> tuple[Int, Bool]:
    side = np.sign(above[faces]).astype(int)
    mixed = (side.max(axis=1) > 0) & (side.min(axis=1) < 0)
    parts, upper = [faces[~mixed]], [side[~mixed].sum(axis=1) > 0]
    faces, side = faces[mixed], side[mixed]
    through_corner = (side == 0).any(axis=1)
    # turn every face so that corner a is the odd one out: alone on its side, or the one on the level
    odd = np.where(through_corner[:, None], side == 0, side == -np.sign(side.sum(axis=1, keepdims=True)))
    turn = (np.argmax(odd, axis=1)[:, None] + np.arange(3)) % 3
    faces, side = np.take_along_axis(faces, turn, axis=1), np.take_along_axis(side, turn, axis=1)
    a, b, c = faces[through_corner].T
    bc = edges.between(b, c)
    parts += [np.stack([a, b, bc], axis=1), np.stack([a, bc, c], axis=1)]
    upper += [side[through_corner, 1] > 0, side[through_corner, 2] > 0]
    a, b, c = faces[~through_corner].T
    ab, ca, alone = edges.between(a, b), edges.between(c, a), side[~through_corner, 0] > 0
    parts += [np.stack(corners, axis=1) for corners in ((a, ab, ca), (ab, b, c), (ab, c, ca))]
    upper += [alone, ~alone, ~alone]
    return np.concatenate(parts), np.concatenate(upper)


def trim_to_line(mesh: Mesh, curve: Float, *, inset: float = 0.05) -> Mesh:
    """The part of a surface inside a closed line, as one piece with no other border: its vertices first are the line.

    The surface is cut `inset` mm inside the line and joined to it by a strip, so that the border is the line itself
    even where the line lies a little off the surface. Smaller holes inside are closed.

    Args:
        mesh: Surface, mm, outward faces.
        curve: (K, 3) evenly spaced closed line, mm; counter-clockwise around its inside.

    Returns:
        The part; vertices 0..K-1 are `curve`, the rest those of the surface.

    Raises:
        MeshError: the line does not cut one piece out of the surface; a hole inside is wider than 4 mm.
    """
    inside = inside_line(mesh, side_of_line(mesh, curve), level=inset)
    return attach_line(inside, curve)


def inside_line(mesh: Mesh, side: Float, *, level: float) -> Mesh:
    """The piece of a surface above a level of `side` (N,) that has the most faces, without doubled edges and vertices
    that nobody uses; vertex attribute ``value``: the side.

    Raises:
        MeshError: nothing lies above the level.
    """
    split, upper = split_at_level(mesh, side, level)
    if not upper.any():
        raise MeshError("no part of the surface lies inside the margin line; does the line run clockwise?")
    part = _simple_edges(split.submesh(upper & (split.face_areas > 0)))
    part = part.submesh(face_components(part) == 0)
    return Mesh(part.vertices, part.faces, {"value": part.vertex_attributes["value"]})


def attach_line(part: Mesh, curve: Float) -> Mesh:
    """A piece of surface joined to a closed line just outside its border; see `trim_to_line`.

    Raises:
        MeshError: no border runs along the line once; another border is wider than 4 mm.
    """
    rims = boundary_loops(part)
    if not rims:
        raise MeshError("the margin line does not cut the surface: the part inside has no border")
    rim = max(rims, key=lambda loop: _along(part.vertices[loop], curve))
    covered = _along(part.vertices[rim], curve) / len(curve)
    if covered < 0.98:
        raise MeshError(
            f"the surface ends before the margin line: only {covered:.0%} of the line has surface beside it; "
            "check the line, or scan the margin again"
        )
    astray = float((KDTree(curve).query(part.vertices[rim])[0] > 1.0).mean())
    if astray > _MOST_ASTRAY:
        raise MeshError(
            f"the margin line does not part the surface: {astray:.0%} of the cut runs elsewhere; check the line"
        )
    holes = [loop for loop in rims if loop is not rim]
    vertices, faces = _closed_holes(part, holes)
    k = len(curve)
    joined = np.concatenate([curve, vertices])
    strip = strip_between(joined, rim + k, np.arange(k))
    return Mesh(joined, np.concatenate([faces + k, strip]))


def _along(rim: Float, curve: Float) -> int:
    """How many corners of the line have a border within 1 mm."""
    distance, _ = KDTree(rim).query(curve)
    return int((distance < 1.0).sum())


def _closed_holes(part: Mesh, holes: list[Int]) -> tuple[Float, Int]:
    """Each hole closed by a fan around its middle."""
    vertices, faces = [part.vertices], [part.faces]
    for number, hole in enumerate(holes):
        corners = part.vertices[hole]
        width = float(np.linalg.norm(np.ptp(corners, axis=0)))
        if width > _WIDEST_HOLE_MM:
            raise MeshError(
                f"the preparation has a hole {width:.1f} mm wide inside the margin line, expected at most "
                f"{_WIDEST_HOLE_MM:g} mm; scan it again"
            )
        vertices.append(corners.mean(axis=0, keepdims=True))
        middle = np.full(len(hole), len(part.vertices) + number)
        faces.append(np.stack([np.roll(hole, -1), hole, middle], axis=1))
    return np.concatenate(vertices), np.concatenate(faces)


def _simple_edges(mesh: Mesh) -> Mesh:
    """Without faces at edges that more than two faces share, and without faces that are there twice."""
    _, first = np.unique(np.sort(mesh.faces, axis=1), axis=0, return_index=True)
    once = np.zeros(len(mesh.faces), dtype=bool)
    once[first] = True
    mesh = mesh.submesh(once)
    pairs = np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, edge, count = np.unique(pairs[:, 0] * len(mesh.vertices) + pairs[:, 1], return_inverse=True, return_counts=True)
    single = (count <= 2)[edge.reshape(-1, 3)]
    return mesh.submesh(single[:, 0] & single[:, 1] & single[:, 2])
