"""The published 3D CNN of the partial-crown study."""

import pytest
import torch
from torch import nn

from typodont.nets.ct_cnn import CtCNN
from typodont.training.transfer import Freezing

SMALL = {"widths": (4, 4, 6, 8), "hidden": 8}


def keras_count(net: nn.Module) -> int:
    """Numbers as Keras counts them: parameters and running statistics."""
    return sum(t.numel() for t in net.state_dict().values() if t.is_floating_point())


def test_as_many_numbers_as_published() -> None:
    net = CtCNN()
    assert keras_count(net) == 1_352_897
    assert [keras_count(stage) for stage in net.stages] == [2048, 110_912, 221_824, 886_016]


def test_the_published_transfer_leaves_the_two_dense_layers_to_learn() -> None:
    net = CtCNN()
    # the first 13 of 17 layers: the input, and convolution, pooling and normalisation of four stages
    assert 1 + sum(type(layer) is not nn.ReLU for stage in net.stages for layer in stage.children()) == 13
    Freezing(net, ("stages",)).set(0)
    assert sum(p.numel() for p in net.parameters() if p.requires_grad) == 132_097


def test_what_is_frozen_stands_still_and_the_rest_moves() -> None:
    torch.manual_seed(0)
    net = CtCNN(**SMALL).train()
    Freezing(net, ("stages",)).set(0)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
    net.head(net.features(torch.rand(2, 1, 46, 46, 46)).mean(dim=(2, 3, 4))).square().sum().backward()
    optimizer.step()
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]) == name.startswith("stages"), name


def test_the_published_volume_becomes_six_by_six_by_one() -> None:
    net = CtCNN(**SMALL).eval()
    with torch.inference_mode():
        assert net.features(torch.rand(1, 1, 128, 128, 50)).shape == (1, 8, 6, 6, 1)


def test_a_cell_sees_its_voxels_and_the_margin_around_them() -> None:
    torch.manual_seed(0)
    net = CtCNN(**SMALL).eval()
    assert (net.stride, net.margin) == (16, 15)
    volume = torch.rand(1, 1, 78, 46, 46, requires_grad=True)
    net.features(volume)[0, :, 1].sum().backward()
    assert volume.grad is not None
    seen = volume.grad[0, 0].abs().sum(dim=(1, 2)).nonzero()[:, 0]
    cell = net.margin + net.stride  # first voxel of the second cell
    assert seen.min() >= cell - net.margin
    assert seen.max() < cell + net.stride + net.margin
    assert seen.min() < cell
    assert seen.max() >= cell + net.stride


def test_a_volume_that_is_too_small() -> None:
    with pytest.raises(ValueError, match=r"found a volume of \(46, 45, 46\) voxels, expected 46 or more a side"):
        CtCNN(**SMALL).features(torch.rand(1, 1, 46, 45, 46))
