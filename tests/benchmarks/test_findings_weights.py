"""Weights beside each other: predictions that are kept are used again, and give the same figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.formats import encode_mask
from typodont.records.findings import Finding, PictureFindings, write_picture_findings
from typodont.tasks.findings.evaluate import EvaluateConfig

SHAPE = (40, 40)


def crown(score: float | None = None) -> Finding:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[5:25, 5:25] = True
    return Finding("crown", (5, 5, 25, 25), encode_mask(mask), score=score)


def write(folder: Path, name: str, finding: Finding) -> Path:
    folder.mkdir()
    Image.new("L", SHAPE).save(folder / "a.png")
    picture = PictureFindings("a", folder / "a.png", SHAPE, (finding,), frozenset({"crown"}))
    write_picture_findings([picture], folder / name, categories=["crown"])
    return folder / name


@pytest.fixture
def report(benchmark_module, tmp_path):
    script = benchmark_module("findings_weights")
    truth = write(tmp_path / "truth", "findings.json", crown())
    write(tmp_path / "known", script.PREDICTIONS, crown(0.9))
    # no weights are needed where the predictions are there already
    return script, script.measure(truth, EvaluateConfig(), tmp_path / "known")


def test_known_predictions_are_measured(report):
    script, measured = report
    assert script.line_of("both", "clinic", measured).endswith("AP / AP50: crown 1.000 / 1.000")


def test_figures_that_need_operating_points_are_left_out(report):
    script, measured = report
    values = script.values_of(measured)
    assert values["categories"]["crown"]["mask"]["ap"]["value"] == 1.0
    assert "operating_points" not in values["categories"]["crown"]
    assert "environment" not in values
