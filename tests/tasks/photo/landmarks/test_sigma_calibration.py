"""One factor a group makes spreads mean what they say."""

import json
from pathlib import Path

import numpy as np
import pytest

from typodont.errors import WeightsError
from typodont.metrics import circle_coverage
from typodont.tasks.photo.sigma_calibration import (
    FEWEST,
    SigmaCalibration,
    best_factor,
    calibration_beside,
    fit_sigma_calibration,
    read_sigma_calibration,
    write_sigma_calibration,
)


def drawn(n: int, factor: float, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Errors of n places, and spreads of which they are `factor` times as wide."""
    rng = np.random.default_rng(seed)
    sigma = rng.uniform(1, 8, n)
    return np.hypot(*(factor * sigma * rng.standard_normal((2, n)))), sigma


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_the_factor_is_found_and_makes_circles_hold_what_they_promise(factor: float) -> None:
    error, sigma = drawn(4000, factor)
    found = best_factor(error, sigma)
    assert found == pytest.approx(factor, rel=0.04)
    assert circle_coverage(error, found * sigma, [0.9])[0] == pytest.approx(0.9, abs=0.015)


def test_every_group_gets_its_own_and_small_ones_that_of_all() -> None:
    seen, hidden = drawn(2 * FEWEST, 2.0, seed=1), drawn(2 * FEWEST, 0.5, seed=2)
    few = drawn(FEWEST // 4, 4.0, seed=3)
    half = [np.concatenate([seen[i][: len(seen[i]) // 2], hidden[i][: len(hidden[i]) // 2]]) for i in (0, 1)]
    rest = [np.concatenate([seen[i][len(seen[i]) // 2 :], hidden[i][len(hidden[i]) // 2 :]]) for i in (0, 1)]
    taken = np.repeat([True, False], FEWEST)
    calibration = fit_sigma_calibration(
        [half[0], rest[0], few[0]],
        [half[1], rest[1], few[1]],
        [taken, taken, np.ones(len(few[0]), dtype=bool)],
        ["front", "front", "left"],
        source="drawn",
    )
    assert calibration.factor["front seen"] == pytest.approx(2.0, rel=0.1)
    assert calibration.factor["front hidden"] == pytest.approx(0.5, rel=0.1)
    assert "left seen" not in calibration.factor
    sure = calibration.factors("left", np.array([0.9, 0.1]))
    assert sure.tolist() == [calibration.factor["seen"], calibration.factor["hidden"]]
    assert calibration.factors("front", np.array([0.9]))[0] == calibration.factor["front seen"]


def test_absent_landmarks_count_for_nothing() -> None:
    error, sigma = drawn(4 * FEWEST, 1.5)
    error[::2] = np.nan
    calibration = fit_sigma_calibration([error], [sigma], [np.ones(len(error), bool)], ["upper"], source="drawn")
    assert calibration.factor["upper seen"] == pytest.approx(1.5, rel=0.1)
    assert "hidden" not in calibration.factor


def test_on_disk_and_back(tmp_path: Path) -> None:
    path = calibration_beside(tmp_path / "palate.safetensors")
    assert read_sigma_calibration(path) == SigmaCalibration()
    calibration = SigmaCalibration({"seen": 1.25}, 20, "spots")
    write_sigma_calibration(calibration, path)
    assert read_sigma_calibration(path) == calibration
    path.write_text(json.dumps({"factor": {"seen": -1}, "photos": 1, "source": ""}))
    with pytest.raises(WeightsError, match=r"found factors .* expected numbers above 0"):
        read_sigma_calibration(path)
    path.write_text("{}")
    with pytest.raises(WeightsError, match=r"palate\.calibration\.json: no readable calibration"):
        read_sigma_calibration(path)
