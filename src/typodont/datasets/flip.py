"""The only place where data is mirrored left to right: geometry and tooth numbers change together or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from typodont.anatomy import N_PANORAMIC_CLASSES, SCAN_CLASS_OF_FDI, from_index33, mirrored, to_index33
from typodont.anatomy.landmarks import mirrored_order
from typodont.anatomy.teeth import TEETH
from typodont.datasets.scan_points import PointPool
from typodont.types import Bool, Float, Int

_MIRRORED_FDI = np.zeros(len(SCAN_CLASS_OF_FDI), dtype=np.uint8)
_MIRRORED_FDI[list(TEETH)] = [mirrored(fdi) for fdi in TEETH]
_MIRRORED_INDEX = np.array([to_index33(int(_MIRRORED_FDI[from_index33(i)])) for i in range(N_PANORAMIC_CLASSES)])


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


def flip_panoramic(image: Float, label: Int) -> tuple[Float, Int]:
    """The panoramic of the mirror patient: (..., H, W) picture and (H, W) panoramic indices, sides swapped."""
    return image[..., ::-1], _MIRRORED_INDEX[label[..., ::-1]]


def flip_landmarks(
    image: np.ndarray, points: Float, visible: Bool, *, subject: str, view: str
) -> tuple[np.ndarray, Float, Bool, str]:
    """The photograph of the mirror patient: pixels, landmarks and view, every landmark with its name of the other side.

    Args:
        image: (H, W, ...) pixels.
        points: (L, 2) x and y, pixels.
        visible: (L,), in the order of `anatomy.landmarks`, too.
        subject: Whose order.
        view: A view from the left becomes one from the right.
    """
    points, visible = unflip_landmarks(points, visible, subject=subject, width=image.shape[1])
    return image[:, ::-1], points, visible, {"left": "right", "right": "left"}.get(view, view)


def unflip_landmarks(points: Float, of_each: np.ndarray, *, subject: str, width: int) -> tuple[Float, np.ndarray]:
    """(..., L, 2) places and (..., L) values of landmarks in a mirrored picture, as they are for the picture itself."""
    order = list(mirrored_order(subject))
    across = points[..., order, :] * np.array([-1, 1], dtype=points.dtype)
    return across + np.array([width - 1, 0], dtype=points.dtype), of_each[..., order]


def unflip_log_classes(values: Float) -> Float:
    """(33, H, W) values by panoramic index of a mirrored picture, as they are for the picture itself."""
    return values[_MIRRORED_INDEX][..., ::-1]
