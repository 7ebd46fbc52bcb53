"""The likelihood of landmarks, worked out by hand."""

import math

import pytest
import torch

from typodont.nets.image_batch import ImageBatch
from typodont.nets.landmark_batch import UNKNOWN_VIEW, LandmarkOutput, LandmarkTargets
from typodont.training.landmark_losses import (
    HIDDEN_WEIGHT,
    gaussian_likelihood,
    heat_likelihood,
    landmark_losses,
    landmark_scores,
)

NAN = math.nan


def said(points: list[list[float]], sigma: list[float]) -> LandmarkOutput:
    return LandmarkOutput(
        point=torch.tensor([points]),
        log_sigma=torch.tensor([sigma]).log(),
        visible=torch.zeros(1, len(points)),
        view=torch.zeros(1, 3),
    )


def batch(points: list[list[float]], visible: list[bool], view: int = 1) -> ImageBatch:
    targets = LandmarkTargets(torch.tensor([points]), torch.tensor([visible]), torch.tensor([view]))
    return ImageBatch(torch.zeros(1, 3, 100, 200), targets)


@pytest.mark.parametrize(
    ("away", "sigma", "expected"),
    [
        ((3.0, 4.0), 1.0, 12.5),  # log 1 + 25 / 2
        ((3.0, 4.0), 5.0, math.log(25) + 0.5),
        ((0.0, 0.0), 2.0, math.log(4)),
        ((1.0, 0.0), 0.5, math.log(0.25) + 2.0),
    ],
)
def test_the_likelihood_is_the_published_formula(away: tuple[float, float], sigma: float, expected: float) -> None:
    value = gaussian_likelihood(torch.tensor(away), torch.tensor(sigma).log(), torch.zeros(2))
    assert value.item() == pytest.approx(expected, abs=1e-5)


def test_the_likelihood_is_that_of_a_normal_distribution_but_for_a_constant() -> None:
    torch.manual_seed(0)
    point, truth = torch.randn(2, 50, 2, dtype=torch.float64) * 3
    log_sigma = torch.randn(50, dtype=torch.float64)
    normal = torch.distributions.Normal(point, log_sigma.exp()[:, None])
    constant = gaussian_likelihood(point, log_sigma, truth) + normal.log_prob(truth).sum(dim=1)
    torch.testing.assert_close(constant, torch.full_like(constant, -math.log(2 * math.pi)))


def test_the_best_sigma_is_the_spread_of_the_errors() -> None:
    errors = torch.tensor([[1.0, 2.0], [0.0, -3.0], [2.0, 0.0]])
    log_sigma = torch.zeros((), requires_grad=True)
    best = errors.square().mean().sqrt()
    value = gaussian_likelihood(errors, best.log() + log_sigma, torch.zeros(3, 2)).mean()
    value.backward()
    assert log_sigma.grad is not None
    assert log_sigma.grad.item() == pytest.approx(0, abs=1e-5)


def test_hidden_and_outside_landmarks_count_less_and_absent_or_far_ones_not() -> None:
    points = [[10.0, 10.0], [20.0, 10.0], [-20.0, 10.0], [NAN, NAN], [1000.0, 10.0]]
    visible = [True, False, False, False, False]
    guess = [[10.0, 10.0]] * 5
    parts = landmark_losses(said(guess, [1.0] * 5), batch(points, visible))
    expected = (0 + HIDDEN_WEIGHT * (50 + 450)) / (1 + 2 * HIDDEN_WEIGHT)
    assert parts["likelihood"].item() == pytest.approx(expected)
    assert parts["view"].item() == pytest.approx(math.log(3), abs=1e-5)
    assert parts["visible"].item() == pytest.approx(math.log(2), abs=1e-5)
    assert "heat" not in parts
    assert parts["loss"].item() == pytest.approx(expected + 0.5 * math.log(3) + 0.5 * math.log(2), abs=1e-4)


def test_an_unknown_view_is_not_learnt() -> None:
    assert "view" not in landmark_losses(said([[1.0, 1.0]], [1.0]), batch([[1.0, 1.0]], [True], UNKNOWN_VIEW))


def test_absent_landmarks_leave_no_trace_in_the_gradient() -> None:
    output = said([[1.0, 1.0], [5.0, 5.0]], [1.0, 1.0])
    output.point.requires_grad_(True)
    landmark_losses(output, batch([[2.0, 1.0], [NAN, NAN]], [True, False]))["loss"].backward()
    assert output.point.grad is not None
    assert torch.isfinite(output.point.grad).all()
    assert output.point.grad[0, 0].abs().sum() > 0
    assert output.point.grad[0, 1].abs().sum() == 0


def test_a_map_is_compared_with_the_cells_around_the_place() -> None:
    torch.manual_seed(0)
    heat = torch.randn(1, 1, 3, 4)
    logs = heat.flatten(2).log_softmax(dim=2).view(3, 4)
    place = torch.tensor([[[1.25, 1.5]]])
    expected = -0.5 * (0.75 * logs[1, 1] + 0.25 * logs[1, 2] + 0.75 * logs[2, 1] + 0.25 * logs[2, 2])
    assert heat_likelihood(heat, place).item() == pytest.approx(expected.item(), abs=1e-5)
    corner = heat_likelihood(heat, torch.tensor([[[99.0, 99.0]]]))  # beyond the last cell: that cell
    assert corner.item() == pytest.approx(-logs[2, 3].item(), abs=1e-5)


def test_the_best_map_has_its_mean_at_the_place() -> None:
    """Where the cross entropy is least, the map's shares are the weights, whose mean is the place itself."""
    heat = torch.zeros(1, 1, 4, 4, requires_grad=True)
    place = torch.tensor([[[1.3, 2.6]]])
    optimizer = torch.optim.Adam([heat], lr=0.3)
    for _ in range(300):
        optimizer.zero_grad()
        heat_likelihood(heat, place).sum().backward()
        optimizer.step()
    share = heat.detach().flatten(2).softmax(dim=2).view(4, 4)
    x, y = (share.sum(dim=0) * torch.arange(4)).sum(), (share.sum(dim=1) * torch.arange(4)).sum()
    assert (x.item(), y.item()) == pytest.approx((1.3, 2.6), abs=0.02)


def test_scores_of_landmarks_that_are_seen() -> None:
    points = [[0.0, 0.0], [10.0, 0.0], [50.0, 50.0]]
    output = said([[3.0, 4.0], [10.0, 1.0], [0.0, 0.0]], [1.0, 1.0, 1.0])
    scores = landmark_scores(output, batch(points, [True, True, False], view=0))
    assert scores == pytest.approx({"error_px": 3.0, "error_median_px": 1.0, "inside_90": 0.5, "view_right": 1.0})
