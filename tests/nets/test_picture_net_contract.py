"""What every network for pictures must do: forward, backward, save and load, and not look at its neighbours."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from typodont.nets.image_batch import ImageBatch
from typodont.nets.landmark_net import LandmarkNet
from typodont.nets.picture_backbone import PictureBackbone
from typodont.nets.published_landmark_net import PublishedLandmarkNet
from typodont.nets.published_unet import PublishedUNet
from typodont.nets.tooth_unet import ToothUNet
from typodont.nets.view_net import ViewNet
from typodont.registry import NETS, load

CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]] = {
    "tooth_unet": (lambda: ToothUNet(widths=(4, 6, 8), depths=(0, 1, 1)), (1, 32, 64)),
    "picture_backbone": (lambda: PictureBackbone((4, 6, 8), (0, 1, 1), out_channels=6), (3, 32, 64)),
    "view_net": (lambda: ViewNet(widths=(4, 6, 8)), (3, 32, 32)),
    "landmark_net": (
        lambda: LandmarkNet(5, 3, widths=(4, 6, 8, 8), depths=(0, 1, 1, 1), features=6, hidden=4),
        (3, 32, 64),
    ),
    "published_landmark_net": (lambda: PublishedLandmarkNet(5, 3), (3, 32, 64)),
    "published_unet": (lambda: PublishedUNet(widths=(4, 6, 8)), (3, 32, 64)),
}
"""Small network, and (channels, rows, columns) of a picture for it."""
DETECTORS = {"mask_rcnn", "published_mask_rcnn"}
"""They give losses or lists of findings, and have tests of their own."""


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, tuple[int, int, int]]:
    make, shape = CASES[request.param]
    torch.manual_seed(0)
    return make(), shape


def answers(net: nn.Module, image: torch.Tensor) -> dict[str, torch.Tensor]:
    """What a network says by name; a backbone takes the picture as detectors hand it over."""
    if isinstance(net, PictureBackbone):
        return dict(net(image))
    output = net(ImageBatch(image))
    said = {field.name: getattr(output, field.name) for field in fields(output)}
    return {name: value for name, value in said.items() if value is not None}


def test_every_registered_network_is_tested() -> None:
    assert set(CASES) | DETECTORS == {name for name in NETS if load("nets", name).reads == "picture"}


def test_forward_and_backward(case: tuple[nn.Module, tuple[int, int, int]]) -> None:
    net, shape = case
    output = answers(net, torch.randn(3, *shape))
    for name, value in output.items():
        assert value.dtype == torch.float32, name
        assert len(value) == 3, name
        assert torch.isfinite(value).all(), name
    sum(value.square().mean() for value in output.values()).backward()  # type: ignore[union-attr]
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_save_and_load(case: tuple[nn.Module, tuple[int, int, int]], tmp_path: Path) -> None:
    net, shape = case
    picture = torch.randn(1, *shape)
    before = answers(net.eval(), picture)
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    assert not torch.equal(answers(net, picture)[min(before)], before[min(before)])
    net.load_state_dict(load_file(tmp_path / "net.safetensors"))
    for name, value in answers(net, picture).items():
        assert torch.equal(value, before[name]), name


def test_pictures_of_a_batch_do_not_see_each_other(case: tuple[nn.Module, tuple[int, int, int]]) -> None:
    net, shape = case
    pictures = torch.randn(3, *shape)
    with torch.inference_mode():
        together = answers(net.eval(), pictures)
        alone = answers(net, pictures[1:2])
    for name, value in alone.items():
        torch.testing.assert_close(together[name][1:2], value, rtol=1e-4, atol=1e-4, msg=name)


def test_features_are_a_dense_grid(case: tuple[nn.Module, tuple[int, int, int]]) -> None:
    net, (channels, rows, columns) = case
    if not hasattr(net, "features"):
        pytest.skip("this network cannot be pre-trained on pictures")
    assert net.channels == channels
    found = net.features(torch.randn(2, channels, rows, columns))
    assert found.shape[:2] == (2, net.feature_channels)
    assert rows / found.shape[2] == columns / found.shape[3]
    assert rows % net.stride == columns % net.stride == 0


def test_the_modules_of_the_stages_are_all_there(case: tuple[nn.Module, tuple[int, int, int]]) -> None:
    net, _ = case
    if not hasattr(net, "depth_order"):
        pytest.skip("this network is taken module by module as it was built")
    named = [name for stage in net.depth_order for name in stage]
    modules = dict(net.named_modules())
    known = [id(parameter) for name in named for parameter in modules[name].parameters()]
    assert sorted(known) == sorted(id(parameter) for parameter in net.parameters())
