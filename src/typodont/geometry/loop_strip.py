"""The strip of triangles between two closed rows of vertices that run side by side."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.closed_curve import tangents
from typodont.types import Float, Int


def strip_between(vertices: Float, inner: Int, outer: Int) -> Int:
    """Triangles that join a border to a line along it.

    Args:
        vertices: (N, 3) mm.
        inner: (A,) vertex numbers of a border in the order in which its faces run.
        outer: (B,) vertex numbers of the line, the same way around, evenly spaced; it lies outside the border.

    Returns:
        (A + B, 3) int: faces that continue those of the border, counter-clockwise seen from outside.
    """
    at_inner = _rising(_shares(vertices[outer], vertices[inner]))
    turn = at_inner[0]
    at_outer = np.mod(np.arange(len(outer)) / len(outer) - turn, 1.0)
    first = int(np.argmin(at_outer))
    at_outer, outer = np.roll(at_outer, -first), np.roll(outer, -first)
    # the edges of both rows in the order of their ends: each makes a triangle with where the other row has got to
    ends = np.r_[at_inner[1:] - turn, 1.0, at_outer[1:], 1.0 + at_outer[0]]
    of_inner = (np.arange(len(ends)) < len(inner))[np.argsort(ends, kind="stable")]
    i, j = np.cumsum(of_inner) - of_inner, np.cumsum(~of_inner) - ~of_inner
    ahead = np.where(of_inner, inner[(i + 1) % len(inner)], outer[(j + 1) % len(outer)])
    return np.stack([inner[i % len(inner)], outer[j % len(outer)], ahead], axis=1)


def _shares(curve: Float, points: Float) -> Float:
    """(n,) share of the way around an evenly spaced closed curve (K, 3) at which each point (n, 3) is nearest."""
    _, corner = KDTree(curve).query(points)
    spacing = np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1).mean()
    along = np.einsum("ij,ij->i", points - curve[corner], tangents(curve)[corner]) / spacing
    return (corner + np.clip(along, -0.5, 0.5)) / len(curve)


def _rising(shares: Float) -> Float:
    """Shares (n,) of points that run once around, made to rise from each to the next by less than one in all.

    The nearest place on a line jumps a little back and forth where the points lie off it; a strip needs order.
    """
    step = np.mod(np.diff(shares) + 0.5, 1.0) - 0.5
    unrolled = np.r_[shares[0], shares[0] + step.cumsum()]
    forward = np.maximum.accumulate(unrolled)
    backward = np.minimum.accumulate(unrolled[::-1])[::-1]
    middle = 0.5 * (forward + backward)
    return np.clip(middle, middle[0], middle[0] + 1 - 1e-9)
