"""Loss and quick scores of the margin network."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from typodont.nets.margin_net import MarginOutput
from typodont.nets.point_batch import MarginTargets, PointBatch

REACH_MM = 1.5
"""Distances from the margin line are learnt up to here."""

_NEAR_MM = 0.5


def margin_losses(output: MarginOutput, batch: PointBatch) -> dict[str, Tensor]:
    """Parts of the loss by name and their weighted sum ``loss``; distances count most near the margin line."""
    targets = _targets(batch)
    inside = functional.binary_cross_entropy_with_logits(output.inside, targets.inside)
    goal = targets.distance.clamp(-REACH_MM, REACH_MM)
    error = functional.smooth_l1_loss(output.distance, goal, reduction="none", beta=0.1)
    weight = 1 / (0.25 + targets.distance.abs())
    distance = (weight * error).sum() / weight.sum()
    return {"loss": inside + 3 * distance, "inside": inside, "distance": distance}


def margin_scores(output: MarginOutput, batch: PointBatch) -> dict[str, float]:
    """``iou`` of the prepared surface, ``distance_mm`` mean error of the distance within half a millimetre of the
    margin line."""
    targets = _targets(batch)
    found, truth = output.inside > 0, targets.inside > 0.5
    near = targets.distance.abs() < _NEAR_MM
    error = (output.distance - targets.distance).abs()[near]
    return {
        "iou": float((found & truth).sum() / (found | truth).sum().clamp_min(1)),
        "distance_mm": float(error.mean()) if near.any() else float("nan"),
    }


def _targets(batch: PointBatch) -> MarginTargets:
    if not isinstance(batch.targets, MarginTargets):
        raise ValueError("the margin network needs the distances of points to the margin line")
    return batch.targets
