"""What a file of voxels holds, whatever its format, with its axes laid along the patient's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from typodont.errors import FormatError
from typodont.types import Float

MAX_VOXELS = 1_500_000_000
"""More than any dental or head CT has; a file that claims more is a mistake."""


@dataclass(frozen=True)
class VoxelGrid:
    """Values on a regular grid; axis 0 runs to the patient's left, axis 1 to the back, axis 2 to the head.

    Args:
        values: (D, H, W) float32, in the unit of the file: Hounsfield units for CT.
        spacing: Between samples along the three axes, mm.
        warnings: What is unusual about the file, for people.
    """

    values: Float
    spacing: tuple[float, float, float]
    warnings: tuple[str, ...] = ()


def along_patient(values: Float, directions: Float, path: Path) -> tuple[Float, tuple[float, float, float]]:
    """A volume with its axes swapped and flipped so that they run nearest to left, back and head, and its spacing.

    Nothing is interpolated: a volume that was taken at a slant stays at a slant.

    Args:
        values: (D, H, W).
        directions: (3, 3) float: column k is the step, mm, to the patient's left, back and head, from one sample to
            the next along axis k.
        path: For the message.

    Raises:
        FormatError: steps of no length, not finite, or within one plane.
    """
    steps = np.linalg.norm(directions, axis=0)
    if not np.isfinite(directions).all() or steps.min() <= 0 or abs(np.linalg.det(directions / steps)) < 1e-3:
        raise FormatError(
            f"{path}: the file says no usable axes (steps of {steps.round(4).tolist()} mm), expected three directions "
            "in space; export it again"
        )
    toward, axes = linear_sum_assignment(-np.abs(directions / steps))
    order = axes[np.argsort(toward)]
    values = values.transpose(*order)
    backward = tuple(i for i, axis in enumerate(order) if directions[i, axis] < 0)
    left, back, head = steps[order].tolist()
    return np.flip(values, backward), (left, back, head)


def check_voxels(shape: tuple[int, ...], path: Path) -> None:
    """A `FormatError` for what is no volume of voxels, or too large a one, before anything is decoded."""
    if len(shape) != 3 or min(shape) < 2:
        raise FormatError(f"{path}: found {' × '.join(map(str, shape))} values, expected a volume with three axes")
    if np.prod(shape, dtype=float) > MAX_VOXELS:
        raise FormatError(
            f"{path}: found {' × '.join(map(str, shape))} voxels, expected at most {MAX_VOXELS}; export it coarser"
        )
