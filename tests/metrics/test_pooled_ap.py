"""The published system's pooled figure: hand-worked with and without what its program ticks off."""

from __future__ import annotations

import math

import numpy as np
import pytest

from typodont.metrics import Thing, counts_at, pooled_ap50, pooled_marks, trapezoid_area, without_doubles


def box(left: float, *, width: float = 10, category: str = "tooth", score: float = 1.0) -> Thing:
    """A box of height 10."""
    return Thing(category, (left, 0.0, left + width, 10.0), score=score)


# One picture. Three true teeth of which the first two overlap each other: 0..10, 2..12, 30..40.
TRUE = [[box(0), box(2), box(30)]]
# The first mark overlaps the first by 8/12 and the second wholly: the program ticks off both and takes the second.
# The second mark could only have the first, the third has the third, the fourth nothing.
MARKED = [[box(2, score=0.9), box(0, score=0.8), box(30, score=0.7), box(60, score=0.6)]]


def test_published_matching_ticks_off_what_was_best_on_the_way():
    marks = pooled_marks(TRUE, MARKED, kind="box", nms=0.7)
    assert marks.at(0.5).tolist() == [True, False, True, False]
    # the first tooth is neither found nor missed: 2 found + 0 missed
    assert marks.n_true.tolist() == [2]
    counts = counts_at(marks, 0.0, 0.5)
    assert (counts.found.tolist(), counts.true.tolist(), counts.marked.tolist()) == ([2.0], [2.0], [4.0])
    # precision 1, 1/2, 2/3, 1/2 at sensitivity 1/2, 1/2, 1, 1; what lies before the first mark does not count
    assert trapezoid_area(marks) == pytest.approx(0.5 * (1 / 2 + 2 / 3) / 2)
    assert pooled_ap50(TRUE, MARKED, kind="box", nms=0.7) == pytest.approx(7 / 24)


def test_plain_matching_finds_all_three():
    marks = pooled_marks(TRUE, MARKED, kind="box", nms=0.7, published_matching=False)
    assert marks.at(0.5).tolist() == [True, True, True, False]
    assert marks.n_true.tolist() == [3]
    # precision 1, 1, 1, 3/4 at sensitivity 1/3, 2/3, 1, 1
    assert pooled_ap50(TRUE, MARKED, kind="box", nms=0.7, published_matching=False) == pytest.approx(2 / 3)


def test_only_a_better_one_is_ticked_off_after_the_first():
    # Seen from the other end the best comes first, so nothing else is ticked off.
    turned = [TRUE[0][::-1]]
    marks = pooled_marks(turned, MARKED, kind="box", nms=0.7)
    assert marks.at(0.5).tolist() == [True, True, True, False]
    assert marks.n_true.tolist() == [3]


def test_scores_under_the_cut_are_gone():
    # The curve ends at the cut: with one of two found, it cannot exceed the sensitivity there.
    true = [[box(0), box(30)]]
    marked = [[box(0, score=0.9), box(30, score=0.49)]]
    marks = pooled_marks(true, marked, kind="box")
    assert marks.score.tolist() == [0.9]
    assert marks.n_true.tolist() == [2]
    assert pooled_ap50(true, marked, kind="box", least_score=0.4) == pytest.approx(0.5)


def test_doubles_go_whatever_their_category():
    # 0..10 and 2..12 overlap by 8/12
    marks = [box(2, category="caries", score=0.7), box(0, score=0.9), box(30, score=0.6)]
    assert [mark.score for mark in without_doubles(marks, 0.6)] == [0.9, 0.6]
    assert [mark.score for mark in without_doubles(marks, 0.7)] == [0.9, 0.7, 0.6]
    assert without_doubles([], 0.6) == []


def test_one_curve_for_all_categories_and_pictures():
    true = [[box(0)], [box(0, category="caries"), box(30)]]
    marked = [[box(0, score=0.6)], [box(0, score=0.9), box(0, category="caries", score=0.8), box(30, score=0.7)]]
    marks = pooled_marks(true, marked, kind="box", nms=1.0)
    # .9 is a tooth where caries is: wrong; then three hits
    assert marks.at(0.5).tolist() == [False, True, True, True]
    assert marks.picture.tolist() == [1, 1, 1, 0]
    precision, sensitivity = [0, 1 / 2, 2 / 3, 3 / 4], [0, 1 / 3, 2 / 3, 1]
    assert trapezoid_area(marks) == pytest.approx(np.trapezoid(precision, sensitivity))


def test_a_picture_that_does_not_count_leaves_the_curve():
    true, marked = [[box(0)], [box(0)]], [[box(0, score=0.9)], [box(60, score=0.8)]]
    marks = pooled_marks(true, marked, kind="box")
    assert trapezoid_area(marks, np.array([2.0, 0.0])) == trapezoid_area(pooled_marks(true[:1], marked[:1], kind="box"))
    assert math.isnan(trapezoid_area(marks, np.zeros(2)))


def test_nothing_marked_and_nothing_true():
    assert pooled_ap50([[box(0)]], [[]], kind="box") == 0.0
    assert math.isnan(pooled_ap50([[]], [[box(0)]], kind="box"))
