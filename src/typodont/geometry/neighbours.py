"""Which points lie nearest to which: exact, and quick for the even spacing of sampled surfaces."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.native import load_native, pointer
from typodont.types import Float, Int

_SOURCE = Path(__file__).with_name("nearest.c")
_CELLS_LIMIT = 4_000_000


def nearest(points: Float, queries: Float, k: int, *, spacing: float | None = None) -> Int:
    """The k nearest points of each query, nearest first.

    Args:
        points: (N, 3) float, mm.
        queries: (M, 3) float, mm, same frame.
        k: How many; where N < k the nearest one is repeated at the end.
        spacing: Typical distance between neighbouring points, mm; a good value makes the native search fast
            (no effect on the result). None: scipy's KD-tree.

    Returns:
        (M, k) int32: indices into `points`.
    """
    if not len(points):
        raise ValueError("no points to search among")
    library = load_native(_SOURCE) if spacing is not None else None
    if library is not None and spacing is not None:
        cell = max(1.8 * spacing, float(np.prod(np.ptp(points, axis=0) + 1e-3) / _CELLS_LIMIT) ** (1 / 3))
        found = _native(library, points, queries, min(k, len(points)), cell)
    else:
        _, indices = KDTree(points).query(queries, k=min(k, len(points)))
        found = np.asarray(indices, dtype=np.int32).reshape(len(queries), -1)
    if found.shape[1] < k:
        found = np.concatenate([found, np.repeat(found[:, :1], k - found.shape[1], axis=1)], axis=1)
    return found


def _native(library: ctypes.CDLL, points: Float, queries: Float, k: int, cell: float) -> Int:
    points = np.ascontiguousarray(points, dtype=np.float32)
    queries = np.ascontiguousarray(queries, dtype=np.float32)
    found = np.empty((len(queries), k), dtype=np.int32)
    count = ctypes.c_int64
    library.nearest_in_grid(
        pointer(points),
        count(len(points)),
        pointer(queries),
        count(len(queries)),
        count(k),
        ctypes.c_float(cell),
        pointer(found),
    )
    return found
