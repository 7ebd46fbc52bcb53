"""Agreement of the outlines of masks in a picture."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_erosion
from scipy.spatial import KDTree

from typodont.errors import LabelError
from typodont.types import Bool, Float


def surface_dice(truth: Bool, predicted: Bool, *, tolerance: float, pixel: tuple[float, float] = (1.0, 1.0)) -> float:
    """Share of both outlines that lies within `tolerance` of the other: the normalised surface Dice (NSD).

    An outline is made of the pixels of a mask that touch what is outside it, pixels at the picture's edge included.
    The figure depends on the tolerance, which must be said beside it, and on nothing else of the inside.

    Args:
        truth: (H, W) bool.
        predicted: (H, W) bool.
        tolerance: Largest distance that counts as agreement, in the unit of `pixel`.
        pixel: Height and width of a pixel; they differ where a picture was stored squeezed.

    Returns:
        0..1; 1 where both masks are empty, 0 where one is.

    Raises:
        LabelError: masks of different sizes.

    Source: Nikolov and colleagues (2018), surface Dice at a tolerance, on pixels of equal weight.
    """
    if truth.shape != predicted.shape:
        raise LabelError(f"masks of different sizes cannot be compared: {truth.shape}, {predicted.shape}")
    first, second = outline(truth) * np.array(pixel), outline(predicted) * np.array(pixel)
    if not len(first) or not len(second):
        return float(len(first) == len(second))
    near = _count_near(first, second, tolerance) + _count_near(second, first, tolerance)
    return near / (len(first) + len(second))


def outline(mask: Bool) -> Float:
    """(k, 2) float: row and column of the pixels of a mask that have a neighbour (of four) outside it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return np.zeros((0, 2))
    corner = rows[0], columns[0]
    part = mask[corner[0] : rows[-1] + 1, corner[1] : columns[-1] + 1]
    return np.argwhere(part & ~np.asarray(binary_erosion(part), dtype=bool)).astype(float) + np.array(corner)


def _count_near(points: Float, others: Float, tolerance: float) -> int:
    limit = tolerance * (1 + 1e-9) + 1e-12  # the tree leaves the bound itself out
    distance, _ = KDTree(others).query(points, distance_upper_bound=limit)
    return int(np.count_nonzero(np.isfinite(distance)))
