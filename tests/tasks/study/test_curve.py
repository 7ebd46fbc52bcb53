"""Learning curves read backwards, by hand and against their own interpolation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.tasks.study.curve import labels_for, rising

LABELS = np.array([10.0, 20.0, 40.0, 80.0])


def test_by_hand() -> None:
    scores = np.array([0.5, 0.6, 0.7, 0.8])
    assert labels_for(0.6, LABELS, scores) == pytest.approx(20)
    assert labels_for(0.75, LABELS, scores) == pytest.approx(40 * math.sqrt(2))
    assert labels_for(0.8, LABELS, scores) == pytest.approx(80)


def test_beyond_the_ends() -> None:
    scores = np.array([0.5, 0.6, 0.7, 0.8])
    assert labels_for(0.3, LABELS, scores) == 10
    assert labels_for(0.9, LABELS, scores) == math.inf
    assert math.isnan(labels_for(math.nan, LABELS, scores))
    assert math.isnan(labels_for(0.6, LABELS, np.array([0.5, math.nan, 0.7, 0.8])))


def test_a_dip_is_chance() -> None:
    np.testing.assert_allclose(rising(np.array([0.5, 0.7, 0.6, 0.8])), [0.5, 0.65, 0.65, 0.8])
    assert labels_for(0.65, LABELS, np.array([0.5, 0.7, 0.6, 0.8])) == pytest.approx(20)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(0, 1))
def test_what_it_names_reaches_the_score_and_less_does_not(values: list[float], target: float) -> None:
    scores = np.array(values)
    n = labels_for(target, LABELS, scores)
    if math.isinf(n):
        assert target > rising(scores)[-1]
        return
    reached = np.interp(np.log(n), np.log(LABELS), rising(scores))
    assert reached >= target - 1e-6
    if n > 10:
        assert np.interp(np.log(0.99 * n), np.log(LABELS), rising(scores)) <= target + 1e-6
