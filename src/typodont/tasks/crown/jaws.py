"""Both jaws in one file, as many programs export a case: which pieces of the surface belong together."""

from __future__ import annotations

import numpy as np

from typodont.formats import merge_equal
from typodont.geometry.connectivity import face_components
from typodont.geometry.mesh import Mesh
from typodont.types import Bool, Float, Int

LEAST_PIECE_MM2 = 20.0
"""Smaller pieces are crumbs and belong to no jaw."""

LEAST_SHARE = 0.1
"""Of all surface, that a second jaw has at least."""

OPEN_SHARE = 0.1
"""A scanned jaw is open below: its faces look one way on the whole. What looks everywhere is a closed model."""


def split_jaws(mesh: Mesh) -> tuple[Mesh, Mesh] | None:
    """The two jaws of a surface that holds both in bite, larger one first; None where it holds one.

    Pieces of a jaw look the same way, into the bite; those of the other jaw look back at them. Crumbs are left out.

    Args:
        mesh: mm, in any frame.
    """
    piece = face_components(_joined(mesh))
    area = np.bincount(piece, weights=mesh.face_areas)
    looks = _mean_normals(mesh, piece)
    open_ = np.linalg.norm(looks, axis=1) > OPEN_SHARE
    large = np.flatnonzero((area > LEAST_PIECE_MM2) & open_)
    if len(large) < 2:
        return None
    first = large[0]
    alike = looks[large] @ looks[first]
    sides = [large[alike > 0], large[alike < 0]]
    surface = [float(area[side].sum()) for side in sides]
    if min(surface) < LEAST_SHARE * sum(surface):
        return None
    jaws = [mesh.submesh(np.isin(piece, side)) for side in sides]
    if not _face_each_other(*jaws):
        return None
    one, other = sorted((_plain(jaw) for jaw in jaws), key=lambda jaw: -float(jaw.face_areas.sum()))
    return one, other


def without_crumbs(mesh: Mesh) -> Bool:
    """(F,) bool: faces of pieces that are no crumbs; all of them where there is no larger piece."""
    piece = face_components(_joined(mesh))
    keep = np.bincount(piece, weights=mesh.face_areas) > LEAST_PIECE_MM2
    return keep[piece] if keep.any() else np.ones(len(mesh.faces), dtype=bool)


def look_direction(mesh: Mesh) -> Float:
    """(3,) where the faces of an open surface look on the whole, unit: about occlusal for a jaw; 0 for a closed one."""
    total = mesh.face_cross.sum(axis=0)
    length = float(np.linalg.norm(total))
    return total / length if length > OPEN_SHARE * 2 * float(mesh.face_areas.sum()) else np.zeros(3)


def _joined(mesh: Mesh) -> Mesh:
    """The surface with equal positions as one vertex, because a file may give every face corners of its own."""
    first, merged = merge_equal(mesh.vertices)
    return Mesh(mesh.vertices[first], merged[mesh.faces])


def _mean_normals(mesh: Mesh, piece: Int) -> Float:
    """(P, 3) mean normal of each piece, weighted by area: 1 long for a plane, 0 for a closed surface."""
    total = np.stack([np.bincount(piece, weights=mesh.face_cross[:, k]) for k in range(3)], axis=1)
    return total / np.maximum(2 * np.bincount(piece, weights=mesh.face_areas), 1e-12)[:, None]


def _face_each_other(one: Mesh, other: Mesh) -> bool:
    between = other.vertices.mean(axis=0) - one.vertices.mean(axis=0)
    return bool(between @ look_direction(one) > 0 > between @ look_direction(other))


def _plain(mesh: Mesh) -> Mesh:
    return Mesh(mesh.vertices, mesh.faces)
