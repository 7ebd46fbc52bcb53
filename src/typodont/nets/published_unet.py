"""The published network of the 33-class panoramic study: a plain U-Net without normalisation layers.

Source: guilhermegobbo/TEETH-INSTANCE-SEGMENTATION (2023): two 3 x 3 convolutions with bias a level, 16 to 256 channels,
nearest up-sampling followed by no convolution of its own, concatenated skips, 1 x 1 head; 1,963,169 parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from typodont.anatomy import N_PANORAMIC_CLASSES
from typodont.nets.image_batch import ImageBatch


@dataclass
class PixelClassTargets:
    """What the pixels of a batch are.

    Args:
        label: (B, H, W) int64: panoramic index 0..32, -1 where it is not to be learnt.
    """

    label: Tensor


@dataclass
class PixelClassOutput:
    """What a network says that knows 33 classes and nothing else.

    Args:
        logits: (B, 33, H, W) by panoramic index: background, then the permanent teeth.
    """

    logits: Tensor


class PublishedUNet(nn.Module):
    """U-Net over 33 classes at full resolution, as published.

    Args:
        widths: Channels of the levels, finest first.
        channels: Of the picture; the published one reads grey pictures as colour pictures.
    """

    reads = "picture"

    def __init__(self, widths: Sequence[int] = (16, 32, 64, 128, 256), channels: int = 3) -> None:
        super().__init__()
        self.downs = nn.ModuleList(_level(a, b) for a, b in pairwise((channels, *widths)))
        self.ups = nn.ModuleList(_level(a + b, b) for b, a in pairwise(widths))
        self.head = nn.Conv2d(widths[0], N_PANORAMIC_CLASSES, 1)
        self.apply(_start_as_keras)

    @property
    def stride(self) -> int:
        """The picture's sides must be multiples of this."""
        return 2 ** len(self.ups)

    def forward(self, batch: ImageBatch) -> PixelClassOutput:
        """Answers for every pixel of the picture."""
        x = batch.image
        skips: list[Tensor] = []
        for i, down in enumerate(self.downs):
            x = down(functional.max_pool2d(x, 2) if i else x)
            skips.append(x)
        for up, skip in zip(reversed(self.ups), reversed(skips[:-1]), strict=True):
            x = up(torch.cat([functional.interpolate(x, scale_factor=2, mode="nearest"), skip], dim=1))
        return PixelClassOutput(self.head(x).float())


def _level(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.ReLU(inplace=True),
    )


def _start_as_keras(layer: nn.Module) -> None:
    """First weights as the published code's library draws them."""
    if isinstance(layer, nn.Conv2d):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
