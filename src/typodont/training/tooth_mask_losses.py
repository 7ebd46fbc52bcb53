"""Losses and quick scores of networks that tell tooth, jaw, side, number and centre of every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from typodont.nets.image_batch import IS_LOWER, IS_RIGHT, PLACE, ImageBatch, ToothMaskOutput, ToothTargets
from typodont.training.class_scores import mean_iou

_EVERY = 2
"""The overlap of 33 classes is taken on every second pixel in both directions: as good, and a quarter of the time."""


@dataclass(frozen=True)
class ToothMaskLossWeights:
    """How much each part of the loss counts; `smoothing` is the label smoothing of the numbers."""

    tooth: float = 1.0
    tooth_dice: float = 0.5
    lower: float = 0.3
    right: float = 0.3
    place: float = 0.6
    dice: float = 1.0
    offset: float = 0.2
    smoothing: float = 0.02


def tooth_mask_losses(output: ToothMaskOutput, batch: ImageBatch, weights: ToothMaskLossWeights) -> dict[str, Tensor]:
    """Every part of the loss by name, unweighted, and their weighted sum as ``loss``.

    Jaw, side, number and centre are learnt on tooth pixels only. The Dice terms take the overlap over the whole
    batch, for classes that it contains: a tooth that nobody has cannot be learnt from, only its false pixels can,
    and these the cross-entropy sees.
    """
    targets: ToothTargets = batch.targets
    known, teeth = targets.label >= 0, targets.label > 0
    share = targets.tooth.nan_to_num()
    label = targets.label[teeth]
    numbers = output.place.movedim(1, -1)[teeth]
    parts = {
        "tooth": functional.binary_cross_entropy_with_logits(output.tooth[known], share[known]),
        "tooth_dice": _soft_dice(output.tooth.sigmoid() * known, share),
        "lower": _binary(output.lower[teeth], IS_LOWER.to(label.device)[label]),
        "right": _binary(output.right[teeth], IS_RIGHT.to(label.device)[label]),
        "place": functional.cross_entropy(
            numbers, PLACE.to(label.device)[label], label_smoothing=weights.smoothing, reduction="sum"
        )
        / max(len(label), 1),
        "dice": _class_dice(output, targets.label),
        "offset": _offset_loss(output.offset, targets.offset, teeth),
    }
    total = sum((getattr(weights, name) * value for name, value in parts.items()), torch.zeros(()))
    return {"loss": total, **parts}


def _binary(logit: Tensor, truth: Tensor) -> Tensor:
    total = functional.binary_cross_entropy_with_logits(logit, truth.to(logit.dtype), reduction="sum")
    return total / max(len(logit), 1)


def _offset_loss(offset: Tensor, truth: Tensor, teeth: Tensor) -> Tensor:
    """Smooth L1 in units of 16 grid pixels, mean over tooth pixels."""
    error = (offset - truth.nan_to_num()).movedim(1, -1)[teeth] / 16.0
    return functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.25, reduction="sum") / max(len(error), 1)


def _soft_dice(share: Tensor, truth: Tensor) -> Tensor:
    """One minus the soft Dice overlap of each picture, mean."""
    both = (share * truth).flatten(1).sum(dim=1)
    return (1 - (2 * both + 1) / (share.flatten(1).sum(dim=1) + truth.flatten(1).sum(dim=1) + 1)).mean()


def _class_dice(output: ToothMaskOutput, label: Tensor) -> Tensor:
    """One minus the soft Dice overlap over the batch, mean over the teeth that are present."""
    few = ToothMaskOutput(
        *(t[..., ::_EVERY, ::_EVERY] for t in (output.tooth, output.lower, output.right, output.place, output.offset))
    )
    label = label[:, ::_EVERY, ::_EVERY]
    known = label >= 0
    share = few.log_classes().exp().movedim(1, -1)[known]
    truth = functional.one_hot(label[known], share.shape[1]).to(share.dtype)
    both, total = (share * truth).sum(dim=0), share.sum(dim=0) + truth.sum(dim=0)
    present = truth.sum(dim=0) > 0
    present[0] = False
    return (1 - (2 * both + 1) / (total + 1))[present].mean() if present.any() else share.sum() * 0


def tooth_mask_scores(output: ToothMaskOutput, batch: ImageBatch) -> dict[str, float]:
    """Quick scores of a validation batch; the task's own evaluation is the one to quote.

    Returns:
        ``dice``: tooth against background. ``iou``: mean over the classes that are present or were predicted.
        ``number``: share of tooth pixels with the right number, were they told that they are tooth.
        ``offset``: median error of the tooth's centre, grid pixels.
    """
    targets: ToothTargets = batch.targets
    known, teeth = targets.label >= 0, targets.label > 0
    found, truth = (output.tooth > 0) & known, (targets.tooth > 0.5) & known
    numbers = output.log_numbers().argmax(dim=1) + 1
    error = (output.offset - targets.offset).movedim(1, -1)[teeth].norm(dim=1)
    return {
        "dice": float(2 * (found & truth).sum() / (found.sum() + truth.sum()).clamp_min(1)),
        "iou": mean_iou((targets.label * truth)[known], (numbers * found)[known], 33),
        "number": float((numbers == targets.label)[teeth].float().mean()) if teeth.any() else 1.0,
        "offset": float(error.median()) if teeth.any() else 0.0,
    }
