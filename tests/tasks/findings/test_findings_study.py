"""A study of the findings job in miniature, and its quick scores by hand."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from typodont.records.findings import Finding
from typodont.tasks.findings.compare import compare
from typodont.tasks.findings.evaluate import labelled_pictures
from typodont.tasks.findings.study import picture_scores
from typodont.tasks.study.config import Arm, StudyConfig
from typodont.tasks.study.study import study

NET = {
    "name": "mask_rcnn",
    "arguments": {
        "backbone": {"widths": [4] * 6, "depths": [0] * 6, "out_channels": 8},
        "box_channels": 4,
        "box_features": 8,
        "mask_channels": 4,
    },
}


@pytest.fixture
def config(labelled: Callable[..., Path], square: Callable[..., Finding], tmp_path: Path) -> StudyConfig:
    pictures = {name: [square("tooth", 20, 20, side=24)] for name in "abcd"}
    patients = {"a": "one", "b": "one", "c": "two", "d": "three"}
    source = labelled("labelled", pictures, ["tooth", "caries"], patients)
    held_out = labelled("held_out", {name: [square("tooth", 30, 20, side=20)] for name in "xy"}, ["tooth", "crown"])
    base = {
        "net": NET,
        "categories": ["tooth", "caries"],
        "canvas": [64, 128],
        "view": [64, 128],
        "sources": [{"data": str(source)}],
        "validation": {"data": str(held_out)},
        "schedule": {"max_steps": 2, "warmup_steps": 1},
        "optimizer.bf16": False,
        "loop": {"batch": 1, "workers": 0, "validate_every": 0, "log_every": 1},
    }
    return StudyConfig("s", tmp_path, base, (Arm("scratch"),), fractions=(0.4, 1.0), seeds=(0,), processes=0, draws=50)


def test_a_study_parts_no_patient(config: StudyConfig) -> None:
    result = study("findings", config)
    assert result.values["runs"] == {"done": 2, "of": 2}
    assert result.values["labels"][-1] == 4
    scores = json.loads((result.folder / "runs" / "scratch_100_seed0" / "scores.json").read_text())
    assert set(scores["cases"]) == {"x", "y"}
    assert set(scores["cases"]["x"]) == set(result.values["titles"])


def test_scores_by_hand(labelled: Callable[..., Path], square: Callable[..., Finding]) -> None:
    true = [square("tooth", 10, 10), square("tooth", 40, 10), square("caries", 10, 40)]
    known = labelled("one", {"a": true, "nothing": []}, ["tooth", "caries", "crown"])
    picture, nothing = labelled_pictures(known)
    marks = [
        square("tooth", 10, 10, score=0.9),
        square("tooth", 60, 10, score=0.7),
        square("tooth", 40, 10, score=0.3),
        square("caries", 10, 40, score=0.6),
    ]
    scores = picture_scores(compare(picture, marks))
    # teeth: precision 1 up to half of them (51 of 101 places), then 2 of 3
    assert scores["ap50"] == pytest.approx(((51 + 50 * 2 / 3) / 101 + 1) / 2)
    assert scores["f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert picture_scores(compare(nothing, marks)) == pytest.approx({"ap50": math.nan, "f1": 0.0}, nan_ok=True)
    empty = picture_scores(compare(nothing, []))
    assert math.isnan(empty["ap50"])
    assert math.isnan(empty["f1"])


def test_boxes_where_there_are_only_boxes(labelled: Callable[..., Path], square: Callable[..., Finding]) -> None:
    (picture,) = labelled_pictures(labelled("one", {"a": [square("tooth", 10, 10, mask=False)]}, ["tooth"]))
    scores = picture_scores(compare(picture, [square("tooth", 10, 10, score=0.9)]))
    assert scores == {"ap50": 1, "f1": 1}
