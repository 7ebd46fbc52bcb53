"""A study of the panoramic job in miniature, and its quick scores by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.anatomy import N_PANORAMIC_CLASSES
from typodont.nets.published_unet import PixelClassOutput
from typodont.tasks.panoramic.study import picture_scores
from typodont.tasks.study.config import Arm, StudyConfig
from typodont.tasks.study.study import study


def write_pictures(folder: Path, names: str) -> None:
    """Pictures of two bright teeth, 16 at the image's left above and 36 at its right below."""
    rng = np.random.default_rng(0)
    for part in ("images", "masks_fdi"):
        (folder / part).mkdir(parents=True)
    for name in names:
        labels = np.zeros((64, 128), dtype=np.uint8)
        labels[8:30, 20:45], labels[36:58, 80:110] = 16, 36
        grey = np.where(labels > 0, 200, 60) + rng.integers(0, 20, labels.shape)
        Image.fromarray(labels).save(folder / "masks_fdi" / f"{name}.png")
        Image.fromarray(grey.astype(np.uint8)).save(folder / "images" / f"{name}.png")


@pytest.fixture
def config(tmp_path: Path) -> StudyConfig:
    write_pictures(tmp_path / "labelled", "abcd")
    write_pictures(tmp_path / "held_out", "xy")
    base = {
        "net": {"name": "tooth_unet", "arguments": {"widths": [4, 4, 4], "depths": [0, 1, 1]}},
        "canvas": [64, 128],
        "sources": [{"data": str(tmp_path / "labelled")}],
        "validation": {"data": str(tmp_path / "held_out")},
        "schedule": {"max_steps": 2, "warmup_steps": 1},
        "optimizer.bf16": False,
        "loop": {"batch": 1, "workers": 0, "validate_every": 0, "log_every": 1},
    }
    arms = (Arm("scratch"), Arm("still", {"freeze": ["stem"]}))
    return StudyConfig("s", tmp_path, base, arms, fractions=(0.5, 1.0), seeds=(0,), processes=0, draws=50)


def test_a_study(config: StudyConfig) -> None:
    result = study("panoramic", config)
    assert result.values["labels"] == [2, 4]
    assert result.values["runs"] == {"done": 4, "of": 4}
    scores = json.loads((result.folder / "runs" / "still_050_seed0" / "scores.json").read_text())
    assert set(scores["cases"]) == {"x", "y"}
    assert set(scores["cases"]["x"]) == set(result.values["titles"])


def test_the_published_stage(config: StudyConfig) -> None:
    changes = {
        "stage": "published",
        "net": {"name": "published_unet", "arguments": {"widths": [4, 4, 4]}},
        "published": {"size": 64, "source": [64, 128]},
    }
    published = replace(config, base=config.base | changes, arms=(Arm(),), fractions=(1.0,))
    assert study("panoramic", published).values["runs"] == {"done": 1, "of": 1}


def test_scores_by_hand() -> None:
    label = torch.tensor([[[0, 0, 5, 5], [7, 7, 5, -1]]])
    found = torch.tensor([[[0, 5, 5, 5], [0, 0, 9, 9]]])
    logits = torch.nn.functional.one_hot(found, N_PANORAMIC_CLASSES).movedim(-1, 1).float()
    scores = picture_scores(PixelClassOutput(logits), label)
    assert scores["tooth_dice"] == pytest.approx((2 * 2 / 6 + 0) / 2)  # 5 by half, 7 not at all
    assert scores["binary_dice"] == pytest.approx(2 * 3 / (5 + 4))
    assert scores["macro_iou"] == pytest.approx((2 / 4 + 0 + 0) / 3)  # and 9 was made up
