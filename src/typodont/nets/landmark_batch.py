"""What networks that find landmarks in photographs take and give."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from typodont.nets.image_batch import ImageBatch

UNKNOWN_VIEW = -1


@dataclass
class LandmarkTargets:
    """Where the landmarks of a batch are.

    Args:
        point: (B, L, 2) float32: x to the right, y down, pixels of what the network sees, the centre of the first
            pixel at 0, 0; also of landmarks that are hidden or outside; NaN where the anatomy is absent.
        visible: (B, L) bool: seen in the picture.
        view: (B,) int64: place in the list of views; `UNKNOWN_VIEW` where nobody knows.
    """

    point: Tensor
    visible: Tensor
    view: Tensor


@dataclass
class LandmarkBatch(ImageBatch):
    """B pictures of one size.

    Args:
        image, targets: See `ImageBatch`; targets are `LandmarkTargets`.
        given: (B,) int64: the view as the photographer says; `UNKNOWN_VIEW` where nobody said. None: of no picture.
    """

    given: Tensor | None = None

    def to(self, device: torch.device | str) -> LandmarkBatch:
        """This batch with all tensors on `device`."""
        moved = super().to(device)
        given = None if self.given is None else self.given.to(device, non_blocking=True)
        return LandmarkBatch(moved.image, moved.targets, given)


@dataclass
class LandmarkOutput:
    """What a network says of every landmark: a normal distribution in the picture, the same along x and y.

    Args:
        point: (B, L, 2) float32: its mean, pixels of the network's input; may lie outside.
        log_sigma: (B, L) float32: logarithm of its spread along each axis, pixels.
        visible: (B, L) float32: logit that the landmark is seen.
        view: (B, V) float32: logits of the views.
        heat: (B, L, h, w) float32: logits of a map of where the landmark is, one for every cell of the input; None of
            a network that makes no map.
    """

    point: Tensor
    log_sigma: Tensor
    visible: Tensor
    view: Tensor
    heat: Tensor | None = None


def given_views(batch: ImageBatch) -> Tensor:
    """(B,) int64: the views that the photographer told, `UNKNOWN_VIEW` where there are none."""
    given = batch.given if isinstance(batch, LandmarkBatch) else None
    unknown = torch.full((len(batch),), UNKNOWN_VIEW, device=batch.image.device)
    return unknown if given is None else given
