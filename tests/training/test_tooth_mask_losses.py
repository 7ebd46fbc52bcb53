"""Losses and scores of tooth masks by hand."""

import math

import pytest
import torch

from typodont.anatomy import jaw, mirrored, to_index33
from typodont.nets.image_batch import IS_LOWER, IS_RIGHT, PLACE, ImageBatch, ToothMaskOutput, ToothTargets
from typodont.training.tooth_mask_losses import ToothMaskLossWeights, tooth_mask_losses, tooth_mask_scores

SURE = 30.0


def batch_of(label: list[list[int]]) -> ImageBatch:
    number = torch.tensor(label)[None]
    tooth = torch.where(number < 0, torch.nan, (number > 0).float())
    offset = torch.where((number > 0)[:, None], torch.ones(1, 2, *number.shape[1:]), torch.nan)
    return ImageBatch(torch.zeros(1, 1, 4, 4), ToothTargets(tooth, number, offset))


def answer(label: list[list[int]]) -> ToothMaskOutput:
    """A network that is sure of these labels."""
    index = torch.tensor(label)[None].clamp_min(0)

    def sure(yes: torch.Tensor) -> torch.Tensor:
        return SURE * (2.0 * yes - 1)

    place = SURE * torch.nn.functional.one_hot(PLACE[index], 8).movedim(-1, 1).float()
    return ToothMaskOutput(
        sure(index > 0), sure(IS_LOWER[index]), sure(IS_RIGHT[index]), place, torch.ones(1, 2, *index.shape[1:])
    )


LABEL = [[0, 0, 18, 18], [0, 7, 7, -1]]


def test_factors_agree_with_anatomy() -> None:
    for fdi in (18, 21, 36, 44):
        index = to_index33(fdi)
        assert bool(IS_LOWER[index]) == (jaw(fdi) == "lower")
        assert int(PLACE[index]) == fdi % 10 - 1
        assert bool(IS_RIGHT[index]) != bool(IS_RIGHT[to_index33(mirrored(fdi))])
    assert bool(IS_RIGHT[to_index33(11)])


def test_classes_are_probabilities() -> None:
    torch.manual_seed(0)
    parts = [torch.randn(2, 3, 5) for _ in range(3)]
    output = ToothMaskOutput(*parts, place=torch.randn(2, 8, 3, 5), offset=torch.zeros(2, 2, 3, 5))
    total = output.log_classes().exp().sum(dim=1)
    torch.testing.assert_close(total, torch.ones_like(total))
    assert answer(LABEL).log_classes().argmax(dim=1)[0, 0].tolist() == LABEL[0]


def test_perfect_is_free() -> None:
    losses = tooth_mask_losses(answer(LABEL), batch_of(LABEL), ToothMaskLossWeights(smoothing=0.0))
    assert float(losses["loss"]) == pytest.approx(0, abs=1e-4)
    assert tooth_mask_scores(answer(LABEL), batch_of(LABEL)) == {"dice": 1, "iou": 1, "number": 1, "offset": 0}


def test_wrong_answers_by_hand() -> None:
    # the upper 7 called its lower counterpart of the same side: only the jaw is wrong, on 2 of 4 tooth pixels
    wrong = [[0, 0, 18, 18], [0, to_index33(47), to_index33(47), 0]]
    losses = tooth_mask_losses(answer(wrong), batch_of(LABEL), ToothMaskLossWeights(smoothing=0.0))
    assert float(losses["lower"]) == pytest.approx(SURE / 2, rel=1e-4)
    assert float(losses["right"]) == pytest.approx(0, abs=1e-4)
    assert float(losses["place"]) == pytest.approx(0, abs=1e-4)
    assert tooth_mask_scores(answer(wrong), batch_of(LABEL))["number"] == pytest.approx(0.5)


def test_undecided_costs_log_two() -> None:
    output = answer(LABEL)
    output.tooth = torch.zeros_like(output.tooth)
    losses = tooth_mask_losses(output, batch_of(LABEL), ToothMaskLossWeights())
    assert float(losses["tooth"]) == pytest.approx(math.log(2), rel=1e-5)


def test_unknown_pixels_count_nowhere() -> None:
    output, changed = answer(LABEL), answer(LABEL)
    changed.tooth[0, 1, 3], changed.lower[0, 1, 3] = SURE, SURE
    weights = ToothMaskLossWeights()
    first, second = (tooth_mask_losses(o, batch_of(LABEL), weights)["loss"] for o in (output, changed))
    assert float(first) == pytest.approx(float(second))
    assert tooth_mask_scores(output, batch_of(LABEL)) == tooth_mask_scores(changed, batch_of(LABEL))


def test_picture_without_teeth_has_a_gradient() -> None:
    output = answer([[0, 0], [0, 0]])
    output.tooth = torch.zeros(1, 2, 2, requires_grad=True)
    loss = tooth_mask_losses(output, batch_of([[0, 0], [0, 0]]), ToothMaskLossWeights())["loss"]
    loss.backward()
    assert output.tooth.grad is not None
    assert torch.isfinite(output.tooth.grad).all()
    assert (output.tooth.grad > 0).all()
