"""Polygons of any number of corners cut into triangles."""

from __future__ import annotations

import numpy as np

from typodont.types import Int


def fan_triangles(corners: Int, sizes: Int) -> tuple[Int, Int]:
    """Triangles (first, i, i + 1) of every polygon, in file order; exact for convex polygons.

    Args:
        corners: (sum of sizes,) int: vertex indices of all polygons, one after the other.
        sizes: (P,) int: corners of each polygon, every one at least 3.

    Returns:
        (F, 3) int64 faces, and (F,) int64 with the polygon that each face comes from.
    """
    corners = np.asarray(corners, dtype=np.int64)
    sizes = np.asarray(sizes, dtype=np.int64)
    if len(sizes) and sizes.min() == sizes.max() == 3:
        return corners.reshape(-1, 3), np.arange(len(sizes))
    first = np.cumsum(sizes) - sizes
    triangles = sizes - 2
    polygon = np.repeat(np.arange(len(sizes)), triangles)
    step = np.arange(len(polygon)) - np.repeat(np.cumsum(triangles) - triangles, triangles) + 1
    start = first[polygon]
    return np.stack([corners[start], corners[start + step], corners[start + step + 1]], axis=1), polygon
