"""What every network for points must do: forward, backward, save and load, and not mind the order of points."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from typodont.datasets.point_pyramid import POSE_PYRAMID, SEGMENT_PYRAMID, PointSample, collate
from typodont.nets.dgcnn import DGCNN
from typodont.nets.margin_net import MarginNet
from typodont.nets.point_batch import PointBatch
from typodont.nets.point_unet import PointUNet, compose_classes
from typodont.nets.pose_net import PoseNet
from typodont.registry import NETS, load

CASES: dict[str, tuple[Callable[[], nn.Module], int, Any]] = {
    "point_unet": (lambda: PointUNet(widths=(16, 32, 32, 48)), 14, SEGMENT_PYRAMID),
    "pose_net": (lambda: PoseNet(widths=(16, 16, 32, 32)), 6, POSE_PYRAMID),
    "margin_net": (lambda: MarginNet(widths=(16, 16, 32, 32)), 14, SEGMENT_PYRAMID),
    "dgcnn": (lambda: DGCNN(k=8), 15, None),
}


def surface(seed: int, n: int, channels: int) -> PointSample:
    """Points on a bumpy sheet 30 mm wide with random features."""
    rng = np.random.default_rng(seed)
    flat = rng.uniform(-15, 15, (n, 2))
    position = np.column_stack([flat, np.sin(flat[:, 0]) + np.cos(flat[:, 1])]).astype(np.float32)
    normal = np.column_stack([-np.cos(flat[:, 0]), np.sin(flat[:, 1]), np.ones(n)])
    normal = (normal / np.linalg.norm(normal, axis=1, keepdims=True)).astype(np.float32)
    return PointSample(rng.normal(size=(n, channels)).astype(np.float32), position, normal, jaw=seed % 2)


def tensors(output: Any) -> dict[str, torch.Tensor]:
    values = {field.name: getattr(output, field.name) for field in fields(output)}
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, int, Any]:
    make, channels, pyramid = CASES[request.param]
    torch.manual_seed(0)
    return make(), channels, pyramid


def test_every_registered_network_is_tested() -> None:
    assert set(CASES) == {name for name in NETS if load("nets", name).reads in ("points", "faces")}


def test_forward_and_backward(case: tuple[nn.Module, int, Any]) -> None:
    net, channels, pyramid = case
    batch = collate([surface(0, 400, channels), surface(1, 400, channels)], pyramid=pyramid)
    output = tensors(net(batch))
    for name, value in output.items():
        assert value.dtype == torch.float32, name
        assert len(value) == (2 if name == "jaw" else 800), name
        assert torch.isfinite(value).all(), name
    sum(value.square().mean() for value in output.values()).backward()  # type: ignore[union-attr]
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_save_and_load(case: tuple[nn.Module, int, Any], tmp_path: Path) -> None:
    net, channels, pyramid = case
    batch = collate([surface(0, 300, channels)], pyramid=pyramid)
    before = tensors(net.eval()(batch))
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    assert not torch.equal(tensors(net(batch))[min(before)], before[min(before)])
    net.load_state_dict(load_file(tmp_path / "net.safetensors"))
    for name, value in tensors(net(batch)).items():
        assert torch.equal(value, before[name]), name


def test_order_of_points_does_not_matter(case: tuple[nn.Module, int, Any]) -> None:
    net, channels, pyramid = case
    sample = surface(0, 500, channels)
    order = np.random.default_rng(1).permutation(500)
    shuffled = PointSample(sample.features[order], sample.position[order], sample.normal[order], sample.jaw)
    with torch.inference_mode():
        before = tensors(net.eval()(collate([sample], pyramid=pyramid)))
        after = tensors(net(collate([shuffled], pyramid=pyramid)))
    for name, value in before.items():
        expected = value if name == "jaw" else value[order]
        torch.testing.assert_close(after[name], expected, rtol=1e-3, atol=1e-3, msg=name)


def test_scans_of_a_batch_do_not_see_each_other(case: tuple[nn.Module, int, Any]) -> None:
    net, channels, pyramid = case
    samples = [surface(0, 500, channels), surface(1, 350, channels)]
    with torch.inference_mode():
        both = tensors(net.eval()(collate(samples, pyramid=pyramid)))
        alone = tensors(net(collate(samples[1:], pyramid=pyramid)))
    for name, value in alone.items():
        torch.testing.assert_close(both[name][-len(value) :], value, rtol=1e-4, atol=1e-4, msg=name)


def test_the_pose_network_is_blind_to_turns_and_mirrors() -> None:
    torch.manual_seed(0)
    net = PoseNet(widths=(16, 16, 32, 32)).eval()
    sample = surface(0, 400, 6)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0].astype(np.float32)
    for matrix in (turn, turn * np.float32([-1, 1, 1])):
        turned = PointSample(sample.features, sample.position @ matrix.T + 7, sample.normal @ matrix.T, sample.jaw)
        # the same neighbours, whatever the sampling grid picks in the turned frame
        levels = collate([sample], pyramid=POSE_PYRAMID), collate([turned], pyramid=POSE_PYRAMID)
        torch.testing.assert_close(levels[0].levels[0].near_edge, levels[1].levels[0].near_edge, rtol=1e-3, atol=1e-3)
    assert net.place is None


def test_dgcnn_wants_the_jaw_and_equal_batches() -> None:
    net = DGCNN(k=4)
    sample = surface(0, 50, 15)
    sample.jaw = -1
    with pytest.raises(ValueError, match="jaw"):
        net(collate([sample], pyramid=None))
    with pytest.raises(ValueError, match="same number"):
        net.train()(collate([surface(0, 50, 15), surface(1, 60, 15)], pyramid=None))


def test_dgcnn_sees_the_jaw() -> None:
    torch.manual_seed(0)
    net = DGCNN(k=4).eval()
    batch = collate([surface(0, 60, 15)], pyramid=None)
    other = PointBatch(batch.features, batch.levels, batch.starts, 1 - batch.jaw)
    with torch.inference_mode():
        assert not torch.allclose(net(batch).logits, net(other).logits)


def test_composed_classes_are_probabilities() -> None:
    torch.manual_seed(0)
    composed = compose_classes(torch.randn(9, 1), torch.randn(9, 1), torch.randn(9, 8))
    torch.testing.assert_close(composed.exp().sum(dim=1), torch.ones(9))


def test_widths_must_fit_the_native_code() -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        PointUNet(widths=(20, 32, 48, 64))
