"""What a network finds in one picture, in the picture's own pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.ops import box_iou

from typodont.anatomy.findings import IMPACTED_TOOTH, TOOTH
from typodont.datasets.finding_samples import normalised_layers
from typodont.datasets.panoramic_canvas import Placement, layers_to_canvas
from typodont.datasets.picture_cache import CanvasConfig
from typodont.formats.run_lengths import encode_mask
from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections
from typodont.records.findings import Finding
from typodont.records.radiograph import true_aspect
from typodont.tasks.findings.models import Detector
from typodont.types import Float

_MASK = 0.5
_SAME = 0.5
"""Boxes that overlap this much (IoU) are of one tooth."""


def detect(layers: Float, detector: Detector, *, aspect: float | None = None) -> list[Finding]:
    """Findings of a picture, surest first, with raw scores and masks as run lengths; no tooth numbers.

    Args:
        layers: (c, H, W) float32, 0..1: grey values for radiographs, red, green and blue for photographs.
        detector: See there.
        aspect: True width to height, for pictures that were stored squeezed or stretched.
    """
    batch, placement = as_seen(layers, detector, aspect=aspect)
    with torch.inference_mode():
        found = detector.net(batch)[0]
    return without_double_names(to_findings(found, detector.categories, placement))


def as_seen(layers: Float, detector: Detector, *, aspect: float | None = None) -> tuple[ImageBatch, Placement]:
    """A batch of one picture as the network sees it, and where the picture lies on the canvas; see `detect`."""
    canvas = upright_canvas(detector.canvas, layers.shape[1:])
    height, width = layers.shape[1:]
    if aspect is None:
        aspect = float(true_aspect((height, width)) if canvas.panoramic else width / height)
    values, placement = layers_to_canvas(layers, aspect=aspect, shape=canvas.canvas)
    if not getattr(detector.net, "takes_plain_values", False):
        values = normalised_layers(values, placement.inside())
    image = torch.from_numpy(values)[None].contiguous(memory_format=torch.channels_last)
    return ImageBatch(image), placement


def upright_canvas(canvas: CanvasConfig, shape: tuple[int, ...]) -> CanvasConfig:
    """The canvas, turned by a quarter for photographs that are higher than wide, which would be small on it."""
    if canvas.panoramic or shape[0] <= shape[1]:
        return canvas
    return replace(canvas, canvas=(max(canvas.canvas), min(canvas.canvas)))


def to_findings(found: Detections, categories: tuple[str, ...], placement: Placement) -> list[Finding]:
    """What a network saw on the canvas, in the picture's own pixels; what has no pixel there is left out."""
    boxes = placement.back_boxes(found.box.numpy().astype(np.float64))
    findings = []
    for box, label, score, mask in zip(boxes, found.label.tolist(), found.score.tolist(), found.mask, strict=True):
        if box[2] - box[0] < 1 or box[3] - box[1] < 1:
            continue
        place = torch.from_numpy(box.astype(np.float32))[None]
        drawn = paste_masks_in_image(mask[None, None], place, placement.shape)[0, 0].numpy() > _MASK
        if not drawn.any():
            continue
        left, top, right, bottom = (float(side) for side in box)
        findings.append(
            Finding(categories[label - 1], (left, top, right, bottom), encode_mask(drawn), score=min(float(score), 1.0))
        )
    return findings


def without_double_names(findings: Sequence[Finding]) -> list[Finding]:
    """Findings, surest first, without those that give a second name to a tooth which has one already.

    A tooth is impacted or it is not; the network answers for each category by itself.
    """
    kept: list[Finding] = []
    teeth: list[Finding] = []
    for finding in findings:
        if finding.category in (TOOTH, IMPACTED_TOOTH):
            others = [one.box for one in teeth if one.category != finding.category]
            if others and float(box_iou(torch.tensor([finding.box]), torch.tensor(others)).max()) >= _SAME:
                continue
            teeth.append(finding)
        kept.append(finding)
    return kept
