"""Intervals over patients: known answers, seeds, and coverage on made-up truth."""

import math

import numpy as np
import pytest

from typodont.metrics import bootstrap_figures, bootstrap_mean, bootstrap_ratio, wilson_interval


def test_pooled_ratio_by_hand():
    # Patient a: 3/4 and 1/4, patient b: 2/2. Pooled 6/10. Draws: aa 4/8 = .5 (1/4), bb 1 (1/4), ab 6/10 (1/2):
    # the 2.5 % and 97.5 % points are .5 and 1.
    interval = bootstrap_ratio([3, 1, 2], [4, 4, 2], ["a", "a", "b"])
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.6, 0.5, 1.0))
    assert (interval.n, interval.n_patients) == (3, 2)


def test_mean_leaves_nan_out():
    interval = bootstrap_mean([1.0, math.nan, 3.0], ["a", "b", "c"])
    assert interval.value == 2.0
    assert (interval.n, interval.n_patients) == (2, 2)


def test_nothing_measured_is_nan():
    assert math.isnan(bootstrap_mean([], []).value)
    assert math.isnan(bootstrap_mean([math.nan], ["a"]).low)
    assert math.isnan(bootstrap_ratio([0.0], [0.0], ["a"]).value)


def test_one_patient_has_an_empty_interval():
    interval = bootstrap_mean([0.2, 0.6], ["a", "a"])
    assert interval.low == interval.high == interval.value == pytest.approx(0.4)
    assert interval.n_patients == 1


def test_draws_without_denominator_are_ignored():
    interval = bootstrap_ratio([1.0, 0.0], [2.0, 0.0], ["a", "b"])
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.5, 0.5, 0.5))


def test_seed_decides():
    values, patients = list(np.random.default_rng(0).random(30)), list(range(30))
    assert bootstrap_mean(values, patients, seed=1) == bootstrap_mean(values, patients, seed=1)
    assert bootstrap_mean(values, patients, seed=1) != bootstrap_mean(values, patients, seed=2)


def test_arches_of_one_patient_do_not_narrow_the_interval():
    # Every arch listed four times for the same patient is no new information.
    values = np.random.default_rng(0).random(25)
    once = bootstrap_mean(list(values), list(range(25)))
    four = bootstrap_mean(list(np.repeat(values, 4)), list(np.repeat(range(25), 4)))
    assert (four.low, four.high) == pytest.approx((once.low, once.high))
    assert (four.n, four.n_patients) == (100, 25)


def test_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(300):
        interval = bootstrap_mean(list(rng.normal(5, 1, 40)), list(range(40)), n_draws=400)
        hits += interval.low <= 5 <= interval.high
    assert 0.90 <= hits / 300 <= 0.98


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 numerators"):
        bootstrap_ratio([1, 2], [1], ["a"])


def test_wilson_by_hand():
    # 8 of 10 at z = 1.96: centre (.8 + .19207) / 1.38415 = .71674, half 1.96/1.38415 sqrt(.016 + .0096036) = .22659.
    interval = wilson_interval(8, 10)
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)


def test_wilson_stays_inside_at_the_ends():
    # 0 of 10: the upper end is z^2 / (n + z^2) = 3.8415 / 13.8415.
    assert wilson_interval(0, 10).low == 0.0
    assert wilson_interval(0, 10).high == pytest.approx(0.27753, abs=1e-5)
    assert wilson_interval(10, 10).high == 1.0
    assert math.isnan(wilson_interval(0, 0).value)
    with pytest.raises(ValueError, match="5 successes"):
        wilson_interval(5, 4)


def test_figures_of_weights_agree_with_the_pooled_ratio():
    top, bottom, patients = np.array([3.0, 1.0, 2.0]), np.array([4.0, 4.0, 2.0]), ["a", "a", "b"]
    first, second = bootstrap_figures(lambda w: [w @ top / (w @ bottom), w.sum()], patients)
    assert (first.value, first.low, first.high) == pytest.approx((0.6, 0.5, 1.0))
    assert (first.n, first.n_patients) == (3, 2)
    assert (second.low, second.high) == (2.0, 4.0)  # two patients of two cases and one


def test_draws_in_which_a_figure_is_unknown_are_left_out():
    (found,) = bootstrap_figures(lambda w: [1.0 if w[0] else math.nan], ["a", "b"])
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    (unknown,) = bootstrap_figures(lambda w: [math.nan], ["a", "b"])
    assert math.isnan(unknown.value)
    assert math.isnan(unknown.low)
    assert math.isnan(bootstrap_figures(lambda w: [math.nan], [])[0].value)
