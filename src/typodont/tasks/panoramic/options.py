"""What one may ask of the panoramic job when predicting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from typodont.errors import ConfigError


@dataclass(frozen=True)
class PredictOptions:
    """Settings of `predict_panoramic`; the defaults need no knowledge about the picture.

    Args:
        mirrored: Whether the picture shows the patient's right at the right hand. "auto" believes what a DICOM file
            states, else the letters in the picture; without either it is taken as usual.
        upside_down: Whether the picture is turned half round; "auto" looks.
        aspect: True width to height of the whole picture, where it was stored squeezed; None: square pixels, or the
            usual aspect for pictures that are narrower than any panoramic.
        any_picture: Also number what does not look like a panoramic.
        flip: See the picture a second time in the mirror and average; twice the time of the network.
        n_best: Charts per jaw in the result.

    Raises:
        ConfigError: a value that does not exist.
    """

    mirrored: Literal["auto", "yes", "no"] = "auto"
    upside_down: Literal["auto", "yes", "no"] = "auto"
    aspect: float | None = None
    any_picture: bool = False
    flip: bool = True
    n_best: int = 3

    def __post_init__(self) -> None:
        for name in ("mirrored", "upside_down"):
            if getattr(self, name) not in ("auto", "yes", "no"):
                raise ConfigError(f"{name} is {getattr(self, name)!r}, expected one of auto, yes, no")
        if self.aspect is not None and not (math.isfinite(self.aspect) and 0.2 <= self.aspect <= 5):
            raise ConfigError(f"aspect is {self.aspect}, expected width / height of the whole picture, 0.2 to 5")
        if self.n_best < 1:
            raise ConfigError(f"n_best is {self.n_best}, expected at least 1")
