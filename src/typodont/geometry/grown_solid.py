"""A surface thickened by a gap that may change from place to place, without undercuts along an axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation
from skimage.measure import marching_cubes

from typodont.geometry.camera import look_rotation
from typodont.geometry.mesh import Mesh
from typodont.geometry.sampling import interpolate, sample_faces
from typodont.geometry.surface_places import Surface
from typodont.geometry.voxels import Grid
from typodont.types import Bool, Float

_COARSE = 2
"""Samples of the fine grid per sample of the coarse one, on which the surface is looked for first."""
_OFF_LEVEL = 1e-3


def grown_solid(
    surface: Mesh, side: Float, axis: Float, *, gap: Callable[[Float], Float], reach: float, voxel: float
) -> Mesh:
    """What a restoration must leave free: the preparation grown by the cement gap, and all that lies below it.

    The solid is all that comes nearer to the surface than the gap there, from in front, and every place that has
    surface above it along the axis: blocked out, so that the restoration slides on. Below the surface it goes on for
    a few voxels at least; how it ends there means nothing. It closes where the gap falls below zero, about at side 0.

    Args:
        surface: The preparation and a little around it, mm, outward faces, N vertices.
        side: (N,) mm from the margin line, positive inside (see `surface_cut.side_of_line`).
        axis: (3,) unit, from the preparation to occlusal.
        gap: Width in mm at places (n,) mm inside the line; falls with slope from about zero there to below it outside.
        reach: Widest gap, mm.
        voxel: Resolution, mm. A flat surface is met to a thousandth of it; an inward edge is rounded by a third of it.

    Returns:
        A closed surface in the frame of `surface`, outward faces.
    """
    rotation = look_rotation(axis, np.eye(3)[np.argmin(np.abs(axis))])
    turned = Mesh(surface.vertices @ rotation.T, surface.faces)
    field = _Field.sampled(turned, side, gap, voxel=voxel, reach=reach)
    blocked = field.blocked(gap)
    walled = np.pad(blocked, 1, constant_values=field.far)  # closes the solid at the end of the grid
    # a sample just on the surface would make faces without area, and those that touch in a vertex only
    level = _OFF_LEVEL * voxel
    walled[np.abs(walled) < level] = level
    vertices, faces, _, _ = marching_cubes(walled, 0.0, gradient_direction="descent")
    origin = np.array(field.grid.origin) - voxel
    return Mesh((vertices * voxel + origin) @ rotation, faces)


@dataclass(frozen=True)
class _Field:
    """Distance to the surface and side of the nearest place, on a grid whose third axis is the insertion axis.

    Args:
        distance: (D, H, W) mm, negative behind the surface; `far` where the surface is not near.
        side: (D, H, W) mm.
    """

    grid: Grid
    distance: Float
    side: Float
    far: float

    @classmethod
    def sampled(cls, mesh: Mesh, side: Float, gap: Callable[[Float], Float], *, voxel: float, reach: float) -> _Field:
        """On a coarse grid all around the surface, then again where the solid's surface runs."""
        coarse = _COARSE * voxel
        band = reach + 2.5 * coarse
        grid = Grid.around(mesh.vertices, coarse, margin=band)
        near = _near(mesh, grid, band)
        distance = np.full(grid.shape, band, dtype=np.float32)
        value = np.zeros(grid.shape, dtype=np.float32)
        surface = Surface(mesh)
        distance[near], value[near] = _look_up(surface, side, _places(grid, near))
        distance = np.clip(distance, -band, band)
        distance, value = _doubled(distance), _doubled(value)
        fine = Grid(grid.origin, voxel, distance.shape)
        # a surface between two samples is nearer to both than they are to each other; half a voxel more for the gap
        unsure = np.abs(distance - gap(value)) < 1.5 * voxel
        distance[unsure], value[unsure] = _look_up(surface, side, _places(fine, unsure))
        return cls(fine, distance, value, band)

    def blocked(self, gap: Callable[[Float], Float]) -> Float:
        """(D, H, W) mm over the grown surface, or over the nearest copy of it moved down along the axis."""
        casts = np.where(self.side > 0, self.distance, self.far)
        width = gap(self.side).astype(np.float32)
        result = self.distance - width
        nearest, room = casts[:, :, -1].copy(), width[:, :, -1].copy()
        for layer in range(result.shape[2] - 2, -1, -1):
            result[:, :, layer] = np.minimum(result[:, :, layer], nearest - room)
            nearer = casts[:, :, layer] < nearest
            nearest[nearer], room[nearer] = casts[:, :, layer][nearer], width[:, :, layer][nearer]
        return result


def _near(mesh: Mesh, grid: Grid, band: float) -> Bool:
    """(D, H, W) samples that may lie within the band."""
    density = 4 / grid.spacing**2
    face, weights = sample_faces(mesh, int(density * mesh.face_areas.sum()) + 1000, np.random.default_rng(0))
    cells = np.concatenate([interpolate(mesh, mesh.vertices, face, weights), mesh.vertices])
    index = np.round((cells - np.array(grid.origin)) / grid.spacing).astype(int)
    marked = np.zeros(grid.shape, dtype=bool)
    marked[tuple(np.clip(index, 0, np.array(grid.shape) - 1).T)] = True
    return np.asarray(binary_dilation(marked, iterations=int(np.ceil(band / grid.spacing))), dtype=bool)


def _places(grid: Grid, chosen: Bool) -> Float:
    """(n, 3) mm: the chosen samples of a grid, in their order."""
    return np.array(grid.origin) + grid.spacing * np.argwhere(chosen)


def _look_up(surface: Surface, side: Float, points: Float) -> tuple[Float, Float]:
    places = surface.nearest(points)
    return surface.signed_distance(points, places), surface.values(places, side)


def _doubled(volume: Float) -> Float:
    """The volume with a sample between every two, their mean."""
    for axis in range(3):
        moved = np.moveaxis(volume, axis, 0)
        finer = np.empty((2 * len(moved) - 1, *moved.shape[1:]), dtype=volume.dtype)
        finer[::2] = moved
        finer[1::2] = 0.5 * (moved[1:] + moved[:-1])
        volume = np.moveaxis(finer, 0, axis)
    return np.ascontiguousarray(volume)
