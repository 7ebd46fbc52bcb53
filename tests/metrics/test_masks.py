"""Teeth as masks that may overlap: by hand, and against counting pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from typodont.errors import LabelError
from typodont.metrics import dice, match_masks, match_teeth


def row(*pixels, width=12):
    """(1, width) mask of some pixels of a one-row picture."""
    mask = np.zeros((1, width), dtype=bool)
    mask[0, list(pixels)] = True
    return mask


# Two true teeth cross at pixel 4; the prediction cannot, and gives it to 16. A third tooth is called 14 for 15.
TRUE = [row(0, 1, 2, 3, 4), row(4, 5, 6, 7), row(8, 9)]
FOUND = [row(0, 1, 2, 3), row(4, 5, 6, 7), row(8, 9), row(10, 11)]


def test_crossing_teeth_by_hand():
    matches = match_masks(TRUE, [17, 16, 15], FOUND, [17, 16, 14, 13])
    assert matches.iou[0, 0] == pytest.approx(4 / 5)
    assert matches.iou[0, 1] == pytest.approx(1 / 8)
    assert matches.pairs == ((0, 0), (1, 1), (2, 2))
    assert matches.right_pairs == ((0, 0), (1, 1))
    assert matches.detection_precision == pytest.approx(3 / 4)
    assert matches.detection_recall == 1.0
    assert matches.right_number == pytest.approx(2 / 3)
    assert matches.right_number_of_found == pytest.approx(2 / 3)
    # right on either side 2; all teeth: 17 and 16 once, 15, 14 and 13
    assert matches.identification_accuracy == pytest.approx(2 / 5)
    assert matches.wrong_teeth() == [{"true": 15, "predicted": 14}, {"true": None, "predicted": 13}]
    # IoU 4/5, 1, and 0 for 15; the numbers 14 and 13 that nobody has are two more zeros
    assert matches.same_number_iou() == pytest.approx([4 / 5, 1, 0])
    assert matches.same_number_iou(made_up=True) == pytest.approx([4 / 5, 1, 0, 0, 0])
    assert dice(matches.same_number_iou()).mean() == pytest.approx((8 / 9 + 1) / 3)
    assert dice(matches.matched_iou()).mean() == pytest.approx((8 / 9 + 1 + 1) / 3)


def test_a_number_that_is_there_twice_is_two_teeth():
    matches = match_masks([row(0, 1), row(5, 6)], [28, 28], [row(0, 1)], [28])
    assert matches.right_number == 0.5
    assert matches.same_number_iou().tolist() == [1.0, 0.0]


def test_nothing_on_one_side():
    only_true = match_masks(TRUE, [17, 16, 15], [], [])
    assert only_true.same_number_iou().tolist() == [0, 0, 0]
    assert only_true.right_number == 0
    assert np.isnan(only_true.detection_precision)
    assert np.isnan(only_true.right_number_of_found)
    only_found = match_masks([], [], FOUND[:1], [17])
    assert only_found.same_number_iou(made_up=True).tolist() == [0]
    assert match_masks([], [], [], []).all_right


def test_masks_that_do_not_fit_are_refused():
    with pytest.raises(LabelError, match="different sizes"):
        match_masks(TRUE, [17, 16, 15], [row(0, width=9)], [17])
    with pytest.raises(LabelError, match="one number per mask"):
        match_masks(TRUE, [17, 16], FOUND, [17, 16, 14, 13])


@given(st.integers(0, 3), st.integers(0, 3), st.data())
def test_overlaps_as_counted_pixel_by_pixel(n_true, n_found, data):
    draw = data.draw(arrays(bool, (n_true + n_found, 4, 5)))
    true, found = list(draw[:n_true]), list(draw[n_true:])
    iou = match_masks(true, range(11, 11 + n_true), found, range(11, 11 + n_found)).iou
    assert iou.shape == (n_true, n_found)
    for t, first in enumerate(true):
        for p, second in enumerate(found):
            union = (first | second).sum()
            assert iou[t, p] == pytest.approx((first & second).sum() / union if union else 0)


@given(arrays(np.int64, 30, elements=st.sampled_from([0, 11, 12, 21])), st.data())
def test_masks_of_a_label_map_match_as_the_label_map_does(truth, data):
    predicted = data.draw(arrays(np.int64, 30, elements=st.sampled_from([0, 11, 12, 21])))
    numbers = [[int(c) for c in np.unique(side) if c] for side in (truth, predicted)]
    masks = [[side == c for c in own] for side, own in zip((truth, predicted), numbers, strict=True)]
    by_masks = match_masks(masks[0], numbers[0], masks[1], numbers[1])
    by_map = match_teeth(truth, predicted)
    assert by_masks.pairs == by_map.pairs
    assert by_masks.iou == pytest.approx(by_map.iou)
