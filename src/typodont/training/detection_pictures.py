"""What a detector found in a picture beside what is there, for TensorBoard."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.utils import draw_bounding_boxes, draw_segmentation_masks

from typodont.anatomy.findings import FINDING_COLORS
from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections, FindingTargets

SURE = 0.5
"""Least score of what is drawn."""
_MASK = 0.5
_OPAQUE = 0.45
_OTHER_COLOR = (0, 200, 120)
"""Of categories that are not on our list."""


def drawn_findings(output: Sequence[Detections], batch: ImageBatch, *, categories: Sequence[str]) -> Tensor:
    """(3, H, 2 W) uint8: the first picture of a batch with its labels, and again with what was found.

    Args:
        output: What the network sees in each picture.
        batch: With `FindingTargets`; the picture's values are stretched to the range of 8 bits.
        categories: Names of the labels 1, 2, …
    """
    image = batch.image[0].float().cpu().expand(3, -1, -1)
    low, high = image.amin(), image.amax()
    picture = (255 * (image - low) / (high - low).clamp(min=1e-6)).to(torch.uint8)
    targets: FindingTargets = batch.targets
    true = targets.of_pictures()[0]
    labelled = _drawn(picture, true["boxes"], true["masks"] > 0, true["labels"], None, categories)
    sure = output[0].score >= SURE
    box, mask = output[0].box[sure].float().cpu(), output[0].mask[sure].float().cpu()
    height, width = picture.shape[1:]
    pasted = paste_masks_in_image(mask[:, None], box, (height, width))[:, 0] > _MASK
    found = _drawn(picture, box, pasted, output[0].label[sure], output[0].score[sure], categories)
    return torch.cat([labelled, found], dim=2)


def _drawn(
    picture: Tensor, box: Tensor, mask: Tensor, label: Tensor, score: Tensor | None, categories: Sequence[str]
) -> Tensor:
    if not len(box):
        return picture
    names = [categories[int(number) - 1] for number in label.tolist()]
    colors: list[str | tuple[int, int, int]] = [FINDING_COLORS.get(name, _OTHER_COLOR) for name in names]
    words = (
        names if score is None else [f"{name} {value:.2f}" for name, value in zip(names, score.tolist(), strict=True)]
    )
    filled = draw_segmentation_masks(picture, mask.cpu(), alpha=_OPAQUE, colors=colors)
    return draw_bounding_boxes(filled, box.cpu(), labels=words, colors=colors)
