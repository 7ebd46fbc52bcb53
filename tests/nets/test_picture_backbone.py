"""The trunk of detectors: the levels that they expect, small enough for a laptop."""

import pytest
import torch

from typodont.nets.picture_backbone import PictureBackbone
from typodont.training.weights import parameter_count


def test_levels_as_detectors_expect_them() -> None:
    net = PictureBackbone((4, 6, 8, 10), (1, 1, 1, 1), out_channels=6)
    levels = net(torch.randn(2, 3, 64, 128))
    assert list(levels) == ["0", "1", "2", "3"]
    for level, stride in zip(levels.values(), (4, 8, 16, 32), strict=True):
        assert level.shape == (2, net.out_channels, 64 // stride, 128 // stride)


def test_features_are_the_finest_level_and_see_far() -> None:
    torch.manual_seed(0)
    net = PictureBackbone((4, 6, 8, 10), (1, 1, 1, 1), out_channels=6).eval()
    picture = torch.randn(1, 3, 64, 128, requires_grad=True)
    torch.testing.assert_close(net.features(picture), net(picture)["0"])
    net.features(picture)[0, :, 0, 0].sum().backward()
    assert picture.grad is not None
    assert picture.grad[0, :, 24:].any()


def test_it_is_small() -> None:
    assert parameter_count(PictureBackbone()) == pytest.approx(4.7e6, rel=0.02)
