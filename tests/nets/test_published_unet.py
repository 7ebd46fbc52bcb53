import torch

from typodont.nets.image_batch import ImageBatch
from typodont.nets.published_unet import PublishedUNet


def test_it_has_the_published_number_of_parameters() -> None:
    assert sum(parameter.numel() for parameter in PublishedUNet().parameters()) == 1_963_169


def test_first_weights_are_those_of_the_published_library() -> None:
    net = PublishedUNet()
    weights = dict(net.named_parameters())
    assert (weights["downs.0.0.weight"].abs() <= (6 / (9 * (3 + 16))) ** 0.5).all()
    assert not weights["downs.0.0.bias"].any()


def test_every_pixel_has_33_classes() -> None:
    net = PublishedUNet(widths=(4, 6, 8))
    assert net.stride == 4
    assert net(ImageBatch(torch.rand(2, 3, 16, 24))).logits.shape == (2, 33, 16, 24)
