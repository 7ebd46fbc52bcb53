"""The U-Net for panoramics."""

import torch

from typodont.nets.image_batch import ImageBatch
from typodont.nets.tooth_unet import ToothUNet

SMALL = {"widths": (4, 6, 8), "depths": (0, 1, 1)}


def test_half_resolution_and_gradients_everywhere() -> None:
    net = ToothUNet(**SMALL)
    output = net(ImageBatch(torch.randn(2, 1, 32, 64)))
    assert output.tooth.shape == output.lower.shape == output.right.shape == (2, 16, 32)
    assert output.place.shape == (2, 8, 16, 32)
    assert output.offset.shape == (2, 2, 16, 32)
    sum(t.sum() for t in (output.tooth, output.lower, output.right, output.place, output.offset)).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in net.parameters())


def test_stride() -> None:
    assert ToothUNet(**SMALL).stride == 8
    assert ToothUNet().stride == 64


def test_small_enough_to_ship() -> None:
    # 8 MB as float16
    assert sum(p.numel() for p in ToothUNet().parameters()) < 4_000_000


def test_whole_row_in_view() -> None:
    # a change at one end of the picture reaches the answer at the other end
    torch.manual_seed(0)
    net = ToothUNet(depths=(0, 1, 1, 1, 1, 1), widths=(2, 2, 2, 2, 2, 4)).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)
    picture = torch.randn(1, 1, 128, 512, requires_grad=True)
    net(ImageBatch(picture)).place[..., 32, 100].sum().backward()
    assert picture.grad is not None
    assert picture.grad[0, 0, :, -100:].abs().sum() > 0
