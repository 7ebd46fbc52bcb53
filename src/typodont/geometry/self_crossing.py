"""Where a surface goes through itself."""

from __future__ import annotations

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.types import Bool, Float, Int

_CHUNK = 500_000


def self_crossings(mesh: Mesh) -> Int:
    """(n, 2) int: pairs of faces of which an edge of one passes through the inside of the other.

    Faces that share a vertex are left out: they touch there in any case. Faces that only touch, and faces that lie in
    one plane, do not cross.
    """
    corners = mesh.vertices[mesh.faces]
    pairs = _boxes_that_meet(corners.min(axis=1), corners.max(axis=1))
    share = (mesh.faces[pairs[:, 0]][:, :, None] == mesh.faces[pairs[:, 1]][:, None, :]).any(axis=(1, 2))
    pairs = pairs[~share]
    crossing = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), _CHUNK):
        part = pairs[start : start + _CHUNK]
        one, two = corners[part[:, 0]], corners[part[:, 1]]
        crossing[start : start + _CHUNK] = _pierces(one, two) | _pierces(two, one)
    return pairs[crossing]


def _boxes_that_meet(low: Float, high: Float) -> Int:
    """(n, 2) int: pairs of boxes (F, 3) that overlap, found among those that share a cell of a grid."""
    size = max(float(np.median((high - low).max(axis=1))) * 2, 1e-9)
    first = np.floor((low - low.min(axis=0)) / size).astype(np.int64)
    last = np.floor((high - low.min(axis=0)) / size).astype(np.int64)
    box, cell = _cells(first, last)
    limits = cell.max(axis=0) + 1
    key = (cell[:, 0] * limits[1] + cell[:, 1]) * limits[2] + cell[:, 2]
    order = np.argsort(key, kind="stable")
    key, box, cell = key[order], box[order], cell[order]
    # by axis, because a row of three numbers at a time is slow
    low, high = (np.ascontiguousarray(part[box].T) for part in (low, high))
    first, cell = (np.ascontiguousarray(part.T) for part in (first[box], cell))
    found: list[Int] = [np.zeros((0, 2), dtype=np.int64)]
    a, shift = np.arange(len(box)), 0
    while len(a):
        shift += 1
        a = a[: np.searchsorted(a, len(box) - shift)]
        a = a[key[a + shift] == key[a]]  # what is not in one cell with the last one is in none with the next
        found.append(np.sort(box[_meeting(a, a + shift, low, high, first, cell)], axis=1))
    return np.concatenate(found)


def _cells(first: Int, last: Int) -> tuple[Int, Int]:
    """All cells (m, 3) that boxes reach into, from the first to the last one (F, 3), and (m,) whose each of them is."""
    span = last - first + 1
    count = span.prod(axis=1)
    box = np.repeat(np.arange(len(first)), count)
    place = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count)
    steps = span[box]
    x, rest = place // (steps[:, 1] * steps[:, 2]), place % (steps[:, 1] * steps[:, 2])
    return box, first[box] + np.stack([x, rest // steps[:, 2], rest % steps[:, 2]], axis=1)


def _meeting(a: Int, b: Int, low: Float, high: Float, first: Int, cell: Int) -> Int:
    """(n, 2) of the pairs of rows a, b of one cell each, those whose boxes overlap and begin to do so in that cell."""
    for axis in range(3):
        meet = (low[axis][a] <= high[axis][b]) & (low[axis][b] <= high[axis][a])
        a, b = a[meet], b[meet]
    for axis in range(3):
        once = np.maximum(first[axis][a], first[axis][b]) == cell[axis][a]
        a, b = a[once], b[once]
    return np.stack([a, b], axis=1)


def _pierces(edges_of: Float, triangle: Float) -> Bool:
    """(n,) bool: does an edge of the one triangle (n, 3, 3) pass through the inside of the other (n, 3, 3)?"""
    a, b, c = (triangle[:, k] for k in range(3))
    normal = np.cross(b - a, c - a)
    height = np.einsum("nkx,nx->nk", edges_of - a[:, None], normal)
    result = np.zeros(len(edges_of), dtype=bool)
    for k in range(3):
        start, end = edges_of[:, k], edges_of[:, (k + 1) % 3]
        rows = np.flatnonzero(height[:, k] * height[:, (k + 1) % 3] < 0)
        way = end[rows] - start[rows]
        sides = [
            np.einsum("ij,ij->i", way, np.cross(p[rows] - start[rows], q[rows] - start[rows]))
            for p, q in ((a, b), (b, c), (c, a))
        ]
        result[rows] |= (
            (np.sign(sides[0]) == np.sign(sides[1])) & (np.sign(sides[1]) == np.sign(sides[2])) & (sides[0] != 0)
        )
    return result
