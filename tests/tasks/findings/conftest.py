"""Labelled pictures that are made up: squares for findings, and marks that are right, shifted or wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.formats.run_lengths import encode_mask
from typodont.records.findings import Finding, PictureFindings, write_picture_findings
from typodont.registry import load
from typodont.training.weights import Card, TrainingSource, save_weights

SHAPE = (60, 80)
CATEGORIES = ("tooth", "caries", "calculus")
SMALL = {
    "categories": CATEGORIES,
    "channels": 3,
    "backbone": {"widths": (4, 8, 8, 8, 8, 8), "depths": (0, 0, 0, 0, 0, 0), "out_channels": 8},
    "box_channels": 4,
    "box_features": 8,
    "mask_channels": 4,
    "score": 0.0,
}


def make_square(category: str, left: int, top: int, *, side: int = 10, mask: bool = True, **known) -> Finding:
    """A finding that fills a square."""
    pixels = np.zeros(SHAPE, dtype=bool)
    pixels[top : top + side, left : left + side] = True
    runs = encode_mask(pixels) if mask else None
    return Finding(category, (left, top, left + side, top + side), runs, **known)


@pytest.fixture
def square() -> Callable[..., Finding]:
    """Makes a finding that fills a square: category, left, top, and what is known of it."""
    return make_square


@pytest.fixture
def labelled(tmp_path: Path) -> Callable[..., Path]:
    """Writes pictures with findings into a folder of its own, and returns their label file.

    The first picture is all 0, the second all 1 and so on.
    """

    def write(
        folder: str,
        findings: dict[str, Sequence[Finding]],
        labelled: Sequence[str],
        patients: dict[str, str] | None = None,
    ) -> Path:
        pictures = []
        for name, own in findings.items():
            image = tmp_path / folder / "images" / f"{name}.png"
            image.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", SHAPE[::-1], len(pictures)).save(image)
            patient = (patients or {}).get(name)
            pictures.append(PictureFindings(name, image, SHAPE, tuple(own), frozenset(labelled), patient=patient))
        path = tmp_path / folder / "findings.json"
        write_picture_findings(pictures, path, categories=sorted(labelled))
        return path

    return write


@pytest.fixture
def small_weights() -> Callable[..., Path]:
    """Writes weights of a small network for photographs, and returns their file.

    It was never trained and marks a hundred places as teeth.
    """

    def write(path: Path, *sources: TrainingSource, data: str = "data/clinic") -> Path:
        torch.manual_seed(0)
        net = load("nets", "mask_rcnn")(**SMALL)
        # without training no pixel would belong to anything
        torch.nn.init.constant_(net.roi_heads.mask_predictor.mask_fcn_logits.bias, 9.0)
        config = {"modality": "photo", "canvas": [64, 128], "categories": list(CATEGORIES)}
        config["sources"] = [{"data": data, "names": None}]
        save_weights(net, Card("findings", "mask_rcnn", SMALL, sources, config=config), path)
        return path

    return write
