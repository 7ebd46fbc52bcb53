"""What a score of a finding means: its probability, and the scores to cut at with what was measured there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from typodont import metrics
from typodont.atomic import write_json
from typodont.errors import WeightsError
from typodont.tasks.calibrate import Calibration, Stated, calibration_of
from typodont.tasks.findings.options import OperatingPointName
from typodont.types import Float

BETAS: dict[OperatingPointName, float] = {"screening": 2.0, "balanced": 1.0, "specific": 0.5}
"""How many times as important as precision sensitivity is at an operating point: its score is the best by F-beta."""
UNMEASURED: dict[OperatingPointName, float] = {"screening": 0.3, "balanced": 0.5, "specific": 0.7}
"""Scores of categories that nothing is known of."""
FEWEST_HITS = 20
"""Right marks without which no curve is fitted."""
FUZZY = ("caries", "cavity", "crack", "calculus", "periapical_lesion")
"""Findings about whose borders people disagree: a mark is right where it points at the place."""
FOLDS = 5

Ends = tuple[float, ...] | None
"""A figure and the ends of its interval; None where nothing could be measured."""


def needed_overlap(category: str) -> float:
    """The IoU that makes a mark of this category right: one half for things with a clear border, a tenth for others."""
    return metrics.PLACE_OVERLAP if category in FUZZY else 0.5


@dataclass(frozen=True)
class Measured:
    """What cutting at a score came to on some pictures.

    Args:
        on: Which pictures.
        real: Whether they are real, not synthetic.
        pictures: How many label the category.
        findings: How many of it are there.
        sensitivity: Share of them found; value, low and high end of its 95 % interval over patients.
        precision: Share of the marks that are right.
        false_alarms: Wrong marks per picture.
    """

    on: str
    real: bool
    pictures: int
    findings: int
    sensitivity: Ends
    precision: Ends
    false_alarms: Ends


@dataclass(frozen=True)
class OperatingPoint:
    """Where to cut.

    Args:
        raw_score: Lowest score of the network that is reported.
        score: What `raw_score` means as a probability.
        measured: On real pictures first; empty where nothing was measured.
    """

    raw_score: float
    score: float
    measured: tuple[Measured, ...] = ()


@dataclass(frozen=True)
class CategoryCalibration:
    """Of one category.

    Args:
        curve: From raw score to the probability that the mark is right, see `needed_overlap`.
        points: The operating points.
    """

    curve: Calibration = field(default_factory=Calibration)
    points: Mapping[OperatingPointName, OperatingPoint] = field(
        default_factory=lambda: {name: OperatingPoint(score, score) for name, score in UNMEASURED.items()}
    )


@dataclass(frozen=True)
class FindingCalibration:
    """Of all categories of a network; those that are not listed have scores that stand for themselves."""

    categories: Mapping[str, CategoryCalibration] = field(default_factory=dict)

    def of(self, category: str) -> CategoryCalibration:
        """What is known of a category."""
        return self.categories.get(category, CategoryCalibration())

    def probability(self, category: str, raw_score: float) -> float:
        """The share of marks of such a score that are right."""
        return float(self.of(category).curve(np.array([raw_score]))[0])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {name: asdict(category) for name, category in self.categories.items()}

    def point(self, category: str, name: OperatingPointName) -> OperatingPoint:
        """Where to cut for a category."""
        return self.of(category).points[name]


def fit_category(marks: metrics.Marks, category: str, *, source: str) -> CategoryCalibration | None:
    """Curve and operating points of a category; None where too few marks are right to know.

    Args:
        marks: On labelled pictures that no training saw.
        category: Its name.
        source: What those pictures were.
    """
    overlap = needed_overlap(category)
    if int(marks.at(overlap).sum()) < FEWEST_HITS:
        return None
    curve = calibration_of(stated(marks, category), source=source)
    points = {}
    for name, beta in BETAS.items():
        raw = round(metrics.best_score(marks, beta, overlap), 4)
        points[name] = OperatingPoint(raw, round(float(curve(np.array([raw]))[0]), 4))
    return CategoryCalibration(curve, points)


def stated(marks: metrics.Marks, category: str, curve: Calibration | None = None) -> list[list[Stated]]:
    """(score, whether right) of every mark, picture by picture; with a curve its probability in place of the score."""
    scores = marks.score if curve is None else curve(marks.score)
    cases: list[list[Stated]] = [[] for _ in marks.n_true]
    hits = marks.at(needed_overlap(category))
    for score, hit, place in zip(scores.tolist(), hits.tolist(), marks.picture.tolist(), strict=True):
        cases[place].append((score, hit))
    return cases


def cross_fitted_scores(
    marks: metrics.Marks, category: str, name: OperatingPointName, patients: Sequence[str]
) -> Float:
    """(N,) float: for every picture the score to cut at that pictures of other patients choose.

    What an operating point promises is measured honestly only on pictures that did not choose it.

    Args:
        marks: In N pictures.
        category: Its name.
        name: Of the operating point.
        patients: N, whom each picture shows; pictures of one patient stay together.
    """
    order = {patient: place for place, patient in enumerate(dict.fromkeys(patients))}
    fold = np.array([order[patient] % FOLDS for patient in patients])
    scores = np.empty(len(fold))
    for left_out in np.unique(fold):
        chosen = metrics.best_score(_only(marks, fold != left_out), BETAS[name], needed_overlap(category))
        scores[fold == left_out] = chosen if np.isfinite(chosen) else UNMEASURED[name]
    return scores


def _only(marks: metrics.Marks, kept: np.ndarray) -> metrics.Marks:
    """The marks of some of the pictures."""
    stays = kept[marks.picture]
    return replace(
        marks,
        score=marks.score[stays],
        hit=marks.hit[:, stays],
        picture=(np.cumsum(kept) - 1)[marks.picture[stays]],
        n_true=marks.n_true[kept],
        pictures=marks.pictures[kept],
    )


def calibration_path(weights: Path) -> Path:
    """Where the calibration of a weights file lies: ``NAME.calibration.json`` beside ``NAME.safetensors``."""
    return weights.with_suffix(".calibration.json")


def write_finding_calibration(calibration: FindingCalibration, path: Path) -> None:
    """Write as JSON."""
    write_json(calibration.as_dict(), path)


def read_finding_calibration(path: Path) -> FindingCalibration:
    """Read from JSON; without a file nothing is known of any category.

    Raises:
        WeightsError: the file is damaged.
    """
    if not path.exists():
        return FindingCalibration()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return FindingCalibration({str(name): _category(values) for name, values in content.items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path}: no readable calibration of findings ({error!r}); ship the weights anew") from None


def _category(values: Mapping[str, Any]) -> CategoryCalibration:
    curve = values["curve"]
    corners = {name: tuple(float(x) for x in curve[name]) for name in ("score", "probability")}
    if len(corners["score"]) != len(corners["probability"]) or len(corners["score"]) < 2:
        raise ValueError("a curve needs two or more scores with as many probabilities")
    if any(np.any(np.diff(corner) < 0) for corner in corners.values()):
        raise ValueError("a curve must rise")
    points: dict[OperatingPointName, OperatingPoint] = {name: _point(values["points"][name]) for name in BETAS}
    return CategoryCalibration(
        Calibration(**corners, n_teeth=int(curve["n_teeth"]), source=str(curve["source"])), points
    )


def _point(values: Mapping[str, Any]) -> OperatingPoint:
    measured = (Measured(**{**entry, **{name: _ends(entry[name]) for name in _ENDS}}) for entry in values["measured"])
    return OperatingPoint(float(values["raw_score"]), float(values["score"]), tuple(measured))


def _ends(values: Sequence[float] | None) -> Ends:
    return None if values is None else tuple(float(value) for value in values)


_ENDS = ("sensitivity", "precision", "false_alarms")
