"""What the page on landmarks in photographs names can be run, and its numbers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from typodont.anatomy.landmarks import DENTITION_LANDMARKS, PALATE_LANDMARKS
from typodont.metrics import circle_radius
from typodont.nets.landmark_net import CELL
from typodont.tasks.photo.landmark_config import LandmarkTrainConfig
from typodont.tasks.study.config import StudyConfig, check_study
from typodont.tasks.study.job import load_job
from typodont.tasks.study.plan import training_config
from typodont.training.config import config_from_dict, load_config
from typodont.training.landmark_losses import HIDDEN_WEIGHT

PAGE = "docs/concepts/photo-landmarks.md"


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["photo_dentition", "photo_palate", "photo_published"])
def test_its_configs_are_trainings(repo_root: Path, name: str) -> None:
    config = load_config(LandmarkTrainConfig, repo_root / f"docs/how-to/weights/{name}.yaml")
    assert config.name == name
    assert config.net.name == ("published_landmark_net" if name == "photo_published" else "landmark_net")


@pytest.mark.parametrize("name", ["photo_synthetic", "photo_domain", "photo_networks"])
def test_its_studies_are_studies(repo_root: Path, page: str, name: str) -> None:
    path = f"docs/how-to/studies/{name}.yaml"
    assert f"`{path}`" in page
    config = config_from_dict(StudyConfig, yaml.safe_load((repo_root / path).read_text(encoding="utf-8")))
    check_study(config)
    assert config.name == name
    for arm in config.arms:
        training_config(load_job("photo"), config, arm)


def test_the_numbers_in_it_are_those_of_the_code(page: str) -> None:
    assert f"{len(DENTITION_LANDMARKS)} named points" in page
    assert f"or {len(PALATE_LANDMARKS)} on the ridge" in page
    rows, columns = LandmarkTrainConfig().canvas
    assert f"{rows} x {columns} pixels" in page
    assert f"cells of {CELL} x {CELL} pixels" in page
    assert f"1 where the landmark is seen and {HIDDEN_WEIGHT:g} where" in page
    within = re.search(r"half of the landmarks within ([\d.]+) sigma, nine in ten\s+within ([\d.]+)", page)
    assert within is not None
    assert [float(text) for text in within.groups()] == pytest.approx(
        [circle_radius(0.5), circle_radius(0.9)], abs=5e-3
    )
