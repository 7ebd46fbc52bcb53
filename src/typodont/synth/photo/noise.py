"""Smooth random values in space, to make surfaces uneven and spotted; cheap at a million points."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from typodont.types import Float

_CELLS = 48
_CELL = 0.5  # of the size of a bump


@cache
def _volume() -> Float:
    """(48, 48, 48) periodic, standard deviation 1, bumps of about two cells."""
    rough = gaussian_filter(np.random.default_rng(0).standard_normal((_CELLS,) * 3), 0.9, mode="wrap")
    return (rough / rough.std()).astype(np.float32)


def noise(points: Float, size: float, place: float) -> Float:
    """(n,) float32 values of standard deviation 1 at (n, 3) points; bumps are about `size` mm across.

    Args:
        points: mm. size: mm.
        place: where in the endless noise the points lie; another number, another pattern.
    """
    shift = np.array([1.0, 1.7, 2.3]) * place * 7.31
    cells = (np.asarray(points) / (_CELL * size) + shift).T
    return map_coordinates(_volume(), cells, order=1, mode="grid-wrap", output=np.float32)


def rough_noise(points: Float, size: float, place: float) -> Float:
    """`noise` of three sizes on top of each other: `size`, and a half and a quarter of it, weaker."""
    values = noise(points, size, place)
    values = values + 0.5 * noise(points, 0.5 * size, place + 0.37)
    return (values + 0.25 * noise(points, 0.25 * size, place + 0.71)) / np.float32(1.15)


def noise_vectors(points: Float, size: float, place: float) -> Float:
    """(n, 3) three values at each point, to tilt normals with."""
    return np.stack([noise(points, size, place + turn) for turn in (0.0, 0.29, 0.53)], axis=1)


def smoothstep(low: float, high: float, values: Float) -> Float:
    """0 below `low`, 1 above `high`, a soft step between; falls where `high` is less than `low`."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)
