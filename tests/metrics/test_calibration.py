"""Confidence against outcome, by hand."""

import math

import numpy as np
import pytest

from typodont.metrics import ReliabilityBin, brier_score, calibration_error, reliability


def test_by_hand():
    # Bin .9..1: .95 and .95, one right: gap .95 - .5 = .45. Bin .6...7: .65 and right: gap .35. (2 * .45 + .35) / 3.
    confidence, right = [0.95, 0.95, 0.65], [True, False, True]
    assert calibration_error(confidence, right) == pytest.approx((2 * 0.45 + 0.35) / 3)
    # (.05^2 + .95^2 + .35^2) / 3
    assert brier_score(confidence, right) == pytest.approx((0.0025 + 0.9025 + 0.1225) / 3)


def test_reliability_by_hand():
    bins = reliability([0.95, 0.93, 0.65, 1.0], [True, False, True, True])
    assert bins == [ReliabilityBin(1, 0.65, 1.0), ReliabilityBin(3, pytest.approx(0.96), pytest.approx(2 / 3))]
    assert reliability([], []) == []


def test_ends_and_nothing():
    assert calibration_error([1.0, 0.0], [True, False]) == 0.0
    assert brier_score([1.0, 0.0], [True, False]) == 0.0
    assert math.isnan(calibration_error([], []))
    assert math.isnan(brier_score([], []))


def test_honest_confidence_has_little_error_and_boasting_much():
    rng = np.random.default_rng(0)
    honest = rng.uniform(0.5, 1, 20_000)
    right = rng.random(20_000) < honest
    assert calibration_error(honest, right) < 0.02
    assert calibration_error(np.ones(20_000), right) == pytest.approx(0.25, abs=0.02)


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="outcomes"):
        brier_score([0.5], [True, False])
    with pytest.raises(ValueError, match=r"0\.\.1"):
        brier_score([1.5], [True])
