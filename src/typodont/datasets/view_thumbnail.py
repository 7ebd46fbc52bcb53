"""What the network that recognises pictures gets to see: a small square with the whole picture in it."""

from __future__ import annotations

import numpy as np

from typodont.datasets.panoramic_canvas import resized, without_flat_borders
from typodont.types import Float

SIDE = 128
"""Rows and columns of the square."""
_FEW = 300
"""Pixels along a side that settle the darkest and brightest value."""


def thumbnail(image: Float, colourful: float) -> Float:
    """A picture as the network sees it: cut free of flat borders, scaled to fit, centred, grey values stretched.

    The picture may lie in any way: a turned picture gives the turned thumbnail.

    Args:
        image: (H, W) grey values.
        colourful: Mean chroma of the picture, 0..1.

    Returns:
        (3, SIDE, SIDE) float32, all 0 outside the picture: grey values -1..1, the darkest and brightest percent cut;
        1 inside the picture; how colourful it is.
    """
    top, left, bottom, right = without_flat_borders(image)
    part = image[top:bottom, left:right].astype(np.float32)
    scale = SIDE / max(part.shape)
    rows, columns = (max(1, round(side * scale)) for side in part.shape)
    step = max(1, max(part.shape) // _FEW)
    low, high = np.percentile(part[::step, ::step], [1, 99])
    small = ((resized(part, (rows, columns)) - low) / max(float(high - low), 1e-6)).clip(0, 1)
    layers = np.zeros((3, SIDE, SIDE), dtype=np.float32)
    row, column = (SIDE - rows) // 2, (SIDE - columns) // 2
    inside = layers[:, row : row + rows, column : column + columns]
    inside[0] = 2 * small - 1
    inside[1] = 1
    inside[2] = colourful
    return layers
