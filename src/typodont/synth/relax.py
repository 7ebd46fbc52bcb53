"""Quick smoothing of plain vertex arrays, as a scanner's software does it."""

from __future__ import annotations

import numpy as np

from typodont.types import Float, Int


def relax(vertices: Float, faces: Int, *, share: float, rounds: int) -> Float:
    """(V, 3) vertices moved by `share` of the way to the mean of their neighbours, `rounds` times.

    Equal weights, no care for volume, and a neighbour counts once for every face edge that runs to it; see
    `geometry.smoothing` for methods that keep more of the shape.
    """
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    degree = np.bincount(start, minlength=len(vertices))[:, None]
    for _ in range(rounds):
        total = np.stack([np.bincount(start, vertices[end, i], len(vertices)) for i in range(3)], axis=1)
        moved = (1 - share) * vertices + share * total / np.maximum(degree, 1)
        vertices = np.where(degree > 0, moved, vertices)
    return vertices
