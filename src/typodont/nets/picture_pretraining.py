"""Networks for pictures in pre-training: one fills in hidden patches, the other knows the same spot in two views."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.image_batch import ImageBatch


@dataclass
class HiddenPatches:
    """What was hidden from the pictures of a batch.

    Args:
        whole: (B, c, H, W) float32: the pictures before anything was hidden.
        guess: (B, 1, H, W) bool: where something was that the network shall guess.
    """

    whole: Tensor
    guess: Tensor


@dataclass
class PairedViews:
    """The second views of the pictures of a batch, whose first ones are the batch's images.

    Args:
        second: (B, c, H, W) float32.
        first_spots, second_spots: (B, P, 2) float32: the same spots in both views, (x, y) in -1..1; NaN where there
            are fewer.
        place: (B, P, 2) float32: where they lie on the canvas, pixels; NaN where there are fewer.
    """

    second: Tensor
    first_spots: Tensor
    second_spots: Tensor
    place: Tensor


@dataclass
class SpotOutput:
    """Projected features of the spots.

    Args:
        first, second: (B, P, C) float32; without meaning where the spots are NaN.
    """

    first: Tensor
    second: Tensor


class HiddenPatchNet(nn.Module):
    """The network to be pre-trained, and a decoder of one layer that is thrown away afterwards.

    The decoder sees one pixel of the features at a time, so that whatever it needs must be in the features.

    Args:
        trunk: With `features`, `feature_channels` and `channels`.
    """

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.decoder = nn.Conv2d(trunk.feature_channels, trunk.channels, 1)  # type: ignore[arg-type]

    def forward(self, batch: ImageBatch) -> Tensor:
        """(B, c, h, w) float32: the picture on the grid of the features, as the network thinks it was."""
        return self.decoder(self.trunk.features(batch.image)).float()  # type: ignore[operator]


class PairedViewNet(nn.Module):
    """The network to be pre-trained, and a projector of single spots that is thrown away afterwards.

    Args:
        trunk: With `features` and `feature_channels`.
        hidden, out: Channels of the projector.
    """

    def __init__(self, trunk: nn.Module, *, hidden: int, out: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.projector = nn.Sequential(
            nn.Linear(trunk.feature_channels, hidden),  # type: ignore[arg-type]
            nn.ReLU(inplace=True),
            nn.Linear(hidden, out),
        )

    def forward(self, batch: ImageBatch) -> SpotOutput:
        pairs: PairedViews = batch.targets
        both = self.trunk.features(torch.cat([batch.image, pairs.second])).float()  # type: ignore[operator]
        spots = torch.cat([pairs.first_spots, pairs.second_spots]).nan_to_num()
        picked = functional.grid_sample(both, spots[:, :, None], align_corners=False)[..., 0]
        first, second = self.projector(picked.transpose(1, 2)).float().chunk(2)
        return SpotOutput(first, second)
