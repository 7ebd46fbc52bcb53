"""Sensitivity and false alarms at a score: hand-worked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont.metrics import Marks, best_score, counts_at, froc


def marks_of(rows: list[tuple[float, bool, int]], n_true: list[int]) -> Marks:
    """From (score, hit, picture), at IoU 0.5."""
    score, hit, picture = (np.array(column) for column in zip(*sorted(rows, reverse=True), strict=True))
    return Marks(score, hit[None].astype(bool), picture, np.array(n_true), (0.5,), np.arange(len(n_true)))


# Two pictures with 2 and 1 true things. From the top: hit, wrong, hit, wrong and wrong of one score, hit.
CASE = marks_of(
    [(0.9, True, 0), (0.8, False, 1), (0.7, True, 1), (0.5, False, 0), (0.5, False, 1), (0.2, True, 0)], [2, 1]
)


def figures(marks: Marks, least_score: float | np.ndarray) -> dict[str, float]:
    """Figures of all pictures together."""
    ratios = counts_at(marks, least_score, 0.5).ratios()
    return {
        name: float(top.sum() / bottom.sum()) if bottom.sum() else math.nan for name, (top, bottom) in ratios.items()
    }


def test_at_a_score_by_hand():
    found = figures(CASE, 0.7)
    assert found == pytest.approx({"sensitivity": 2 / 3, "precision": 2 / 3, "f1": 2 / 3, "false_alarms": 0.5})
    # all: 3 of 3 found, 3 of 6 right, F1 2*3/(3+6), 3 false alarms in 2 pictures
    found = figures(CASE, 0.0)
    assert found == pytest.approx({"sensitivity": 1.0, "precision": 0.5, "f1": 2 / 3, "false_alarms": 1.5})


def test_counts_stand_by_picture():
    counts = counts_at(CASE, 0.7, 0.5)
    assert counts.true.tolist() == [2, 1]
    assert counts.marked.tolist() == [1, 2]
    assert counts.found.tolist() == [1, 1]


def test_every_picture_may_have_a_score_of_its_own():
    counts = counts_at(CASE, np.array([0.0, 0.75]), 0.5)
    assert counts.marked.tolist() == [3, 1]
    assert counts.found.tolist() == [2, 0]


def test_at_a_score_that_nothing_reaches():
    found = figures(CASE, 0.95)
    assert (found["sensitivity"], found["f1"], found["false_alarms"]) == (0.0, 0.0, 0.0)
    assert math.isnan(found["precision"])


def test_froc_by_hand():
    # False alarms per picture down the list: 0, .5, .5, 1.5 (both of one score at once), 1.5
    assert froc(CASE, (0.0, 0.25, 0.5, 1.0, 1.5, 4.0), 0.5) == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3, 1.0, 1.0])


def test_froc_without_marks_and_without_truth():
    none = Marks(np.zeros(0), np.zeros((1, 0), dtype=bool), np.zeros(0, dtype=int), np.array([3]), (0.5,), np.arange(1))
    assert froc(none, (1,), 0.5).tolist() == [0.0]
    assert np.isnan(froc(CASE, (1, 2), 0.5, np.zeros(2))).all()


def test_best_score_by_hand():
    # F1 down the list: 1/2, 2/5, 4/6, 4/8, 6/9: two places of 2/3, the higher score wins, cut between .7 and .5
    assert best_score(CASE, 1.0, 0.5) == pytest.approx(0.6)
    # sensitivity counts double: all marks, cut under the last
    assert best_score(CASE, 2.0, 0.5) == pytest.approx(0.1)
    # precision counts double: the first mark alone, 1.25 * 1 / (.25 * 3 + 1)
    assert best_score(CASE, 0.5, 0.5) == pytest.approx(0.85)


def test_best_score_without_a_hit():
    assert math.isnan(best_score(marks_of([(0.9, False, 0)], [1]), 1.0, 0.5))


rows = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.4, 0.6, 0.9]), st.booleans(), st.integers(0, 2)), min_size=1)


@given(rows, st.tuples(*[st.integers(0, 5)] * 3))
def test_more_false_alarms_never_find_less_and_beta_moves_the_score_down(found, extra):
    n_true = [sum(hit for _, hit, picture in found if picture == p) + extra[p] for p in range(3)]
    marks = marks_of(found, n_true)
    if sum(n_true):
        curve = froc(marks, (0, 0.5, 1, 2, 4), 0.5)
        assert (np.diff(curve) >= 0).all()
        assert curve[-1] <= 1.0
    if any(hit for _, hit, _ in found):
        cuts = [best_score(marks, beta, 0.5) for beta in (0.5, 1.0, 2.0)]
        assert cuts[0] >= cuts[1] >= cuts[2]
        assert figures(marks, cuts[2])["false_alarms"] >= figures(marks, cuts[0])["false_alarms"]
