"""Objectives of pre-training on pictures, by hand."""

import numpy as np
import pytest
import torch

from typodont.nets.image_batch import ImageBatch
from typodont.nets.picture_pretraining import (
    HiddenPatches,
    HiddenPatchNet,
    PairedViewNet,
    PairedViews,
    SpotOutput,
)
from typodont.nets.tooth_unet import ToothUNet
from typodont.training.picture_pretraining import hidden_losses, hidden_scores, pair_losses, pair_scores


@pytest.fixture
def hidden_batch() -> ImageBatch:
    """A 4 x 4 picture of 0..15 whose upper half is hidden, and a pixel of a block that is else in view."""
    whole = torch.arange(16.0).reshape(1, 1, 4, 4)
    guess = torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    guess[:, :, :2] = True
    guess[:, :, 2, 0] = True
    return ImageBatch(whole.masked_fill(guess, 0), HiddenPatches(whole, guess))


def test_only_what_is_wholly_hidden_counts(hidden_batch: ImageBatch) -> None:
    # means of the two upper blocks of 2 x 2: 2.5 and 4.5
    guess = torch.tensor([[[[2.5, 6.5], [99.0, -99.0]]]], requires_grad=True)
    losses = hidden_losses(guess, hidden_batch)
    assert losses["loss"].item() == pytest.approx((2.0 - 0.25) / 2)  # smooth L1 of errors 0 and 2, beta 0.5
    assert losses["explained"].item() == pytest.approx(1 - 2.0 / 1.0)
    losses["loss"].backward()
    assert guess.grad is not None
    assert guess.grad[0, 0].tolist() == [[0.0, 0.5], [0.0, 0.0]]
    assert hidden_scores(guess, hidden_batch)["explained"] == pytest.approx(-1.0)


def test_the_mean_explains_nothing_and_the_truth_all(hidden_batch: ImageBatch) -> None:
    assert hidden_scores(torch.full((1, 1, 2, 2), 3.5), hidden_batch)["explained"] == pytest.approx(0)
    truth = torch.tensor([[[[2.5, 4.5], [0.0, 0.0]]]])
    assert hidden_scores(truth, hidden_batch)["explained"] == pytest.approx(1)


def pairs(place: torch.Tensor) -> ImageBatch:
    spots = torch.zeros_like(place).masked_fill(place.isnan(), torch.nan)
    return ImageBatch(
        torch.zeros(len(place), 1, 4, 4), PairedViews(torch.zeros(len(place), 1, 4, 4), spots, spots, place)
    )


def test_info_nce_by_hand() -> None:
    # three spots at right angles in the first view; in the second, the second and third look like each other's
    first = torch.eye(3)[None]
    second = torch.eye(3)[[0, 2, 1]][None]
    place = torch.tensor([[[0.0, 0], [100, 0], [0, 100]]])
    losses = pair_losses(SpotOutput(first, 5 * second), pairs(place), temperature=0.5, apart=10.0)
    right, wrong = (-np.log(np.exp(cosine / 0.5) / (np.exp(1 / 0.5) + 2)) for cosine in (1, 0))
    assert losses["loss"].item() == pytest.approx((right + 2 * wrong) / 3, rel=1e-5)
    assert losses["found"].item() == pytest.approx(1 / 3)


def test_neighbours_are_no_negatives_and_count_as_found() -> None:
    first, second = torch.eye(3)[None], torch.eye(3)[[0, 2, 1]][None]
    near = torch.tensor([[[0.0, 0], [100, 0], [100, 5]]])
    losses = pair_losses(SpotOutput(first, second), pairs(near), temperature=0.5, apart=10.0)
    right = -np.log(np.exp(2) / (np.exp(2) + 2))
    wrong = -np.log(1 / (1 + 1))  # the likest spot of the two is its neighbour and is left out
    assert losses["loss"].item() == pytest.approx((right + 2 * wrong) / 3, rel=1e-5)
    assert pair_scores(SpotOutput(first, second), pairs(near), apart=10.0)["found"] == 1.0


def test_spots_that_are_missing_teach_nothing() -> None:
    torch.manual_seed(0)
    place = torch.rand(2, 4, 2) * 100
    whole = SpotOutput(torch.randn(2, 4, 8), torch.randn(2, 4, 8))
    expected = pair_losses(
        SpotOutput(whole.first[:1, :2], whole.second[:1, :2]), pairs(place[:1, :2]), temperature=0.1, apart=1.0
    )
    place[0, 2:], place[1] = torch.nan, torch.nan
    whole.first.requires_grad_(True)
    losses = pair_losses(whole, pairs(place), temperature=0.1, apart=1.0)
    assert losses["loss"].item() == pytest.approx(expected["loss"].item())
    losses["loss"].backward()
    assert whole.first.grad is not None
    assert not whole.first.grad[1].any()
    assert not whole.first.grad[0, 2:].any()
    none = pair_losses(whole, pairs(torch.full((2, 4, 2), torch.nan)), temperature=0.1, apart=1.0)
    assert none["loss"].item() == 0


def small_net() -> ToothUNet:
    torch.manual_seed(0)
    return ToothUNet((4, 6), (0, 1))


def test_a_guess_on_the_grid_of_the_features() -> None:
    net = HiddenPatchNet(small_net())
    assert net(ImageBatch(torch.randn(2, 1, 16, 32))).shape == (2, 1, 8, 16)


def test_features_are_read_off_at_the_spots() -> None:
    """A spot and its twin in the mirrored view get what the trunk found there, and only there."""
    trunk = small_net().eval()
    net = PairedViewNet(trunk, hidden=8, out=3).eval()
    views = torch.randn(2, 1, 1, 16, 32)
    # centres of the cells (row 2, column 5) and (row 7, column 15) of the 8 x 16 grid
    spots = torch.tensor([[[2 * 5.5 / 16 - 1, 2 * 2.5 / 8 - 1], [2 * 15.5 / 16 - 1, 2 * 7.5 / 8 - 1]]])
    output = net(ImageBatch(views[0], PairedViews(views[1], spots, spots[:, [1, 0]], spots)))
    found = [trunk.features(view)[0] for view in views]
    at = [(2, 5), (7, 15)]
    for k in range(2):
        torch.testing.assert_close(output.first[0, k], net.projector(found[0][:, at[k][0], at[k][1]]))
        torch.testing.assert_close(output.second[0, k], net.projector(found[1][:, at[1 - k][0], at[1 - k][1]]))
