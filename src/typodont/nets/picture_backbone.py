"""The trunk of detectors and landmark networks for pictures: a residual U-Net whose levels are made equally wide."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from torch import Tensor, nn

from typodont.nets.unet_trunk import DEPTHS, WIDTHS, UNetTrunk

_FINEST = 1


class PictureBackbone(UNetTrunk):
    """The U-Net of the panoramic job as a feature pyramid of strides 4, 8, 16, 32 and 64.

    It answers no question itself; a network that does takes its levels. As detectors expect of a backbone, `forward`
    gives all levels by name, finest first, and `out_channels` says how wide they are. Its modules have the names of
    those of `ToothUNet`, so that either can start from weights of the other.

    Args:
        widths, depths, channels: See `UNetTrunk`.
        out_channels: Of every level of the pyramid.

    Source: Lin et al., Feature Pyramid Networks for Object Detection, CVPR 2017; here with convolutions on the way up.
    """

    reads = "picture"

    def __init__(
        self,
        widths: Sequence[int] = WIDTHS,
        depths: Sequence[int] = DEPTHS,
        *,
        out_channels: int = 96,
        channels: int = 3,
    ) -> None:
        super().__init__(widths, depths, channels)
        self.out_channels = out_channels
        for i in range(_FINEST):  # a place for each, so that the others keep their names
            self.laterals[i], self.ups[i] = nn.Identity(), nn.Identity()
        self.joins = nn.ModuleList(nn.Conv2d(width, out_channels, 1) for width in widths[_FINEST:])

    @property
    def feature_channels(self) -> int:
        """Numbers a pixel of `features`."""
        return self.out_channels

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the modules of every stage, from the input to the output."""
        return (*self.trunk_order, ("joins",))

    def forward(self, image: Tensor) -> OrderedDict[str, Tensor]:
        """Levels of (B, channels, H, W) pictures: "0" is (B, out_channels, H / 4, W / 4), "1" half that size ..."""
        levels = self.levels(image, finest=_FINEST)
        return OrderedDict((str(i), join(x)) for i, (join, x) in enumerate(zip(self.joins, levels, strict=True)))

    def features(self, image: Tensor) -> Tensor:
        """(B, out_channels, H / 4, W / 4) of (B, channels, H, W) pictures: the finest level."""
        return self.forward(image)["0"]
