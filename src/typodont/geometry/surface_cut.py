"""Cut a surface along a closed line: the part inside, its border exactly on the line."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.closed_curve import nearest_on_curve
from typodont.geometry.connectivity import (
    boundary_loops,
    face_components,
    geodesic_distance,
    label_components,
)
from typodont.geometry.loop_strip import strip_between
from typodont.geometry.mesh import Mesh
from typodont.types import Bool, Float, Int

_BAND_MM = 0.5
"""Along the surface, around the line: there the side is read from the line, beyond from what hangs together."""
_STEADY_MM = 0.2
_WIDEST_HOLE_MM = 4.0


def side_of_line(mesh: Mesh, curve: Float) -> Float:
    """How far each vertex lies to the left of a closed line on the surface, seen from outside: inside it.

    Near the line it is the distance across it along the surface, so that the value is zero where the surface passes
    the line, also where the line lies a little off the surface. Farther away it is the straight distance with the sign
    of what hangs together: the side is never read across a gap, as from a tooth to the gum beside it.

    Args:
        mesh: Surface with N vertices, mm, outward faces.
        curve: (K, 3) evenly spaced closed line, mm; counter-clockwise around its inside.

    Returns:
        (N,) float, mm, positive inside. Vertices without faces, and pieces that the line does not touch, are outside.
    """
    distance, foot, tangent = nearest_on_curve(curve, mesh.vertices)
    tree = KDTree(mesh.vertices)
    at_line = np.asarray(tree.query(curve)[1])
    _, line_point = KDTree(curve).query(mesh.vertices)
    spacing = np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1).mean()
    line_normal = gaussian_filter1d(mesh.vertex_normals[at_line], _STEADY_MM / spacing, axis=0, mode="wrap")
    normal = line_normal[line_point] + mesh.vertex_normals  # the mean of both keeps its side on a sharp edge
    inward = np.cross(normal, tangent)
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-9)
    across = np.einsum("ij,ij->i", mesh.vertices - foot, inward)
    near = geodesic_distance(mesh, np.unique(at_line), limit=_band(mesh, at_line))[1] >= 0
    return np.where(near, across, distance * _far_sign(mesh, near, across))


def _band(mesh: Mesh, at_line: Int) -> float:
    """Wide enough that two rows of vertices lie in it on either side."""
    edges = mesh.edges[np.isin(mesh.edges, at_line).any(axis=1)]
    longest = np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1).max(initial=0.0)
    return max(_BAND_MM, 1.5 * float(longest))


def _far_sign(mesh: Mesh, near: Bool, across: Float) -> Float:
    """(N,) 1 or -1: the side of the part of the band that each piece outside it touches most."""
    piece = label_components(len(mesh.vertices), mesh.edges, mask=~near)
    ends = np.concatenate([mesh.edges, mesh.edges[:, ::-1]])
    ends = ends[near[ends[:, 0]] & ~near[ends[:, 1]]]
    votes = np.bincount(piece[ends[:, 1]], weights=np.sign(across[ends[:, 0]]), minlength=piece.max(initial=0) + 1)
    return np.where(votes[piece] > 0, 1.0, -1.0)


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
