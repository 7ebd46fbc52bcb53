"""The trunk of detectors: the levels that they expect, small enough for a laptop."""

import pytest
import torch

from typodont.nets.picture_backbone import PictureBackbone
from typodont.nets.tooth_unet import ToothUNet
from typodont.training.weights import parameter_count

SMALL = {"widths": (4, 4, 6, 8, 10), "depths": (0, 1, 1, 1, 1), "out_channels": 6}


def test_levels_as_detectors_expect_them() -> None:
    net = PictureBackbone(**SMALL)
    levels = net(torch.randn(2, 3, 64, 128))
    assert list(levels) == ["0", "1", "2", "3"]
    for level, stride in zip(levels.values(), (4, 8, 16, 32), strict=True):
        assert level.shape == (2, net.out_channels, 64 // stride, 128 // stride)


def test_features_are_the_finest_level_and_see_far() -> None:
    torch.manual_seed(0)
    net = PictureBackbone(**SMALL).eval()
    picture = torch.randn(1, 3, 64, 128, requires_grad=True)
    torch.testing.assert_close(net.features(picture), net(picture)["0"])
    net.features(picture)[0, :, 0, 0].sum().backward()
    assert picture.grad is not None
    assert picture.grad[0, :, 24:].any()


def test_its_trunk_has_the_names_and_shapes_of_the_tooth_network() -> None:
    own, teeth = PictureBackbone(channels=1).state_dict(), ToothUNet().state_dict()
    shared = {name for name in own if not name.startswith("joins.")}
    assert all(own[name].shape == teeth[name].shape for name in shared)
    beyond = {name.rsplit(".", 1)[0].split(".")[0] for name in teeth.keys() - shared}
    assert beyond == {"heads", "laterals", "ups"}  # the answers, and the finest level, which it leaves out


def test_it_is_small() -> None:
    assert parameter_count(PictureBackbone()) == pytest.approx(3.76e6, rel=0.01)
