"""Labelled pictures that are made up: squares for findings, and marks that are right, shifted or wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.formats.run_lengths import encode_mask
from typodont.records.findings import Finding, PictureFindings, write_picture_findings

SHAPE = (60, 80)


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
