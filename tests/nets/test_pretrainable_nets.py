"""What every network must offer that can be pre-trained: features of a known width where its input is, and stages by
name that can be frozen and slowed down."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from typodont.datasets.point_pyramid import POSE_PYRAMID, SEGMENT_PYRAMID, PointSample, collate
from typodont.nets.crown_unet import CrownUNet
from typodont.nets.ct_cnn import CtCNN
from typodont.nets.dgcnn import DGCNN
from typodont.nets.margin_net import MarginNet
from typodont.nets.mask_rcnn import MaskRCNN
from typodont.nets.picture_backbone import PictureBackbone
from typodont.nets.point_batch import PointBatch
from typodont.nets.point_unet import PointUNet
from typodont.nets.pose_net import PoseNet
from typodont.nets.tooth_unet import ToothUNet
from typodont.registry import NETS, load
from typodont.training.transfer import Freezing, layer_rates


def points(seed: int, channels: int, pyramid: Any) -> PointBatch:
    """Two scans of 300 points on bumpy sheets."""
    rng = np.random.default_rng(seed)
    samples = []
    for _ in range(2):
        flat = rng.uniform(-15, 15, (300, 2))
        position = np.column_stack([flat, np.sin(flat[:, 0])]).astype(np.float32)
        normal = np.tile(np.float32([0, 0, 1]), (300, 1))
        features = rng.normal(size=(300, channels)).astype(np.float32)
        samples.append(PointSample(features, position, normal, jaw=1))
    return collate(samples, pyramid=pyramid)


def noise(seed: int, *shape: int) -> Tensor:
    return torch.rand(2, *shape, generator=torch.Generator().manual_seed(seed))


CASES: dict[str, tuple[Callable[[], nn.Module], Callable[[int], Any]]] = {
    "point_unet": (lambda: PointUNet(widths=(16, 32, 32, 48)), lambda seed: points(seed, 14, SEGMENT_PYRAMID)),
    "margin_net": (lambda: MarginNet(widths=(16, 32, 32, 48)), lambda seed: points(seed, 14, SEGMENT_PYRAMID)),
    "pose_net": (lambda: PoseNet(widths=(16, 16, 32, 32)), lambda seed: points(seed, 6, POSE_PYRAMID)),
    "dgcnn": (lambda: DGCNN(k=8), lambda seed: points(seed, 15, None)),
    "tooth_unet": (lambda: ToothUNet(widths=(4, 6, 8), depths=(0, 1, 1)), lambda seed: noise(seed, 1, 32, 64)),
    "picture_backbone": (
        lambda: PictureBackbone((4, 6, 8), (0, 1, 1), out_channels=6),
        lambda seed: noise(seed, 3, 32, 64),
    ),
    "mask_rcnn": (
        lambda: MaskRCNN(("tooth",), 3, backbone={"widths": (4,) * 6, "depths": (0,) * 6, "out_channels": 6}),
        lambda seed: noise(seed, 3, 64, 64),
    ),
    "crown_unet": (lambda: CrownUNet(widths=(4, 6)), lambda seed: noise(seed, 1, 16, 24, 16)),
    "ct_cnn": (lambda: CtCNN(widths=(4, 4, 6, 8), hidden=8), lambda seed: noise(seed, 1, 62, 46, 46)),
}
"""Small network, and a batch of two inputs for it by seed."""


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, Callable[[int], Any]]:
    make, batch = CASES[request.param]
    torch.manual_seed(0)
    return make(), batch


def features(net: nn.Module, batch: Any) -> Tensor:
    return getattr(net, "point_features" if isinstance(batch, PointBatch) else "features")(batch)


def test_every_network_that_can_be_pretrained_is_tested() -> None:
    assert set(CASES) == {name for name in NETS if hasattr(load("nets", name), "feature_channels")}


def test_features_lie_where_the_input_is(case: tuple[nn.Module, Callable[[int], Any]]) -> None:
    net, make = case
    batch = make(0)
    found = features(net.eval(), batch)
    assert found.dtype == torch.float32
    assert torch.isfinite(found).all()
    if isinstance(batch, PointBatch):
        assert net.reads in ("points", "faces")
        assert found.shape == (len(batch.features), net.feature_channels)
        return
    assert net.reads in {4: ("picture",), 5: ("volume", "region")}[batch.ndim]
    assert found.shape[:2] == (2, net.feature_channels)
    margin = getattr(net, "margin", 0)
    strides = [(n - 2 * margin) // cells for n, cells in zip(batch.shape[2:], found.shape[2:], strict=True)]
    assert len(set(strides)) == 1  # the same on all axes, and cells for all of the input but the margin
    assert strides[0] <= net.stride


def test_what_one_input_is_changes_its_own_features_only(case: tuple[nn.Module, Callable[[int], Any]]) -> None:
    net, make = case
    first, second = make(0), make(1)
    half = len(first.features) // 2 if isinstance(first, PointBatch) else 1
    if isinstance(first, PointBatch):
        mixed = points_with(first, second, half)
    else:
        mixed = torch.cat([first[:1], second[1:]])
    with torch.inference_mode():
        before, after = features(net.eval(), first), features(net, mixed)
    torch.testing.assert_close(after[:half], before[:half], rtol=1e-4, atol=1e-4)
    assert not torch.allclose(after[half:], before[half:], rtol=1e-2, atol=1e-2)


def points_with(first: PointBatch, second: PointBatch, half: int) -> PointBatch:
    """The points of `first`, the second scan with the features of `second`."""
    mixed = torch.cat([first.features[:half], second.features[half:]])
    return PointBatch(mixed, first.levels, first.starts, first.jaw)


def test_features_teach_all_but_the_head(case: tuple[nn.Module, Callable[[int], Any]]) -> None:
    net, make = case
    features(net.train(), make(0)).square().mean().backward()
    untaught = {name.split(".")[0] for name, parameter in net.named_parameters() if parameter.grad is None}
    taught = {name.split(".")[0] for name, parameter in net.named_parameters() if parameter.grad is not None}
    # `jaw` of the published DGCNN is a part of its head, of a pyramid only the finest level is features, and what is
    # known `about` a preparation beside its volume says nothing in pre-training
    detector = {"backbone", "category_map", "rpn", "roi_heads"}
    assert untaught <= {"head", "heads", "jaw", "joins", "about_type", "about_kind", *detector}
    assert taught
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


def test_early_stages_learn_slower_and_every_parameter_has_its_rate(
    case: tuple[nn.Module, Callable[[int], Any]],
) -> None:
    net, _ = case
    rates = layer_rates(net, 0.5)
    assert set(rates) == {name for name, _ in net.named_parameters()}
    in_order = [rates[name] for name, _ in net.named_parameters()]
    assert rates[next(iter(rates))] == min(in_order)
    assert max(in_order) == 1.0


def test_a_frozen_trunk_gives_the_same_features_in_training(case: tuple[nn.Module, Callable[[int], Any]]) -> None:
    net, make = case
    everything_but_heads = [name for name, _ in net.named_children() if name not in ("head", "heads")]
    if len(everything_but_heads) == len(list(net.named_children())):
        everything_but_heads = everything_but_heads[:-1]  # a backbone has no head; its last module may learn
    before = features(net.eval(), make(0)).detach()
    Freezing(net.train(), everything_but_heads).set(0)
    features(net, make(1))  # would move the statistics of the normalisation
    torch.testing.assert_close(features(net, make(0)).detach(), before)
    assert not any(p.requires_grad for name in everything_but_heads for p in net.get_submodule(name).parameters())
