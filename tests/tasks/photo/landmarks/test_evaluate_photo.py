"""The table of landmarks: figures by hand, groups by view, and what is written."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from typodont.anatomy.landmarks import landmark_names
from typodont.errors import ConfigError
from typodont.records.landmarked_photo import read_landmarked_photo, write_landmarked_photo
from typodont.tasks.photo.evaluate import EvaluateConfig, evaluate
from typodont.tasks.photo.landmark_report import LandmarkReport
from typodont.tasks.photo.landmark_score import LandmarkErrors
from typodont.training.deformable_file import shipped_shape_model

NAMES = landmark_names("dentition")


def errors(name: str, view: str, px: float, *, sigma: float = 1.0) -> LandmarkErrors:
    """All landmarks of a photograph off by so much; every second one is hidden."""
    count = len(NAMES)
    visible = np.arange(count) % 2 == 0
    each = np.tile([0.0, px], (count, 1))
    return LandmarkErrors(name, name, view, each, np.full(count, sigma), visible, visible, 4.0, 50.0, True)


def test_figures_are_means_over_photographs() -> None:
    report = LandmarkReport("dentition", [errors("a", "front", 2.0), errors("b", "left", 4.0)])
    assert list(report.groups()) == ["all", "front", "left"]
    figures = report.figures(report.groups()["all"])
    assert figures["error_px"].value == pytest.approx(3.0)
    assert figures["error_percent"].value == pytest.approx(100 * 3 / (4 * 50))
    assert (figures["error_px"].low, figures["error_px"].high) == (2.0, 4.0)
    assert figures["inside_90"].value == pytest.approx(0.5)  # the circle's radius is 2.15
    assert set(report.by_kind()) == {"contact", "facial", "gum margin", "edge", "cusp", "fossa"}
    assert report.by_kind()["contact"] == pytest.approx(1.5)


def test_coverage_is_that_of_all_landmarks() -> None:
    report = LandmarkReport("dentition", [errors("a", "front", 1.0, sigma=1.0), errors("b", "front", 1.0, sigma=0.1)])
    assert list(report.groups()) == ["all"]
    assert report.coverage(seen=True).tolist() == [0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    assert report.as_dict()["coverage"]["hidden"] == report.as_dict()["coverage"]["seen"]


def test_a_folder_is_measured_and_its_figures_are_written(
    folder: Callable[..., Path], weights: Path, tmp_path: Path
) -> None:
    data = folder("test", 1, 2, 3)
    report = evaluate(data, out=tmp_path / "out", config=EvaluateConfig(shapes=False, weights=weights, n_draws=50))
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert written["landmarks"]["groups"]["all"]["photos"] == 3
    assert written["landmarks"]["groups"]["all"]["figures"]["view_right"]["value"] == 1.0
    assert written["shapes"] is None
    assert written["settings"]["view"] == "found"
    assert (tmp_path / "out" / "coverage.png").stat().st_size > 1000
    assert "circles promise" in report.table()
    assert "error_percent" in report.table()


def test_shapes_are_measured_where_surfaces_are_known(folder: Callable[..., Path], weights: Path) -> None:
    data = folder("test", 1, 2)
    photo = read_landmarked_photo(data / "truth" / "spots_001.json")
    surface = shipped_shape_model("palate").surface(np.zeros(shipped_shape_model("palate").n_parameters))
    write_landmarked_photo(replace(photo, image=photo.pixels(), mesh=surface), data)
    report = evaluate(data, config=EvaluateConfig(weights=weights, n_draws=20))
    assert report.shapes is not None
    assert [one.name for one in report.shapes.photos] == ["spots_001"]
    assert "similarity_mean" in report.table()
    assert report.as_dict()["shapes"]["groups"]["all"]["photos"] == 1


def test_calibration_comes_from_other_photographs(folder: Callable[..., Path], weights: Path) -> None:
    data, others = folder("test", 1, 2), folder("calibration", *range(3, 11))
    before = evaluate(data, config=EvaluateConfig(shapes=False, weights=weights, n_draws=20))
    after = evaluate(data, config=EvaluateConfig(shapes=False, weights=weights, calibrate=others, n_draws=20))
    assert (before.settings["calibrated_on"], after.settings["calibrated_on"]) == ("not calibrated", "calibration")
    assert not np.allclose(before.landmarks.photos[0].sigma, after.landmarks.photos[0].sigma)
    with pytest.raises(ConfigError, match="which is measured on, expected other photographs"):
        evaluate(data, config=EvaluateConfig(shapes=False, weights=weights, calibrate=data))
    with pytest.raises(ConfigError, match="shipped weights are calibrated already"):
        evaluate(data, config=EvaluateConfig(shapes=False, calibrate=others))


def test_photographs_of_another_subject_are_refused(folder: Callable[..., Path], weights: Path) -> None:
    data = folder("test", 1)
    photo = read_landmarked_photo(data / "truth" / "spots_001.json")
    count = len(NAMES)
    points, visible = np.full((count, 2), np.nan), np.zeros(count, dtype=bool)
    other = replace(
        photo,
        name="teeth",
        image=photo.pixels(),
        subject="dentition",
        view="front",
        names=NAMES,
        points=points,
        visible=visible,
        points_mm=None,
        camera=None,
    )
    write_landmarked_photo(other, data)
    with pytest.raises(ConfigError, match=r"teeth\.json: found a dentition, expected photographs of a palate only"):
        evaluate(data, config=EvaluateConfig(shapes=False, weights=weights))
