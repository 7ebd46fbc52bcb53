"""Says what kind of dental picture this is, and which way up a panoramic lies, from a thumbnail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from typodont.nets.convolutions import Residual, convolution
from typodont.nets.image_batch import ImageBatch

KINDS = ("panoramic", "radiograph", "photo", "other")
"""Panoramic radiograph; any other radiograph (bitewing, periapical, skull); photo of mouth or face; none of these."""
CHANNELS = 3
"""Grey values, where there is a picture, how colourful it is; see `datasets.view_thumbnail`."""


@dataclass
class ViewTargets:
    """What the pictures of a batch are.

    Args:
        kind: (B,) int64: place in `KINDS`.
        turns: (B,) int64: counter-clockwise quarter turns that make it upright; -1 where nobody knows.
    """

    kind: Tensor
    turns: Tensor


@dataclass
class ViewOutput:
    """What the network says.

    Args:
        kind: (B, 4) float32: logits of `KINDS`.
        turns: (B, 4) float32: logits of 0 to 3 counter-clockwise quarter turns that make a panoramic upright.
    """

    kind: Tensor
    turns: Tensor


class ViewNet(nn.Module):
    """A few convolutions and the mean and maximum of what they found; square thumbnails of any size.

    Args:
        widths: Channels of the stages, finest first; each stage halves the resolution, and all but the first have
            one residual block.
    """

    reads = "picture"

    def __init__(self, widths: Sequence[int] = (16, 32, 48, 80)) -> None:
        super().__init__()
        stages: list[nn.Module] = [convolution(CHANNELS, widths[0], stride=2)]
        for fine, coarse in pairwise(widths):
            stages += [convolution(fine, coarse, stride=2), Residual(coarse)]
        self.stages = nn.Sequential(*stages)
        self.heads = nn.Sequential(nn.Dropout(0.1), nn.Linear(2 * widths[-1], len(KINDS) + 4))

    def forward(self, batch: ImageBatch) -> ViewOutput:
        found = self.stages(batch.image)
        pooled = torch.cat([found.mean(dim=(2, 3)), found.amax(dim=(2, 3))], dim=1)
        kind, turns = self.heads(pooled).float().split((len(KINDS), 4), dim=1)
        return ViewOutput(kind=kind, turns=turns)
