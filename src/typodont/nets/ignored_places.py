"""Where in a picture things may be that nobody marked, so that a detector learns nothing about them there."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import adaptive_max_pool2d

_MOST_COVERED = 0.5
"""A box counts as ignored where regions cover more of it, as a crowd region counts with COCO."""


def judged_in(boxes: Tensor, target: dict[str, Tensor]) -> Tensor:
    """(N, K) bool: of which categories it is known whether a box of a picture shows them.

    Args:
        boxes: (N, 4) left, top, right, bottom, pixels; may reach beyond the picture, where nothing is ignored.
        target: ``judged`` (K,) bool of the picture, and ``ignored`` (K, H, W) bool; empty: no such region.
    """
    judged, ignored = target["judged"], target["ignored"]
    if not ignored.any():
        return judged.expand(len(boxes), -1)
    return judged & (_covered(boxes, ignored) <= _MOST_COVERED)


def ignored_on(grid: tuple[int, int], target: dict[str, Tensor]) -> Tensor:
    """(K, h, w) bool: places of a coarser grid that touch an ignored region."""
    judged, ignored = target["judged"], target["ignored"]
    if not ignored.any():
        return ignored.new_zeros((len(judged), *grid))
    return adaptive_max_pool2d(ignored.float(), grid) > 0


def _covered(boxes: Tensor, regions: Tensor) -> Tensor:
    """(N, K) share of each box that a (K, H, W) region covers; by the sums over all rectangles from the corner."""
    height, width = regions.shape[1:]
    sums = torch.zeros(len(regions), height + 1, width + 1, dtype=torch.int32, device=regions.device)
    sums[:, 1:, 1:] = regions.to(torch.int32).cumsum(1, dtype=torch.int32).cumsum(2, dtype=torch.int32)
    left, right = (boxes[:, i].round().long().clamp(0, width) for i in (0, 2))
    top, bottom = (boxes[:, i].round().long().clamp(0, height) for i in (1, 3))
    inside = sums[:, bottom, right] - sums[:, top, right] - sums[:, bottom, left] + sums[:, top, left]
    area = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).clamp(min=1)
    return inside.T / area[:, None]
