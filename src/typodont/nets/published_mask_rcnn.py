"""The published network for findings on photographs: torchvision's larger Mask R-CNN as it is, for any categories.

Source: benjamin-ahlbrecht/Tooth-and-Cavity-Instance-Segmentation (2024), which takes `maskrcnn_resnet50_fpn_v2` of
Li et al., Benchmarking Detection Transfer Learning with Vision Transformers, 2021; 46 million parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection import maskrcnn_resnet50_fpn_v2
from torchvision.models.detection.transform import resize_boxes

from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections

_STAGES = ("layer4", "layer3", "layer2", "layer1", "conv1")
"""Of the backbone, from the output to the input, as torchvision counts them."""


class PublishedMaskRCNN(nn.Module):
    """Mask R-CNN with a ResNet-50 and a feature pyramid; its tensors have torchvision's names, so that its weights fit.

    Args:
        categories: Names of what it finds.
        channels: Of the picture: 3, or 1 for radiographs, which it sees as colour pictures.
        trainable_stages: Stages of the backbone that learn, 0..5, counted from the output. The others keep their first
            weights, so that 5 is the only number that makes sense without pre-trained ones.
        short_side, long_side: Pictures are resized so that the short side is this long, but the long one no longer than
            that.
        regions: Places of every picture that a step learns to name and to outline; fewer make it cheaper and noisier.
        detections: Findings a picture, at most.
        score: Findings below it are dropped.
        nms: Of two boxes of one category with at least this overlap (IoU) the better one stays.
    """

    reads = "picture"
    takes_plain_values = True
    """Grey values or colours 0..1; it normalises them itself."""

    def __init__(
        self,
        categories: Sequence[str],
        channels: int = 3,
        *,
        trainable_stages: int = 2,
        short_side: int = 800,
        long_side: int = 1333,
        regions: int = 512,
        detections: int = 100,
        score: float = 0.05,
        nms: float = 0.5,
    ) -> None:
        super().__init__()
        net = maskrcnn_resnet50_fpn_v2(
            weights=None,
            weights_backbone=None,
            num_classes=len(categories) + 1,
            min_size=short_side,
            max_size=long_side,
            box_batch_size_per_image=regions,
            box_detections_per_img=detections,
            box_score_thresh=score,
            box_nms_thresh=nms,
        )
        self.transform, self.backbone, self.rpn, self.roi_heads = net.transform, net.backbone, net.rpn, net.roi_heads
        self.categories = tuple(categories)
        self.channels = channels
        still = tuple(f"body.{name}" for name in _STAGES[trainable_stages:])
        for name, parameter in self.backbone.named_parameters():
            # torchvision, too, lets the first normalisation learn only where everything does
            if name.startswith(still) or (name.startswith("body.bn1") and trainable_stages < len(_STAGES)):
                parameter.requires_grad_(False)

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the modules of every stage, from the input to the output."""
        body = [(f"backbone.body.{name}",) for name in reversed(_STAGES[:-1])]
        return (("backbone.body.conv1", "backbone.body.bn1"), *body, ("backbone.fpn",), ("rpn", "roi_heads"))

    def forward(self, batch: ImageBatch) -> dict[str, Tensor] | list[Detections]:
        """In training the losses by name, else what is seen in each picture.

        Args:
            batch: Pictures of one size with values 0..1, in training with `FindingTargets` of pictures in which every
                category is labelled.
        """
        found, losses = self._look(batch, batch.targets.of_pictures() if self.training else None)
        return losses if self.training else found

    def validation_losses(self, batch: ImageBatch) -> dict[str, Tensor]:
        """The losses by name with the normalisation of prediction, always of the same random regions.

        The published code leaves the network in training for it, so that its running statistics come to know the
        validation pictures.
        """
        with self._asked_for_losses(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return self._look(batch, batch.targets.of_pictures())[1]

    def _look(
        self, batch: ImageBatch, targets: list[dict[str, Tensor]] | None
    ) -> tuple[list[Detections], dict[str, Tensor]]:
        images, targets = self.transform(list(batch.image.expand(-1, 3, -1, -1)), targets)
        levels = self.backbone(images.tensors)
        proposals, first = self.rpn(images, levels, targets)
        seen, second = self.roi_heads(levels, proposals, images.image_sizes, targets)
        shape: Any = batch.image.shape[-2:]
        found = [
            Detections(resize_boxes(one["boxes"], size, shape), one["labels"], one["scores"], one["masks"][:, 0])
            for one, size in zip(seen, images.image_sizes, strict=False)  # in training there is none
        ]
        return found, {**first, **second}

    @contextmanager
    def _asked_for_losses(self) -> Iterator[None]:
        """Only the two modules that compute losses are in training, not what is below them."""
        asked = (self.rpn, self.roi_heads)
        for module in asked:
            module.training = True
        try:
            yield
        finally:
            for module in asked:
                module.training = False
