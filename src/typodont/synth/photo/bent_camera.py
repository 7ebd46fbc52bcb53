"""The renderer's camera with a telephone's lens: it bends, and its line of sight may miss the picture's middle."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from typodont.geometry.camera import Camera
from typodont.geometry.pinhole import Pinhole
from typodont.types import Float


@dataclass(frozen=True)
class BentCamera(Camera):
    """A camera whose rays are those of a pinhole with distortion; `centre` lies on its line of sight.

    Args:
        pinhole: the lens; its size, rotation and position are this camera's.
    """

    pinhole: Pinhole = field(kw_only=True)

    @classmethod
    def of(cls, pinhole: Pinhole, distance: float) -> BentCamera:
        """The camera of a pinhole, looking at what is `distance` mm before it."""
        centre = pinhole.position - distance * pinhole.rotation[2]
        scale = distance / pinhole.focal_px
        return cls(pinhole.rotation, centre, scale, pinhole.size, distance, pinhole=pinhole)

    def rays(self, *, supersample: int = 1, depth: float = 1000.0) -> tuple[Float, Float]:
        """As of `Camera`; all rays start in the lens, so `depth` has no part in it."""
        width, height = self.size
        x, y = ((np.arange(side * supersample) + 0.5) / supersample - 0.5 for side in (width, height))
        grid_x, grid_y = np.meshgrid(x, y)
        return self.rays_at(grid_x.ravel(), grid_y.ravel())

    def rays_at(self, x: Float, y: Float) -> tuple[Float, Float]:
        """As of `Camera`."""
        directions = self.pinhole.directions(np.stack([x, y], axis=1)).astype(np.float32)
        return np.broadcast_to(self.eye.astype(np.float32), directions.shape), directions

    def project(self, points: Float) -> tuple[Float, Float]:
        """As of `Camera`."""
        return self.pinhole.project(points), (points - self.centre) @ self.rotation[2]
