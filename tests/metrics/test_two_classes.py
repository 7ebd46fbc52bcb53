"""Accuracy, sensitivity, specificity and precision, counted by hand."""

import math

import pytest

from typodont.metrics import two_class_figures, wilson_interval


def test_the_published_ten_cases() -> None:
    """Five inlays all found, of five onlays one: 6 of 10 right, which is 0.31 to 0.83."""
    figures = two_class_figures([True] * 9 + [False], [True] * 5 + [False] * 5)
    assert figures["accuracy"] == wilson_interval(6, 10)
    assert (figures["accuracy"].low, figures["accuracy"].high) == pytest.approx((0.313, 0.832), abs=5e-4)
    assert figures["sensitivity"] == wilson_interval(5, 5)
    assert figures["specificity"] == wilson_interval(1, 5)
    assert figures["precision"] == wilson_interval(5, 9)


def test_what_cannot_be_measured() -> None:
    figures = two_class_figures([False, False], [False, False])
    assert figures["accuracy"].value == 1
    assert math.isnan(figures["sensitivity"].value)
    assert math.isnan(figures["precision"].value)
    with pytest.raises(ValueError, match="1 answers for 2 cases"):
        two_class_figures([True], [True, False])
