"""What the network says about points of a scan, gathered over several looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.types import Float


@dataclass(frozen=True)
class PointEvidence:
    """Points of a scan in the rough arch frame, with what the network thinks of each.

    The points of several looks (other sampling, mirrored and mirrored back) stand behind each other; nothing is
    averaged here, because every later step averages over neighbours or whole teeth anyway.

    Args:
        position: (M, 3) float32: mm, arch frame.
        normal: (M, 3) float32: unit, outward.
        probability: (M, 17) float32: scan classes, rows sum to 1.
        offset: (M, 3) float32: from the point to its crown's centre, mm; zeros where the network has no such head.
        milk: (M,) float32: probability of a milk tooth.
        lower: probability that this is a lower jaw; 0.5 where the network cannot tell.
        looks: how many samples of the scan stand in here.
    """

    position: Float
    normal: Float
    probability: Float
    offset: Float
    milk: Float
    lower: float
    looks: int = 1

    @property
    def tooth(self) -> Float:
        """(M,) float: probability of any tooth."""
        return 1.0 - self.probability[:, 0]

    def moved(self, motion: Float) -> PointEvidence:
        """The same evidence after a rigid (4, 4) motion of the frame."""
        turn = motion[:3, :3].T.astype(np.float32)
        position = self.position @ turn + motion[:3, 3].astype(np.float32)
        return PointEvidence(
            position, self.normal @ turn, self.probability, self.offset @ turn, self.milk, self.lower, self.looks
        )


def joined(looks: Sequence[PointEvidence]) -> PointEvidence:
    """One evidence from several looks in the same frame; the jaw is the mean in log odds."""
    odds = np.array([np.log(np.clip(e.lower, 1e-6, 1 - 1e-6) / np.clip(1 - e.lower, 1e-6, 1)) for e in looks])
    names = ("position", "normal", "probability", "offset", "milk")
    stacked = [np.concatenate([getattr(e, name) for e in looks]) for name in names]
    return PointEvidence(*stacked, lower=float(1 / (1 + np.exp(-odds.mean()))), looks=sum(e.looks for e in looks))
