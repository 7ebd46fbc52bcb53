"""What every network for pictures takes and gives, so that training and prediction need not know which one runs."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from typodont.anatomy import LOWER, N_PANORAMIC_CLASSES, RIGHT, from_index33, jaw, number, side


@dataclass
class ToothTargets:
    """What the pixels of a batch are, on the grid of the network's output.

    Args:
        tooth: (B, h, w) float32: share of the pixel that is tooth, 0..1; NaN where it is not to be learnt.
        label: (B, h, w) int64: panoramic index 0..32, -1 where it is not to be learnt.
        offset: (B, 2, h, w) float32: from the pixel to the centre of its tooth (rows, columns), grid pixels; NaN off
            the teeth.
    """

    tooth: Tensor
    label: Tensor
    offset: Tensor


@dataclass
class ImageBatch:
    """B pictures of one size.

    Args:
        image: (B, C, H, W) float32.
        targets: A dataclass of tensors, as the losses want it; None in prediction.
    """

    image: Tensor
    targets: Any = None

    def __len__(self) -> int:
        return len(self.image)

    def to(self, device: torch.device | str) -> ImageBatch:
        """This batch with all tensors on `device`."""
        targets = self.targets
        if targets is not None:
            moved = {f.name: getattr(targets, f.name).to(device, non_blocking=True) for f in fields(targets)}
            targets = replace(targets, **moved)
        return ImageBatch(self.image.to(device, non_blocking=True), targets)


_TEETH = [from_index33(index) for index in range(1, N_PANORAMIC_CLASSES)]
IS_LOWER = torch.tensor([False] + [jaw(fdi) == LOWER for fdi in _TEETH])
"""(33,) by panoramic index; the background counts as False."""
IS_RIGHT = torch.tensor([False] + [side(fdi) == RIGHT for fdi in _TEETH])
"""(33,) by panoramic index: the patient's right."""
PLACE = torch.tensor([0] + [number(fdi) - 1 for fdi in _TEETH])
"""(33,) by panoramic index: number 1..8 in the quadrant, less one."""


@dataclass
class ToothMaskOutput:
    """What a network says about every pixel: tooth or not, and for a tooth which one, in three independent answers.

    Args:
        tooth: (B, h, w): logit that the pixel is tooth.
        lower: (B, h, w): logit that the tooth is a lower one.
        right: (B, h, w): logit that it is on the patient's right.
        place: (B, 8, h, w): logits of the numbers 1..8.
        offset: (B, 2, h, w): from the pixel to the centre of its tooth (rows, columns), grid pixels.
    """

    tooth: Tensor
    lower: Tensor
    right: Tensor
    place: Tensor
    offset: Tensor

    def log_numbers(self) -> Tensor:
        """(B, 32, h, w): log probability of each permanent tooth, given that the pixel is tooth."""
        lower, right = IS_LOWER[1:].to(self.tooth.device), IS_RIGHT[1:].to(self.tooth.device)
        arch = torch.where(lower[:, None, None], *_log_odds(self.lower))
        half = torch.where(right[:, None, None], *_log_odds(self.right))
        return arch + half + self.place.log_softmax(dim=1)[:, PLACE[1:]]

    def log_classes(self) -> Tensor:
        """(B, 33, h, w): log probability of the background and of each permanent tooth."""
        yes, no = _log_odds(self.tooth)
        return torch.cat([no, yes + self.log_numbers()], dim=1)


def _log_odds(logit: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 1, h, w) log probabilities of yes and no."""
    return functional.logsigmoid(logit)[:, None], functional.logsigmoid(-logit)[:, None]
