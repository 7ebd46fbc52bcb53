"""Confidence that keeps its promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.errors import ConfigError, WeightsError
from typodont.tasks.calibrate import (
    Calibration,
    cross_fitted,
    fit_calibration,
    read_calibration,
    rising,
    write_calibration,
)


def test_calibration_recovers_a_known_curve():
    rng = np.random.default_rng(0)
    raw = rng.random(20000)
    right = rng.random(20000) < raw**3
    curve = fit_calibration(raw, right, source="made up")
    at = np.linspace(0.1, 0.95, 20)
    assert np.abs(curve(at) - at**3).max() < 0.05
    assert curve.n_teeth == 20000


def test_few_teeth_never_give_certainty():
    curve = fit_calibration(np.linspace(0.5, 1, 12), np.ones(12, dtype=bool), source="few")
    assert 0.8 < curve(np.array([1.0]))[0] < 1


def test_a_score_lower_than_any_seen_is_not_trusted():
    curve = fit_calibration(np.linspace(0.9, 1, 300), np.ones(300, dtype=bool), source="easy scans")
    assert curve(np.array([0.95]))[0] > 0.9
    assert curve(np.array([0.45]))[0] < 0.6
    assert curve(np.array([0.0]))[0] < 0.05


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_rising_rises_and_keeps_the_mean(values):
    level = rising(values, [1.0] * len(values))
    assert (np.diff(level) >= -1e-12).all()
    assert np.mean(level) == pytest.approx(np.mean(values))
    if sorted(values) == values:
        assert level == pytest.approx(values)


def test_calibration_survives_a_file(tmp_path):
    curve = Calibration((0.1, 0.5, 0.9), (0.2, 0.6, 0.99), 100, "made up")
    write_calibration(curve, tmp_path / "calibration.json")
    assert read_calibration(tmp_path / "calibration.json") == curve
    assert read_calibration(tmp_path / "none.json").n_teeth == 0


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"score": [0, 1], "probability": [0.9, 0.1], "n_teeth": 3, "source": "falls"}',
        '{"score": [0], "probability": [1], "n_teeth": 3, "source": "short"}',
    ],
)
def test_a_damaged_calibration_is_refused(tmp_path, text):
    (tmp_path / "calibration.json").write_text(text)
    with pytest.raises(WeightsError, match="calibration"):
        read_calibration(tmp_path / "calibration.json")


def test_cross_fitted_confidence_of_a_case_does_not_know_its_own_outcome():
    rng = np.random.default_rng(0)
    cases = [[(float(raw), bool(rng.random() < raw**2)) for raw in rng.random(30)] for _ in range(40)]
    fitted = cross_fitted(cases)
    assert [[right for _, right in case] for case in fitted] == [[right for _, right in case] for case in cases]
    confidence = np.array([c for case in fitted for c, _ in case])
    raw = np.array([r for case in cases for r, _ in case])
    assert np.abs(confidence - raw**2).max() < 0.2
    turned = [[(raw, not right) for raw, right in cases[0]], *cases[1:]]
    assert [c for c, _ in cross_fitted(turned)[0]] == [c for c, _ in fitted[0]]
    assert cross_fitted(turned)[1] != fitted[1]


def test_cross_fitting_needs_two_cases_with_teeth():
    with pytest.raises(ConfigError, match="two or more"):
        cross_fitted([[(0.5, True)]])
    with pytest.raises(ConfigError, match="two or more"):
        cross_fitted([[(0.5, True)], []])
