"""Tells prepared from unprepared surface around one tooth, and how far the margin line is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from typodont.nets.point_batch import PointBatch
from typodont.nets.point_unet import PointTrunk


@dataclass
class MarginOutput:
    """What the margin network says.

    Args:
        inside: (N,) float32: logit that a point was prepared, that is lies inside the margin line.
        distance: (N,) float32: distance to the margin line, mm, positive inside.
    """

    inside: Tensor
    distance: Tensor


class MarginNet(PointTrunk):
    """A point U-Net on the surface around a preparation that stands roughly in its frame; see `PointTrunk` for the
    arguments.

    Takes 14 numbers a point, see `datasets.margin_points.margin_features`.
    """

    reads = "points"

    def __init__(
        self,
        in_channels: int = 14,
        widths: Sequence[int] = (48, 64, 96, 128),
        *,
        encoder_blocks: Sequence[int] = (1, 1, 1, 1),
        decoder_blocks: Sequence[int] = (1, 1, 1),
        attention_layers: int = 1,
    ) -> None:
        super().__init__(
            in_channels,
            widths,
            encoder_blocks=encoder_blocks,
            decoder_blocks=decoder_blocks,
            attention_layers=attention_layers,
            sees_position=True,
        )
        width = widths[0]
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, 2))

    def forward(self, batch: PointBatch) -> MarginOutput:
        values = self.head(self.point_features(batch)).float()
        return MarginOutput(inside=values[:, 0], distance=values[:, 1])
