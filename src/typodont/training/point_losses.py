"""Losses of the point networks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from typodont.anatomy import N_SCAN_CLASSES
from typodont.nets.point_batch import PointBatch, PointOutput, PointTargets


@dataclass(frozen=True)
class PointLossWeights:
    """How much each part of the loss counts; `smoothing` is the label smoothing of the cross-entropy."""

    cross_entropy: float = 1.0
    dice: float = 1.0
    offset: float = 0.2
    jaw: float = 0.1
    milk: float = 0.1
    smoothing: float = 0.02


def point_losses(output: PointOutput, batch: PointBatch, weights: PointLossWeights) -> dict[str, Tensor]:
    """Every part of the loss by name, unweighted, and their weighted sum as ``loss``."""
    targets = point_targets(batch)
    label = class_targets(output, batch)
    parts = {
        "cross_entropy": functional.cross_entropy(
            output.logits, label, ignore_index=-1, label_smoothing=weights.smoothing
        ),
        "dice": soft_dice_loss(output.logits, label),
    }
    if output.offset is not None:
        parts["offset"] = _masked_mean(
            functional.smooth_l1_loss(output.offset, targets.offset.nan_to_num(), reduction="none").sum(dim=1),
            label > 0,
        )
    if output.milk is not None:
        parts["milk"] = _masked_mean(
            functional.binary_cross_entropy_with_logits(output.milk, targets.milk.nan_to_num(), reduction="none"),
            label > 0,
        )
    if output.jaw is not None:
        parts["jaw"] = _masked_mean(
            functional.binary_cross_entropy_with_logits(output.jaw, targets.jaw.clamp_min(0).float(), reduction="none"),
            targets.jaw >= 0,
        )
    total = sum((getattr(weights, name) * value for name, value in parts.items()), torch.zeros(()))
    return {"loss": total, **parts}


def point_targets(batch: PointBatch) -> PointTargets:
    """The truth of a batch of labelled points."""
    if not isinstance(batch.targets, PointTargets):
        raise ValueError("point networks need the targets of points")
    return batch.targets


def class_targets(output: PointOutput, batch: PointBatch) -> Tensor:
    """(N,) int64: true classes in the network's own label space, 17 relative to the side or 33; -1 unknown."""
    label = point_targets(batch).label
    if output.logits.shape[1] == N_SCAN_CLASSES:
        return label
    # the scan classes 1..16 of an upper jaw are the indices 1..16 of the 33, those of a lower jaw 17..32
    lower = torch.repeat_interleave(batch.jaw.clamp_min(0), batch.starts.diff())
    return torch.where(label > 0, label + (N_SCAN_CLASSES - 1) * lower, label)


def soft_dice_loss(logits: Tensor, label: Tensor) -> Tensor:
    """One minus the soft Dice overlap, mean over the classes that are present; points labelled -1 do not count."""
    known = label >= 0
    share = logits[known].softmax(dim=1)
    truth = functional.one_hot(label[known], logits.shape[1]).to(share.dtype)
    both, total = (share * truth).sum(dim=0), share.sum(dim=0) + truth.sum(dim=0)
    present = truth.sum(dim=0) > 0
    return 1 - ((2 * both + 1) / (total + 1))[present].mean()


def _masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    return (values * mask).sum() / mask.sum().clamp_min(1)
