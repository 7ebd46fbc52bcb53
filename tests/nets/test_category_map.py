"""The map of categories: hand-worked losses, and that unlabelled categories teach it nothing."""

from __future__ import annotations

import math

import pytest
import torch

from typodont.nets.category_map import CategoryMap


def make_target(judged: list[bool], label: list[int], mask: torch.Tensor) -> dict[str, torch.Tensor]:
    ignored = torch.zeros(len(judged), 0, 0, dtype=torch.bool)
    labels = torch.tensor(label, dtype=torch.int64)
    return {"masks": mask, "labels": labels, "judged": torch.tensor(judged), "ignored": ignored}


def constant_map(logit: float, categories: int = 2) -> CategoryMap:
    head = CategoryMap(3, categories)
    torch.nn.init.zeros_(head.weight)
    assert head.bias is not None
    torch.nn.init.constant_(head.bias, logit)
    return head


def test_the_loss_of_an_undecided_map_is_that_worked_out_by_hand():
    mask = torch.zeros(1, 8, 8, dtype=torch.uint8)
    mask[0, 3, 3] = 1  # one of 2 x 2 places is touched
    loss = constant_map(0.0).loss(torch.zeros(1, 3, 2, 2), [make_target([True, True], [1], mask)])
    entropy = 2 * math.log(2)  # of both categories
    dice = 1 - (2 * 0.5 + 1) / (4 * 0.5 + 1 + 1)  # only the first is to be seen
    assert loss.item() == pytest.approx(entropy + dice)


def test_a_map_that_is_right_and_sure_costs_nothing():
    head = CategoryMap(1, 1)
    torch.nn.init.constant_(head.weight, 40.0)
    assert head.bias is not None
    torch.nn.init.constant_(head.bias, -20.0)
    mask = torch.zeros(1, 8, 8, dtype=torch.uint8)
    mask[0, :4] = 1
    level = torch.tensor([[1.0, 1.0], [0.0, 0.0]])[None, None]
    assert head.loss(level, [make_target([True], [1], mask)]).item() == pytest.approx(0, abs=1e-6)


def test_what_is_not_labelled_is_not_learnt():
    head = CategoryMap(3, 2)
    mask = torch.ones(1, 8, 8, dtype=torch.uint8)
    head.loss(torch.rand(1, 3, 2, 2), [make_target([True, False], [1], mask)]).backward()
    gradient = head.weight.grad
    assert gradient is not None
    seen, unknown = gradient.abs().sum(dim=(1, 2, 3)).tolist()
    assert seen > 0
    assert unknown == 0


def test_a_picture_without_findings_has_a_loss_too():
    target = make_target([True, True], [], torch.zeros(0, 8, 8, dtype=torch.uint8))
    assert constant_map(0.0).loss(torch.zeros(1, 3, 2, 2), [target]).item() == pytest.approx(2 * math.log(2))


def test_the_map_learns_nothing_in_a_region_but_from_what_is_labelled_there():
    head = CategoryMap(1, 1)
    level = torch.rand(1, 1, 2, 4, requires_grad=True)
    everywhere = torch.ones(1, 8, 16, dtype=torch.bool)
    mask = torch.zeros(1, 8, 16, dtype=torch.uint8)
    mask[0, :4, :4] = 1
    target = {"masks": mask, "labels": torch.tensor([1]), "judged": torch.tensor([True]), "ignored": everywhere}
    head.loss(level, [target]).backward()
    assert level.grad is not None
    learnt = level.grad[0, 0] != 0
    assert learnt[0, 0]
    assert learnt.sum() == 1
