"""Closed solids: one less another, and whether a surface is one."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.connectivity import boundary_edges, face_components, label_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.self_crossing import self_crossings
from typodont.types import Int

if TYPE_CHECKING:
    from manifold3d import Manifold

_TOLERANCES_MM = (2e-4, 2e-5)
"""By how much a solid may change when needless edges are taken out, most first."""

_SHORTEST_MM = (1e-4, 2e-5)
"""Vertices nearer to each other than this become one, most first: a file with 32-bit numbers would lose the edge."""


def subtract(solid: Mesh, groups: Int, other: Mesh) -> tuple[Mesh, list[str]]:
    """What is left of a solid, its largest piece, when another one is taken away.

    Both must be closed; where the first crosses itself inside the other one does no harm. Needless edges are taken out,
    which moves the surface by 1 µm at most, as far as `faults` finds nothing to say against it.

    Args:
        solid: closed surface with F faces, outward.
        groups: (F,) int: any mark of the faces, not negative.
        other: closed surface, outward faces.

    Returns:
        The piece with the largest volume; face attribute ``group``: the mark of the face of `solid` of which each
        face is part, -1 for faces of `other`. And its `faults`.

    Raises:
        MeshError: one of the two is not closed; nothing is left.
    """
    from manifold3d import Manifold

    marks = np.unique(groups)
    first = Manifold.reserve_ids(len(marks) + 1)
    left = _solid(solid, groups, marks, first, "the outer surface with the preparation")
    hole = _solid(other, np.zeros(len(other.faces), int), np.zeros(1, int), first + len(marks), "the preparation")
    pieces = (left - hole).decompose()
    if not pieces:
        raise MeshError("nothing is left of the restoration: the outer surface lies inside the preparation")
    largest = max(pieces, key=lambda piece: piece.volume())
    result = Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))
    found = []
    for tolerance, shortest in product(_TOLERANCES_MM, _SHORTEST_MM):  # near a thin edge, too much makes faces cross
        result = welded(_mesh(largest.simplify(tolerance), np.r_[marks, -1], first), shortest)
        found = faults(result)
        if not found:
            break
    return result, found


def simplified(solid: Mesh, tolerance: float) -> Mesh:
    """The largest piece of a closed surface, with as few faces as possible that lie within `tolerance` mm of it.

    Raises:
        MeshError: it is not closed.
    """
    none = np.zeros(len(solid.faces), dtype=np.int64)
    pieces = _solid(solid, none, none[:1], 0, "the surface").simplify(tolerance).decompose()
    lean = max(pieces, key=lambda piece: piece.volume()).to_mesh64()
    return Mesh(np.array(lean.vert_properties)[:, :3], lean.tri_verts.astype(np.int64))


def _solid(mesh: Mesh, groups: Int, marks: Int, first: int, name: str) -> Manifold:
    from manifold3d import Error, Manifold, Mesh64

    order = np.argsort(groups, kind="stable")
    starts = 3 * np.searchsorted(groups[order], marks)
    solid = Manifold(
        Mesh64(
            mesh.vertices,
            mesh.faces[order].astype(np.uint64),
            run_index=np.r_[starts, 3 * len(mesh.faces)].astype(np.uint64),
            run_original_id=(first + np.arange(len(marks))).astype(np.uint32),
        )
    )
    if solid.status() != Error.NoError:
        raise MeshError(f"{name} does not make a closed solid ({solid.status().name}): check the scan at the margin")
    return solid


def _mesh(piece: Manifold, marks: Int, first: int) -> Mesh:
    result = piece.to_mesh64()
    group = np.empty(len(result.tri_verts), dtype=np.int64)
    starts = np.asarray(result.run_index, dtype=np.int64) // 3
    for start, end, original in zip(starts[:-1], starts[1:], result.run_original_id, strict=True):
        group[start:end] = marks[int(original) - first]
    faces = result.tri_verts.astype(np.int64)
    return Mesh(np.array(result.vert_properties)[:, :3], faces, face_attributes={"group": group})


def welded(mesh: Mesh, shortest: float) -> Mesh:
    """With vertices nearer than `shortest` mm as one."""
    close = KDTree(mesh.vertices).query_pairs(shortest, output_type="ndarray")
    if not len(close):
        return mesh
    group = label_components(len(mesh.vertices), close)
    _, first, place = np.unique(group, return_index=True, return_inverse=True)
    faces = first[place[mesh.faces]]
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    _, back, count = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True, return_counts=True)
    whole &= count[back.ravel()] == 1  # two faces that have come to lie back to back enclose nothing
    kept = Mesh(mesh.vertices, faces, face_attributes=mesh.face_attributes).submesh(whole)
    return Mesh(kept.vertices, kept.faces, face_attributes=kept.face_attributes)


def volume(mesh: Mesh) -> float:
    """What a closed surface encloses, mm³; negative if it is inside out."""
    corners = mesh.vertices[mesh.faces] - mesh.vertices.mean(axis=0)
    return float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


def faults(mesh: Mesh) -> list[str]:
    """Why a surface is no printable solid, one short sentence each; empty for a sound one.

    Coordinates count as a file with 32-bit numbers keeps them.
    """
    stored = mesh.vertices.astype(np.float32)
    stored = stored[np.lexsort(stored.T)]
    found = []
    if (stored[1:] == stored[:-1]).all(axis=1).any():
        found.append("vertices fall together in 32-bit numbers")
    if len(boundary_edges(mesh)):
        found.append(f"{len(boundary_edges(mesh))} edges have no second face")
    pieces = int(face_components(mesh).max(initial=-1)) + 1
    if pieces != 1:
        found.append(f"it has {pieces} pieces")
    if volume(mesh) <= 0:
        found.append("it is inside out")
    crossings = len(self_crossings(mesh))
    if crossings:
        found.append(f"{crossings} pairs of faces cross each other")
    return found
