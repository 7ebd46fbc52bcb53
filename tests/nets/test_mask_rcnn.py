"""The detector: what it gives, and that unlabelled categories teach it nothing."""

from __future__ import annotations

import pytest
import torch

from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections, FindingTargets, MaskRCNN
from typodont.nets.tooth_unet import ToothUNet
from typodont.training.transfer import begin_with
from typodont.training.weights import Card, save_weights

SMALL = {"widths": (4, 8, 8, 8, 8, 8), "depths": (0, 0, 0, 0, 0, 0), "out_channels": 8}
SIZE = (64, 128)


def make_net(**arguments) -> MaskRCNN:
    torch.manual_seed(0)
    small = {"backbone": SMALL, "box_channels": 4, "box_features": 8, "mask_channels": 4, "score": 0.0}
    return MaskRCNN(("tooth", "caries", "filling"), 1, **{**small, **arguments})


def make_batch(judged: list[list[bool]], label: list[int], seed: int = 0) -> ImageBatch:
    """Pictures with one square finding each."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.zeros(len(label), *SIZE, dtype=torch.uint8)
    mask[:, 16:40, 30:60] = 1
    box = torch.tensor([[30.0, 16.0, 60.0, 40.0]]).repeat(len(label), 1)
    targets = FindingTargets(torch.arange(len(label)), box, torch.tensor(label), mask, torch.tensor(judged))
    return ImageBatch(torch.rand(len(label), 1, *SIZE, generator=generator), targets)


def test_gives_detections_within_the_picture_best_first():
    with torch.inference_mode():
        found = make_net().eval()(ImageBatch(torch.rand(2, 1, *SIZE)))
    assert [type(one) for one in found] == [Detections, Detections]
    for one in found:
        assert one.box.shape == (len(one.score), 4)
        assert one.mask.shape == (len(one.score), 28, 28)
        assert (one.box >= 0).all()
        assert (one.box <= torch.tensor([SIZE[1], SIZE[0]] * 2)).all()
        assert set(one.label.tolist()) <= {1, 2, 3}
        assert (one.score.diff() <= 0).all()


def test_losses_are_finite_and_reach_every_parameter():
    net = make_net().train()
    losses = net(make_batch([[True] * 3, [True] * 3], [1, 2]))
    torch.stack(list(losses.values())).sum().backward()
    assert all(torch.isfinite(value) for value in losses.values())
    without = [name for name, parameter in net.named_parameters() if parameter.grad is None]
    assert without == []


def test_a_picture_without_findings_has_losses_too():
    targets = FindingTargets(
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0, 4),
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0, *SIZE, dtype=torch.uint8),
        torch.ones(1, 3, dtype=torch.bool),
    )
    losses = make_net().train()(ImageBatch(torch.rand(1, 1, *SIZE), targets))
    assert all(torch.isfinite(value) for value in losses.values())


@pytest.mark.parametrize("part", ["rpn.head.cls_logits", "roi_heads.box_predictor.cls_score"])
def test_what_is_not_labelled_is_not_learnt(part):
    net = make_net().train()
    losses = net(make_batch([[True, False, True]], [1]))
    torch.stack(list(losses.values())).sum().backward()
    gradient = net.get_parameter(f"{part}.weight").grad
    assert gradient is not None
    of_category = gradient.flatten(1).abs().sum(dim=1)
    if part.startswith("rpn"):
        of_category = of_category.reshape(3, 3).sum(dim=0)  # anchors x categories
    else:
        of_category = of_category[1:]  # the first one is the background
    tooth, caries, filling = of_category.tolist()
    assert caries == 0
    assert tooth > 0
    assert filling > 0


def test_learns_where_squares_are():
    torch.manual_seed(0)
    net = make_net(score=0.05, backbone={**SMALL, "out_channels": 16}, box_features=16).train()
    batch = make_batch([[True] * 3] * 2, [2, 2])
    batch.image[:, :, 16:40, 30:60] += 2
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(90):
        optimizer.zero_grad()
        torch.stack(list(net(batch).values())).sum().backward()
        optimizer.step()
    with torch.inference_mode():
        best = net.eval()(batch)[0]
    assert best.label[0] == 2
    torch.testing.assert_close(best.box[0], torch.tensor([30.0, 16.0, 60.0, 40.0]), atol=6, rtol=0)
    assert best.mask[0].mean() > 0.8


def test_takes_over_the_trunk_of_a_tooth_network(tmp_path):
    """The names of the panoramic job's network are found in the part that holds the same trunk."""
    widths, depths = SMALL["widths"], SMALL["depths"]
    tooth = ToothUNet(widths, depths)
    save_weights(tooth, Card("panoramic", "tooth_unet", {}, ()), tmp_path / "teeth.safetensors")
    net = make_net()
    report = begin_with(net, f"pretrained:{tmp_path / 'teeth.safetensors'}")
    half = tooth.downs[2][0].weight.half().float()
    torch.testing.assert_close(net.backbone.downs[2][0].weight, half)
    assert {name.split(".")[0] for name in report.matched} == {"backbone"}
    assert any(name.startswith("roi_heads") for name in report.fresh)


def test_every_category_proposes_places_of_its_own():
    """Many sure teeth must not crowd out an unsure filling."""
    net = make_net(proposals=2).eval()
    place = torch.arange(20.0)[:, None]
    boxes = torch.cat([4 * place, 0 * place, 4 * place + 3, 0 * place + 9], dim=1)
    logit = torch.full((20, 3), -9.0)
    logit[:19, 0] = 5.0
    logit[19, 2] = -3.0
    best = net.rpn._best(boxes, logit, SIZE)
    assert len(best) == 6  # two of each category
    assert boxes[19].tolist() in best.tolist()


def test_the_default_is_small_enough_to_ship():
    parameters = sum(p.numel() for p in MaskRCNN(tuple("abcdefgh"), 3).parameters())
    assert 4_400_000 < parameters < 4_600_000
