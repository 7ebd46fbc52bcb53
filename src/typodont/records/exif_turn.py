"""Marks that were drawn on the pixels as they are stored, in a picture that its EXIF data turns upright."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from typodont.formats import decode_mask, encode_mask
from typodont.formats.image import QUARTER_TURNED
from typodont.types import Bool, Float

Box = tuple[float, float, float, float]

_POINTS: dict[int, Callable[[Float, Float, int, int], tuple[Float, Float]]] = {
    1: lambda x, y, h, w: (x, y),
    2: lambda x, y, h, w: (w - x, y),
    3: lambda x, y, h, w: (w - x, h - y),
    4: lambda x, y, h, w: (x, h - y),
    5: lambda x, y, h, w: (y, x),
    6: lambda x, y, h, w: (h - y, x),
    7: lambda x, y, h, w: (h - y, w - x),
    8: lambda x, y, h, w: (y, w - x),
}
"""EXIF orientation -> where a point of the stored picture of h x w pixels lies in the upright one."""


def upright_shape(shape: tuple[int, int], orientation: int) -> tuple[int, int]:
    """(H, W) of the upright picture, of (H, W) of the stored one."""
    return (shape[1], shape[0]) if orientation in QUARTER_TURNED else shape


def turned_box(box: Box, shape: tuple[int, int], orientation: int) -> Box:
    """(left, top, right, bottom) in the upright picture, of those in the stored one of (H, W) pixels."""
    corners = turned_points(np.array(box, dtype=float).reshape(2, 2), shape, orientation)
    (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return (left, top, right, bottom)


def turned_segmentation(segmentation: Any, shape: tuple[int, int], orientation: int) -> Any:
    """Polygons or run lengths of the upright picture, of those of the stored one of (H, W) pixels; None stays.

    Raises:
        FormatError: damaged run lengths.
    """
    if isinstance(segmentation, dict):
        return encode_mask(turned_mask(decode_mask(segmentation, shape), orientation))
    if segmentation is None:
        return None
    pairs = (np.asarray(polygon, dtype=float).reshape(-1, 2) for polygon in segmentation)
    return [turned_points(points, shape, orientation).ravel().tolist() for points in pairs]


def turned_points(points: Float, shape: tuple[int, int], orientation: int) -> Float:
    """(n, 2) x, y in the upright picture, of those in the stored one of (H, W) pixels."""
    x, y = _POINTS[orientation](points[:, 0], points[:, 1], *shape)
    return np.stack([x, y], axis=1)


def turned_mask(mask: Bool, orientation: int) -> Bool:
    """(H, W) or (W, H): a mask of the upright picture, of a (H, W) one of the stored picture."""
    if orientation in QUARTER_TURNED:
        mask = mask.T
    down, across = {2: (1, -1), 3: (-1, -1), 4: (-1, 1), 6: (1, -1), 7: (-1, -1), 8: (-1, 1)}.get(orientation, (1, 1))
    return np.ascontiguousarray(mask[::down, ::across])
