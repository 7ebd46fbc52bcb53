"""A volume on the grid on which a network sees it: stretched as published, or with its millimetres kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.ndimage import zoom
from skimage.transform import resize

from typodont.records.volume import CT, Volume
from typodont.types import Float, Int

LEVELS = 255


@dataclass(frozen=True)
class VolumeGridConfig:
    """How a network sees volumes.

    Args:
        scale: "stretched", as published: the whole volume, whatever its size, on a grid of `shape`, and of a surface
            the lowest slices; "mm": parts of `shape` of the volume at `voxel_mm`, so that sizes are kept.
        shape: Voxels along x, y and z.
        voxel_mm: Of "mm".
        window: Hounsfield units of a CT that become 0 and 1; the published ones end far below dentine and enamel
            (1500 to 3000).

    Source: Farook et al., Scientific Reports 13:1561 (2023): -1000 to 400, 128 x 128 x 50.
    """

    scale: Literal["stretched", "mm"] = "stretched"
    shape: tuple[int, int, int] = (128, 128, 50)
    voxel_mm: float = 0.4
    window: tuple[float, float] = (-1000.0, 400.0)

    @property
    def surface_mm(self) -> float | None:
        """Voxels that surfaces are cut into, see `records.volume.voxelised`."""
        return self.voxel_mm if self.scale == "mm" else None


def on_grid(volume: Volume, config: VolumeGridConfig) -> Int:
    """(D, H, W) uint8: grey values 0..255; exactly `shape` if stretched, else all of the volume at `voxel_mm`."""
    if config.scale == "stretched":
        return _stored(_stretched(volume, config), volume, config)
    shape = [max(round(n * mm / config.voxel_mm), 1) for n, mm in zip(volume.values.shape, volume.spacing, strict=True)]
    values = np.asarray(resize(volume.values, shape, order=1, mode="edge", preserve_range=True))
    return _stored(values, volume, config)


def _stretched(volume: Volume, config: VolumeGridConfig) -> Float:
    """The published preparation: a CT interpolated linearly; a surface slice by slice, and what is too high cut off.

    The published quarter turn only stands the patients of one data set upright; here all axes lie alike already.
    """
    wide, deep, high = config.shape
    values = volume.values
    if volume.kind != CT and values.shape[2] >= high:
        values = values[:, :, :high]
    factors = (wide / values.shape[0], deep / values.shape[1], high / values.shape[2])
    return np.asarray(zoom(values, factors, order=1))


def _stored(values: Float, volume: Volume, config: VolumeGridConfig) -> Int:
    low, high = config.window if volume.kind == CT else (0.0, 1.0)
    return np.rint(LEVELS * ((values - low) / (high - low)).clip(0, 1)).astype(np.uint8)
