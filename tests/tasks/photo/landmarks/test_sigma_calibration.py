"""One factor a group makes spreads mean what they say."""

import json
from pathlib import Path

import numpy as np
import pytest

from typodont.anatomy.landmarks import landmark_names
from typodont.errors import WeightsError
from typodont.metrics import circle_coverage
from typodont.tasks.photo.calibrate import neighbours
from typodont.tasks.photo.sigma_calibration import (
    FEWEST,
    SigmaCalibration,
    best_factor,
    calibration_beside,
    fit_sigma_calibration,
    independent_share,
    read_sigma_calibration,
    widening_factors,
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


def photos(
    factors: list[tuple[float, float]], *, landmarks: int = 2 * FEWEST, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Residuals, spreads and what is taken for seen: one photograph for each pair of factors, seen and hidden."""
    rng = np.random.default_rng(seed)
    taken = np.tile(np.arange(landmarks) < landmarks // 2, (len(factors), 1))
    sigma = rng.uniform(1, 8, taken.shape)
    factor = np.where(taken, *(np.array(factors).T[:, :, None]))
    return (factor * sigma)[..., None] * rng.standard_normal((*taken.shape, 2)), sigma, taken


def test_every_group_gets_its_own_and_others_that_of_all() -> None:
    residuals, sigma, taken = photos([(2.0, 0.5), (2.0, 0.5)])
    kin = np.arange(residuals.shape[1])
    calibration = fit_sigma_calibration(residuals, sigma, taken, ["front", "front"], kin, source="drawn")
    assert calibration.factor["front seen"] == pytest.approx(2.0, rel=0.1)
    assert calibration.factor["front hidden"] == pytest.approx(0.5, rel=0.1)
    sure = calibration.factors("left", np.array([0.9, 0.1]))
    assert sure.tolist() == [calibration.factor["seen"], calibration.factor["hidden"]]
    assert calibration.factors("front", np.array([0.9]))[0] == calibration.factor["front seen"]
    few = fit_sigma_calibration(residuals[:1, :50], sigma[:1, :50], taken[:1, :50], ["front"], kin[:50], source="few")
    assert few.factor == {}


def test_absent_landmarks_count_for_nothing() -> None:
    residuals, sigma, taken = photos([(1.5, 1.5)], landmarks=8 * FEWEST)
    residuals[:, ::2] = np.nan
    calibration = fit_sigma_calibration(
        residuals, sigma, np.ones_like(taken), ["upper"], np.arange(8 * FEWEST), source="drawn"
    )
    assert calibration.factor["upper seen"] == pytest.approx(1.5, rel=0.1)
    assert "hidden" not in calibration.factor


@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_neighbours_that_err_together_are_less_evidence(alike: float) -> None:
    """With a correlation r between n neighbours their sum varies 1 + (n - 1) r times as much."""
    rng = np.random.default_rng(3)
    count, n = 200, 5
    own, common = rng.standard_normal((count, 20, n, 2)), rng.standard_normal((count, 20, 1, 2))
    residuals = (np.sqrt(1 - alike) * own + np.sqrt(alike) * common).reshape(count, 20 * n, 2)
    kin = np.repeat(np.arange(20), n)
    everything = np.ones((count, 20 * n))
    share = independent_share(residuals, everything, everything > 0, kin)
    assert share == pytest.approx(1 / (1 + (n - 1) * alike), abs=0.05)
    shifted = independent_share(residuals + 0.8, everything, everything > 0, kin)
    assert shifted == pytest.approx(share, abs=0.05)  # what all have in common is the camera's


def test_neighbours_are_points_of_one_tooth() -> None:
    names = landmark_names("dentition")
    kin = neighbours("dentition")
    assert len(set(kin.tolist())) == 28
    assert kin[names.index("16 mesial")] == kin[names.index("16 fossa")] != kin[names.index("26 fossa")]
    palate = neighbours("palate")
    assert len(palate) == len(landmark_names("palate"))
    assert len(set(palate.tolist())) > 4


def test_on_disk_and_back(tmp_path: Path) -> None:
    path = calibration_beside(tmp_path / "palate.safetensors")
    assert read_sigma_calibration(path) == SigmaCalibration()
    calibration = SigmaCalibration({"seen": 1.25}, 0.4, {"all": 1.1}, 20, "spots")
    write_sigma_calibration(calibration, path)
    assert read_sigma_calibration(path) == calibration
    path.write_text(json.dumps({"factor": {"seen": -1}, "independent": 1, "shape": {}, "photos": 1, "source": ""}))
    with pytest.raises(WeightsError, match=r"found factors .* expected numbers above 0"):
        read_sigma_calibration(path)
    path.write_text("{}")
    with pytest.raises(WeightsError, match=r"palate\.calibration\.json: no readable calibration"):
        read_sigma_calibration(path)


def test_spreads_of_shapes_are_widened_until_nine_of_ten_are_held() -> None:
    rng = np.random.default_rng(5)
    ratios = {
        "upper": [np.abs(rng.normal(0, 2.0, 3000)) for _ in range(12)],
        "front": [np.abs(rng.normal(0, 1.0, 3000))] * 9,
    }
    found = widening_factors(ratios)
    assert set(found) == {"all", "upper"}  # nine photographs are too few
    assert found["upper"] == pytest.approx(2.0, rel=0.03)
    assert 1.0 < found["all"] < 2.0
    calibration = SigmaCalibration(shape=found)
    assert calibration.widening(["upper", "front"]) == found["upper"]
    assert calibration.widening(["front"]) == found["all"]
    assert SigmaCalibration().widening(["front"]) == 1.0
