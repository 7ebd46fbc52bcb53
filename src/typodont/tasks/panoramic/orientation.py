"""How a picture must be turned before its teeth can be numbered, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Orientation:
    """Turns and a mirror that bring a picture into the usual view: upper teeth above, the patient's right at the left.

    Only pictures and maps are moved. The numbers on them are the patient's and stay what they are.

    Args:
        quarter_turns: Counter-clockwise quarter turns, done first.
        mirrored: Then exchange left and right.
    """

    quarter_turns: int = 0
    mirrored: bool = False

    @property
    def usual(self) -> bool:
        """True where nothing needs to be done."""
        return self.quarter_turns % 4 == 0 and not self.mirrored

    def upright(self, picture: np.ndarray) -> np.ndarray:
        """The picture (H, W) in the usual view."""
        turned = np.rot90(picture, self.quarter_turns)
        return np.ascontiguousarray(turned[:, ::-1] if self.mirrored else turned)

    def back(self, upright: np.ndarray) -> np.ndarray:
        """What lies over the upright picture, laid over the picture as it came."""
        turned = upright[:, ::-1] if self.mirrored else upright
        return np.ascontiguousarray(np.rot90(turned, -self.quarter_turns))
