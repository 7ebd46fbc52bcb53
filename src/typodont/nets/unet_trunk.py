"""The trunk of the networks for pictures: a residual U-Net that gives its features at every resolution."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.convolutions import Residual, convolution

WIDTHS = (16, 32, 64, 96, 144, 192)
DEPTHS = (0, 1, 2, 2, 2, 2)


class UNetTrunk(nn.Module):
    """Residual stages down, and up again.

    Every stage halves the resolution, the first one included. With six stages a cell of the coarsest one is 64 pixels
    wide, so that a 512 x 1024 picture is 8 x 16 cells there and the whole row of teeth is in view.

    Args:
        widths: Channels of the stages, finest first.
        depths: Residual blocks of each stage on the way down; none in the first one, where a block costs most.
        channels: Of the picture.
    """

    def __init__(self, widths: Sequence[int] = WIDTHS, depths: Sequence[int] = DEPTHS, channels: int = 1) -> None:
        super().__init__()
        self.channels = channels
        self.stem = convolution(channels, widths[0], stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(depth))) for width, depth in zip(widths, depths, strict=True)
        )
        self.downs = nn.ModuleList(convolution(fine, coarse, stride=2) for fine, coarse in pairwise(widths))
        self.laterals = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in pairwise(widths))
        self.ups = nn.ModuleList(Residual(width) for width in widths[:-1])

    @property
    def stride(self) -> int:
        """The picture's sides must be multiples of this."""
        return 2 ** len(self.stages)

    @property
    def trunk_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the trunk's modules of every stage, from the input to the finest features."""
        down = [(f"downs.{i}", f"stages.{i + 1}") for i in range(len(self.downs))]
        up = [(f"laterals.{i}", f"ups.{i}") for i in reversed(range(len(self.ups)))]
        return (("stem", "stages.0"), *down, *up)

    def levels(self, image: Tensor, *, finest: int = 0) -> list[Tensor]:
        """Features of (B, channels, H, W) pictures from stage `finest` on, finest first.

        The one of stage i is (B, widths[i], H / 2**(i + 1), W / 2**(i + 1)).
        """
        x = self.stem(image)
        skips: list[Tensor] = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i < len(self.downs):
                skips.append(x)
                x = self.downs[i](x)
        found = [x]
        for i in reversed(range(finest, len(self.ups))):
            x = self.ups[i](skips[i] + functional.interpolate(self.laterals[i](x), scale_factor=2, mode="nearest"))
            found.append(x)
        return found[::-1]
