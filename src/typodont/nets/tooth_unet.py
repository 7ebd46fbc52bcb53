"""A U-Net for panoramics that fits a CPU: half the picture's resolution, few channels where pixels are many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.convolutions import Residual, convolution
from typodont.nets.image_batch import ImageBatch, ToothMaskOutput

OFFSET_UNIT = 16.0
"""Grid pixels a unit of the offset head, so that its numbers are of the size of the others'."""
_HEADS = (1, 1, 1, 8, 2)


class ToothUNet(nn.Module):
    """Residual U-Net with one answer for tooth, jaw, side, number and tooth centre each (not 33 classes at once).

    Every stage halves the resolution, the first one included, and the finest stage is where the answers are given.
    With six stages a cell of the coarsest one is 64 pixels wide, so that a 512 x 1024 panoramic is 8 x 16 cells there
    and the whole row of teeth is in view. Numbers are learnt in half the steps that 33 classes take, because a pixel
    of any molar teaches what a lower tooth is.

    Args:
        widths: Channels of the stages, finest first.
        depths: Residual blocks of each stage on the way down; none in the first one, where a block costs most.
        channels: Of the picture.
    """

    reads = "picture"

    def __init__(
        self,
        widths: Sequence[int] = (16, 32, 64, 96, 144, 192),
        depths: Sequence[int] = (0, 1, 2, 2, 2, 2),
        channels: int = 1,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.stem = convolution(channels, widths[0], stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(depth))) for width, depth in zip(widths, depths, strict=True)
        )
        self.downs = nn.ModuleList(convolution(fine, coarse, stride=2) for fine, coarse in pairwise(widths))
        self.laterals = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairwise(widths))
        self.ups = nn.ModuleList(Residual(width) for width in widths[:-1])
        self.heads = nn.Conv2d(widths[0], sum(_HEADS), 1)

    @property
    def stride(self) -> int:
        """The picture's sides must be multiples of this."""
        return 2 ** len(self.stages)

    @property
    def feature_channels(self) -> int:
        """Numbers a pixel of `features`."""
        return self.heads.in_channels

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the modules of every stage, from the input to the output."""
        down = [(f"downs.{i}", f"stages.{i + 1}") for i in range(len(self.downs))]
        up = [(f"laterals.{i}", f"ups.{i}") for i in reversed(range(len(self.ups)))]
        return (("stem", "stages.0"), *down, *up, ("heads",))

    def forward(self, batch: ImageBatch) -> ToothMaskOutput:
        """Answers on a grid of half the picture's height and width."""
        answers = self.heads(self.features(batch.image)).float()
        tooth, lower, right, place, offset = answers.split(_HEADS, dim=1)
        return ToothMaskOutput(tooth[:, 0], lower[:, 0], right[:, 0], place, OFFSET_UNIT * offset)

    def features(self, image: Tensor) -> Tensor:
        """(B, widths[0], H / 2, W / 2) of (B, channels, H, W) pictures."""
        x = self.stem(image)
        skips: list[Tensor] = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i < len(self.downs):
                skips.append(x)
                x = self.downs[i](x)
        for lateral, up, skip in zip(reversed(self.laterals), reversed(self.ups), reversed(skips), strict=True):
            x = up(skip + functional.interpolate(lateral(x), scale_factor=2, mode="nearest"))
        return x
