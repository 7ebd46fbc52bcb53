"""A U-Net for panoramics that fits a CPU: half the picture's resolution, few channels where pixels are many."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from typodont.nets.image_batch import ImageBatch, ToothMaskOutput
from typodont.nets.unet_trunk import DEPTHS, WIDTHS, UNetTrunk

OFFSET_UNIT = 16.0
"""Grid pixels a unit of the offset head, so that its numbers are of the size of the others'."""
_HEADS = (1, 1, 1, 8, 2)


class ToothUNet(UNetTrunk):
    """Residual U-Net with one answer for tooth, jaw, side, number and tooth centre each (not 33 classes at once).

    The answers are given on the finest stage, at half the picture's resolution. Numbers are learnt in half the steps
    that 33 classes take, because a pixel of any molar teaches what a lower tooth is.

    Args:
        widths, depths, channels: See `UNetTrunk`.
    """

    reads = "picture"

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        depths: Sequence[int] = DEPTHS,
        channels: int = 1,
    ) -> None:
        super().__init__(widths, depths, channels)
        self.heads = nn.Conv2d(widths[0], sum(_HEADS), 1)

    @property
    def feature_channels(self) -> int:
        """Numbers a pixel of `features`."""
        return self.heads.in_channels

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the modules of every stage, from the input to the output."""
        return (*self.trunk_order, ("heads",))

    def forward(self, batch: ImageBatch) -> ToothMaskOutput:
        """Answers on a grid of half the picture's height and width."""
        answers = self.heads(self.features(batch.image)).float()
        tooth, lower, right, place, offset = answers.split(_HEADS, dim=1)
        return ToothMaskOutput(tooth[:, 0], lower[:, 0], right[:, 0], place, OFFSET_UNIT * offset)

    def features(self, image: Tensor) -> Tensor:
        """(B, widths[0], H / 2, W / 2) of (B, channels, H, W) pictures."""
        return self.levels(image)[0]
