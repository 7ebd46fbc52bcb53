"""Photographs that are made up: coloured spots in the shape of an arch, one for every landmark of a palate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from typodont.anatomy.landmarks import landmark_names
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.records.landmarked_photo import VIEWS, LandmarkedPhoto, write_landmarked_photo
from typodont.registry import load
from typodont.training.weights import Card, TrainingSource, save_weights

NAMES = landmark_names("palate")
SIZE = (160, 120)
SMALL = {"widths": (4, 6, 8, 8), "depths": (0, 1, 1, 1), "features": 6, "hidden": 4}
CANVAS = (64, 80)


def spots(seed: int, *, patient: str = "", bright: float = 1.0) -> LandmarkedPhoto:
    """A palate's landmarks as spots from 120 mm above; the last one is absent, the third one hidden."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, np.pi, len(NAMES))
    flat = np.stack([20 * np.cos(angle), 24 * np.sin(angle) - 12], axis=1) + rng.normal(0, 0.5, (len(NAMES), 2))
    points_mm = np.column_stack([flat, np.zeros(len(NAMES))])
    points_mm[-1] = np.nan
    middle = middle_px(SIZE) + rng.normal(0, 3, 2)
    camera = Pinhole(240.0, middle, SIZE, np.eye(3), np.array([0, 0, 120.0]))
    points = camera.project(points_mm)
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    image = np.full((*SIZE[::-1], 3), 60.0)
    for at, (x, y) in enumerate(points[:-1]):
        color = np.array([255, 255 * at / len(NAMES), 255 * (at % 3) / 2])
        image[np.hypot(columns - x, rows - y) < 2.5] = bright * color
    visible = np.isfinite(points).all(axis=1)
    visible[2] = False
    return LandmarkedPhoto(
        f"spots_{seed:03d}",
        image.astype(np.uint8),
        "palate",
        "palate",
        NAMES,
        points,
        visible,
        camera=camera,
        points_mm=points_mm,
        patient=patient or f"patient_{seed}",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes photographs of spots with these seeds; returns their folder."""

    def write(name: str, *seeds: int, **known: float) -> Path:
        for seed in seeds:
            write_landmarked_photo(spots(seed, **known), tmp_path / name, quality=95)
        return tmp_path / name

    return write


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Weights of a small network for palates that learnt nothing."""
    torch.manual_seed(0)
    arguments = {"landmarks": len(NAMES), "views": len(VIEWS), **SMALL}
    card = Card(
        job="photo",
        net="landmark_net",
        arguments=arguments,
        sources=(TrainingSource("spots", "synthetic"),),
        config={"stage": "landmarks", "subject": "palate", "canvas": list(CANVAS)},
    )
    path = tmp_path / "weights" / "palate.safetensors"
    path.parent.mkdir()
    save_weights(load("nets", "landmark_net")(**arguments), card, path)
    return path
