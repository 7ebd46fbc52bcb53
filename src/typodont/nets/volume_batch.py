"""What every network for volumes takes and gives, so that training and prediction need not know which one runs."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor


@dataclass
class VolumeBatch:
    """B volumes of one size.

    Args:
        volume: (B, 1, D, H, W) float32: grey values 0..1; D, H and W run along x, y and z of `records.Volume`.
        targets: A dataclass of tensors, as the losses want it; None in prediction.
    """

    volume: Tensor
    targets: Any = None

    def __len__(self) -> int:
        return len(self.volume)

    def to(self, device: torch.device | str) -> VolumeBatch:
        """This batch with all tensors on `device`."""
        targets = self.targets
        if targets is not None:
            moved = {f.name: getattr(targets, f.name).to(device, non_blocking=True) for f in fields(targets)}
            targets = replace(targets, **moved)
        return VolumeBatch(self.volume.to(device, non_blocking=True), targets)


@dataclass
class VolumeKinds:
    """Of which kind each volume of a batch is.

    Args:
        kind: (B,) int64: its number, from 0.
    """

    kind: Tensor


@dataclass
class VolumeOutput:
    """What a network says that tells two kinds of volumes apart.

    Args:
        logit: (B,) float32: that it is of the second kind, for example inlay instead of onlay.
    """

    logit: Tensor

    @property
    def logits(self) -> Tensor:
        """(B, 2) float32: of both kinds."""
        return torch.stack([torch.zeros_like(self.logit), self.logit], dim=1)


@dataclass
class KindOutput:
    """What a network says that tells several kinds of volumes apart.

    Args:
        logits: (B, K) float32: of each kind; their softmax is its probability.
    """

    logits: Tensor
