"""Prediction: places come back in pixels of the photograph, spreads calibrated, errors in words."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from typodont.anatomy.landmarks import landmark_names, mirrored_order
from typodont.datasets.flip import unflip_landmarks
from typodont.errors import ConfigError, WeightsError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.landmark_batch import LandmarkOutput
from typodont.records.landmarked_photo import VIEWS, read_landmarked_photo
from typodont.tasks.photo.calibrate import calibrate_landmarks
from typodont.tasks.photo.landmark_score import arch_width, compare_landmarks
from typodont.tasks.photo.landmarks import FoundLandmarks, LandmarkModel, find_landmarks, load_landmark_model, look
from typodont.tasks.photo.sigma_calibration import SigmaCalibration

NAMES = landmark_names("palate")


class FixedNet(torch.nn.Module):
    """Says the same of the photograph and the right thing of its mirror image, as a perfect network would."""

    def __init__(self, points: np.ndarray, sigma: float, width: int, *, off: float = 0.0) -> None:
        super().__init__()
        order = list(mirrored_order("palate"))
        mirrored = points[order] * [-1, 1] + [width - 1, 0]
        self.said = torch.from_numpy(np.stack([points, mirrored + [0, off]])).float()
        self.log_sigma = torch.full((2, len(points)), np.log(sigma))

    def forward(self, batch: ImageBatch) -> LandmarkOutput:
        assert len(batch) == 2
        views = torch.zeros(2, len(VIEWS))
        views[:, VIEWS.index("palate")] = 3.0
        return LandmarkOutput(self.said, self.log_sigma, torch.full((2, len(NAMES)), 2.0), views)


def fixed(weights: Path, points: np.ndarray, **known: float) -> LandmarkModel:
    model = load_landmark_model("palate", weights)
    return replace(model, net=FixedNet(points, known.get("sigma", 1.5), model.canvas[1], off=known.get("off", 0.0)))


def test_places_are_pixels_of_the_photograph(weights: Path) -> None:
    model = fixed(weights, np.tile([[20.0, 30.0]], (len(NAMES), 1)))
    image = np.zeros((128, 160, 3), dtype=np.uint8)  # twice the canvas: pixel 20 of it is pixels 40 and 41
    found = find_landmarks(image, model)
    np.testing.assert_allclose(found.points, np.tile([[40.5, 60.5]], (len(NAMES), 1)), atol=1e-4)
    np.testing.assert_allclose(found.sigma, 3.0, rtol=1e-5)
    assert found.size == (160, 128)
    assert found.view == "palate"
    assert found.views == {"palate": 1.0}


def test_looks_that_disagree_are_less_sure(weights: Path) -> None:
    image = np.zeros((64, 80, 3), dtype=np.uint8)
    points = np.tile([[20.0, 30.0]], (len(NAMES), 1))
    agreed = look(image, fixed(weights, points))
    apart = look(image, fixed(weights, points, off=8.0))
    np.testing.assert_allclose(apart.points[:, 1] - agreed.points[:, 1], 4.0, atol=1e-4)
    np.testing.assert_allclose(apart.sigma, np.sqrt(1.5**2 + 4**2 / 2), rtol=1e-4)
    np.testing.assert_allclose(agreed.sigma, 1.5, rtol=1e-5)


def test_a_mirrored_photograph_gets_the_mirrored_answer(weights: Path) -> None:
    model = load_landmark_model("palate", weights)
    image = np.random.default_rng(0).integers(0, 255, (64, 80, 3), dtype=np.uint8)
    one, other = look(image, model), look(np.ascontiguousarray(image[:, ::-1]), model)
    points, sigma = unflip_landmarks(other.points, other.sigma, subject="palate", width=80)
    np.testing.assert_allclose(points, one.points, atol=0.02)
    np.testing.assert_allclose(sigma, one.sigma, rtol=1e-3)


def test_calibrated_spreads_are_multiplied(weights: Path) -> None:
    model = fixed(weights, np.zeros((len(NAMES), 2)))
    wider = replace(model, calibration=SigmaCalibration({"palate seen": 2.0}, photos=1, source="test"))
    image = np.zeros((64, 80, 3), dtype=np.uint8)
    np.testing.assert_allclose(find_landmarks(image, wider).sigma, 2 * find_landmarks(image, model).sigma)


def test_the_fit_gets_what_is_seen_and_nothing_of_the_rest(weights: Path) -> None:
    found = look(np.zeros((64, 80, 3), dtype=np.uint8), fixed(weights, np.zeros((len(NAMES), 2))))
    half = replace(found, visible=np.where(np.arange(len(NAMES)) % 2, 0.9, 0.1))
    seen = half.seen(focal_px=500.0)
    assert seen.informative.tolist() == (half.visible > 0.5).tolist()
    assert (seen.view, seen.size, seen.focal_px) == ("palate", (80, 64), 500.0)


def test_a_photograph_compared_with_its_truth(folder: Callable[..., Path], weights: Path) -> None:
    photo = read_landmarked_photo(folder("one", 3) / "truth" / "spots_003.json")
    found = look(photo.pixels(), fixed(weights, np.zeros((len(NAMES), 2)), sigma=1.0))
    right = replace(found, points=np.nan_to_num(photo.points) + [3.0, 4.0])
    errors = compare_landmarks(photo, right)
    figures = errors.figures()
    assert figures["error_px"] == pytest.approx(5.0)
    assert figures["error_mm"] == pytest.approx(5.0 * 120 / 240)
    width = np.ptp(photo.points_mm[:-1, 0])
    assert arch_width(photo.points_mm) == pytest.approx(width)
    assert figures["error_percent"] == pytest.approx(100 * 2.5 / width)
    assert figures["inside_90"] == 0.0  # 5 pixels are beyond the circle of a spread of 2
    assert figures["hidden_px"] == pytest.approx(5.0)
    assert figures["seen_right"] == pytest.approx(1 - 2 / len(NAMES))  # the hidden one and the absent one
    assert np.isnan(errors.error[-1])


def test_calibration_is_written_where_prediction_looks(folder: Callable[..., Path], weights: Path) -> None:
    data = folder("held_out", *range(5))
    fitted = calibrate_landmarks(data, weights, subject="palate")
    assert fitted.photos == 5
    assert load_landmark_model("palate", weights).calibration == fitted
    assert json.loads(weights.with_name("palate.calibration.json").read_text())["source"] == "held_out"


def test_wrong_weights_and_views_are_told(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="weights for the landmarks of a palate, expected a dentition"):
        load_landmark_model("dentition", weights)
    with pytest.raises(WeightsError, match="no readable card"):
        load_landmark_model("palate", tmp_path / "nothing.safetensors")
    card = weights.with_name("palate.card.json")
    values = json.loads(card.read_text())
    card.write_text(json.dumps(values | {"job": "findings"}))
    with pytest.raises(WeightsError, match="found weights of the job 'findings', expected those of 'typodont train"):
        load_landmark_model("palate", weights)
    card.write_text(json.dumps(values | {"arguments": {**values["arguments"], "landmarks": 3}}))
    with pytest.raises(WeightsError, match=f"3 landmarks, expected {len(NAMES)}; this version"):
        load_landmark_model("palate", weights)
    card.write_text(json.dumps(values))
    with pytest.raises(ConfigError, match="view is 'front', expected one of palate for a palate"):
        find_landmarks(np.zeros((64, 80, 3), dtype=np.uint8), load_landmark_model("palate", weights), view="front")


def test_weights_that_are_not_there_yet_are_told_how_to_make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("typodont.tasks.photo.landmarks.DEFAULT_WEIGHTS", tmp_path)
    with pytest.raises(WeightsError, match="typodont train photo --stage landmarks --subject palate"):
        load_landmark_model("palate")


def test_found_landmarks_have_names() -> None:
    nothing = np.zeros(len(NAMES))
    found = FoundLandmarks("palate", np.zeros((len(NAMES), 2)), nothing, nothing, {"palate": 1.0}, "palate", (4, 4))
    assert found.names == NAMES
