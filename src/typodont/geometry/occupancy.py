"""Which samples of a grid lie inside a surface, also where the surface is open."""

from __future__ import annotations

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.voxels import Grid
from typodont.types import Bool, Float, Int

_MOST_CROSSINGS = 200
"""Of one line of samples with the surface; a line along a wrinkled wall is given up there."""


def occupancy(mesh: Mesh, grid: Grid) -> Bool:
    """(D, H, W) bool: the samples inside a surface.

    Every sample looks both ways along x, y and z: whoever meets the surface from behind votes for inside, whoever
    meets its front for outside, and whoever meets nothing abstains. So a hole, or a scan without a base, spoils some
    of the votes only. Much faster than the sign of `signed_distance`, because whole lines of samples share their rays.

    Args:
        mesh: Surface, mm, outward faces.
        grid: Where the samples lie.

    Raises:
        MeshError: the surface has no faces.

    Source: the vote is after Nooruddin and Turk, Simplification and repair of polygonal models using volumetric
    techniques, IEEE TVCG 9 (2003).
    """
    if not len(mesh.faces):
        raise MeshError("a mesh without faces has no inside")
    scene = RayScene(mesh)
    votes = np.zeros(grid.shape, dtype=np.int8)
    for axis in range(3):
        votes += np.moveaxis(_line_votes(scene, mesh, grid, axis), -1, axis)
    return votes > 0


def _line_votes(scene: RayScene, mesh: Mesh, grid: Grid, axis: int) -> Int:
    """Votes of both looks along one axis, (rows, columns, samples) int8: 1 inside, -1 outside, of each look."""
    others = [i for i in range(3) if i != axis]
    n_lines, n_samples = grid.shape[others[0]] * grid.shape[others[1]], grid.shape[axis]
    line, height, leaves = _crossings(scene, mesh, grid, axis)
    # the first sample above each crossing
    above = np.ceil((height - grid.origin[axis]) / grid.spacing).clip(0, n_samples).astype(np.int64)
    side = np.where(leaves, -1, 1)  # what the look down says above the crossing, less what it says with nothing there
    steps = np.zeros((2, n_lines, n_samples + 1), dtype=np.int8)
    order = np.lexsort((height, line))
    line, above, side = line[order], above[order], side[order]
    same = line[1:] == line[:-1]
    # looking down: from each crossing up to the next one; looking up: from the crossing before up to this one
    np.add.at(steps[0], (line, above), side)
    np.add.at(steps[0], (line[1:][same], above[1:][same]), -side[:-1][same])
    first = np.r_[True, ~same][: len(line)]
    np.add.at(steps[1], (line[first], np.zeros(first.sum(), dtype=np.int64)), -side[first])
    np.add.at(steps[1], (line, above), side)
    np.add.at(steps[1], (line[:-1][same], above[:-1][same]), -side[1:][same])
    votes = steps.cumsum(axis=2, dtype=np.int8).sum(axis=0, dtype=np.int8)[:, :n_samples]
    return votes.reshape(grid.shape[others[0]], grid.shape[others[1]], n_samples)


def _crossings(scene: RayScene, mesh: Mesh, grid: Grid, axis: int) -> tuple[Int, Float, Bool]:
    """Where lines of samples cross the surface: number of the line, height along the axis, and whether they leave."""
    size = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    skip = 1e-5 * size
    axes = [grid.origin[i] + grid.spacing * np.arange(grid.shape[i]) for i in range(3) if i != axis]
    across = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    start = np.insert(across, axis, mesh.vertices[:, axis].min() - size, axis=1)
    direction = np.eye(3)[axis]
    alive = np.arange(len(start))
    lines, heights, leaving = [], [], []
    for _ in range(_MOST_CROSSINGS):
        distance, face = scene.first_hit(start[alive], np.broadcast_to(direction, (len(alive), 3)))
        hit = face >= 0
        alive, distance, face = alive[hit], distance[hit], face[hit]
        if not len(alive):
            break
        start[alive, axis] += distance
        lines.append(alive)
        heights.append(start[alive, axis])
        leaving.append(mesh.face_cross[face, axis] > 0)
        start[alive, axis] += skip
    if not lines:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0, dtype=bool)
    return np.concatenate(lines), np.concatenate(heights), np.concatenate(leaving)
