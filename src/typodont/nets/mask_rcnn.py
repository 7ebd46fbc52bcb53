"""Finds things in pictures, each with its box and mask: Mask R-CNN with few channels, for a CPU."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot, pad, smooth_l1_loss
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FastRCNNConvFCHead, FastRCNNPredictor
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead, concat_box_prediction_layers
from torchvision.ops import MultiScaleRoIAlign, batched_nms, box_iou, clip_boxes_to_image, remove_small_boxes

from typodont.nets.category_map import CategoryMap
from typodont.nets.ignored_places import judged_in
from typodont.nets.image_batch import ImageBatch
from typodont.nets.picture_backbone import PictureBackbone

_ANCHOR_SIZES = (16, 32, 64, 128, 256)
_RATIOS = (0.5, 1.0, 2.0)
_BOX_GRID, _MASK_GRID = 7, 14
_RARE = 3.0
"""A category starts as unlikely as this at any place, log odds."""


@dataclass
class FindingTargets:
    """What is in the pictures of a batch; all findings of all pictures one after the other.

    Args:
        picture: (N,) int64: place of the picture in the batch.
        box: (N, 4) float32: left, top, right, bottom, pixels.
        label: (N,) int64: place of the category in the network's list, from 1 on.
        mask: (N, H, W) uint8.
        judged: (B, K) bool: whether findings of this category are labelled in this picture. Where they are not,
            nothing is learnt about them.
        ignored: (B, K, H, W) bool: where findings of this category may be without a label, and nothing is learnt about
            them; empty where there is no such place in any picture.
    """

    picture: Tensor
    box: Tensor
    label: Tensor
    mask: Tensor
    judged: Tensor
    ignored: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.bool))

    def of_pictures(self) -> list[dict[str, Tensor]]:
        """One dict a picture, as torchvision's detectors want it."""
        places = [self.picture == i for i in range(len(self.judged))]
        ignored = self.ignored if len(self.ignored) else self.ignored.new_zeros((*self.judged.shape, 0, 0))
        return [
            {"boxes": self.box[here], "labels": self.label[here], "masks": self.mask[here], "judged": j, "ignored": i}
            for here, j, i in zip(places, self.judged, ignored, strict=True)
        ]


@dataclass
class Detections:
    """What the network sees in one picture, best first.

    Args:
        box: (N, 4) float32: left, top, right, bottom, pixels.
        label: (N,) int64: place of the category in the network's list, from 1 on.
        score: (N,) float32, 0..1.
        mask: (N, 28, 28) float32: probability that a place of the box belongs to the finding.
    """

    box: Tensor
    label: Tensor
    score: Tensor
    mask: Tensor


class MaskRCNN(nn.Module):
    """Mask R-CNN on the light backbone, for pictures in which not everything is labelled.

    Args:
        categories: Names of what it finds.
        channels: Of the picture: 1 for radiographs, 3 for photographs.
        backbone: Arguments of `PictureBackbone` besides the channels.
        box_channels, box_features: Width of the head that names and places boxes.
        mask_channels: Width of the head that draws masks.
        proposals: Places that are looked at twice for every category, at most.
        detections: Findings a picture, at most.
        score: Findings below it are dropped.
        nms: Of two boxes of one category with at least this overlap (IoU) the better one stays.

    Source: He et al., Mask R-CNN, ICCV 2017; the parts are torchvision's.
    """

    reads = "picture"
    trunk_name = "backbone"

    def __init__(
        self,
        categories: Sequence[str],
        channels: int = 3,
        *,
        backbone: dict[str, Any] | None = None,
        box_channels: int = 48,
        box_features: int = 192,
        mask_channels: int = 64,
        proposals: int = 60,
        detections: int = 100,
        score: float = 0.05,
        nms: float = 0.5,
    ) -> None:
        super().__init__()
        self.categories = tuple(categories)
        self.channels = channels
        self.backbone = PictureBackbone(channels=channels, **(backbone or {}))
        width, classes = self.backbone.out_channels, len(self.categories) + 1
        self.category_map = CategoryMap(width, len(self.categories))
        sizes = tuple((size,) for size in _ANCHOR_SIZES)
        anchors = AnchorGenerator(sizes, (_RATIOS,) * len(sizes))
        self.rpn = _ProposalNetwork(
            anchors,
            _ProposalHead(width, len(_RATIOS), len(self.categories)),
            fg_iou_thresh=0.5,
            bg_iou_thresh=0.3,
            batch_size_per_image=256,
            positive_fraction=0.5,
            pre_nms_top_n={"training": 300, "testing": 300},
            post_nms_top_n={"training": 80, "testing": proposals},
            nms_thresh=0.7,
        )
        fine = [str(level) for level in range(4)]  # from the coarsest level only proposals are made
        self.roi_heads = _RegionHeads(
            MultiScaleRoIAlign(fine, _BOX_GRID, 2),
            FastRCNNConvFCHead((width, _BOX_GRID, _BOX_GRID), [box_channels], [box_features], nn.BatchNorm2d),
            _JudgedPredictor(box_features, classes),
            fg_iou_thresh=0.5,
            bg_iou_thresh=0.5,
            batch_size_per_image=192,
            positive_fraction=0.33,
            bbox_reg_weights=None,
            score_thresh=score,
            nms_thresh=nms,
            detections_per_img=detections,
            mask_roi_pool=MultiScaleRoIAlign(fine, _MASK_GRID, 2),
            mask_head=MaskRCNNHeads(width, (mask_channels,) * 3, 1),
            mask_predictor=_FloatMaskPredictor(mask_channels, mask_channels, classes),
        )

    @property
    def stride(self) -> int:
        """The picture's sides must be multiples of this."""
        return self.backbone.stride

    @property
    def feature_channels(self) -> int:
        """Numbers a pixel of `features`."""
        return self.backbone.feature_channels

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the modules of every stage, from the input to the output."""
        trunk = tuple(tuple(f"backbone.{name}" for name in stage) for stage in self.backbone.depth_order)
        return (*trunk, ("category_map", "rpn", "roi_heads"))

    def features(self, image: Tensor) -> Tensor:
        """(B, feature_channels, H / 4, W / 4) of (B, channels, H, W) pictures."""
        return self.backbone.features(image)

    def forward(self, batch: ImageBatch) -> dict[str, Tensor] | list[Detections]:
        """In training the losses by name, else what is seen in each picture.

        Args:
            batch: Pictures of one size, in training with `FindingTargets`.
        """
        height, width = batch.image.shape[-2:]
        sizes = [(height, width)] * len(batch)
        targets = batch.targets.of_pictures() if self.training else None
        levels = self.backbone(batch.image)
        proposals, first = self.rpn(ImageList(batch.image, sizes), levels, targets)
        found, second = self.roi_heads(levels, proposals, sizes, targets)
        if self.training:
            assert targets is not None
            return {**first, **second, "loss_map": self.category_map.loss(levels["0"], targets)}
        return [Detections(one["boxes"], one["labels"], one["scores"], one["masks"][:, 0]) for one in found]


class _ProposalNetwork(RegionProposalNetwork):
    """Says for every anchor and each category by itself whether there is such a finding.

    The usual network says only whether there is anything; where not every category is labelled, nobody can teach it
    that. Here each category is learnt from the pictures in which it is labelled, and proposes places of its own.
    """

    def forward(
        self, images: ImageList, features: dict[str, Tensor], targets: list[dict[str, Tensor]] | None = None
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        levels = list(features.values())
        logits, deltas = self.head(levels)
        anchors = self.anchor_generator(images, levels)
        logit, delta = concat_box_prediction_layers(logits, deltas)
        proposals = self.box_coder.decode(delta.detach(), anchors).view(len(anchors), -1, 4)
        certain = logit.detach().view(len(anchors), -1, logit.shape[1])
        boxes = [self._best(*one) for one in zip(proposals, certain, images.image_sizes, strict=True)]
        if not self.training:
            return boxes, {}
        assert targets is not None
        matched = [self._matched(a, target) for a, target in zip(anchors, targets, strict=True)]
        label = [label for label, _ in matched]
        wanted = torch.cat(self.box_coder.encode([box for _, box in matched], anchors))
        judged = torch.cat([judged_in(a, target) for a, target in zip(anchors, targets, strict=True)])
        return boxes, self._losses(logit, delta, label, wanted, judged)

    def _best(self, boxes: Tensor, logit: Tensor, size: tuple[int, int]) -> Tensor:
        """(P, 4) proposals of one picture: the best of every category, so that teeth leave room for small decay."""
        score, place = logit.topk(min(self.pre_nms_top_n(), len(logit)), dim=0)
        category = torch.arange(logit.shape[1], device=logit.device).expand_as(place).flatten()
        chosen = clip_boxes_to_image(boxes[place.flatten()], size)
        keep = remove_small_boxes(chosen, self.min_size)
        keep = keep[batched_nms(chosen[keep], score.flatten()[keep], category[keep], self.nms_thresh)]
        rank = one_hot(category[keep], logit.shape[1]).cumsum(dim=0).gather(1, category[keep][:, None])[:, 0]
        return chosen[keep[rank <= self.post_nms_top_n()]]

    def _matched(self, anchors: Tensor, target: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """(A,) category of every anchor, 0 for none, -1 for undecided; (A, 4) box of its finding."""
        if not len(target["boxes"]):
            return anchors.new_zeros(len(anchors), dtype=torch.int64), torch.zeros_like(anchors)
        place = self.proposal_matcher(box_iou(target["boxes"], anchors))
        label = target["labels"][place.clamp(min=0)]
        label = label.masked_fill(place == self.proposal_matcher.BELOW_LOW_THRESHOLD, 0)
        label = label.masked_fill(place == self.proposal_matcher.BETWEEN_THRESHOLDS, -1)
        return label, target["boxes"][place.clamp(min=0)]

    def _losses(
        self, logit: Tensor, delta: Tensor, label: list[Tensor], wanted: Tensor, judged: Tensor
    ) -> dict[str, Tensor]:
        positive, negative = (torch.cat(chosen).bool() for chosen in self.fg_bg_sampler(label))
        sampled = positive | negative
        truth = one_hot(torch.cat(label).clamp(min=0), logit.shape[1] + 1)[sampled, 1:].bool()
        each = binary_cross_entropy_with_logits(logit[sampled], truth.float(), reduction="none")
        place = smooth_l1_loss(delta[positive], wanted[positive], beta=1 / 9, reduction="sum")
        n = sampled.sum().clamp(min=1)
        return {"loss_objectness": (each * (judged[sampled] | truth)).sum() / n, "loss_rpn_box_reg": place / n}


class _RegionHeads(RoIHeads):
    """Tells the predictor of categories which of them are labelled where each region lies."""

    def select_training_samples(
        self, proposals: list[Tensor], targets: list[dict[str, Tensor]] | None
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]:
        chosen = super().select_training_samples(proposals, targets)
        known = [judged_in(regions, target) for regions, target in zip(chosen[0], targets or (), strict=True)]
        true = one_hot(torch.cat(chosen[2]), known[0].shape[1] + 1)[:, 1:].bool()
        self.box_predictor.judged = torch.cat(known) | true
        return chosen


class _JudgedPredictor(FastRCNNPredictor):
    """In training, categories that nobody labelled there are out of the race."""

    judged: Tensor

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logits, deltas = super().forward(x)
        logits, deltas = logits.float(), deltas.float()
        if self.training:
            unknown = pad(~self.judged, (1, 0))
            logits = logits.masked_fill(unknown, torch.finfo(logits.dtype).min)
        return logits, deltas


class _ProposalHead(RPNHead):
    """One answer for every category; as float32, because half precision is too coarse for boxes."""

    def __init__(self, width: int, anchors: int, categories: int) -> None:
        super().__init__(width, anchors)
        self.cls_logits = nn.Conv2d(width, anchors * categories, 1)
        nn.init.normal_(self.cls_logits.weight, std=0.01)
        assert self.cls_logits.bias is not None
        nn.init.constant_(self.cls_logits.bias, -_RARE)

    def forward(self, x: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        scores, deltas = super().forward(x)
        return [score.float() for score in scores], [delta.float() for delta in deltas]


class _FloatMaskPredictor(MaskRCNNPredictor):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  # torch's name
        return super().forward(input).float()
