"""What one photograph tells the fit: where its landmarks are and how sure that is, and what is known of its camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.errors import FormatError
from typodont.types import Bool, Float

UNKNOWN_FOCAL, UNKNOWN_FOCAL_SPREAD = 1.8, 0.5
"""Focal length over the longer side of a picture whose file does not tell, and the spread of its logarithm: from a
telephone's wide lens to a macro lens, with some of the picture cut away."""
EXIF_FOCAL_SPREAD = 0.08
"""Spread of the logarithm of a focal length that the file tells: lenses breathe when they focus near, and the value is
written in whole millimetres."""
_LEAST_SIGMA_PX = 0.3


@dataclass(frozen=True)
class SeenLandmarks:
    """The landmarks of one photograph.

    Args:
        points: (L, 2) pixels, x right, y down; NaN where a landmark was not looked for or cannot be seen.
        sigma: (L,) pixels: standard deviation of each coordinate; inf or NaN means the same as a NaN point.
        size: width, height of the picture, pixels.
        view: upper, lower, front, left, right or palate.
        focal_px: what the file tells; None where it does not.

    Raises:
        FormatError: arrays of different lengths, a size without pixels, or a focal length that is not positive.
    """

    points: Float
    sigma: Float
    size: tuple[int, int]
    view: str
    focal_px: float | None = None

    def __post_init__(self) -> None:
        if self.points.shape != (len(self.sigma), 2) or self.sigma.ndim != 1:
            raise FormatError(
                f"found landmarks of shape {self.points.shape} with sigmas of shape {self.sigma.shape}, "
                "expected (L, 2) and (L,)"
            )
        if min(self.size) < 1 or (self.focal_px is not None and not self.focal_px > 0):
            raise FormatError(f"found a picture of {self.size} pixels and a focal length of {self.focal_px}")

    @property
    def informative(self) -> Bool:
        """(L,) which landmarks tell anything: placed, and surer than within half of the picture."""
        with np.errstate(invalid="ignore"):
            return np.isfinite(self.points).all(axis=1) & (self.sigma < 0.5 * max(self.size))

    @property
    def spread(self) -> Float:
        """(L,) the sigmas, none below what a picture can tell."""
        return np.maximum(self.sigma, _LEAST_SIGMA_PX)

    @property
    def focal_guess(self) -> tuple[float, float]:
        """Focal length in pixels, and the spread of its logarithm."""
        if self.focal_px is None:
            return UNKNOWN_FOCAL * max(self.size), UNKNOWN_FOCAL_SPREAD
        return self.focal_px, EXIF_FOCAL_SPREAD
