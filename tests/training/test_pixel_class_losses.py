import pytest
import torch

from typodont.nets.image_batch import ImageBatch
from typodont.nets.published_unet import PixelClassOutput, PixelClassTargets
from typodont.training.pixel_class_losses import pixel_class_losses, pixel_class_scores


def batch_of(label: torch.Tensor) -> ImageBatch:
    return ImageBatch(torch.zeros(len(label), 3, *label.shape[1:]), PixelClassTargets(label))


def sure(label: torch.Tensor) -> PixelClassOutput:
    return PixelClassOutput(100.0 * torch.nn.functional.one_hot(label, 33).movedim(-1, 1).float())


def test_the_truth_costs_nothing_and_scores_one() -> None:
    label = torch.arange(64).reshape(1, 8, 8) % 33
    assert float(pixel_class_losses(sure(label), batch_of(label))["loss"]) == pytest.approx(0)
    assert pixel_class_scores(sure(label), batch_of(label)) == pytest.approx({"accuracy": 1, "dice": 1, "iou": 1})


def test_pixels_of_no_class_add_nothing_but_count_in_the_mean() -> None:
    label = torch.zeros(1, 4, 4, dtype=torch.int64)
    even = PixelClassOutput(torch.zeros(1, 33, 4, 4))
    whole = float(pixel_class_losses(even, batch_of(label))["loss"])
    assert whole == pytest.approx(float(torch.log(torch.tensor(33.0))))
    label[:, :2] = -1
    assert float(pixel_class_losses(even, batch_of(label))["loss"]) == pytest.approx(whole / 2)


def test_pixel_accuracy_praises_who_sees_no_tooth() -> None:
    label = torch.zeros(1, 10, 10, dtype=torch.int64)
    label[:, 0] = 5
    scores = pixel_class_scores(sure(torch.zeros_like(label)), batch_of(label))
    assert scores == pytest.approx({"accuracy": 0.9, "dice": 0, "iou": 0.9 / 2})


def test_pixels_of_no_class_are_not_scored() -> None:
    label = torch.ones(1, 4, 4, dtype=torch.int64)
    found = label.clone()
    found[:, 0] = 2
    label[:, 0] = -1
    assert pixel_class_scores(sure(found), batch_of(label))["accuracy"] == pytest.approx(1)
