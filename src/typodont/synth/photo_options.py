"""What kind of landmarked photographs a series holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typodont.errors import ConfigError

LEAST_PX = 64


@dataclass(frozen=True)
class LandmarkedOptions:
    """What kind of landmarked photographs.

    Args:
        look: with what they are taken: a telephone, the camera of a clinic, or either, telephones twice as often.
        longest: pixels of the longer side.
        views: photographs of each patient: fewer than 5 are of different views at random, 5 are upper, lower, front,
            left and right in this order; of palates all are from below.
        meshes: write the surface of each as well.

    Raises:
        ConfigError: a value is out of range.
    """

    look: Literal["phone", "clinic", "any"] = "any"
    longest: int = 384
    views: int = 1
    meshes: bool = True

    def __post_init__(self) -> None:
        if self.longest < LEAST_PX:
            raise ConfigError(f"longest: found {self.longest} pixels, expected {LEAST_PX} or more")
        if not 1 <= self.views <= 5:
            raise ConfigError(f"views: found {self.views} of each patient, expected 1 to 5")
