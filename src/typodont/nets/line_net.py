"""Draws a line along a strip of surface: where it runs between the two sides, at every place along the strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass
class LineTargets:
    """Where the line runs in the strips of a batch.

    Args:
        offset: (B, S) float32: in columns of the strip; NaN where it is not known.
    """

    offset: Tensor


@dataclass
class LineBatch:
    """B strips of surface around closed curves, see `datasets.margin_strips.strip_features`.

    Args:
        features: (B, C, S, T) float32: S places along the curve, of which the last lies beside the first; T across it.
        targets: None in prediction.
    """

    features: Tensor
    targets: LineTargets | None = None

    def __len__(self) -> int:
        return len(self.features)

    def to(self, device: torch.device | str) -> LineBatch:
        """This batch with all tensors on `device`."""
        targets = None if self.targets is None else LineTargets(self.targets.offset.to(device))
        return LineBatch(self.features.to(device), targets)


@dataclass
class LineOutput:
    """What a line network says.

    Args:
        logits: (B, S, T) float32: their softmax over T is the probability of each column.
    """

    logits: Tensor


class LineNet(nn.Module):
    """A few dilated convolutions over the strip, which closes on itself along the line.

    Args:
        in_channels: Numbers per place.
        width: Channels of every layer; a multiple of 8.
        dilations: Of the layers, along and across alike.
    """

    reads = "strip"

    def __init__(self, in_channels: int = 6, width: int = 32, dilations: Sequence[int] = (1, 1, 2, 4, 2, 1)) -> None:
        super().__init__()
        self.stem = nn.Conv2d(in_channels, width, 1)
        self.layers = nn.ModuleList(_StripLayer(width, dilation) for dilation in dilations)
        self.head = nn.Sequential(nn.GroupNorm(8, width), nn.ReLU(), nn.Conv2d(width, 1, 1))

    def forward(self, batch: LineBatch) -> LineOutput:
        x = self.stem(batch.features)
        for layer in self.layers:
            x = layer(x)
        return LineOutput(self.head(x)[:, 0].float())


class _StripLayer(nn.Module):
    """Residual convolution; the strip goes on at its ends, its sides are padded with their last column."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.GroupNorm(8, width)
        self.spread = nn.Conv2d(width, width, 3, dilation=dilation)
        self.mix = nn.Conv2d(width, width, 1)

    def forward(self, x: Tensor) -> Any:
        reach = self.dilation
        y = functional.pad(functional.relu(self.norm(x)), (reach, reach, 0, 0), mode="replicate")
        y = functional.pad(y, (0, 0, reach, reach), mode="circular")
        return x + self.mix(functional.relu(self.spread(y)))
