"""Finds the arch frame of a scan in any orientation.

The network sees only what stays the same when a scan is turned or mirrored (distances, angles between normals,
curvature), so every orientation is the same to it and none has to be learnt. For each point it says where the
point lies in the arch frame; `datasets.scan_pose` solves for the frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from typodont.nets.point_batch import PointBatch
from typodont.nets.point_unet import PointTrunk, scan_mean

PLACE_UNIT_MM = 10.0


@dataclass
class PoseOutput:
    """What the pose network says.

    Args:
        place: (N, 5) float32: |x|, y and z of each point in the arch frame (mm), and the y and z parts of its normal.
        jaw: (B,) float32: logit that the scan is a lower jaw.
    """

    place: Tensor
    jaw: Tensor


class PoseNet(PointTrunk):
    """A small point U-Net with invariant inputs; see `PointTrunk` for the arguments."""

    reads = "points"

    def __init__(
        self,
        in_channels: int = 6,
        widths: Sequence[int] = (32, 64, 128, 192),
        *,
        encoder_blocks: Sequence[int] = (1, 1, 1, 2),
        decoder_blocks: Sequence[int] = (1, 1, 1),
        attention_layers: int = 2,
    ) -> None:
        super().__init__(
            in_channels,
            widths,
            encoder_blocks=encoder_blocks,
            decoder_blocks=decoder_blocks,
            attention_layers=attention_layers,
            sees_position=False,
        )
        width = widths[0]
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, 6))

    def forward(self, batch: PointBatch) -> PoseOutput:
        values = self.head(self.point_features(batch)).float()
        place = values[:, :5] * values.new_tensor([PLACE_UNIT_MM] * 3 + [1.0, 1.0])
        return PoseOutput(place=place, jaw=scan_mean(values[:, 5], batch.starts))
