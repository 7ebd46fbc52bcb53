"""The tables of the photo job take what the commands write."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from typodont.anatomy.landmarks import landmark_names
from typodont.tasks.photo.evaluate import PhotoReport
from typodont.tasks.photo.landmark_report import LandmarkReport
from typodont.tasks.photo.landmark_score import LandmarkErrors
from typodont.tasks.photo.shape_report import ShapeReport
from typodont.tasks.photo.shape_score import FIGURES, ShapeErrors


@pytest.fixture
def tables(repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The tables, of a report with one photograph whose landmarks are all off by 2 pixels and its shape by 0.5 mm."""
    monkeypatch.syspath_prepend(str(repo_root / "docs"))
    module = import_module("tables.photo")
    count = len(landmark_names("dentition"))
    off, seen = np.tile([2.0, 0.0], (count, 1)), np.ones(count, dtype=bool)
    errors = LandmarkErrors("a", "a", "front", off, np.ones(count), seen, seen, 4.0, 50.0, True)
    shape = ShapeErrors("a", "a", "front", dict.fromkeys(FIGURES, 0.5))
    how = {"n_draws": 10}
    report = PhotoReport(LandmarkReport("dentition", [errors], **how), ShapeReport([shape], **how), {}).as_dict()
    monkeypatch.setattr(module, "read", lambda name: report)
    return module


def test_landmarks_have_a_row_for_every_subject(tables: Any) -> None:
    lines = tables.photo_landmarks_table().splitlines()
    assert lines[2].startswith("| dentition, all | 1 | 2.000 (2.000 to 2.000) | 0.500 ")
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| dentition, all", "| palate, all"]


def test_shapes_have_their_figures(tables: Any) -> None:
    head, _, first, *_ = tables.photo_shapes_table().splitlines()
    assert head.count("|") == first.count("|")
    assert first.count("0.500 (0.500 to 0.500)") == len(tables.SHAPES)


def test_teeth_have_a_row_for_what_they_are(repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(repo_root / "docs"))
    module = import_module("tables.photo_teeth")
    calls = {"to be seen": {"seen": 7, "missing": 1}, "missing": {"seen": 2, "missing": 3}}
    monkeypatch.setattr(module, "read", lambda name: {"teeth": calls})
    assert module.photo_teeth_table().splitlines() == [
        "| teeth that are | n | called seen | called missing |",
        "| --- | --- | --- | --- |",
        "| to be seen | 8 | 7 | 1 |",
        "| missing | 5 | 2 | 3 |",
    ]


def test_a_study_has_both_errors_of_every_arm(repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(repo_root / "docs"))
    module = import_module("tables.photo_study")

    def arm(*values: float | None) -> dict[str, Any]:
        return {"figures": [{"value": value, "low": value, "high": value} for value in values]}

    figures = {"error_percent": {"scratch": arm(4, 3)}, "shape_mm": {"scratch": arm(None, 2)}}
    values = {"figures": figures, "labels": [0, 50], "sentences": ["Fifty are enough."]}
    monkeypatch.setattr(module, "read", lambda name: values)
    assert module.photo_domain_table().splitlines() == [
        "| photographs of telephones | scratch: landmarks, % of the arch's width | scratch: shape, mm |",
        "| --- | --- | --- |",
        "| 0 | 4.000 (4.000 to 4.000) | – |",
        "| 50 | 3.000 (3.000 to 3.000) | 2.000 (2.000 to 2.000) |",
        "",
        "> Fifty are enough.",
    ]
