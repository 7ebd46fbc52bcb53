"""Make trained panoramic weights ready for use: measured, with calibrated confidence, packed with their cards."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.tasks.calibrate import Stated, calibration_of, cross_fitted, write_calibration
from typodont.tasks.panoramic.evaluate import EvaluateConfig, evaluate
from typodont.tasks.panoramic.models import CALIBRATION, DEFAULT_WEIGHTS, SEGMENT, VIEW
from typodont.tasks.panoramic.report import PanoramicReport
from typodont.tasks.shipping import card_figures, check_size, named_values, pack_weights, stage_weights, weights_file
from typodont.tasks.view.evaluate import ViewReport, view_card_figures, view_sets
from typodont.tasks.view.evaluate import evaluate as evaluate_view
from typodont.training.weights import load_weights, read_card

CARD_FIGURES = (
    "binary_dice",
    "tooth_dice",
    "macro_iou",
    "right_number",
    "tooth_f1",
    "detection_recall",
    "detection_precision",
    "errors",
    "perfect_chart",
)
KNOWN_FAILURES = (
    "Numbers may slide by one where a tooth is missing and its space has closed.",
    "Milk teeth, germs and supernumerary teeth were not labelled in training: they get no number or a neighbour's.",
    "Implants, bridges and crowns over gaps may be taken for teeth.",
    "Jaws with few teeth were rare in training; expect more wrong numbers there.",
    "Roots of low contrast, above all upper molars under the sinus, may be cut short on machines not seen in training.",
    "A mirrored picture without letters cannot be told from its anatomy; left and right are then swapped.",
)
MOST_MB = 8.0
BEFORE = ", before it was trained on"


@dataclass(frozen=True)
class ShipConfig:
    """What is packed, and on what it is measured.

    Args:
        segment: Run folder (or weights file) of the network for pixels.
        view: Run folder (or weights file) of the network for what a picture shows; None: the job goes without.
        measure: "NAME=PATH" of labelled pictures that no training saw, measured with these weights.
        earlier: Run folder (or weights file) of the network before its last training, in which it saw `before`.
        before: "NAME=PATH" of labelled pictures that only that last training saw, measured with `earlier`.
        synthetic: "NAME=PATH" of synthetic pictures, measured with these weights; confidences are not fitted on them.
        measure_view: "KIND=PATH" of pictures that the training of `view` did not see.
        sources: "PART=NAME": the name on the card of the training source in whose path PART occurs.
        out: Folder for the packed weights; by default that of the package.
        results: JSON file for all figures; None keeps only those of the card.
    """

    segment: Path
    view: Path | None = None
    measure: tuple[str, ...] = ()
    earlier: Path | None = None
    before: tuple[str, ...] = ()
    synthetic: tuple[str, ...] = ()
    measure_view: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    out: Path = DEFAULT_WEIGHTS
    results: Path | None = None


@dataclass(frozen=True)
class ShipReports:
    """What was measured: the teeth by name of the pictures, and the kind and way up by set."""

    teeth: dict[str, PanoramicReport]
    view: list[ViewReport]


def ship(config: ShipConfig) -> ShipReports:
    """Measure, calibrate and pack; returns what was measured.

    The confidences are fitted on every picture of `measure` and `before`, none of which the measured weights have
    seen. What the reports say of them is cross-fitted: stated by curves that were fitted on other pictures.

    Raises:
        WeightsError: weights are missing or too large, or a training source does not allow that they are passed on.
        ConfigError: nothing to calibrate on, `before` without `earlier`, or `measure_view` without `view`.
    """
    real, earlier, synthetic = (_folders(items) for items in (config.measure, config.before, config.synthetic))
    names = named_values(config.sources)
    views = view_sets(config.measure_view)
    _check(config, real, earlier)
    view = {} if config.view is None else {VIEW: weights_file(config.view)}
    with tempfile.TemporaryDirectory() as scratch:
        stage = stage_weights({SEGMENT: weights_file(config.segment), **view}, Path(scratch) / "weights")
        check_size(stage.glob("*.safetensors"), most_mb=MOST_MB)
        held_out = {name: _measure(path, stage) for name, path in real.items()}
        if config.earlier is not None and earlier:
            before = stage_weights({SEGMENT: weights_file(config.earlier), **view}, Path(scratch) / "earlier")
            held_out |= {name + BEFORE: _measure(path, before) for name, path in earlier.items()}
        cases = [picture.confidence for report in held_out.values() for picture in report.pictures]
        source = " and ".join(f"{name} ({len(report.pictures)} pictures)" for name, report in held_out.items())
        curve = calibration_of(cases, source=source)
        reports = _restated(held_out, cross_fitted(cases))
        write_calibration(curve, stage / CALIBRATION)
        reports |= {name: _measure(path, stage) for name, path in synthetic.items()}
        seen = evaluate_view(views, load_weights(stage / VIEW)[0]) if views else []
        _pack(stage, config.out, reports, names)
        _pack_view(stage, config.out, seen, names)
        write_calibration(curve, config.out / CALIBRATION)
    if config.results is not None:
        write_json(_results(reports, seen, config.out), config.results)
    return ShipReports(reports, seen)


def _check(config: ShipConfig, real: Mapping[str, Path], before: Mapping[str, Path]) -> None:
    if before and config.earlier is None:
        raise ConfigError(
            f"{', '.join(before)}: to be measured before it was trained on, but no earlier weights are named"
        )
    if not real and not before:
        raise ConfigError("no labelled pictures to measure and calibrate on; name some as NAME=PATH")
    if config.measure_view and config.view is None:
        raise ConfigError(f"{', '.join(config.measure_view)}: to be measured, but no network for the view is named")


def _folders(items: Sequence[str]) -> dict[str, Path]:
    return {name: Path(path) for name, path in named_values(items).items()}


def _measure(data: Path, weights: Path) -> PanoramicReport:
    return evaluate(data, config=EvaluateConfig(weights=weights / SEGMENT))


def _restated(
    reports: Mapping[str, PanoramicReport], confidence: Sequence[Sequence[Stated]]
) -> dict[str, PanoramicReport]:
    """The reports with other confidences, one list per picture in the order of the reports."""
    rest = iter(confidence)
    return {
        name: replace(report, pictures=[replace(picture, confidence=next(rest)) for picture in report.pictures])
        for name, report in reports.items()
    }


def _pack(stage: Path, out: Path, reports: Mapping[str, PanoramicReport], names: Mapping[str, str]) -> None:
    values = {name: report.as_dict(each=False) for name, report in reports.items()}
    short = card_figures(values, CARD_FIGURES, unit="pictures")
    calibration = {
        f"{name}: calibration error of confidences, cross-fitted": report["calibration"]["calibration_error"]
        for name, report in values.items()
    }
    pack_weights(stage / SEGMENT, out, figures={**short, **calibration}, known_failures=KNOWN_FAILURES, names=names)


def _pack_view(stage: Path, out: Path, reports: Sequence[ViewReport], names: Mapping[str, str]) -> None:
    if (stage / VIEW).exists():
        figures = view_card_figures([report.as_dict() for report in reports])
        pack_weights(stage / VIEW, out, figures=figures, names=names)


def _results(reports: Mapping[str, PanoramicReport], view: Sequence[ViewReport], out: Path) -> dict[str, Any]:
    cards = {path.name: read_card(path) for path in sorted(out.glob("*.safetensors"))}
    return {
        "weights": {name: {"date": card.date, "net": card.net} for name, card in cards.items()},
        "sets": {name: report.as_dict(each=False) for name, report in reports.items()},
        "view": [report.as_dict() for report in view],
    }
