"""How much of a closed surface lies along parallel rays: what an X-ray beam sees."""

from __future__ import annotations

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.types import Float

# Pixels by which rays pass beside whole numbers, so that none runs exactly along an edge and counts twice.
_OFF_EDGES = (1.7e-5, 2.3e-5)


def thickness(mesh: Mesh, shape: tuple[int, int]) -> tuple[Float, tuple[int, int]]:
    """Length that rays through the pixel centres of a picture run inside a closed mesh.

    Every face adds its depth where it faces away from the source and takes it away where it faces the source, so
    hollows and concave shapes count rightly and nothing is sorted. The sense of the faces does not matter. Parts that
    are turned inside out count as nothing.

    Args:
        mesh: Closed surface whose vertices are (row, column, depth): pixels, pixels, mm; pixel centres at whole
            numbers.
        shape: (rows, columns) of the picture.

    Returns:
        (h, w) float32, mm, the part of the picture that the mesh can reach (empty where it lies outside), and the
        (row, column) of that part's corner.
    """
    rows, columns, depth = mesh.vertices.T
    top, left = (max(int(np.ceil(values.min())), 0) for values in (rows, columns))
    bottom, right = (min(int(values.max()) + 1, size) for values, size in zip((rows, columns), shape, strict=True))
    size = (max(bottom - top, 0), max(right - left, 0))
    if 0 in size:
        return np.zeros(size, np.float32), (top, left)
    corners = np.stack([rows - top + _OFF_EDGES[0], columns - left + _OFF_EDGES[1], depth - depth.mean()], axis=1)[
        mesh.faces
    ]
    total = np.zeros(size[0] * size[1])
    reach = np.ptp(corners[:, :, :2], axis=1).max(axis=1)
    steps = 2 ** np.ceil(np.log2(np.maximum(reach, 1))).astype(int) + 1
    for step in np.unique(steps):
        total += _signed_depth(corners[steps == step], int(step), size)
    total *= np.sign(total.sum()) or 1.0
    return np.maximum(total, 0).reshape(size).astype(np.float32), (top, left)


def _signed_depth(corners: Float, step: int, size: tuple[int, int]) -> Float:
    """(h * w,) sum of the depths of triangles (T, 3, 3) over the pixel centres inside them, signed by their sense.

    Args:
        corners: row, column, depth of every corner.
        step: pixels that the largest of the triangles can reach in a row or a column.
        size: rows and columns.
    """
    first = np.ceil(corners[:, :, :2].min(axis=1)).astype(int)
    grid = np.stack(np.meshgrid(np.arange(step), np.arange(step), indexing="ij"), axis=-1).reshape(-1, 2)
    pixel = first[:, None] + grid
    a, b, c = (corners[:, i, None, :2] for i in range(3))
    area = _cross(b - a, c - a)
    sense = np.sign(area)
    weight_a, weight_b = _cross(c - b, pixel - b) * sense, _cross(a - c, pixel - c) * sense
    weight_c = np.abs(area) - weight_a - weight_b
    inside = (weight_a >= 0) & (weight_b >= 0) & (weight_c > 0)
    row, column = pixel[..., 0], pixel[..., 1]
    inside &= (row >= 0) & (row < size[0]) & (column >= 0) & (column < size[1])
    depths = corners[:, :, 2]
    value = weight_a * depths[:, None, 0] + weight_b * depths[:, None, 1] + weight_c * depths[:, None, 2]
    value = sense * value / np.maximum(np.abs(area), 1e-12)
    flat = (row * size[1] + column)[inside]
    return np.bincount(flat, weights=value[inside], minlength=size[0] * size[1]).astype(float)


def _cross(p: Float, q: Float) -> Float:
    return p[..., 0] * q[..., 1] - p[..., 1] * q[..., 0]
