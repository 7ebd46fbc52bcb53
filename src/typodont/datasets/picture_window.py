"""The part of a photograph that a network sees, as an affine map between their pixels.

A map is a (3, 3) matrix from (x, y, 1) in the window to (x, y, 1) in the photograph; x to the right, y down, the centre
of the first pixel at 0, 0.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from typodont.types import Bool, Float

_GREY = (128, 128, 128)
_EDGE = -0.5 + 1e-6
"""Where the area of the first pixel begins, less what rounding may do."""


def whole_window(size: tuple[int, int], shape: tuple[int, int]) -> Float:
    """(3, 3): the map of a window with the whole photograph in its middle, as large as it fits.

    Args:
        size: Width and height of the photograph.
        shape: Rows and columns of the window.
    """
    shrink = max(size[0] / shape[1], size[1] / shape[0])
    middle, middle_window = (np.array([(w - 1) / 2, (h - 1) / 2]) for w, h in (size, shape[::-1]))
    return np.array(
        [
            [shrink, 0, middle[0] - shrink * middle_window[0]],
            [0, shrink, middle[1] - shrink * middle_window[1]],
            [0, 0, 1.0],
        ]
    )


def through_map(window: Float, points: Float) -> Float:
    """(n, 2) points of the window in the photograph; with the inverse of the map, the way back. NaN stays NaN."""
    return points @ window[:2, :2].T + window[:2, 2]


def pixels_through(picture: np.ndarray, window: Float, shape: tuple[int, int]) -> tuple[np.ndarray, Bool]:
    """What a window shows.

    Args:
        picture: (H, W, 3) uint8.
        window: (3, 3) map.
        shape: Rows and columns.

    Returns:
        (rows, columns, 3) uint8, averaged where the photograph gets much smaller, else bilinear, grey beside it; and
        (rows, columns) where it shows the photograph.
    """
    source = Image.fromarray(picture)
    coarser = max(int(np.sqrt(abs(np.linalg.det(window[:2, :2])))), 1)
    if coarser > 1:
        source = source.reduce(coarser)
        half = 0.5 / coarser - 0.5
        window = np.array([[1 / coarser, 0, half], [0, 1 / coarser, half], [0, 0, 1]]) @ window
    shown = source.transform(
        (shape[1], shape[0]), Image.Transform.AFFINE, _by_corners(window), Image.Resampling.BILINEAR, fillcolor=_GREY
    )
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    places = through_map(window, np.stack([columns, rows], axis=-1).reshape(-1, 2)).reshape(*shape, 2)
    within = (places > _EDGE) & (places < np.array(source.size) - 1 - _EDGE)
    inside: Bool = within[..., 0] & within[..., 1]
    return np.asarray(shown), inside


def _by_corners(window: Float) -> tuple[float, ...]:
    """The map as PIL wants it, which counts from the corner of the first pixel and not from its centre."""
    shift = window[:2, 2] + 0.5 - 0.5 * window[:2, :2].sum(axis=1)
    return (*window[0, :2], float(shift[0]), *window[1, :2], float(shift[1]))
