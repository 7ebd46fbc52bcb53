"""A network with a projector behind its features, for contrastive pre-training on two views of the same scans."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from typodont.nets.point_batch import PointBatch, map_tensors


@dataclass
class ViewPair:
    """Two views of B scans, and which of their points are the same spot.

    Args:
        first, second: The views.
        pairs: (P, 2) int64: points of the first and of the second view, counted through the batch.
        place: (P, 3) float32: where on its scan each pair lies, mm.
        starts: (B + 1,) int64: scan b has the pairs starts[b]..starts[b + 1].
    """

    first: PointBatch
    second: PointBatch
    pairs: Tensor
    place: Tensor
    starts: Tensor

    def __len__(self) -> int:
        return len(self.starts) - 1

    def to(self, device: torch.device | str) -> ViewPair:
        """This batch with all tensors on `device`."""
        return map_tensors(self, lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> ViewPair:
        """This batch in page-locked memory; called by torch's loader."""
        return map_tensors(self, Tensor.pin_memory)


@dataclass
class ViewOutput:
    """Projected features of the pairs.

    Args:
        first, second: (P, C) float32: row i of both is the same spot.
    """

    first: Tensor
    second: Tensor


class ContrastiveNet(nn.Module):
    """Projects the `point_features` of a network; only the network is kept after the pre-training.

    Args:
        trunk: Has `point_features` and `feature_channels`.
        hidden, out: Channels of the projector; as published 512 and 32.
    """

    def __init__(self, trunk: nn.Module, *, hidden: int = 512, out: int = 32) -> None:
        super().__init__()
        self.trunk = trunk
        width: int = trunk.feature_channels  # type: ignore[assignment]
        self.projector = nn.Sequential(
            nn.Linear(width, hidden, bias=False), nn.BatchNorm1d(hidden), nn.Mish(), nn.Linear(hidden, out)
        )

    def forward(self, batch: ViewPair) -> ViewOutput:
        return ViewOutput(
            self._projected(batch.first, batch.pairs[:, 0]), self._projected(batch.second, batch.pairs[:, 1])
        )

    def _projected(self, view: PointBatch, points: Tensor) -> Tensor:
        features = self.trunk.point_features(view)  # type: ignore[operator]
        return self.projector(features.index_select(0, points)).float()
