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
    span = np.floor((high - low.min(axis=0)) / size).astype(np.int64) - first + 1
    count = span.prod(axis=1)
    box = np.repeat(np.arange(len(low)), count)
    place = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count)
    steps = span[box]
    x, rest = place // (steps[:, 1] * steps[:, 2]), place % (steps[:, 1] * steps[:, 2])
    cell = first[box] + np.stack([x, rest // steps[:, 2], rest % steps[:, 2]], axis=1)
    limits = cell.max(axis=0) + 1
    key = (cell[:, 0] * limits[1] + cell[:, 1]) * limits[2] + cell[:, 2]
    order = np.argsort(key, kind="stable")
    key, box, cell = key[order], box[order], cell[order]
    found = [np.zeros((0, 2), dtype=np.int64)]
    for shift in range(1, len(box)):
        rows = np.flatnonzero(key[shift:] == key[:-shift])
        if not len(rows):
            break
        a, b = box[rows], box[rows + shift]
        # boxes that meet share the cell in which their common part begins, and are counted there alone
        once = (np.maximum(first[a], first[b]) == cell[rows]).all(axis=1)
        a, b = a[once], b[once]
        meet = ((low[a] <= high[b]) & (low[b] <= high[a])).all(axis=1)
        found.append(np.sort(np.stack([a[meet], b[meet]], axis=1), axis=1))
    return np.concatenate(found)


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
