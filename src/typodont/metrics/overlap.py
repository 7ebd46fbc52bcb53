"""How far two labellings of the same vertices agree, class by class; the classes are FDI numbers, 0 is gingiva."""

from __future__ import annotations

from typing import overload

import numpy as np

from typodont.anatomy import GINGIVA, arch_order
from typodont.errors import LabelError
from typodont.types import Float, Int


def class_iou(truth: Int, predicted: Int) -> dict[int, float]:
    """Intersection over union of every class that either side uses, by its number.

    A class that only one side uses scores 0; a class that neither uses is not listed.

    Args:
        truth: (N,) int: FDI number per vertex, 0 for gingiva.
        predicted: (N,) int: the same for the prediction.
    """
    truth, predicted = paired_labels(truth, predicted)
    low, n_classes = _range(truth, predicted)
    shared = np.bincount(truth[truth == predicted] - low, minlength=n_classes)
    both = np.bincount(truth - low, minlength=n_classes) + np.bincount(predicted - low, minlength=n_classes)
    return {int(c) + low: float(shared[c] / (both[c] - shared[c])) for c in np.flatnonzero(both)}


def macro_iou(truth: Int, predicted: Int, *, gingiva: bool = False) -> float:
    """Mean IoU over the teeth that are there plus those that were only imagined (IoU 0): the strict mean IoU.

    Teeth weigh the same whatever their size. Averaging over true classes alone would make inventing teeth free.

    Args:
        truth: (N,) int: FDI number per vertex.
        predicted: (N,) int: the same for the prediction.
        gingiva: also count class 0 as one class; the gum is large and easy, so this is usually the higher number.

    Returns:
        0..1; NaN where neither side has a class to score.

    Source: "macro-IoU" of van Nistelrooij and colleagues (IDJ 2025), with falsely predicted classes as 0.
    """
    scores = [iou for c, iou in class_iou(truth, predicted).items() if gingiva or c != GINGIVA]
    return float(np.mean(scores)) if scores else float("nan")


def tooth_dice(truth: Int, predicted: Int) -> float:
    """Mean Dice over the true numbers, each with the prediction of the same number; a missing number scores 0.

    Made-up numbers cost nothing but what they take from others: read `macro_iou` beside it.

    Args:
        truth: (N,) int: FDI number per vertex or pixel, 0 for what is no tooth.
        predicted: (N,) int: the same for the prediction.

    Returns:
        0..1; NaN where the truth has no tooth.
    """
    truth, predicted = paired_labels(truth, predicted)
    low = int(truth.min())
    there = set((np.flatnonzero(np.bincount(truth - low)) + low).tolist()) - {GINGIVA}
    scores = [dice(iou) for c, iou in class_iou(truth, predicted).items() if c in there]
    return float(np.mean(scores)) if scores else float("nan")


def tooth_mask_iou(truth: Int, predicted: Int) -> float:
    """Intersection over union of everything that is tooth, whatever the number; 1 where neither side has a tooth."""
    truth, predicted = paired_labels(truth, predicted)
    union = np.count_nonzero((truth != GINGIVA) | (predicted != GINGIVA))
    return float(np.count_nonzero((truth != GINGIVA) & (predicted != GINGIVA)) / union) if union else 1.0


@overload
def dice(iou: float) -> float: ...
@overload
def dice(iou: Float) -> Float: ...
def dice(iou: float | Float) -> float | Float:
    """Dice coefficient 2 |A ∩ B| / (|A| + |B|) of two sets whose intersection over union is `iou`."""
    return 2.0 * iou / (1.0 + iou)


def lenient_iou(truth: Int, predicted: Int, *, jaw: str) -> float:
    """Mean IoU over the 17 classes of a jaw where a class absent from both sides scores 1.

    Only for comparison with the papers that report it: every tooth that nobody has counts as a perfect hit, so
    the number rises with each missing tooth, and vertices given to the other jaw's numbers cost no false class.

    Args:
        truth: (N,) int: permanent FDI numbers (map milk teeth to their successors first).
        predicted: (N,) int: the same for the prediction.
        jaw: ``"upper"`` or ``"lower"``.

    Source: evaluation of He and colleagues (MIDL 2022) and STSNet (TMI 2022).
    """
    found = class_iou(truth, predicted)
    return float(np.mean([found.get(c, 1.0) for c in (GINGIVA, *arch_order(jaw))]))


def vertex_accuracy(truth: Int, predicted: Int) -> float:
    """Share of the vertices with the right number; dense regions of the mesh weigh more than coarse ones."""
    truth, predicted = paired_labels(truth, predicted)
    return float(np.mean(truth == predicted))


def tooth_gum_accuracy(truth: Int, predicted: Int) -> float:
    """Share of the vertices that are rightly called tooth or gum, whatever the number."""
    truth, predicted = paired_labels(truth, predicted)
    return float(np.mean((truth != GINGIVA) == (predicted != GINGIVA)))


def _range(truth: Int, predicted: Int) -> tuple[int, int]:
    """The smallest number, and how many numbers there are up to the largest: counting beats sorting millions."""
    low = int(min(truth.min(), predicted.min()))
    return low, int(max(truth.max(), predicted.max())) - low + 1


def paired_labels(truth: Int, predicted: Int) -> tuple[Int, Int]:
    """Both labellings as (N,) int arrays.

    Raises:
        LabelError: different lengths, more than one dimension, no vertices or labels that are no whole numbers.
    """
    first, second = np.asarray(truth), np.asarray(predicted)
    if first.ndim != 1 or first.shape != second.shape:
        raise LabelError(f"labels of shape {second.shape} cannot be scored against truth of shape {first.shape}")
    if not len(first):
        raise LabelError("there are no vertices to score")
    if first.dtype.kind not in "iu" or second.dtype.kind not in "iu":
        raise LabelError(f"labels must be whole numbers, found {first.dtype} and {second.dtype}")
    return first.astype(np.int64), second.astype(np.int64)
