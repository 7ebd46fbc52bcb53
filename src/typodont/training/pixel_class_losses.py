"""Loss and quick scores of networks that say one of 33 classes for every pixel."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from typodont.anatomy import N_PANORAMIC_CLASSES
from typodont.nets.image_batch import ImageBatch
from typodont.nets.published_unet import PixelClassOutput
from typodont.training.class_scores import mean_iou


def pixel_class_losses(output: PixelClassOutput, batch: ImageBatch) -> dict[str, Tensor]:
    """Cross-entropy over all pixels, as ``loss``.

    Pixels that belong to no class add nothing but count in the mean, as in Keras, where their target is all zeros.
    """
    label: Tensor = batch.targets.label
    total = functional.cross_entropy(output.logits, label, ignore_index=-1, reduction="sum")
    return {"loss": total / label.numel()}


def pixel_class_scores(output: PixelClassOutput, batch: ImageBatch) -> dict[str, float]:
    """Quick scores of a validation batch; the task's own evaluation is the one to quote.

    Returns:
        ``accuracy``: share of the pixels with the right class, background included: the published figure.
        ``dice``: tooth against background. ``iou``: mean over the classes that are present or were predicted.
    """
    label: Tensor = batch.targets.label
    known = label >= 0
    truth, found = label[known], output.logits.argmax(dim=1)[known]
    both = ((truth > 0) & (found > 0)).sum()
    return {
        "accuracy": float((truth == found).float().mean()),
        "dice": float(2 * both / ((truth > 0).sum() + (found > 0).sum()).clamp_min(1)),
        "iou": mean_iou(truth, found, N_PANORAMIC_CLASSES),
    }
