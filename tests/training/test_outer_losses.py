"""Losses of outer surfaces, checked by hand."""

import math

import pytest
import torch

from typodont.nets.crown_unet import CrownBatch, CrownOutput, OuterTargets
from typodont.training.outer_losses import SURE_SHARE, outer_losses, outer_scores


def batch(distance: torch.Tensor, weight: torch.Tensor) -> CrownBatch:
    count = len(distance)
    return CrownBatch(
        torch.zeros(count, 5, 1, 1, 1), torch.zeros(count), torch.zeros(count), OuterTargets(distance, weight)
    )


def volume(*values: float) -> torch.Tensor:
    return torch.tensor(values).view(1, -1, 1, 1)


def test_errors_count_by_weight_linearly_beyond_a_twentieth_of_a_millimetre() -> None:
    target, weight = volume(0.1, 0.0, 1.6), volume(1.0, 0.2, 0.04)
    output = CrownOutput(volume(0.3, 0.01, 1.6), volume(0, 0, 0), volume(0, 0, 0))
    found = outer_losses(output, batch(target, weight))
    expected = (1.0 * (0.2 - 0.025) + 0.2 * 0.5 * 0.01**2 / 0.05) / 1.24
    assert found["distance"].item() == pytest.approx(expected)


def test_beyond_the_band_nothing_is_asked() -> None:
    target, weight = volume(1.6, -1.6), volume(0.04, 0.04)
    far = CrownOutput(volume(5.0, -3.0), volume(0, 0), volume(0, 0))
    wrong = CrownOutput(volume(-5.0, -3.0), volume(0, 0), volume(0, 0))
    assert outer_losses(far, batch(target, torch.ones(1, 2, 1, 1)))["distance"] == 0
    assert outer_losses(wrong, batch(target, weight))["distance"] > 1


def test_the_expected_error_is_best_where_it_is_the_error() -> None:
    target, weight = volume(0.0, 0.0), volume(1.0, 1.0)

    def sure(sigma: float) -> float:
        output = CrownOutput(volume(0.2, -0.2), torch.full((1, 2, 1, 1), 2 * math.log(sigma)), target)
        return outer_losses(output, batch(target, weight))["sure"].item()

    assert sure(0.2) == pytest.approx(0.5 + math.log(0.2))
    assert sure(0.2) < min(sure(0.15), sure(0.27))


def test_the_expected_error_excuses_nothing() -> None:
    distance = torch.full((1, 1, 1, 1), 0.5, requires_grad=True)
    for sigma in (0.1, 1.0):
        distance.grad = None
        output = CrownOutput(distance, torch.full((1, 1, 1, 1), 2 * math.log(sigma)), distance)
        found = outer_losses(output, batch(volume(0.0), volume(1.0)))
        found["loss"].backward()
        assert distance.grad is not None
        assert distance.grad.item() == pytest.approx(1.0)
        torch.testing.assert_close(found["loss"], found["distance"] + SURE_SHARE * found["sure"])


def test_scores_look_near_the_surface_that_is_to_be_found() -> None:
    target, weight = volume(0.1, 0.0, 0.0, 1.0), volume(1.0, 1.0, 0.2, 1.0)
    output = CrownOutput(volume(0.1, 0.4, 9, 9), torch.zeros(1, 4, 1, 1), volume(0.4, 0.4, 9, 9))
    found = outer_scores(output, batch(target, weight))
    assert found == pytest.approx({"rms_mm": math.sqrt(0.08), "prior_rms_mm": math.sqrt(0.125), "expected_mm": 1.0})


def test_without_targets_there_is_no_loss() -> None:
    nothing = CrownBatch(torch.zeros(1, 5, 1, 1, 1), torch.zeros(1), torch.zeros(1))
    with pytest.raises(ValueError, match="needs the sound surface"):
        outer_losses(CrownOutput(volume(0), volume(0), volume(0)), nothing)
