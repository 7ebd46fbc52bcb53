"""Training the landmark network in miniature: it learns, a run folder is whole, wrong sources are told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from typodont.anatomy.landmarks import landmark_names
from typodont.errors import ConfigError, LabelError, WeightsError
from typodont.records.landmarked_photo import read_landmarked_photo
from typodont.tasks.photo.landmark_config import LandmarkTrainConfig
from typodont.tasks.photo.landmark_score import compare_landmarks
from typodont.tasks.photo.landmarks import find_landmarks, load_landmark_model
from typodont.tasks.photo.train import train
from typodont.training.config import load_config
from typodont.training.weights import read_card

SMALL = {"widths": [4, 6, 8, 8], "depths": [0, 1, 1, 1], "features": 6, "hidden": 4}


@pytest.fixture
def settings(folder: Callable[..., Path], tmp_path: Path) -> Callable[..., LandmarkTrainConfig]:
    """Makes the config of a tiny training on three photographs of spots; further values by dotted name."""

    def make(**changes: Any) -> LandmarkTrainConfig:
        values = {
            "runs": str(tmp_path / "runs"),
            "subject": "palate",
            "sources": [{"data": str(folder("train", 1, 2, 3))}],
            "validation": {"data": str(folder("valid", 4))},
            "canvas": [64, 80],
            "net": {"name": "landmark_net", "arguments": SMALL},
            "schedule": {"max_steps": 2, "warmup_steps": 1},
            "optimizer": {"bf16": False},
            "loop": {"batch": 2, "workers": 0, "validate_every": 2, "log_every": 1},
        }
        return load_config(LandmarkTrainConfig, None, values | changes)

    return make


def test_a_run_leaves_weights_that_find_landmarks(settings: Callable[..., LandmarkTrainConfig]) -> None:
    config = settings()
    run = train(config)
    card = read_card(run / "checkpoint.safetensors")
    assert card.arguments["landmarks"] == len(landmark_names("palate"))
    assert card.config["subject"] == "palate"
    assert card.shippable
    assert len(card.known_failures) == 3
    figures = json.loads((run / "report.json").read_text())["figures"]
    assert {"val/error_px", "val/inside_90", "train/likelihood", "train/heat"} <= set(figures)
    model = load_landmark_model("palate", run)
    assert model.canvas == (64, 80)


def test_how_many_landmarks_follows_from_the_subject() -> None:
    for subject in ("dentition", "palate"):
        config = load_config(LandmarkTrainConfig, None, {"subject": subject})
        assert config.net.arguments["landmarks"] == len(landmark_names(subject))


def test_the_published_network_trains_too(settings: Callable[..., LandmarkTrainConfig]) -> None:
    config = settings(net={"name": "published_landmark_net"}, canvas=[64, 96], schedule={"max_steps": 1})
    figures = json.loads((train(config) / "report.json").read_text())["figures"]
    assert "train/heat" not in figures
    assert np.isfinite(figures["train/likelihood"])


def test_weights_know_what_the_weights_they_began_with_have_seen(
    settings: Callable[..., LandmarkTrainConfig], weights: Path
) -> None:
    run = train(settings(init=f"pretrained:{weights}"))
    assert [source.name for source in read_card(run / "checkpoint.safetensors").sources][-1] == "spots"


def test_what_cannot_be_trained_on_is_told(settings: Callable[..., LandmarkTrainConfig], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="canvas: found 60 rows and 80 columns, expected multiples of 16"):
        train(settings(canvas=[60, 80]))
    with pytest.raises(LabelError, match="found a palate, expected a dentition; train them apart"):
        train(settings(subject="dentition"))
    with pytest.raises(WeightsError, match="missing or damaged"):
        train(settings(init=str(tmp_path / "nothing.safetensors")))


@pytest.mark.slow
def test_it_learns_and_is_less_sure_where_it_cannot_see(
    settings: Callable[..., LandmarkTrainConfig], folder: Callable[..., Path]
) -> None:
    """Spots of new arches are found; covered with grey they are guessed, with wider spreads, and blurred ones, too."""
    from scipy.ndimage import gaussian_filter

    config = settings(
        sources=[{"data": str(folder("many", *range(20, 60)))}],
        augment={"zoom": [0.8, 1.25], "turn_deg": 3.0, "shift": 0.1, "p_cover": 0.5, "p_blur": 0.5, "blur": 9.0},
        net={"name": "landmark_net", "arguments": {**SMALL, "widths": [8, 12, 24, 32], "features": 32, "hidden": 16}},
        schedule={"max_steps": 500, "warmup_steps": 20, "peak": 4e-3},
        optimizer={"bf16": False, "ema_decay": 0.98},
        loop={"batch": 8, "workers": 0, "validate_every": 0, "log_every": 50},
    )
    model = load_landmark_model("palate", train(config))
    photo = read_landmarked_photo(folder("test", 9) / "truth" / "spots_009.json")
    pixels = photo.pixels()
    plain = find_landmarks(pixels, model)
    errors = compare_landmarks(photo, plain)
    assert np.nanmean(errors.error[photo.visible]) < 5.0
    covered = pixels.copy()
    covered[:, :80] = 128
    left = photo.visible & (photo.points[:, 0] < 70)
    hidden = find_landmarks(covered, model)
    assert np.median(hidden.sigma[left] / plain.sigma[left]) > 1.5
    odds = [found.visible[left] / (1 - found.visible[left]) for found in (plain, hidden)]
    assert np.median(odds[1] / odds[0]) < 0.6
    blurred = find_landmarks(gaussian_filter(pixels, (16, 16, 0)), model)
    assert np.median(blurred.sigma[photo.visible] / plain.sigma[photo.visible]) > 1.1
