"""Quick scores of a validation batch; the task's own evaluation is the one to quote."""

from __future__ import annotations

from typodont.nets.point_batch import PointBatch, PointOutput
from typodont.training.class_scores import mean_iou
from typodont.training.point_losses import class_targets, point_targets


def point_scores(output: PointOutput, batch: PointBatch) -> dict[str, float]:
    """Scores over the points of all scans of a batch.

    Returns:
        ``accuracy``: share of points with the right class. ``iou``: mean over the classes that are present or were
        predicted. ``tooth_gum``: share right when all teeth are one class. ``offset_mm``: median error of the
        crown's centre on teeth; ``jaw``, ``milk``: shares right.
    """
    targets, label = point_targets(batch), class_targets(output, batch)
    known = label >= 0
    truth, found = label[known], output.logits[known].argmax(dim=1)
    scores = {
        "accuracy": float((truth == found).float().mean()),
        "iou": mean_iou(truth, found, output.logits.shape[1]),
        "tooth_gum": float(((truth > 0) == (found > 0)).float().mean()),
    }
    tooth = targets.label > 0
    if output.offset is not None and tooth.any():
        scores["offset_mm"] = float((output.offset - targets.offset)[tooth].norm(dim=1).median())
    if output.milk is not None and tooth.any():
        scores["milk"] = float(((output.milk > 0) == (targets.milk > 0.5))[tooth].float().mean())
    if output.jaw is not None:
        scores["jaw"] = float(((output.jaw > 0) == (targets.jaw > 0)).float().mean())
    return scores
