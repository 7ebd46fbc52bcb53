"""Distances to open surfaces on a grid, looked up only near the surface: what a network for volumes reads of a scan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.voxels import Grid
from typodont.types import Bool, Float, Int

_BLOCK = 4
"""Samples along each side of the blocks whose middle is asked first."""


class Nearest(NamedTuple):
    """What of a surface lies nearest to some points.

    Args:
        distance: (n,) mm, negative behind the surface.
        face: (n,) its face. place: (n, 3) the nearest place itself, mm.
    """

    distance: Float
    face: Int
    place: Float


def nearest_places(mesh: Mesh, points: Float) -> Nearest:
    """The nearest place of a surface for each point, and whether the point lies in front of it or behind it.

    The side is read from the normals there, so that an open surface works: beyond its border it is thought to go on.

    Args:
        mesh: mm, faces outward, at least one of them with an area.
        points: (n, 3) mm.

    Source: libigl, signs from angle-weighted normals (Baerentzen and Aanaes 2005).
    """
    import igl

    whole = np.flatnonzero(mesh.face_areas > 0)
    points = np.ascontiguousarray(points, dtype=np.float64)
    kind = igl.SIGNED_DISTANCE_TYPE_PSEUDONORMAL
    found = igl.signed_distance(points, mesh.vertices, mesh.faces[whole], kind)
    distance, face, place = (np.asarray(part) for part in found[:3])
    return Nearest(distance, whole[face], place)


def distance_field(mesh: Mesh, grid: Grid, *, band: float, signed: bool = True) -> Float:
    """(D, H, W) float32 distances to a surface, mm, cut off at `band`; all `band` where the surface is not near.

    Args:
        mesh: Surface, open or closed, mm, faces outward; may be empty.
        grid: Where to measure.
        band: Farther samples get ±band.
        signed: Negative behind the surface; see `nearest_places`.
    """
    if not (mesh.face_areas > 0).any():
        return np.full(grid.shape, band, dtype=np.float32)
    near, coarse = _near(mesh, grid, band)
    field = coarse.astype(np.float32)
    field[near] = nearest_places(mesh, grid.points()[near.ravel()]).distance
    field = field if signed else np.abs(field)
    return np.clip(field, -band, band)


def _near(mesh: Mesh, grid: Grid, band: float) -> tuple[Bool, Float]:
    """Samples that may lie within the band, and for all samples the distance of the middle of their block."""
    shape = tuple(-(-n // _BLOCK) for n in grid.shape)
    middle = np.array(grid.origin) + (_BLOCK - 1) / 2 * grid.spacing
    blocks = Grid((middle[0], middle[1], middle[2]), _BLOCK * grid.spacing, (shape[0], shape[1], shape[2]))
    field = nearest_places(mesh, blocks.points()).distance.reshape(shape)
    for axis in range(3):
        field = field.repeat(_BLOCK, axis=axis)
    field = field[: grid.shape[0], : grid.shape[1], : grid.shape[2]]
    return np.abs(field) < band + np.sqrt(3) * (_BLOCK - 1) / 2 * grid.spacing, field
