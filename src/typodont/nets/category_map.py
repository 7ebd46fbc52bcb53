"""Says for every place of a picture which categories of findings it belongs to; what a detector's trunk learns from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_max_pool2d, binary_cross_entropy_with_logits

from typodont.nets.ignored_places import ignored_on

_RARE = 4.0
"""A category starts as unlikely as this at any place, log odds."""
_SMOOTH = 1.0


class CategoryMap(nn.Conv2d):
    """One answer a category for every place of the finest level of a detector.

    A detector learns only from the few places that its anchors and regions sample; this head learns from all of them,
    and the trunk below it with it. In prediction nobody asks it.

    Args:
        width: Channels of the level.
        categories: How many there are.

    Source: the semantic branch of Chen et al., Hybrid Task Cascade, CVPR 2019; here without its features' way back.
    """

    def __init__(self, width: int, categories: int) -> None:
        super().__init__(width, categories, 1)
        nn.init.normal_(self.weight, std=0.01)
        assert self.bias is not None
        nn.init.constant_(self.bias, -_RARE)

    def loss(self, level: Tensor, targets: list[dict[str, Tensor]]) -> Tensor:
        """Cross-entropy of the categories that are labelled in each picture, and soft Dice of those that it shows.

        Args:
            level: (B, width, h, w).
            targets: One a picture: ``masks`` (N, H, W), ``labels`` (N,) from 1 on, ``judged`` (K,) bool, ``ignored``
                (K, H, W) bool or empty.
        """
        logit = self(level).float()
        truth = torch.stack([self._truth(target, logit) for target in targets])
        judged = torch.stack([target["judged"] for target in targets])
        known = truth.bool() | ~torch.stack([ignored_on(logit.shape[2:], target) for target in targets])
        each = (binary_cross_entropy_with_logits(logit, truth, reduction="none") * known).mean((2, 3))
        seen = judged & (truth.amax((2, 3)) > 0)
        guess = logit.sigmoid() * known
        both, all_ = (guess * truth).sum((2, 3)), (guess + truth).sum((2, 3))
        dice = 1 - (2 * both + _SMOOTH) / (all_ + _SMOOTH)
        return _mean(each, judged) * judged.shape[1] + _mean(dice, seen)

    def _truth(self, target: dict[str, Tensor], logit: Tensor) -> Tensor:
        """(K, h, w) share of one picture's places: 1 where any pixel of the place belongs to the category."""
        truth = logit.new_zeros(logit.shape[1:])
        for label in target["labels"].unique():
            mask = target["masks"][target["labels"] == label].amax(0, keepdim=True).float()
            truth[label - 1] = adaptive_max_pool2d(mask, logit.shape[2:])[0]
        return truth


def _mean(value: Tensor, counts: Tensor) -> Tensor:
    return (value * counts).sum() / counts.sum().clamp(min=1)
