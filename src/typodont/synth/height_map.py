"""A surface given as its height over a regular (x, y) grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from typodont.types import Float


@dataclass
class HeightMap:
    """z of the gum over a regular (x, y) grid, arch frame.

    Args:
        origin: (2,) mm of the first cell. step: mm. values: (nx, ny) z in mm.
        reached: (nx, ny) mm from the nearest neck line, in the plane; negative under a tooth.
        outside: (nx, ny) signed mm across the arch: positive on the cheek side.
    """

    origin: Float
    step: float
    values: Float
    reached: Float
    outside: Float

    @property
    def x(self) -> Float:
        """(nx, 1) mm."""
        return self.origin[0] + self.step * np.arange(self.values.shape[0])[:, None]

    @property
    def y(self) -> Float:
        """(1, ny) mm."""
        return self.origin[1] + self.step * np.arange(self.values.shape[1])[None, :]

    @property
    def plane(self) -> Float:
        """(nx, ny, 2) x and y of every cell, mm."""
        return np.stack(np.broadcast_arrays(self.x, self.y), axis=-1)

    def at(self, points: Float, name: str = "values") -> Float:
        """(n,) map values under (n, 2+) points, bilinear; edge values beyond the grid."""
        return self.sample(getattr(self, name), points)

    def sample(self, values: Float, points: Float) -> Float:
        """(n,) any (nx, ny) values of this grid under (n, 2+) points, bilinear."""
        cells = ((points[:, :2] - self.origin) / self.step).T
        return map_coordinates(values, cells, order=1, mode="nearest")

    def height_above(self, points: Float) -> Float:
        """(n,) mm by which (n, 3) points lie outside the surface, about: height over it times the slope's cosine."""
        along_x, along_y = (np.asarray(part) for part in np.gradient(self.values, self.step))
        slope = np.hypot(self.sample(along_x, points), self.sample(along_y, points))
        return (points[:, 2] - self.at(points)) / np.sqrt(1 + np.minimum(slope, 6) ** 2)

    def noise(self, rng: np.random.Generator, size: float) -> Float:
        """(nx, ny) smooth random values of standard deviation 1; bumps are about `size` mm across."""
        rough = gaussian_filter(rng.standard_normal(self.values.shape), size / self.step)
        return rough / rough.std()
