"""How much of the space inside two groups of crowns is the same, as published comparisons of dentitions count it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.occupancy import occupancy
from typodont.geometry.voxels import Grid
from typodont.types import Bool

PITCH_MM = 0.2


def solid_dice(found: Sequence[Mesh], truth: Sequence[Mesh], *, pitch: float = PITCH_MM) -> float:
    """Twice the common volume over the sum of both, of filled voxels: 1 for the same crowns, 0 for crowns apart.

    A voxel counts once, however many crowns of a group hold it. Open crowns are filled as far as their walls tell.

    Args:
        found, truth: Crowns, mm, same frame, outward faces; nothing is registered.
        pitch: Edge of a voxel, mm.

    Raises:
        MeshError: a group has no crown, or none that holds a voxel.
    """
    if not len(found) or not len(truth):
        raise MeshError(f"{len(found)} crowns against {len(truth)}: expected at least one on each side")
    grid = Grid.around(np.vstack([mesh.vertices for mesh in (*found, *truth)]), pitch, margin=pitch)
    first, second = (_filled(group, grid) for group in (found, truth))
    both = int(first.sum() + second.sum())
    if not both:
        raise MeshError(f"no crown holds a voxel of {pitch} mm: expected crowns in mm with their faces outward")
    return 2 * int((first & second).sum()) / both


def _filled(group: Sequence[Mesh], grid: Grid) -> Bool:
    """(D, H, W) bool: samples inside any crown; each is looked at in its own corner of the grid."""
    filled = np.zeros(grid.shape, dtype=bool)
    for mesh in group:
        low = np.floor((mesh.vertices.min(axis=0) - grid.origin) / grid.spacing).astype(int)
        high = np.ceil((mesh.vertices.max(axis=0) - grid.origin) / grid.spacing).astype(int) + 1
        x, y, z = (np.array(grid.origin) + grid.spacing * low).tolist()
        depth, height, width = (high - low).tolist()
        corner = Grid((x, y, z), grid.spacing, (depth, height, width))
        filled[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] |= occupancy(mesh, corner)
    return filled
