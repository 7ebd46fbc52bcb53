"""Distances to open surfaces on a grid, looked up only near the surface: what a network for volumes reads of a scan."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
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

    See `Surface`, which answers more than one such question about a mesh much faster.

    Args:
        mesh: mm, faces outward, at least one of them with an area.
        points: (n, 3) mm.
    """
    return _nearest(Surface(mesh), points)


def _nearest(surface: Surface, points: Float) -> Nearest:
    places = surface.nearest(points)
    return Nearest(surface.signed_distance(points, places), places.face, places.points)


def distance_field(mesh: Mesh, grid: Grid, *, band: float, every: int = 1) -> Float:
    """(D, H, W) float32 signed distances to a surface, mm, cut off at ±`band`; `band` where there is no surface.

    Args:
        mesh: Surface, open or closed, mm, faces outward; may be empty. The sign is that of `nearest_places`.
        grid: Where to measure.
        band: Farther samples get ±band.
        every: 2 measures every other sample along each axis and takes means between them, which is eight times faster
            and costs next to nothing where the surface is smooth.

    Raises:
        ValueError: `every` is neither 1 nor 2.
    """
    if every not in (1, 2):
        raise ValueError(f"every is {every}, expected 1 or 2")
    if every == 1:
        return near_field(mesh, grid, band=band)[0]
    shape = tuple(n // 2 + 1 for n in grid.shape)
    field = near_field(mesh, Grid(grid.origin, 2 * grid.spacing, (shape[0], shape[1], shape[2])), band=band)[0]
    for axis in range(3):
        field = _between(np.moveaxis(field, axis, 0), grid.shape[axis])
        field = np.moveaxis(field, 0, axis)
    return field


def near_field(mesh: Mesh, grid: Grid, *, band: float) -> tuple[Float, Bool, Nearest]:
    """The field of `distance_field`, and what was found for the samples near the surface.

    Returns:
        (D, H, W) float32 field; (D, H, W) bool which samples were looked up, all within the band among them; what was
        found for these, in the order of the grid.
    """
    if not (mesh.face_areas > 0).any():
        nothing = Nearest(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros((0, 3)))
        return np.full(grid.shape, band, dtype=np.float32), np.zeros(grid.shape, dtype=bool), nothing
    surface = Surface(mesh)
    near, coarse = _near(surface, grid, band)
    found = _nearest(surface, grid.points()[near.ravel()])
    field = coarse.astype(np.float32)
    field[near] = found.distance
    return np.clip(field, -band, band), near, found


def _between(values: Float, count: int) -> Float:
    """`count` values along axis 0: the given ones and the means of each two of them."""
    doubled = np.empty((2 * len(values) - 1, *values.shape[1:]), dtype=values.dtype)
    doubled[::2] = values
    doubled[1::2] = 0.5 * (values[:-1] + values[1:])
    return doubled[:count]


def _near(surface: Surface, grid: Grid, band: float) -> tuple[Bool, Float]:
    """Samples that may lie within the band, and for all samples the distance of the middle of their block."""
    shape = tuple(-(-n // _BLOCK) for n in grid.shape)
    middle = np.array(grid.origin) + (_BLOCK - 1) / 2 * grid.spacing
    blocks = Grid((middle[0], middle[1], middle[2]), _BLOCK * grid.spacing, (shape[0], shape[1], shape[2]))
    field = surface.signed_distance(blocks.points()).reshape(shape)
    for axis in range(3):
        field = field.repeat(_BLOCK, axis=axis)
    field = field[: grid.shape[0], : grid.shape[1], : grid.shape[2]]
    return np.abs(field) < band + np.sqrt(3) * (_BLOCK - 1) / 2 * grid.spacing, field
