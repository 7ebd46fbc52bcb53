"""What a detector learns from: its own losses, summed; and how its answers are judged while it trains."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.ops import box_iou

from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections, FindingTargets

_OVERLAP = 0.5
_SURE = 0.5


def detection_losses(output: dict[str, Tensor] | list[Detections], batch: ImageBatch) -> dict[str, Tensor]:
    """The losses that the network computed, with their sum as ``loss``; none in prediction."""
    if isinstance(output, list):
        return {}
    return {"loss": torch.stack(list(output.values())).sum(), **output}


def detection_scores(output: list[Detections], batch: ImageBatch) -> dict[str, float]:
    """Share of the findings that are found, and of what is found that is one, by boxes; see `_matched`.

    Only scores of 0.5 and more count, and only categories that are labelled in the picture. Where there is nothing to
    find or nothing is found the share is 1. They are for watching a training; `metrics` has those for reports.
    """
    targets: FindingTargets = batch.targets
    right = true = said = 0
    for found, target in zip(output, targets.of_pictures(), strict=True):
        counts = target["judged"][found.label - 1] & (found.score >= _SURE)
        right += _matched(found.box[counts], found.label[counts], target["boxes"], target["labels"])
        true, said = true + len(target["boxes"]), said + int(counts.sum())
    return {"recall": right / true if true else 1.0, "precision": right / said if said else 1.0}


def _matched(box: Tensor, label: Tensor, true_box: Tensor, true_label: Tensor) -> int:
    """How many findings, best first, overlap an own true one of their category by half."""
    overlap = box_iou(box, true_box) * (label[:, None] == true_label)
    matched = 0
    for i in range(len(box)):
        if overlap.shape[1] and float(overlap[i].max()) >= _OVERLAP:
            matched += 1
            overlap[:, int(overlap[i].argmax())] = 0
    return matched
