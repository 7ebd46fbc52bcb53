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
class VolumeOutput:
    """What a network says that tells two kinds of volumes apart.

    Args:
        logit: (B,) float32: that it is of the second kind, for example inlay instead of onlay.
    """

    logit: Tensor
