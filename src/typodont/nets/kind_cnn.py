"""A small 3D CNN that tells kinds of volumes apart whose voxels have a size in mm."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from typodont.nets.volume_batch import KindOutput, VolumeBatch


class KindCNN(nn.Module):
    """Every stage halves the volume; the mean and the maximum of the last one decide. Reads volumes of any size.

    Unlike `ct_cnn` it pads, so that 14 mm in voxels of 0.25 mm suffice, and normalises by volume instead of by batch,
    so that it answers in training as in prediction. 0.23 million numbers.

    Args:
        kinds: How many there are.
        widths: Channels of the stages, finest first; multiples of 4.
        dropout: Before the last layer.
    """

    reads = "volume"

    def __init__(self, kinds: int = 3, widths: Sequence[int] = (8, 16, 32, 64), dropout: float = 0.2) -> None:
        super().__init__()
        self.stages = nn.ModuleList(_stage(before, after) for before, after in pairwise((1, *widths)))
        self.head = nn.Sequential(
            nn.Linear(2 * widths[-1], widths[-1]),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(widths[-1], kinds),
        )

    def forward(self, batch: VolumeBatch) -> KindOutput:
        volume = batch.volume
        for stage in self.stages:
            volume = stage(volume)
        cells = volume.flatten(2)
        return KindOutput(self.head(torch.cat([cells.mean(dim=2), cells.amax(dim=2)], dim=1)).float())


def _stage(before: int, after: int) -> nn.Sequential:
    """Halve, then look around once more."""
    return nn.Sequential(
        nn.Conv3d(before, after, 3, stride=2, padding=1),
        nn.GroupNorm(4, after),
        nn.ReLU(inplace=True),
        nn.Conv3d(after, after, 3, padding=1),
        nn.GroupNorm(4, after),
        nn.ReLU(inplace=True),
    )
