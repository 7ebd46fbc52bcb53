"""A study of the photo job in miniature: from no photograph of another camera on."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from typodont.anatomy.landmarks import landmark_names
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.shape_model import ShapeModel
from typodont.tasks.study.config import Arm, StudyConfig
from typodont.tasks.study.study import study, table

NAMES = landmark_names("palate")
SMALL = {"widths": [4, 6, 8, 8], "depths": [0, 1, 1, 1], "features": 6, "hidden": 4}


def arch() -> LinearDeformable:
    """The arch of the photographs of spots, free to grow wider."""
    angle = np.linspace(0, np.pi, len(NAMES))
    mean = np.stack([20 * np.cos(angle), 24 * np.sin(angle) - 12, np.zeros(len(NAMES))], axis=1)
    mode = mean * [1, 0, 0]
    shapes = ShapeModel(mean, mode[None] / np.linalg.norm(mode), np.array([1.0]))
    faces = np.array([[0, 1, 2]])
    return LinearDeformable(NAMES, shapes, faces, np.zeros(len(NAMES), dtype=int), np.arange(len(NAMES)))


def test_errors_fall_towards_better(
    folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typodont.tasks.photo.study.shipped_shape_model", lambda subject: arch())
    base = {
        "subject": "palate",
        "sources": [{"data": str(folder("phone", 1, 2, bright=0.6))}, {"data": str(folder("clinic", 3, 4))}],
        "validation": {"data": str(folder("test", 5, 6, bright=0.6))},
        "canvas": [64, 80],
        "net": {"name": "landmark_net", "arguments": SMALL},
        "schedule": {"max_steps": 1, "warmup_steps": 1},
        "optimizer": {"bf16": False},
        "loop": {"batch": 1, "workers": 0, "validate_every": 0, "log_every": 1},
    }
    arms = (Arm("scratch"), Arm("other", {"seed": 0, "optimizer": {"bf16": False, "ema_decay": 0.5}}))
    config = StudyConfig("s", tmp_path, base, arms, fractions=(0.0, 1.0), seeds=(0,), processes=0, draws=50)
    result = study("photo", config)
    assert result.values["labels"] == [0, 2]
    assert result.values["runs"] == {"done": 4, "of": 4}
    assert (result.folder / "study.png").stat().st_size > 1000
    none = json.loads((result.folder / "runs" / "scratch_000_seed0" / "scores.json").read_text())
    assert none["labels"] == 0
    assert set(none["cases"]) == {"spots_005", "spots_006"}
    assert set(none["cases"]["spots_005"]) == set(result.values["titles"])
    trained = (result.folder / "runs" / "scratch_000_seed0" / "config.yaml").read_text()
    assert "clinic" in trained
    assert "data: " + str(tmp_path / "phone") not in trained
    assert table(result.values).splitlines()[1].startswith("0 (0 %)")
