"""What a visible point is made of: colour, shine and unevenness; painted in layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.types import Float


def linear(*srgb: float) -> Float:
    """(3,) float32 linear light of an 8-bit sRGB colour."""
    value = np.array(srgb, dtype=np.float32) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


@dataclass
class Surface:
    """Points that are seen.

    Args:
        color: (n, 3) float32 share of the light that comes back, linear.
        shine: (n,) float32 strength of highlights: wet enamel 1, chalk 0.
        rough: (n,) float32 spread of highlights: 0.1 polished, 0.6 dull.
        tilt: (n, 3) float32 what is added to the unit normal before it is made unit again.
    """

    color: Float
    shine: Float
    rough: Float
    tilt: Float

    @classmethod
    def plain(cls, n: int, color: Float, *, shine: float, rough: float) -> Surface:
        """`n` points of one colour."""
        return cls(
            np.tile(color.astype(np.float32), (n, 1)),
            np.full(n, shine, np.float32),
            np.full(n, rough, np.float32),
            np.zeros((n, 3), np.float32),
        )

    def cover(self, cover: Float, color: Float, *, shine: float | None = None, rough: float | None = None) -> None:
        """Lay a colour (3,) or (n, 3) over the points where `cover` (n,) is 1, mixed where it is less."""
        share = cover.astype(np.float32)
        self.color += share[:, None] * (color - self.color)
        if shine is not None:
            self.shine += share * (shine - self.shine)
        if rough is not None:
            self.rough += share * (rough - self.rough)

    def take(self, which: np.ndarray) -> Surface:
        """Some of the points, as a copy."""
        return Surface(self.color[which], self.shine[which], self.rough[which], self.tilt[which])

    def put(self, which: np.ndarray, part: Surface) -> None:
        """Write some points back."""
        self.color[which], self.shine[which] = part.color, part.shine
        self.rough[which], self.tilt[which] = part.rough, part.tilt
