"""Losses and quick scores by hand."""

import math

import pytest
import torch

from typodont.anatomy import FDI_OF_SCAN_CLASS, to_index33
from typodont.nets.point_batch import PointBatch, PointOutput, PointTargets
from typodont.training.point_losses import PointLossWeights, class_targets, point_losses, soft_dice_loss
from typodont.training.point_scores import point_scores

SURE = 30.0


def batch_of(label: list[int], jaw: int = 0) -> PointBatch:
    tooth = torch.tensor(label) > 0
    nan = torch.tensor(float("nan"))
    targets = PointTargets(
        label=torch.tensor(label),
        offset=torch.where(tooth[:, None], torch.ones(len(label), 3), nan),
        milk=torch.where(tooth, torch.zeros(len(label)), nan),
        jaw=torch.tensor([jaw]),
    )
    return PointBatch(torch.zeros(len(label), 1), (), torch.tensor([0, len(label)]), torch.tensor([jaw]), targets)


def logits_for(classes: list[int], n: int = 17) -> torch.Tensor:
    return SURE * torch.nn.functional.one_hot(torch.tensor(classes), n).float()


def test_perfect_is_free() -> None:
    batch = batch_of([0, 0, 3, 9])
    output = PointOutput(logits_for([0, 0, 3, 9]), torch.ones(4, 3), torch.tensor([-SURE]), torch.full((4,), -SURE))
    losses = point_losses(output, batch, PointLossWeights(smoothing=0.0))
    assert float(losses["loss"]) == pytest.approx(0, abs=1e-5)
    scores = point_scores(output, batch)
    assert scores == {"accuracy": 1, "iou": 1, "tooth_gum": 1, "offset_mm": 0, "milk": 1, "jaw": 1}


def test_dice_by_hand() -> None:
    # three points: truth 0 0 1, found 0 1 1; Dice with one added above and below:
    # class 0: (2*1+1)/(1+2+1) = 3/4, class 1: (2*1+1)/(2+1+1) = 3/4
    logits = logits_for([0, 1, 1], 3)
    assert float(soft_dice_loss(logits, torch.tensor([0, 0, 1]))) == pytest.approx(1 / 4, abs=1e-5)


def test_unknown_points_count_nowhere() -> None:
    known, extra = batch_of([0, 3]), batch_of([0, 3, -1])
    few = PointOutput(logits_for([0, 4]))
    more = PointOutput(logits_for([0, 4, 7]))
    weights = PointLossWeights()
    assert float(point_losses(few, known, weights)["loss"]) == pytest.approx(
        float(point_losses(more, extra, weights)["loss"])
    )
    assert point_scores(few, known) == point_scores(more, extra)


def test_each_part_by_hand() -> None:
    batch = batch_of([0, 2])
    output = PointOutput(
        torch.zeros(2, 17), torch.tensor([[9.0, 9, 9], [1, 1, 4]]), torch.zeros(1), torch.tensor([SURE, 0.0])
    )
    losses = point_losses(output, batch, PointLossWeights(smoothing=0.0))
    assert float(losses["cross_entropy"]) == pytest.approx(math.log(17), abs=1e-5)
    assert float(losses["offset"]) == pytest.approx(2.5), "gum does not count; |3| - 0.5 on the tooth"
    assert float(losses["milk"]) == pytest.approx(math.log(2), abs=1e-5)
    assert float(losses["jaw"]) == pytest.approx(math.log(2), abs=1e-5)


def test_scores_by_hand() -> None:
    batch = batch_of([0, 0, 1, 2])
    scores = point_scores(PointOutput(logits_for([0, 1, 1, 1])), batch)
    # IoU: gum 1/2, class 1 1/3, class 2 0
    assert scores == {
        "accuracy": 0.5,
        "iou": pytest.approx((1 / 2 + 1 / 3 + 0) / 3),
        "tooth_gum": 0.75,
    }


@pytest.mark.parametrize(("jaw", "index"), [("upper", 0), ("lower", 1)])
def test_33_classes_are_those_of_anatomy(jaw: str, index: int) -> None:
    batch = batch_of(list(range(17)), jaw=index)
    found = class_targets(PointOutput(torch.zeros(17, 33)), batch)
    assert found.tolist() == [to_index33(fdi) for fdi in FDI_OF_SCAN_CLASS[jaw]]


def test_targets_are_needed() -> None:
    batch = PointBatch(torch.zeros(1, 1), (), torch.tensor([0, 1]), torch.tensor([0]))
    with pytest.raises(ValueError, match="targets"):
        point_losses(PointOutput(torch.zeros(1, 17)), batch, PointLossWeights())
