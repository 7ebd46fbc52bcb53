"""Exact merging of equal vertices, in first-seen order."""

from __future__ import annotations

import numpy as np

from typodont.types import Float, Int

_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


def merge_equal(points: Float) -> tuple[Int, Int]:
    """Which points are the first with their coordinates, and the number of that first one for every point.

    Points are equal when all three coordinates are the same number (so 0.0 and -0.0 are equal; NaN equals NaN of the
    same bits). Nothing is rounded. The first-seen order makes labels of an STL file stable: vertex i of the merged
    mesh is the i-th new position in the file.

    Args:
        points: (n, 3) float32 or float64.

    Returns:
        first: (U,) int64: indices into `points`, increasing; points[first] are the merged vertices.
        merged: (n,) int64: index 0..U-1 of the merged vertex of every point.
    """
    if not len(points):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    key = _hash(points)
    order = np.argsort(key)
    new_key = np.empty(len(key), dtype=bool)
    new_key[0] = True
    np.not_equal(key[order[1:]], key[order[:-1]], out=new_key[1:])
    del key
    first_of_group = np.minimum.reduceat(order, np.flatnonzero(new_key))
    first_seen = np.empty(len(points), dtype=np.int64)
    first_seen[order] = first_of_group[np.cumsum(new_key) - 1]
    del order, new_key, first_of_group
    if not _same(points, first_seen):
        first_seen = _first_seen_by_sorting(points)
    return _number_in_order(first_seen)


def _number_in_order(first_seen: Int) -> tuple[Int, Int]:
    is_first = first_seen == np.arange(len(first_seen))
    return np.flatnonzero(is_first), (np.cumsum(is_first) - 1)[first_seen]


def _hash(points: Float) -> np.ndarray:
    """(n,) uint64 that is equal for equal points and very rarely for others."""
    key = np.zeros(len(points), dtype=np.uint64)
    for axis, multiplier in enumerate(_MULTIPLIERS):
        bits = _bits(points[:, axis]).astype(np.uint64)
        bits ^= key
        bits *= np.uint64(multiplier)
        bits ^= bits >> np.uint64(29)
        key = bits
    return key


def _bits(values: Float) -> np.ndarray:
    values = values + values.dtype.type(0)  # turns -0.0 into 0.0
    return values.view(np.uint32 if values.dtype == np.float32 else np.uint64)


def _same(points: Float, first_seen: Int) -> bool:
    """Whether every point has the coordinates of the one it was merged into (no two points share a hash)."""
    return all(bool((_bits(column) == _bits(column[first_seen])).all()) for column in points.T)


def _first_seen_by_sorting(points: Float) -> Int:
    """(n,) int64: the first point with the same coordinates, by a full sort; slower than the hash."""
    bits = np.stack([_bits(column) for column in points.T])
    order = np.lexsort(bits)
    new = np.ones(len(order), dtype=bool)
    new[1:] = (bits[:, order[1:]] != bits[:, order[:-1]]).any(axis=0)
    first = np.minimum.reduceat(order, np.flatnonzero(new))
    first_seen = np.empty(len(order), dtype=np.int64)
    first_seen[order] = first[np.cumsum(new) - 1]
    return first_seen
