"""Teeth matched as wholes: F1 with and without numbers, panoptic quality, identification over all true teeth."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont.metrics import match_teeth, tooth_identification_rate

# Three true teeth of 4 vertices each and 4 of gum.
TRUTH = np.repeat([11, 12, 13, 0], 4)


def test_by_hand():
    # 11: 4 of 4 found, IoU 1. 12: 3 of 4 found under the number 13, IoU 3/4. 13: 1 of 4, IoU 1/4, under 14: not found.
    predicted = np.array([11, 11, 11, 11, 13, 13, 13, 0, 14, 0, 0, 0, 0, 0, 0, 0])
    matches = match_teeth(TRUTH, predicted)
    assert (matches.n_true, matches.n_predicted) == (3, 3)
    # Right numbers: one hit of 3 and 3; under any number: two hits.
    assert matches.tooth_f1 == pytest.approx(2 * 1 / 6)
    assert matches.detection_f1 == pytest.approx(2 * 2 / 6)
    # PQ: IoU 1 over 1 match + half of 2 missed + half of 2 invented = 1/3.
    assert matches.panoptic_quality == pytest.approx(1 / 3)
    assert not matches.all_right
    assert matches.wrong_teeth() == [
        {"true": 12, "predicted": 13},
        {"true": 13, "predicted": None},
        {"true": None, "predicted": 14},
    ]


def test_panoptic_quality_is_quality_times_recognition():
    # Both found: IoU 1/2 (2 of 4, none too many) and 4/5 (all 4 and one too many): mean .65, recognition 1.
    truth = np.repeat([11, 12, 0], 4)
    predicted = np.array([11, 11, 0, 0, 12, 12, 12, 12, 12, 0, 0, 0])
    matches = match_teeth(truth, predicted)
    assert matches.tooth_f1 == 1.0
    assert matches.panoptic_quality == pytest.approx(0.65)


def test_exactly_one_half_counts_and_less_does_not():
    truth = np.array([11, 11, 11, 11, 0])
    assert match_teeth(truth, np.array([11, 11, 0, 0, 0])).tooth_f1 == 1.0
    assert match_teeth(truth, np.array([11, 0, 0, 0, 0])).tooth_f1 == 0.0
    assert match_teeth(truth, np.array([11, 11, 0, 0, 11])).tooth_f1 == 0.0


def test_tie_at_one_half_goes_to_the_right_number():
    truth = np.array([11, 11, 11, 11])
    for predicted in ([11, 11, 12, 12], [10, 10, 11, 11]):
        assert match_teeth(truth, np.array(predicted)).right_pairs


def test_instances_split_what_one_number_joins():
    # Two blobs carry the number 13 in the prediction; as instances the second is a duplicate, not a part of the first.
    truth = np.array([13, 13, 0, 0])
    predicted = np.array([13, 13, 13, 13])
    assert match_teeth(truth, predicted).tooth_f1 == 1.0
    split = match_teeth(truth, predicted, predicted_instances=np.array([5, 5, 6, 6]))
    assert split.tooth_f1 == pytest.approx(2 / 3)
    assert split.panoptic_quality == pytest.approx(2 / 3)


def test_instance_of_gum_is_no_tooth():
    assert match_teeth(np.array([11, 0]), np.array([11, 0]), truth_instances=np.array([1, 2])).n_true == 1


def test_no_teeth_anywhere_is_nan_but_all_right():
    matches = match_teeth(np.zeros(3, dtype=int), np.zeros(3, dtype=int))
    assert math.isnan(matches.tooth_f1)
    assert math.isnan(matches.panoptic_quality)
    assert matches.all_right


def test_only_missing_or_only_invented_teeth_score_zero():
    gum = np.zeros(16, dtype=int)
    assert match_teeth(TRUTH, gum).tooth_f1 == 0.0
    assert match_teeth(gum, TRUTH).tooth_f1 == 0.0
    assert match_teeth(gum, TRUTH).panoptic_quality == 0.0


def test_identification_counts_missed_teeth():
    # Pairs of vertices 2 mm apart: half a size is 1 mm. 12 not predicted: its nearest centre is 10 mm off.
    vertices = np.array([[x + side, 0, 0] for x in (0, 10, 20) for side in (-1, 1)], dtype=float)
    truth = np.repeat([11, 12, 13], 2)
    assert tooth_identification_rate(vertices, truth, truth) == 1.0
    assert tooth_identification_rate(vertices, truth, np.array([11, 11, 0, 0, 13, 13])) == pytest.approx(2 / 3)
    assert tooth_identification_rate(vertices, truth, np.array([11, 11, 13, 13, 12, 12])) == pytest.approx(1 / 3)
    assert tooth_identification_rate(vertices, truth, np.zeros(6, dtype=int)) == 0.0
    assert math.isnan(tooth_identification_rate(vertices, np.zeros(6, dtype=int), truth))


def test_identification_needs_the_centre_within_half_a_size():
    # Tooth 11 spreads over x = -3, -1, 1, 3: half size sqrt(5) = 2.24. Keeping only x = 3 moves the centre by 3 mm.
    vertices = np.array([[-3, 0, 0], [-1, 0, 0], [1, 0, 0], [3, 0, 0]], dtype=float)
    truth = np.full(4, 11)
    assert tooth_identification_rate(vertices, truth, np.array([0, 0, 11, 11])) == 1.0
    assert tooth_identification_rate(vertices, truth, np.array([0, 0, 0, 11])) == 0.0


labellings = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.sampled_from([0, 11, 12, 13, 21]), min_size=n, max_size=n)] * 2)
)


@given(labellings, st.randoms(use_true_random=False))
def test_order_of_vertices_and_names_of_teeth_do_not_matter(pair, random):
    truth, predicted = np.array(pair[0]), np.array(pair[1])
    expected = match_teeth(truth, predicted)
    order = list(range(len(truth)))
    random.shuffle(order)
    renamed = {0: 0, 11: 21, 12: 22, 13: 23, 21: 11}
    again = match_teeth(np.array([renamed[v] for v in truth[order]]), np.array([renamed[v] for v in predicted[order]]))
    for name in ("tooth_f1", "detection_f1", "panoptic_quality", "all_right"):
        assert getattr(again, name) == pytest.approx(getattr(expected, name), nan_ok=True)


@given(labellings)
def test_bounds_and_symmetry(pair):
    truth, predicted = np.array(pair[0]), np.array(pair[1])
    forth, back = match_teeth(truth, predicted), match_teeth(predicted, truth)
    if forth.n_true + forth.n_predicted:
        assert 0 <= forth.panoptic_quality <= forth.tooth_f1 + 1e-12
        assert forth.tooth_f1 <= forth.detection_f1 <= 1
        assert back.tooth_f1 == pytest.approx(forth.tooth_f1)
    assert forth.all_right == (not forth.wrong_teeth())
