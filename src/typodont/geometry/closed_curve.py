"""Closed curves in space: even points along them, what lies how far from them, and which way round they run."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import KDTree

from typodont.types import Float

_FINE_MM = 0.05


def curve_length(curve: Float) -> float:
    """Length of a closed curve (M, 3) whose last point joins the first, mm."""
    return float(np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1).sum())


def even_points(curve: Float, *, spacing: float | None = None, n: int | None = None) -> Float:
    """(n, 3) points at even distances along a closed curve (M, 3), from its first point on; straight between points.

    Args:
        curve: The last point joins the first.
        spacing: Wanted distance, mm; the nearest one that divides the length is taken.
        n: Or the number of points.
    """
    closed = np.concatenate([curve, curve[:1]])
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    count = max(round(float(along[-1]) / (spacing or _FINE_MM)), 4) if n is None else n
    places = np.arange(count) / count * along[-1]
    return np.stack([np.interp(places, along, closed[:, axis]) for axis in range(3)], axis=1)


def smooth_curve(curve: Float, sigma: float) -> Float:
    """The curve blurred along itself by a Gaussian of `sigma` mm; meant for evenly spaced points."""
    spacing = curve_length(curve) / len(curve)
    return gaussian_filter1d(curve, sigma / max(spacing, 1e-9), axis=0, mode="wrap")


def spline_curve(points: Float) -> Float:
    """(n, 3) a smooth closed curve through a few points (M, 3), its own points about 0.05 mm apart.

    A cubic spline over the square roots of the distances, which keeps it from swinging out between uneven points.
    """
    closed = np.concatenate([points, points[:1]])
    knots = np.concatenate([[0.0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(closed, axis=0), axis=1)))])
    spline = CubicSpline(knots, closed, bc_type="periodic")
    n = max(round(curve_length(points) / _FINE_MM), 4 * len(points))
    return spline(np.arange(n) / n * knots[-1])


def tangents(curve: Float) -> Float:
    """(M, 3) unit directions in which a closed curve (M, 3) runs at its points."""
    way = np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)
    return way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)


def nearest_on_curve(curve: Float, points: Float) -> tuple[Float, Float, Float]:
    """Where each point is nearest to a closed curve.

    Args:
        curve: (M, 3) the last point joins the first, mm.
        points: (n, 3) mm.

    Returns:
        distance (n,) mm, the nearest point of the curve (n, 3), the unit direction of the curve there (n, 3).
    """
    # a vertex is kept where the curve bends, and no piece is longer than the fine spacing
    fine = _with_short_pieces(curve)
    _, vertex = KDTree(fine).query(points)
    following = np.roll(fine, -1, axis=0)
    best = np.full(len(points), np.inf)
    foot, way = np.zeros((len(points), 3)), np.zeros((len(points), 3))
    for start in (vertex, vertex - 1):
        a, piece = fine[start], following[start] - fine[start]
        share = np.einsum("ij,ij->i", points - a, piece) / np.maximum(np.einsum("ij,ij->i", piece, piece), 1e-24)
        place = a + np.clip(share, 0, 1)[:, None] * piece
        distance = np.linalg.norm(points - place, axis=1)
        better = distance < best
        best[better], foot[better], way[better] = distance[better], place[better], piece[better]
    return best, foot, way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-12)


def without_loops(curve: Float, *, gap: float) -> Float:
    """The curve without arcs that leave it and come back to within `gap` mm of where they left: spurs and bows.

    Args:
        curve: (M, 3) closed, its points closer than `gap`; mm.
        gap: Arcs longer than four times this are cut, if they are shorter than a third of the curve.
    """
    while True:
        steps = np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        pairs = KDTree(curve).query_pairs(gap, output_type="ndarray")
        first, last = pairs.min(axis=1), pairs.max(axis=1)
        between = along[last] - along[first]
        inner = np.minimum(between, along[-1] - between)
        loops = np.flatnonzero((inner > 4 * gap) & (inner < along[-1] / 3))
        if not len(loops):
            return curve
        longest = loops[inner[loops].argmax()]
        i, j = int(first[longest]), int(last[longest])
        number = np.arange(len(curve))
        cut = (number > i) & (number < j)
        curve = curve[~cut if between[longest] == inner[longest] else cut]


def enclosed_vector(curve: Float) -> Float:
    """(3,) the area that a closed curve (M, 3) encloses as a vector, mm²; seen from its tip the curve runs
    counter-clockwise."""
    centred = curve - curve.mean(axis=0)
    return 0.5 * np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)


def counter_clockwise(curve: Float, axis: Float) -> Float:
    """The curve in the order that runs counter-clockwise seen against `axis` (3,), from its tip."""
    return curve if enclosed_vector(curve) @ axis >= 0 else curve[::-1]


def _with_short_pieces(curve: Float) -> Float:
    following = np.roll(curve, -1, axis=0)
    counts = np.maximum(np.ceil(np.linalg.norm(following - curve, axis=1) / _FINE_MM), 1).astype(int)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    share = (np.arange(counts.sum()) - np.repeat(first, counts)) / np.repeat(counts, counts)
    return np.repeat(curve, counts, axis=0) + share[:, None] * np.repeat(following - curve, counts, axis=0)
