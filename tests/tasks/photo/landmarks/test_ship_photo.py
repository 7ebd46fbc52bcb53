"""Packing a network for landmarks: calibrated on some photographs, measured on others, figures on its card."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from typodont.errors import ConfigError, WeightsError
from typodont.records.landmarked_photo import read_landmarked_photo, write_landmarked_photo
from typodont.tasks.photo.landmarks import load_landmark_model
from typodont.tasks.photo.ship import ShipConfig, parse_views, ship
from typodont.training.deformable_file import shipped_shape_model
from typodont.training.weights import TrainingSource, load_weights, save_weights


def test_weights_are_packed_with_calibration_and_figures(
    folder: Callable[..., Path], weights: Path, tmp_path: Path
) -> None:
    data, others = folder("test", 1, 2), folder("calibration", *range(3, 11))
    photo = read_landmarked_photo(data / "truth" / "spots_001.json")
    surface = shipped_shape_model("palate").surface(np.zeros(shipped_shape_model("palate").n_parameters))
    write_landmarked_photo(replace(photo, image=photo.pixels(), mesh=surface), data)
    config = ShipConfig(
        weights, others, data, sources=("spots=made spots",), out=tmp_path / "packed", results=tmp_path / "results.json"
    )
    report = ship(config)
    packed = load_landmark_model("palate", tmp_path / "packed" / "palate.safetensors")
    assert packed.card.shippable
    assert packed.card.sources[0].name == "made spots"
    assert packed.calibration.source == "calibration"
    landmarks = report.synthetic.landmarks.groups()["all"]
    value = report.synthetic.landmarks.figures(landmarks)["error_percent"].value
    assert packed.card.figures["synthetic, all (2 photos): error_percent"][0] == pytest.approx(value, abs=1e-5)
    assert "synthetic, shape, all (1 photos): ruler_mean" in packed.card.figures
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["landmarks"]["groups"]["all"]["photos"] == 2
    assert written["shapes"]["groups"]["all"]["photos"] == 1
    assert written["real"] == []
    assert set(written["weights"]) == {"palate"}


def test_what_may_not_ship_or_cannot_be_measured_is_refused(
    folder: Callable[..., Path], weights: Path, tmp_path: Path
) -> None:
    data = folder("test", 1)
    with pytest.raises(ConfigError, match="expected both: photographs of a person"):
        ship(ShipConfig(weights, data, data, real=("upper=a.jpg",), out=tmp_path))
    with pytest.raises(ConfigError, match="which is measured on"):
        ship(ShipConfig(weights, data, data, out=tmp_path))
    net, card = load_weights(weights)
    save_weights(net, replace(card, sources=(TrainingSource("theirs", "CC-BY-NC-4.0", False),)), weights)
    with pytest.raises(WeightsError, match="theirs"):
        ship(ShipConfig(weights, data, data, out=tmp_path))
    assert not list(tmp_path.glob("*.safetensors"))


def test_views_of_real_photographs_are_named() -> None:
    assert parse_views(("upper=a.jpg", "front=b=c.jpg")) == {"upper": Path("a.jpg"), "front": Path("b=c.jpg")}
    for wrong in (("above=a.jpg",), ("upper",), ("auto=a.jpg",), ("upper=a.jpg", "upper=b.jpg")):
        with pytest.raises(ConfigError, match=r"expected (VIEW=FILE|NAME=VALUE)"):
            parse_views(wrong)
