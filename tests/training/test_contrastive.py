"""PointInfoNCE against numbers worked by hand and against a loop over every pair."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from typodont.nets.contrastive_net import ViewOutput, ViewPair
from typodont.nets.point_batch import PointBatch
from typodont.training.contrastive import (
    ContrastiveConfig,
    contrastive_losses,
    contrastive_scores,
    point_info_nce,
)

PUBLISHED = ContrastiveConfig(temperature=0.4, normalise=False, both_ways=False, apart_mm=0.0)


def brute_force(first: Tensor, second: Tensor, place: Tensor, config: ContrastiveConfig) -> float:
    """The same loss, one product at a time."""

    def one_way(a: list[Tensor], b: list[Tensor]) -> float:
        losses = []
        for i, query in enumerate(a):
            logits = {j: float(query @ key) / config.temperature for j, key in enumerate(b)}
            negatives = [j for j in logits if j != i and float((place[i] - place[j]).norm()) >= config.apart_mm]
            weights = {j: math.exp(config.hardness * logits[j]) for j in negatives}
            mean = sum(weights.values()) / max(len(weights), 1)
            total = math.exp(logits[i]) + sum(weights[j] / mean * math.exp(logits[j]) for j in negatives)
            losses.append(-math.log(math.exp(logits[i]) / total))
        return sum(losses) / len(losses)

    if config.normalise:
        first, second = (x / x.norm(dim=1, keepdim=True) for x in (first, second))
    a, b = list(first), list(second)
    return 0.5 * (one_way(a, b) + one_way(b, a)) if config.both_ways else one_way(a, b)


def test_two_spots_worked_by_hand() -> None:
    first = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    second = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    # logits / 0.4: row 0: 2.5, 0; row 1: 0, 5
    expected = 0.5 * (math.log(1 + math.exp(-2.5)) + math.log(1 + math.exp(-5.0)))
    assert float(point_info_nce(first, second, torch.zeros(2, 3), config=PUBLISHED)) == pytest.approx(
        expected, rel=1e-6
    )


def test_its_gradient_worked_by_hand() -> None:
    """d/dq_i = (sum_j p_ij k_j - k_i) / (T n), with p the softmax of row i."""
    first = torch.tensor([[0.3, -0.2], [0.1, 0.5], [-0.4, 0.2]], requires_grad=True)
    second = torch.tensor([[0.2, 0.1], [-0.3, 0.4], [0.5, 0.5]])
    point_info_nce(first, second, torch.zeros(3, 3), config=PUBLISHED).backward()
    share = torch.softmax(first.detach() @ second.T / 0.4, dim=1)
    assert first.grad is not None
    assert torch.allclose(first.grad, (share @ second - second) / (0.4 * 3), atol=1e-6)


@pytest.mark.parametrize(
    "config",
    [
        PUBLISHED,
        replace(PUBLISHED, normalise=True, temperature=0.1),
        replace(PUBLISHED, both_ways=True),
        replace(PUBLISHED, apart_mm=1.0),
        replace(PUBLISHED, hardness=0.7),
        replace(PUBLISHED, normalise=True, both_ways=True, apart_mm=1.0, hardness=0.5),
    ],
    ids=lambda config: "-".join(name for name, value in vars(config).items() if value != vars(PUBLISHED)[name]),
)
def test_against_a_loop_over_all_pairs(config: ContrastiveConfig) -> None:
    random = torch.Generator().manual_seed(3)
    first, second = torch.randn(12, 5, generator=random), torch.randn(12, 5, generator=random)
    place = 3 * torch.rand(12, 3, generator=random)
    found = float(point_info_nce(first, second, place, config=config))
    assert found == pytest.approx(brute_force(first, second, place, config), rel=1e-5)


def test_gradient_against_differences() -> None:
    random = torch.Generator().manual_seed(4)
    config = replace(PUBLISHED, normalise=True, both_ways=True, apart_mm=0.5)
    first, second = (torch.randn(6, 4, generator=random, dtype=torch.float64, requires_grad=True) for _ in range(2))
    place = torch.rand(6, 3, generator=random, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda a, b: point_info_nce(a, b, place, config=config), (first, second))


def batch_of(counts: list[int], place: Tensor) -> ViewPair:
    nothing = PointBatch(torch.zeros(0, 1), (), torch.zeros(1, dtype=torch.long), torch.zeros(0, dtype=torch.long))
    starts = torch.tensor([0, *counts]).cumsum(0)
    return ViewPair(nothing, nothing, torch.zeros(len(place), 2, dtype=torch.long), place, starts)


def test_the_spots_of_other_scans_are_no_negatives() -> None:
    random = torch.Generator().manual_seed(5)
    first, second, place = (torch.randn(9, 4, generator=random) for _ in range(3))
    losses = contrastive_losses(ViewOutput(first, second), batch_of([4, 5], place), PUBLISHED)
    apart = [point_info_nce(first[s], second[s], place[s], config=PUBLISHED) for s in (slice(0, 4), slice(4, 9))]
    assert torch.allclose(losses["loss"], torch.stack(apart).mean())


def test_a_coarser_scale_compares_means_over_cells() -> None:
    first, second = torch.randn(4, 3), torch.randn(4, 3)
    place = torch.tensor([[0.5, 0.5, 0.5], [1.0, 0.5, 0.5], [9.0, 0.5, 0.5], [9.5, 0.5, 0.5]])
    config = replace(PUBLISHED, scales_mm=(4.0,))
    loss = contrastive_losses(ViewOutput(first, second), batch_of([4], place), config)["loss"]
    pairs = [x.view(2, 2, 3).mean(dim=1) for x in (first, second)]
    assert torch.allclose(loss, point_info_nce(*pairs, torch.zeros(2, 3), config=PUBLISHED), atol=1e-6)


def test_found_is_one_for_equal_features_and_chance_for_random_ones() -> None:
    place = 100 * torch.rand(200, 3)
    same = torch.randn(200, 8)
    assert contrastive_scores(ViewOutput(same, same), batch_of([200], place))["found"] == 1
    chance = contrastive_scores(ViewOutput(same, torch.randn(200, 8)), batch_of([200], place))["found"]
    assert chance < 0.05
