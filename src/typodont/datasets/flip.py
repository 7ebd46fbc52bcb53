"""The only place where data is mirrored left to right: geometry and tooth numbers change together or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from typodont.anatomy import SCAN_CLASS_OF_FDI, mirrored
from typodont.anatomy.teeth import TEETH
from typodont.datasets.scan_points import PointPool
from typodont.types import Float, Int

_MIRRORED_FDI = np.zeros(len(SCAN_CLASS_OF_FDI), dtype=np.uint8)
_MIRRORED_FDI[list(TEETH)] = [mirrored(fdi) for fdi in TEETH]


def flip_pool(pool: PointPool) -> PointPool:
    """The scan of the mirror patient: x negated, every tooth with the number of the other side."""
    sign = np.array([-1, 1, 1], dtype=np.float32)
    return replace(
        pool,
        position=pool.position * sign,
        normal=pool.normal * sign,
        tooth_centre=pool.tooth_centre * sign,
        whole=pool.whole * np.tile(sign, 2),
        corners=None if pool.corners is None else _mirrored_corners(pool.corners),
        fdi=mirrored_fdi(pool.fdi),
    )


def _mirrored_corners(corners: Float) -> Float:
    """Corners of mirrored faces, in reversed order so that the outside stays outside."""
    sign = np.array([-1, 1, 1], dtype=np.float32)
    return (corners.reshape(-1, 3, 3)[:, ::-1] * sign).reshape(-1, 9)


def mirrored_fdi(fdi: Int) -> Int:
    """Tooth numbers of the other side (11 <-> 21, 75 <-> 85); 0 stays 0."""
    return _MIRRORED_FDI[fdi]
