"""Class by class overlap: strict and lenient mean IoU, accuracies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont.anatomy import arch_order
from typodont.errors import LabelError
from typodont.metrics import (
    class_iou,
    dice,
    lenient_iou,
    macro_iou,
    tooth_dice,
    tooth_gum_accuracy,
    tooth_mask_iou,
    vertex_accuracy,
)

TRUTH = np.array([0, 0, 0, 0, 11, 11, 11, 12, 12, 12])
PREDICTED = np.array([0, 0, 0, 13, 11, 11, 12, 12, 12, 12])
# Gum 3/4, 11: 2/3, 12: 3/4, 13 invented: 0.


def test_class_iou_by_hand():
    assert class_iou(TRUTH, PREDICTED) == pytest.approx({0: 3 / 4, 11: 2 / 3, 12: 3 / 4, 13: 0.0})


def test_macro_iou_counts_invented_teeth():
    assert macro_iou(TRUTH, PREDICTED) == pytest.approx((2 / 3 + 3 / 4 + 0) / 3)
    assert macro_iou(TRUTH, PREDICTED, gingiva=True) == pytest.approx((3 / 4 + 2 / 3 + 3 / 4 + 0) / 4)


def test_macro_iou_without_any_tooth_is_nan():
    assert math.isnan(macro_iou(np.zeros(2, dtype=int), np.zeros(2, dtype=int)))


def test_lenient_iou_gives_absent_classes_full_marks():
    # 17 classes: the four above and 13 that nobody has, each 1.
    assert lenient_iou(TRUTH, PREDICTED, jaw="upper") == pytest.approx((3 / 4 + 2 / 3 + 3 / 4 + 0 + 13) / 17)


def test_lenient_iou_lets_the_other_jaws_numbers_pass():
    # 11 predicted as 31: classes 0 and 12..28 are perfect and 31 is no class of the upper jaw.
    truth, predicted = np.array([0, 11, 12]), np.array([0, 31, 12])
    assert lenient_iou(truth, predicted, jaw="upper") == pytest.approx(16 / 17)
    assert macro_iou(truth, predicted) == pytest.approx(1 / 3)


def test_lenient_iou_flatters_by_the_share_of_absent_teeth():
    # Two of 17 classes absent: lenient = (15 present + 2) / 17, so a published 89.38 is 87.96 on what exists.
    order = arch_order("lower")
    truth = np.repeat([0, *order[2:]], 100)
    predicted = np.where(np.arange(len(truth)) % 100 < 88, truth, 0)
    present = macro_iou(truth, predicted, gingiva=True)
    assert lenient_iou(truth, predicted, jaw="lower") == pytest.approx((15 * present + 2) / 17)


def test_accuracies_by_hand():
    # Right numbers: 3 + 2 + 3 of 10; right side of the tooth/gum line: all but the invented one.
    assert vertex_accuracy(TRUTH, PREDICTED) == pytest.approx(0.8)
    assert tooth_gum_accuracy(TRUTH, PREDICTED) == pytest.approx(0.9)


def test_tooth_dice_by_hand():
    # 11: 2 of 3 found, none too many: 2 * 2 / (3 + 2). 12: all 3 and one too many: 2 * 3 / (3 + 4). 13 costs nothing.
    assert tooth_dice(TRUTH, PREDICTED) == pytest.approx((4 / 5 + 6 / 7) / 2)
    # a true tooth that is not predicted counts as 0
    assert tooth_dice(TRUTH, np.where(PREDICTED == 11, 0, PREDICTED)) == pytest.approx((0 + 6 / 7) / 2)
    assert math.isnan(tooth_dice(np.zeros(10, dtype=int), PREDICTED))


def test_tooth_mask_by_hand():
    # Tooth in both: 6; in either: those and the invented one.
    assert tooth_mask_iou(TRUTH, PREDICTED) == pytest.approx(6 / 7)
    assert dice(tooth_mask_iou(TRUTH, PREDICTED)) == pytest.approx(2 * 6 / (6 + 7))
    assert tooth_mask_iou(np.zeros(3, dtype=int), np.zeros(3, dtype=int)) == 1.0


@pytest.mark.parametrize(
    ("truth", "predicted", "message"),
    [
        (np.zeros(3, dtype=int), np.zeros(2, dtype=int), "shape"),
        (np.zeros((2, 2), dtype=int), np.zeros((2, 2), dtype=int), "shape"),
        (np.zeros(0, dtype=int), np.zeros(0, dtype=int), "no vertices"),
        (np.zeros(2), np.zeros(2, dtype=int), "whole numbers"),
    ],
)
def test_labels_that_cannot_be_scored_are_refused(truth, predicted, message):
    with pytest.raises(LabelError, match=message):
        vertex_accuracy(truth, predicted)


numbers = st.lists(st.sampled_from([0, 11, 12, 21, 22]), min_size=8, max_size=8)


@given(numbers, numbers, st.permutations(range(8)))
def test_order_and_mirror_do_not_matter(truth, predicted, order):
    truth, predicted = np.array(truth), np.array(predicted)
    flip = {0: 0, 11: 21, 12: 22, 21: 11, 22: 12}
    flipped_truth = np.array([flip[v] for v in truth[order]])
    flipped = np.array([flip[v] for v in predicted[order]])
    assert macro_iou(flipped_truth, flipped) == pytest.approx(macro_iou(truth, predicted), nan_ok=True)
    assert lenient_iou(flipped_truth, flipped, jaw="upper") == pytest.approx(lenient_iou(truth, predicted, jaw="upper"))
    assert vertex_accuracy(flipped_truth, flipped) == vertex_accuracy(truth, predicted)


@given(numbers, numbers)
def test_perfect_is_one_and_nothing_exceeds_it(truth, predicted):
    truth, predicted = np.array(truth), np.array(predicted)
    assert macro_iou(truth, truth, gingiva=True) == 1.0
    assert 0 <= macro_iou(truth, predicted, gingiva=True) <= lenient_iou(truth, predicted, jaw="upper") <= 1
