"""Regions that nobody looked through: which boxes and places lie in them, and that nothing is learnt there."""

from __future__ import annotations

import pytest
import torch

from typodont.nets.ignored_places import ignored_on, judged_in
from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import FindingTargets, MaskRCNN

SMALL = {"widths": (4, 8, 8, 8, 8, 8), "depths": (0, 0, 0, 0, 0, 0), "out_channels": 8}
SIZE = (64, 128)


def left_half(categories: int, ignored: int) -> torch.Tensor:
    """(K, 8, 16): the left half ignored in one category."""
    region = torch.zeros(categories, 8, 16, dtype=torch.bool)
    region[ignored, :, :8] = True
    return region


def test_boxes_are_judged_by_the_share_of_them_that_is_covered():
    boxes = torch.tensor([[0.0, 0, 8, 8], [2, 2, 12, 6], [4, 0, 12, 8], [6, 0, 14, 8], [-4, -4, 4, 4], [9, 1, 12, 3]])
    target = {"judged": torch.tensor([True, True, False]), "ignored": left_half(3, 1)}
    known = judged_in(boxes, target)
    assert known[:, 0].all()
    assert not known[:, 2].any()
    # wholly inside; 6 of 10 columns; exactly half; a quarter; a quarter of it in the picture; outside
    assert known[:, 1].tolist() == [False, False, True, True, True, True]


def test_without_regions_all_boxes_are_judged_as_the_picture_is():
    target = {"judged": torch.tensor([True, False]), "ignored": torch.zeros(2, 0, 0, dtype=torch.bool)}
    assert judged_in(torch.rand(5, 4), target).tolist() == [[True, False]] * 5
    assert not ignored_on((4, 4), target).any()
    assert ignored_on((4, 4), target).shape == (2, 4, 4)


def test_a_place_is_ignored_when_any_of_its_pixels_is():
    target = {"judged": torch.ones(2, dtype=torch.bool), "ignored": torch.zeros(2, 8, 16, dtype=torch.bool)}
    target["ignored"][0, 7, 15] = True
    places = ignored_on((2, 4), target)
    assert places.sum() == 1
    assert places[0, 1, 3]


def make_net() -> MaskRCNN:
    torch.manual_seed(0)
    return MaskRCNN(
        ("tooth", "caries", "filling"), 1, backbone=SMALL, box_channels=4, box_features=8, mask_channels=4, score=0.0
    )


def batch(ignored: torch.Tensor) -> ImageBatch:
    """One picture with a tooth; everything is labelled but where `ignored` says otherwise."""
    mask = torch.zeros(1, *SIZE, dtype=torch.uint8)
    mask[:, 16:40, 30:60] = 1
    targets = FindingTargets(
        picture=torch.tensor([0]),
        box=torch.tensor([[30.0, 16.0, 60.0, 40.0]]),
        label=torch.tensor([1]),
        mask=mask,
        judged=torch.ones(1, 3, dtype=torch.bool),
        ignored=ignored,
    )
    return ImageBatch(torch.rand(1, 1, *SIZE, generator=torch.Generator().manual_seed(0)), targets)


def gradients(ignored: torch.Tensor) -> dict[str, list[float]]:
    net = make_net().train()
    torch.stack(list(net(batch(ignored)).values())).sum().backward()
    parts = {}
    for part, groups in (("rpn.head.cls_logits", 3), ("roi_heads.box_predictor.cls_score", 4)):
        gradient = net.get_parameter(f"{part}.weight").grad
        assert gradient is not None
        parts[part] = gradient.reshape(-1, groups, gradient[0].numel()).abs().sum(dim=(0, 2)).tolist()
    return parts


def test_a_detector_learns_nothing_about_a_category_that_is_ignored_in_the_whole_picture():
    ignored = torch.zeros(1, 3, *SIZE, dtype=torch.bool)
    ignored[0, 2] = True
    learnt = gradients(ignored)
    assert learnt["roi_heads.box_predictor.cls_score"][3] == 0
    assert min(learnt["roi_heads.box_predictor.cls_score"][:3]) > 0
    # anchors that reach far beyond the picture lie mostly outside of the region
    assert learnt["rpn.head.cls_logits"][2] < 0.5 * gradients(torch.zeros_like(ignored))["rpn.head.cls_logits"][2]


def test_what_is_labelled_in_a_region_is_learnt_all_the_same():
    ignored = torch.zeros(1, 3, *SIZE, dtype=torch.bool)
    ignored[0, 0] = True
    learnt = gradients(ignored)
    assert all(part[place] > 0 for part, place in zip(learnt.values(), (0, 1), strict=True))


@pytest.mark.parametrize("part", ["rpn.head.cls_logits", "roi_heads.box_predictor.cls_score"])
def test_an_empty_region_changes_nothing(part):
    none = torch.zeros(0, dtype=torch.bool)
    assert gradients(none)[part] == gradients(torch.zeros(1, 3, *SIZE, dtype=torch.bool))[part]
