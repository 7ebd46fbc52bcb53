"""Circles that should hold a share of the truth."""

import numpy as np
import pytest

from typodont.metrics import COVERAGE_LEVELS, circle_coverage, circle_radius


@pytest.mark.parametrize(("level", "radius"), [(0.5, 1.17741), (0.9, 2.14597), (1 - np.exp(-0.5), 1.0)])
def test_known_radii(level: float, radius: float) -> None:
    assert circle_radius(level) == pytest.approx(radius, abs=1e-5)


def test_normal_errors_are_covered_as_promised_whatever_their_spreads() -> None:
    rng = np.random.default_rng(0)
    sigma = rng.uniform(0.5, 20, 40_000)
    error = np.hypot(*(sigma * rng.standard_normal((2, 40_000))))
    np.testing.assert_allclose(circle_coverage(error, sigma), COVERAGE_LEVELS, atol=0.01)
    assert (circle_coverage(error, sigma / 2) < np.array(COVERAGE_LEVELS) - 0.005).all()


def test_by_hand() -> None:
    error, sigma = np.array([1.0, 3.0, 0.0]), np.array([1.0, 1.0, 1.0])
    assert circle_coverage(error, sigma, [0.5, 0.99]).tolist() == [2 / 3, 1.0]


def test_no_places_are_no_figure() -> None:
    assert np.isnan(circle_coverage(np.zeros(0), np.zeros(0), [0.5])).all()
    with pytest.raises(ValueError, match=r"\(2,\) errors for \(3,\) spreads"):
        circle_coverage(np.zeros(2), np.zeros(3))
