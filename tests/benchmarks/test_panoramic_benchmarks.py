"""The arithmetic of the panoramic benchmarks; their runs are not tested, but for one in miniature."""

import sys

import pytest
import torch
from torch import nn

from typodont.nets.image_batch import ImageBatch
from typodont.nets.tooth_unet import ToothUNet


@pytest.fixture(scope="module")
def speed(benchmark_module):
    return benchmark_module("panoramic_speed")


@pytest.fixture(scope="module")
def network(benchmark_module):
    return benchmark_module("panoramic_network")


def test_sizes_are_width_by_height(speed):
    assert speed.parse_size("2048x1024") == (2048, 1024)


def test_the_table_of_the_network_shows_its_ways(speed):
    assert "0.250" in speed.network_table([speed.NetworkSpeed(speed.WAYS[2], 0.25, 1e-6)], 2)


def test_networks_are_compared_in_both_precisions(network):
    class FullResolution(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Conv2d(1, 33, 1)

        def forward(self, image):
            return self.layer(image)

    small = ToothUNet(widths=(4, 8), depths=(0, 1))
    before = [parameter.clone() for parameter in small.parameters()]
    contenders = [
        network.Contender("half", small, lambda net, image: net(ImageBatch(image)).log_classes()),
        network.Contender("full", FullResolution(), lambda net, image: net(image).log_softmax(dim=1)),
    ]
    results = network.compare(contenders, batch=2, rounds=1, shape=(16, 32))
    assert [(r.name, r.precision) for r in results] == [
        (name, precision) for name in ("half", "full") for precision in network.PRECISIONS
    ]
    assert results[2].parameters == 66
    assert all(r.step_seconds > 0 and r.predict_seconds > 0 for r in results)
    assert any(not torch.equal(old, new) for old, new in zip(before, small.parameters(), strict=True))
    assert "half" in network.table(results, 2)


def test_without_the_stock_network_the_way_to_get_it_is_said(network, monkeypatch):
    monkeypatch.setitem(sys.modules, "segmentation_models_pytorch", None)
    with pytest.raises(SystemExit, match="pip install torch torchvision segmentation-models-pytorch"):
        network.stock()
