"""Many pictures with findings in one table: every figure with its interval over patients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from typodont import metrics
from typodont.environment import environment
from typodont.metrics.detection import Kind, overlap
from typodont.tasks.findings.calibrate import (
    BETAS,
    Ends,
    FindingCalibration,
    Measured,
    needed_overlap,
    stated,
)
from typodont.tasks.findings.compare import TEETH, ComparedPicture
from typodont.tasks.measured import calibration_values, cell, interval_values
from typodont.types import Float

FALSE_ALARMS = (1, 2, 4)
PRECISIONS = ("ap", "ap50", "ap75")
SENSITIVITIES = tuple(f"sensitivity_at_{k}" for k in FALSE_ALARMS)
STRICT = tuple(f"{name}_iou50" for name in SENSITIVITIES)
FIGURES = (*PRECISIONS, *SENSITIVITIES, *STRICT)
UNKNOWN = {"all marks": 0.0, "score 0.5": 0.5}
"""Where scores of which nothing is known are cut."""
MEAN = "mean"
"""Stands beside the categories: the mean of their average precisions, COCO's mAP."""
PUBLISHED = ("pooled_ap50", "sensitivity", "precision", "f1")


@dataclass(frozen=True)
class FindingsReport:
    """Figures of a whole data set.

    Args:
        pictures: One entry per picture.
        calibration: Of the network that predicted; its operating points are measured. None: the scores are another
            system's, of which nothing is known.
        settings: How it was measured, plain values.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    pictures: Sequence[ComparedPicture]
    calibration: FindingCalibration | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    level: float = 0.95
    n_draws: int = 1000
    seed: int = 0

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """What can be compared: boxes always, masks where everything has one. The last one is the stricter."""
        return ("box", "mask") if all(picture.has_masks for picture in self.pictures) else ("box",)

    @cached_property
    def marks(self) -> dict[Kind, dict[str, metrics.Marks]]:
        """The marks of every category that any picture labels, by kind."""
        true, predicted = [p.true for p in self.pictures], [p.predicted for p in self.pictures]
        labelled = [p.labelled for p in self.pictures]
        return {kind: metrics.find_marks(true, predicted, labelled, kind=kind) for kind in self.kinds}

    @property
    def strictest(self) -> dict[str, metrics.Marks]:
        """The marks by mask where there are masks, by box elsewhere."""
        return self.marks[self.kinds[-1]]

    @property
    def categories(self) -> list[str]:
        """All that is judged."""
        return list(self.strictest)

    def patients(self, category: str) -> list[str]:
        """Whom each of the pictures shows that label a category."""
        return [self.pictures[place].patient for place in self.strictest[category].pictures]

    @cached_property
    def figures(self) -> dict[Kind, dict[str, dict[str, metrics.Interval]]]:
        """Kind -> category, and the mean of all -> figure, see `FIGURES`."""
        keys = [key for key, _ in self._values(np.ones(len(self.pictures)))]
        intervals = metrics.bootstrap_figures(
            lambda weights: [value for _, value in self._values(weights)],
            [picture.patient for picture in self.pictures],
            **self._sampling,
        )
        found: dict[Kind, dict[str, dict[str, metrics.Interval]]] = {}
        for (kind, category, name), interval in zip(keys, intervals, strict=True):
            found.setdefault(kind, {}).setdefault(category, {})[name] = interval
        return found

    def _values(self, weights: Float) -> Iterator[tuple[tuple[Kind, str, str], float]]:
        """All figures of pictures that count so often."""
        for kind, by_category in self.marks.items():
            each = {name: figures_of(marks, name, weights[marks.pictures]) for name, marks in by_category.items()}
            for category, values in each.items():
                for name, value in values.items():
                    yield (kind, category, name), value
            for name in PRECISIONS:
                known = [values[name] for values in each.values() if not math.isnan(values[name])]
                yield (kind, MEAN, name), float(np.mean(known)) if known else math.nan

    def cuts(self, category: str) -> dict[str, float]:
        """Name -> lowest raw score that counts: the operating points, or of unknown scores all and the upper half."""
        if self.calibration is None:
            return UNKNOWN
        return {name: self.calibration.point(category, name).raw_score for name in BETAS}

    def at_score(self, category: str, least_score: float | Float) -> dict[str, metrics.Interval]:
        """Sensitivity, precision, F1 and false alarms per picture of all marks from a raw score on.

        Args:
            category: Which.
            least_score: The score, or one for every picture that labels the category.
        """
        counts = metrics.counts_at(self.strictest[category], least_score, needed_overlap(category))
        return {name: self._ratio(*ratio, self.patients(category)) for name, ratio in counts.ratios().items()}

    def measured(self, category: str, least_score: float | Float, *, on: str, real: bool) -> Measured:
        """The same for a calibration file."""
        figures = self.at_score(category, least_score)
        n_true = self.strictest[category].n_true
        ends = (_ends(figures[name]) for name in ("sensitivity", "precision", "false_alarms"))
        return Measured(on, real, len(n_true), int(n_true.sum()), *ends)

    @cached_property
    def published(self) -> dict[str, dict[str, metrics.Interval]]:
        """The published system's figures, of all categories together, by how marks are matched; see `pooled_marks`."""
        true, predicted = [p.true for p in self.pictures], [p.predicted for p in self.pictures]
        patients = [picture.patient for picture in self.pictures]
        found = {}
        for name, flawed in (("as published", True), ("plain matching", False)):
            marks = metrics.pooled_marks(true, predicted, kind=self.kinds[-1], published_matching=flawed)
            area = partial(_pooled_area, marks)
            (pooled,) = metrics.bootstrap_figures(area, patients, **self._sampling)
            ratios = metrics.counts_at(marks, 0.0, 0.5).ratios()
            found[name] = {"pooled_ap50": pooled} | {key: self._ratio(*ratios[key], patients) for key in PUBLISHED[1:]}
        return found

    def numbers(self) -> dict[str, metrics.Interval] | None:
        """Tooth numbers of the marked teeth; None where truth or prediction has no numbers.

        ``right_number``: share of the true teeth that were found with their number. ``right_number_of_found``: of
        those that were found. ``no_number``: share of the found teeth whose number was left open. Teeth count from
        the balanced operating point on; of unknown scores, all count.
        """
        judged = [self._numbered(picture) for picture in self.pictures if any(picture.true_fdi)]
        if not any(fdi for _, matches in judged for fdi in matches.predicted_fdi):
            return None
        patients = [patient for patient, _ in judged]
        open_numbers = [sum(m.predicted_fdi[p] == 0 for _, p in m.pairs) for _, m in judged]
        counts = {
            "right_number": ([len(m.right_pairs) for _, m in judged], [m.n_true for _, m in judged]),
            "right_number_of_found": ([len(m.right_pairs) for _, m in judged], [len(m.pairs) for _, m in judged]),
            "no_number": (open_numbers, [len(m.pairs) for _, m in judged]),
        }
        return {name: self._ratio(top, bottom, patients) for name, (top, bottom) in counts.items()}

    def _numbered(self, picture: ComparedPicture) -> tuple[str, metrics.ToothMatches]:
        true = [i for i, fdi in enumerate(picture.true_fdi) if fdi and picture.true[i].category in TEETH]
        marked = [
            i
            for i, thing in enumerate(picture.predicted)
            if thing.category in TEETH and thing.score >= self.cuts(thing.category).get("balanced", 0.0)
        ]
        iou = overlap([picture.true[i] for i in true], [picture.predicted[i] for i in marked], self.kinds[-1])
        numbers = [picture.true_fdi[i] or 0 for i in true], [picture.predicted_fdi[i] or 0 for i in marked]
        return picture.patient, metrics.match_instances(*numbers, iou)

    def as_dict(self, *, points: bool = True) -> dict[str, Any]:
        """Plain values for ``report.json``; what could not be measured is None.

        Args:
            points: Also what operating points and stated probabilities come to, which only pictures that did not
                choose them can tell.
        """
        numbers = self.numbers()
        return {
            "settings": {**self.settings, "level": self.level, "n_draws": self.n_draws, "seed": self.seed},
            "pictures": len(self.pictures),
            "patients": len({picture.patient for picture in self.pictures}),
            "categories": {
                category: self._category(category) | (self._points(category) if points else {})
                for category in self.categories
            },
            MEAN: {kind: _plain(by_category[MEAN]) for kind, by_category in self.figures.items()},
            "published": {matching: _plain(figures) for matching, figures in self.published.items()},
            "numbers": None if numbers is None else _plain(numbers),
            "environment": environment(),
        }

    def _category(self, category: str) -> dict[str, Any]:
        marks = self.strictest[category]
        return {
            "pictures": len(marks.n_true),
            "findings": int(marks.n_true.sum()),
            "needed_overlap": needed_overlap(category),
            **{kind: _plain(by_category[category]) for kind, by_category in self.figures.items()},
        }

    def _points(self, category: str) -> dict[str, Any]:
        curve = None if self.calibration is None else self.calibration.of(category).curve
        cases = stated(self.strictest[category], category, curve)
        return {
            "operating_points": {
                name: {"raw_score": score} | _plain(self.at_score(category, score))
                for name, score in self.cuts(category).items()
            },
            "calibration": calibration_values([mark for case in cases for mark in case]),
        }

    def table(self, *, points: bool = True) -> str:
        """Every category with its figures as text.

        Args:
            points: See `as_dict`.
        """
        lines = []
        for kind, by_category in self.figures.items():
            lines += _block(f"average precision of {_PLURAL[kind]}", PRECISIONS, by_category)
            shown = {name: figures for name, figures in by_category.items() if name != MEAN}
            lines += _block(f"sensitivity at k false alarms a picture, by {kind}", SENSITIVITIES, shown)
        cuts = BETAS if self.calibration is not None else UNKNOWN
        for name in cuts if points else ():
            at = {category: self.at_score(category, self.cuts(category)[name]) for category in self.categories}
            lines += _block(name, ("sensitivity", "precision", "f1", "false_alarms"), at)
        title = "the published system's figures, all categories together, scores from 0.5"
        lines += _block(title, PUBLISHED, self.published)
        numbers = self.numbers()
        if numbers is not None:
            lines += _block("tooth numbers", tuple(numbers), {"teeth": numbers})
        counts = [f"{name} {marks.n_true.sum()} in {len(marks.n_true)}" for name, marks in self.strictest.items()]
        lines += [f"findings that are there, in how many labelled pictures: {', '.join(counts)}"]
        return "\n".join([*lines, f"{self.level:.0%} intervals over patients"]) + "\n"

    @property
    def _sampling(self) -> dict[str, Any]:
        return {"level": self.level, "n_draws": self.n_draws, "seed": self.seed}

    def _ratio(self, top: Sequence[float] | Float, bottom: Sequence[float] | Float, patients: Sequence[str]):
        return metrics.bootstrap_ratio(top, bottom, patients, **self._sampling)


_PLURAL: dict[Kind, str] = {"box": "boxes", "mask": "masks"}


def _pooled_area(marks: metrics.Marks, weights: Float) -> list[float]:
    return [metrics.trapezoid_area(marks, weights)]


def figures_of(marks: metrics.Marks, category: str, weights: Float | None = None) -> dict[str, float]:
    """`FIGURES` of one category; NaN where there is nothing true."""
    each = dict(zip(marks.overlaps, metrics.average_precision(marks, weights), strict=True))
    found = metrics.froc(marks, FALSE_ALARMS, needed_overlap(category), weights)
    strict = metrics.froc(marks, FALSE_ALARMS, 0.5, weights)
    precisions = (np.mean([each[value] for value in metrics.COCO_OVERLAPS]), each[0.5], each[0.75])
    return dict(zip(FIGURES, map(float, (*precisions, *found, *strict)), strict=True))


def _ends(figure: metrics.Interval) -> Ends:
    known = not math.isnan(figure.value)
    return tuple(round(value, 4) for value in (figure.value, figure.low, figure.high)) if known else None


def _plain(figures: dict[str, metrics.Interval]) -> dict[str, dict[str, float | int | None]]:
    return {name: interval_values(interval) for name, interval in figures.items()}


def _block(title: str, names: Sequence[str], rows: dict[str, dict[str, metrics.Interval]]) -> list[str]:
    head = f"{title:<22}" if len(title) < 22 else f"{title}\n{'':<22}"
    lines = [head + "".join(f"{name:>24}" for name in names)]
    lines += [f"  {row:<20}" + "".join(f"{cell(figures[name]):>24}" for name in names) for row, figures in rows.items()]
    return [*lines, ""]
