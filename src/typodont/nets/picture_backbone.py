"""The trunk of detectors and landmark networks for pictures: residual stages and a feature pyramid."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.convolutions import Residual, convolution


class PictureBackbone(nn.Module):
    """Residual stages of strides 4, 8, 16, 32 ..., joined from coarse to fine into levels of equal width.

    It answers no question itself; a network that does takes its levels. As detectors expect of a backbone, `forward`
    gives all levels by name, finest first, and `out_channels` says how wide they are.

    Args:
        widths: Channels of the stages, finest first.
        depths: Residual blocks of each stage.
        out_channels: Of every level of the pyramid.
        channels: Of the picture.

    Source: Lin et al., Feature Pyramid Networks for Object Detection, CVPR 2017.
    """

    reads = "picture"

    def __init__(
        self,
        widths: Sequence[int] = (48, 96, 192, 320),
        depths: Sequence[int] = (1, 2, 2, 1),
        *,
        out_channels: int = 96,
        channels: int = 3,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.out_channels = out_channels
        self.stem = nn.Sequential(
            convolution(channels, widths[0] // 2, stride=2), convolution(widths[0] // 2, widths[0], stride=2)
        )
        self.stages = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(depth))) for width, depth in zip(widths, depths, strict=True)
        )
        self.downs = nn.ModuleList(convolution(fine, coarse, stride=2) for fine, coarse in pairwise(widths))
        self.laterals = nn.ModuleList(nn.Conv2d(width, out_channels, 1) for width in widths)
        self.smooths = nn.ModuleList(nn.Conv2d(out_channels, out_channels, 3, padding=1) for _ in widths)

    @property
    def stride(self) -> int:
        """The picture's sides must be multiples of this."""
        return 2 ** (len(self.stages) + 1)

    @property
    def feature_channels(self) -> int:
        """Numbers a pixel of `features`."""
        return self.out_channels

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the modules of every stage, from the input to the output."""
        down = [(f"downs.{i}", f"stages.{i + 1}") for i in range(len(self.downs))]
        return (("stem", "stages.0"), *down, ("laterals", "smooths"))

    def forward(self, image: Tensor) -> OrderedDict[str, Tensor]:
        """Levels of (B, channels, H, W) pictures: "0" is (B, out_channels, H / 4, W / 4), "1" half that size ..."""
        x = self.stem(image)
        found = []
        for i, stage in enumerate(self.stages):
            x = stage(self.downs[i - 1](x) if i else x)
            found.append(x)
        level = self.laterals[-1](found[-1])
        levels = [level]
        for lateral, fine in zip(reversed(self.laterals[:-1]), reversed(found[:-1]), strict=True):
            level = lateral(fine) + functional.interpolate(level, scale_factor=2, mode="nearest")
            levels.append(level)
        smoothed = [smooth(level) for smooth, level in zip(self.smooths, reversed(levels), strict=True)]
        return OrderedDict((str(i), level) for i, level in enumerate(smoothed))

    def features(self, image: Tensor) -> Tensor:
        """(B, out_channels, H / 4, W / 4) of (B, channels, H, W) pictures: the finest level."""
        return self.forward(image)["0"]
