"""Means and bootstrap intervals over cases and seeds."""

import numpy as np
import pytest

from typodont.metrics import bootstrap_mean
from typodont.tasks.study.figures import Scores, interval


def made(values: np.ndarray, patients: tuple[str, ...] | None = None) -> Scores:
    arms, shares, seeds, cases = values.shape
    return Scores(
        tuple("abc"[:arms]),
        np.arange(1.0, shares + 1),
        tuple(np.linspace(0.1, 1, shares).tolist()),
        tuple(range(seeds)),
        patients or tuple(map(str, range(cases))),
        values,
    )


def test_means_by_hand() -> None:
    values = np.array([[[[0.2, 0.4], [0.6, np.nan]]], [[[np.nan, np.nan], [1.0, 0.0]]]])
    scores = made(values)
    np.testing.assert_allclose(scores.means(), [[0.4], [0.5]])
    np.testing.assert_allclose(scores.per_run(), [[[0.3, 0.6]], [[np.nan, 0.5]]])


def test_with_one_seed_it_is_the_bootstrap_over_patients() -> None:
    values = np.random.default_rng(0).random(40)
    patients = tuple(f"P{index // 2}" for index in range(40))
    scores = made(values[None, None, None], patients)
    draws = scores.drawn_means(n_draws=20000)[:, 0, 0]
    mine = interval(scores.means()[0, 0], draws, scores)
    other = bootstrap_mean(values.tolist(), patients, n_draws=20000)
    assert mine.value == pytest.approx(other.value)
    assert (mine.low, mine.high) == pytest.approx((other.low, other.high), abs=0.004)
    assert (mine.n, mine.n_patients) == (40, 20)


def test_seeds_that_differ_widen_the_interval() -> None:
    noise = 0.01 * np.random.default_rng(0).standard_normal((1, 1, 3, 30))
    alike, apart = made(0.5 + noise), made(0.5 + noise + np.array([-0.1, 0, 0.1])[:, None])
    spreads = [np.ptp(np.quantile(s.drawn_means()[:, 0, 0], [0.025, 0.975])) for s in (alike, apart)]
    assert spreads[1] > 5 * spreads[0]


def test_differences_are_taken_on_the_same_cases() -> None:
    hard = np.random.default_rng(0).random((1, 1, 2, 30))
    draws = made(np.concatenate([hard, hard + 0.05])).drawn_means()
    np.testing.assert_allclose(draws[:, 1, 0] - draws[:, 0, 0], 0.05)


def test_missing_runs_leave_no_number() -> None:
    values = np.full((1, 2, 1, 3), 0.5)
    values[0, 1] = np.nan
    scores = made(values)
    assert np.isnan(scores.means()[0, 1])
    assert np.isnan(interval(scores.means()[0, 1], scores.drawn_means()[:, 0, 1], scores).value)


def test_infinite_ends_are_kept() -> None:
    scores = made(np.full((1, 1, 1, 3), 0.5))
    found = interval(3.0, np.array([1.0] * 10 + [2.0] * 10 + [np.inf] * 10), scores)
    assert (found.low, found.high) == (1.0, np.inf)
