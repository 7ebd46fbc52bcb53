"""What is ground away from a tooth: a signed distance that combines others, and what it was made from."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from typodont.types import Float


class Cut(Protocol):
    """What is ground away from a tooth, in its stand's frame."""

    @property
    def remarks(self) -> dict[str, Any]:
        """How it was ground, as JSON can say it."""
        ...

    def distance(self, places: Float, depth: Float) -> Float:
        """(n,) mm, about: negative at places (n, 3) that are ground away; `depth` (n,) is the signed distance from
        the sound tooth's surface there.
        """
        ...


def smooth_max(a: Float, b: Float, radius: float | Float) -> Float:
    """The larger of two distances, the edge between them rounded: the common part of two solids."""
    near = np.maximum(radius - np.abs(a - b), 0) / np.maximum(radius, 1e-9)
    return np.maximum(a, b) + 0.25 * radius * near**2


def smooth_min(a: Float, b: Float, radius: float | Float) -> Float:
    """The smaller of two distances, the groove between them rounded: two solids together."""
    return -smooth_max(-a, -b, radius)
