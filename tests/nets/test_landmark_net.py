"""What the landmark networks promise beyond what every network for pictures does."""

import torch

from typodont.nets.image_batch import ImageBatch
from typodont.nets.landmark_batch import UNKNOWN_VIEW, LandmarkBatch, LandmarkTargets
from typodont.nets.landmark_net import CELL, LEAST_SIGMA, MOST_SIGMA, LandmarkNet
from typodont.nets.mask_rcnn import MaskRCNN

SMALL = {"widths": (4, 6, 8, 8), "depths": (0, 1, 1, 1), "features": 6, "hidden": 4}


def small_net(landmarks: int = 5, views: int = 3) -> LandmarkNet:
    torch.manual_seed(0)
    return LandmarkNet(landmarks, views, **SMALL).eval()


def with_map_at(net: LandmarkNet, row: int, column: int) -> None:
    """Make the network draw the same map for every landmark, whatever the picture: nothing but one cell."""

    def one_cell(module: torch.nn.Module, inputs: object, heat: torch.Tensor) -> torch.Tensor:
        sharp = torch.full_like(heat, -100.0)
        sharp[:, :, row, column] = 100.0
        return sharp

    net.heat.register_forward_hook(one_cell)
    net.answers.data.zero_()


def test_a_sharp_map_places_a_landmark_in_the_middle_of_its_cell_and_is_sure_of_it() -> None:
    net = small_net()
    with_map_at(net, 2, 5)
    output = net(ImageBatch(torch.randn(1, 3, 32, 64)))
    middle = (CELL - 1) / 2
    expected = torch.tensor([5 * CELL + middle, 2 * CELL + middle]).expand(1, 5, 2)
    torch.testing.assert_close(output.point, expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(
        output.log_sigma, torch.zeros(1, 5), rtol=0, atol=0.02
    )  # a variance of 1, none of the map


def test_what_a_landmark_says_of_itself_moves_it_and_widens_it() -> None:
    net = small_net()
    with_map_at(net, 1, 1)
    net.bias.data[3] = torch.tensor([0.5, -0.25, 1.0, 2.0])
    output = net(ImageBatch(torch.randn(1, 3, 32, 64)))
    shift = output.point[0, 3] - output.point[0, 0]
    torch.testing.assert_close(shift, torch.tensor([0.5 * CELL, -0.25 * CELL]), rtol=0, atol=1e-4)
    assert (output.log_sigma[0, 3] - output.log_sigma[0, 0]).item() == torch.tensor(1.0).item()
    assert output.visible[0, 3].item() == 2.0


def test_a_wide_map_is_as_unsure_as_it_is_wide() -> None:
    net = small_net()
    net.heat.weight.data.zero_()
    net.answers.data.zero_()
    output = net(ImageBatch(torch.randn(1, 3, 32, 64)))
    across, down = torch.arange(8.0) * CELL, torch.arange(4.0) * CELL
    variance = (across.var(correction=0) + down.var(correction=0)) / 2
    torch.testing.assert_close(output.log_sigma, (0.5 * (variance + 1).log()).expand(1, 5), rtol=1e-4, atol=1e-4)


def test_sigma_stays_within_what_has_a_meaning() -> None:
    net = small_net()
    net.bias.data[0, 2], net.bias.data[1, 2] = 50.0, -50.0
    sigma = net(ImageBatch(torch.randn(1, 3, 32, 64))).log_sigma.exp()[0]
    assert sigma[0].item() == torch.tensor(MOST_SIGMA).log().exp().item()
    assert sigma[1].item() == torch.tensor(LEAST_SIGMA).log().exp().item()


def test_a_view_that_is_told_is_heard_and_an_unknown_one_is_none() -> None:
    net = small_net()
    torch.nn.init.normal_(net.view_features.weight)
    picture = torch.randn(1, 3, 32, 64)

    def point(given: int | None) -> torch.Tensor:
        told = None if given is None else torch.tensor([given])
        return net(LandmarkBatch(picture, given=told)).point

    assert torch.equal(point(None), point(UNKNOWN_VIEW))
    assert not torch.equal(point(0), point(1))
    assert not torch.equal(point(0), point(None))


def test_half_precision_does_not_round_places() -> None:
    net = small_net()
    with_map_at(net, 2, 7)
    net.bias.data[:, 0] = 0.01
    picture = ImageBatch(torch.randn(1, 3, 256, 320))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        point = net(picture).point[0, 0]
    torch.testing.assert_close(point[0].item(), 7 * CELL + 3.5 + 0.01 * CELL, rtol=0, atol=1e-3)


def test_the_trunk_fits_weights_of_a_detector() -> None:
    trunk = {"widths": SMALL["widths"], "depths": SMALL["depths"]}
    stored, own = MaskRCNN(("tooth",), backbone=trunk).state_dict(), small_net().state_dict()
    missing = [name for name in own if name.startswith("backbone.") and name not in stored]
    assert missing == []
    assert all(stored[name].shape == own[name].shape for name in own if name.startswith("backbone."))


def test_a_batch_moves_as_a_whole() -> None:
    targets = LandmarkTargets(torch.zeros(1, 5, 2), torch.zeros(1, 5, dtype=torch.bool), torch.zeros(1).long())
    moved = LandmarkBatch(torch.zeros(1, 3, 8, 8), targets, torch.zeros(1).long()).to("meta")
    assert moved.given is not None
    assert {moved.image.device.type, moved.targets.point.device.type, moved.given.device.type} == {"meta"}
