"""What every finding on a tooth has in common: where it is, what it does to the shape, and how it looks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from typodont.synth.photo.noise import rough_noise
from typodont.synth.photo.surface import Surface
from typodont.synth.photo.tooth_solid import ToothPoints
from typodont.types import Float


@dataclass(frozen=True)
class Mark(ABC):
    """A finding on one tooth.

    Args:
        seed: Which pattern of the noise makes its edge and its spots uneven.
    """

    category: ClassVar[str]
    needs_relief: ClassVar[bool] = False

    seed: float

    @abstractmethod
    def strength(self, points: ToothPoints) -> Float:
        """(n,) above 0 where the finding is, toward 1 at its core, negative elsewhere."""

    @abstractmethod
    def paint(self, surface: Surface, points: ToothPoints, strength: Float) -> None:
        """Give the points (n, all with `strength` > 0) the finding's look."""

    def relief(self, points: ToothPoints, strength: Float) -> Float:
        """(n,) mm by which the surface stands out (or is carved, negative)."""
        return np.zeros(len(strength))


@dataclass(frozen=True)
class Spot:
    """A round or long place on a tooth with an uneven edge.

    Args:
        centre: (3,) the tooth's frame, mm. size: (3,) half widths along mesial, buccal, occlusal, mm.
        uneven: how ragged its edge is.
    """

    centre: Float
    size: Float
    uneven: float = 0.35

    def strength(self, points: ToothPoints, seed: float) -> Float:
        """(n,) 1 in the middle, 0 at the edge, negative outside."""
        distance = np.linalg.norm((points.local - self.centre) / self.size, axis=1)
        out = 1 - distance
        near = np.flatnonzero(distance < 1 + 3 * self.uneven)
        bump = 1.2 * float(np.mean(self.size))
        out[near] += self.uneven * rough_noise(points.local[near], bump, seed) * np.minimum(distance[near], 1)
        return out
