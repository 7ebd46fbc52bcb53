"""The published network: torchvision's own, fed with our batches."""

import pytest
import torch
from torchvision.models import resnet50
from torchvision.models.detection import maskrcnn_resnet50_fpn_v2
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor

from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import FindingTargets
from typodont.nets.published_mask_rcnn import PublishedMaskRCNN


@pytest.fixture(scope="module")
def net() -> PublishedMaskRCNN:
    """It looks at fewer places than the published one, and twice at fewer of them, which is all that takes long."""
    torch.manual_seed(0)
    net = PublishedMaskRCNN(["tooth", "caries"], short_side=64, long_side=128, regions=8, score=0.0, detections=5)
    net.rpn._pre_nms_top_n = net.rpn._post_nms_top_n = {"training": 20, "testing": 20}
    return net


@pytest.fixture
def batch() -> ImageBatch:
    """Two pictures of 48 x 64 pixels with two findings in the first one and none in the second one."""
    mask = torch.zeros(2, 48, 64, dtype=torch.uint8)
    mask[0, 5:25, 10:40] = 1
    mask[1, 30:40, 5:20] = 1
    box = torch.tensor([[10.0, 5, 40, 25], [5, 30, 20, 40]])
    image = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    judged = torch.ones(2, 2, dtype=torch.bool)
    return ImageBatch(image, FindingTargets(torch.zeros(2, dtype=torch.int64), box, torch.tensor([1, 2]), mask, judged))


def test_it_is_torchvision_s_network(net: PublishedMaskRCNN) -> None:
    with torch.device("meta"):
        theirs = maskrcnn_resnet50_fpn_v2(weights=None, weights_backbone=None, num_classes=3)
    shapes = {name: tensor.shape for name, tensor in theirs.state_dict().items()}
    assert {name: tensor.shape for name, tensor in net.state_dict().items()} == shapes


@pytest.mark.parametrize("stages", [0, 2, 5])
def test_the_stages_that_learn_are_those_of_torchvision(stages: int) -> None:
    with torch.device("meta"):
        theirs = _resnet_fpn_extractor(resnet50(weights=None), stages)
        ours = PublishedMaskRCNN(["tooth"], trainable_stages=stages).backbone.body
    learns = {name for name, parameter in theirs.body.named_parameters() if parameter.requires_grad}
    assert {name for name, parameter in ours.named_parameters() if parameter.requires_grad} == learns


def test_it_learns_from_boxes_and_masks(net: PublishedMaskRCNN, batch: ImageBatch) -> None:
    losses = net.train()(batch)
    names = {"loss_classifier", "loss_box_reg", "loss_mask", "loss_objectness", "loss_rpn_box_reg"}
    assert set(losses) == names
    sum(losses.values()).backward()
    without = {name for name, parameter in net.named_parameters() if parameter.requires_grad and parameter.grad is None}
    assert without == set()
    assert net.backbone.body.conv1.weight.grad is None
    net.zero_grad(set_to_none=True)


def test_what_is_seen_lies_in_the_pixels_of_the_picture(net: PublishedMaskRCNN, batch: ImageBatch) -> None:
    with torch.inference_mode():
        found = net.eval()(ImageBatch(batch.image))
    assert len(found) == 2
    for one in found:
        assert 0 < len(one.box) <= 5
        assert one.mask.shape == (len(one.box), 28, 28)
        assert (one.box >= 0).all()
        assert (one.box[:, 2] <= 64).all()
        assert (one.box[:, 3] <= 48).all()
        assert (one.score[:-1] >= one.score[1:]).all()
        assert set(one.label.tolist()) <= {1, 2}


def test_grey_pictures_are_seen_as_colour_pictures(net: PublishedMaskRCNN, batch: ImageBatch) -> None:
    grey = batch.image[:1, :1]
    with torch.inference_mode():
        one, three = net.eval()(ImageBatch(grey))[0], net(ImageBatch(grey.repeat(1, 3, 1, 1)))[0]
    assert torch.equal(one.score, three.score)


def test_losses_of_the_validation_leave_no_trace(net: PublishedMaskRCNN, batch: ImageBatch) -> None:
    net.eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    state = torch.get_rng_state()
    with torch.no_grad():
        first, second = net.validation_losses(batch), net.validation_losses(batch)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert not any(module.training for module in net.modules())
