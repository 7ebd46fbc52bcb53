"""Make trained findings weights ready for use: measured, calibrated, with operating points, packed with their cards."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast, get_args

from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.formats import read_json
from typodont.tasks.calibrate import cross_fitted
from typodont.tasks.findings.calibrate import (
    CategoryCalibration,
    FindingCalibration,
    Measured,
    calibration_path,
    cross_fitted_scores,
    fit_category,
    stated,
    write_finding_calibration,
)
from typodont.tasks.findings.evaluate import (
    PREDICTIONS,
    EvaluateConfig,
    evaluate,
    labelled_pictures,
    predict,
    renamed,
    write_predictions,
)
from typodont.tasks.findings.modality import ModalityName
from typodont.tasks.findings.models import DEFAULT_WEIGHTS, load_detector
from typodont.tasks.findings.report import FindingsReport
from typodont.tasks.measured import calibration_values
from typodont.tasks.shipping import check_size, pack_weights, stage_weights, weights_file
from typodont.training.weights import file_hash, read_card

MOST_MB = 24.0
CARD_FIGURES = ("ap", "ap50", "sensitivity_at_1", "sensitivity_at_2", "sensitivity_at_4")
KNOWN_FAILURES: dict[ModalityName, tuple[str, ...]] = {
    "photo": (
        "Where the card names no real evidence for a finding, its figures are those of synthetic photographs.",
        "Stains, plaque and shadows may be taken for decay or tartar, wet highlights may hide it.",
        "Decay between teeth and under the gum does not show in a photograph.",
        "Milk teeth were not in the synthetic training pictures.",
    ),
    "xray": (
        "Where the card names no real evidence for a finding, its figures are those of synthetic radiographs.",
        "Made for panoramics; bitewings and periapical pictures were not in training.",
        "Early decay does not show in a panoramic, and overlapping crowns and the edges of fillings look like decay.",
        "Milk teeth, germs and supernumerary teeth may be taken for impacted teeth.",
        "Bridges count as crowns; so may other metal.",
    ),
}


@dataclass(frozen=True)
class ShipConfig:
    """What is packed, and on what it is measured.

    Sets are "MODALITY:NAME=PATH", for example "photo:clinic=data/clinic/valid"; no training saw their pictures.

    Args:
        photo: Run folder (or weights file) of the network for photographs; None: that modality is left as it is.
        xray: The same for radiographs.
        calibrate: Real pictures on which operating points and probabilities may be chosen, the first choice first.
        synthetic: Synthetic pictures; they choose for the categories that no set of `calibrate` has enough of.
        measure: Real pictures that only measure.
        rename: "NAME:CATEGORY=OURS" for the labels of a set; nothing after the sign leaves the category out.
        sources: "PART=NAME": the name on the card of the training source in whose path PART occurs.
        out: Folder for the packed weights; by default that of the package.
        results: JSON file for all figures, of which the entry of each packed modality is written anew; None keeps only
            those of the card.
        work: Folder in which predictions are kept, so that shipping that was broken off goes on where it stopped.
        n_draws: Bootstrap samples.
    """

    photo: Path | None = None
    xray: Path | None = None
    calibrate: tuple[str, ...] = ()
    synthetic: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    rename: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    out: Path = DEFAULT_WEIGHTS
    results: Path | None = None
    work: Path | None = None
    n_draws: int = 1000


@dataclass(frozen=True)
class PictureSet:
    """Labelled pictures to measure on.

    Args:
        modality: What they are.
        name: In tables and on cards.
        data: See `find_picture_findings`.
        real: Not synthetic.
        chooses: Whether operating points may be chosen on them.
        rename: Of their categories.
    """

    modality: ModalityName
    name: str
    data: Path
    real: bool
    chooses: bool
    rename: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Shipped:
    """What was measured of one network.

    Args:
        reports: Set -> figures.
        calibration: Operating points with what was measured at them.
        confidence: Category -> set -> how well its stated probabilities fit; cross-fitted where they were fitted.
        evidence: Category -> in words what its figures rest on.
    """

    reports: Mapping[str, FindingsReport]
    calibration: FindingCalibration
    confidence: Mapping[str, Mapping[str, Any]]
    evidence: Mapping[str, str]


def ship(config: ShipConfig) -> dict[ModalityName, Shipped]:
    """Measure, calibrate and pack; returns what was measured.

    Operating points and probabilities are chosen for every category on the first set that has enough of it, and what
    is said of them there is cross-fitted: chosen on other patients. On all other sets they are taken as they are.

    Raises:
        ConfigError: no weights or no pictures of a modality, or a set, a new name or a modality that is not understood.
        WeightsError: weights are missing or too large, or a training source does not allow that they are passed on.
    """
    runs = _runs(config)
    sets = picture_sets(config)
    names = renamed(config.sources)
    for modality in runs:
        if not any(own.modality == modality for own in sets):
            raise ConfigError(f"{modality}: no labelled pictures to measure on; name some as {modality}:NAME=PATH")
    with tempfile.TemporaryDirectory() as scratch:
        files = {f"{modality}.safetensors": weights_file(run) for modality, run in runs.items()}
        stage = stage_weights(files, Path(scratch) / "weights")
        check_size(stage.glob("*.safetensors"), most_mb=MOST_MB)
        found: dict[ModalityName, Shipped] = {}
        for modality in runs:
            own = [one for one in sets if one.modality == modality]
            _check_unseen(stage / f"{modality}.safetensors", own)
            work = config.work or Path(scratch) / "predictions"
            found[modality] = _measure(stage / f"{modality}.safetensors", own, work, config.n_draws)
        for modality, shipped in found.items():
            _pack(stage / f"{modality}.safetensors", config.out, modality, shipped, names)
    if config.results is not None:
        # what is there of a modality that is left as it is stays
        before = read_json(config.results) if config.results.exists() else {}
        write_json({**before, **results(found, sets, config.out)}, config.results)
    return found


def _runs(config: ShipConfig) -> dict[ModalityName, Path]:
    given: dict[ModalityName, Path | None] = {"photo": config.photo, "xray": config.xray}
    runs: dict[ModalityName, Path] = {modality: run for modality, run in given.items() if run is not None}
    if not runs:
        raise ConfigError("nothing to pack; name a run folder as photo, as xray or as both")
    for modality, run in runs.items():
        seen = load_detector(run).modality
        if seen != modality:
            raise ConfigError(f"{run}: found weights for {seen}, expected some for {modality}")
    return runs


def _check_unseen(weights: Path, sets: Sequence[PictureSet]) -> None:
    """Refuse to measure on what the last training learnt from whole; parts of a folder can only be told by a person."""
    sources = read_card(weights).config.get("sources") or ()
    seen = {Path(source["data"]).resolve() for source in sources if source.get("names") is None}
    for one in sets:
        if one.data.resolve() in seen:
            raise ConfigError(f"{one.name}: {one.data} was trained on; name labelled pictures that no training saw")


def picture_sets(config: ShipConfig) -> list[PictureSet]:
    """All sets of a config: real ones that choose, synthetic ones, real ones that only measure.

    Raises:
        ConfigError: not MODALITY:NAME=PATH, one name for two sets of a modality, or a set to rename that is not there.
    """
    new_names: dict[str, list[str]] = {}
    for item in config.rename:
        name, separator, words = item.partition(":")
        if not separator or not words:
            raise ConfigError(f"{item!r}: expected NAME:CATEGORY=OURS, as in clinic:Cavity=caries")
        new_names.setdefault(name, []).append(words)
    sets: dict[tuple[str, str], PictureSet] = {}
    for items, real, chooses in (
        (config.calibrate, True, True),
        (config.synthetic, False, True),
        (config.measure, True, False),
    ):
        for item in items:
            modality, _, named = item.partition(":")
            name, separator, path = named.partition("=")
            fits = modality in get_args(ModalityName) and separator and name and path
            if not fits or (modality, name) in sets:
                raise ConfigError(
                    f"{item!r}: expected MODALITY:NAME=PATH, every name once, as in photo:clinic=data/clinic/valid"
                )
            rename = renamed(new_names.get(name, ()))
            sets[modality, name] = PictureSet(cast(ModalityName, modality), name, Path(path), real, chooses, rename)
    unknown = set(new_names) - {name for _, name in sets}
    if unknown:
        known = ", ".join(name for _, name in sets)
        raise ConfigError(f"{', '.join(sorted(unknown))}: to be renamed, but no such set; sets are {known}")
    return list(sets.values())


def _measure(weights: Path, sets: Sequence[PictureSet], work: Path, n_draws: int) -> Shipped:
    raw = {one.name: _raw_report(one, weights, work / file_hash(weights)[:12], n_draws) for one in sets}
    chosen: dict[str, CategoryCalibration] = {}
    confidence: dict[str, dict[str, Any]] = {}
    evidence: dict[str, str] = {}
    for category in load_detector(weights).categories:
        labelling = [one for one in sets if category in raw[one.name].categories]
        fitted = _choose(category, labelling, raw)
        if fitted is not None:
            chooser, calibration = fitted
            chosen[category] = _with_measured(category, calibration, chooser, labelling, raw)
            confidence[category] = _confidence(category, calibration, chooser, labelling, raw)
        evidence[category] = evidence_of(category, labelling, raw)
    calibration = FindingCalibration(chosen)
    reports = {name: replace(report, calibration=calibration) for name, report in raw.items()}
    return Shipped(reports, calibration, confidence, evidence)


def _raw_report(one: PictureSet, weights: Path, work: Path, n_draws: int) -> FindingsReport:
    """What the network's own scores are worth on a set; predictions that are kept are not made again."""
    predictions = work / one.name / PREDICTIONS
    if not predictions.exists():
        pictures = labelled_pictures(one.data, one.rename)
        write_predictions(pictures, predict(pictures, weights), predictions)
    return evaluate(one.data, predictions, config=EvaluateConfig(one.rename, n_draws=n_draws))


def _choose(
    category: str, sets: Sequence[PictureSet], reports: Mapping[str, FindingsReport]
) -> tuple[PictureSet, CategoryCalibration] | None:
    """The first set that has enough of a category, and what it says."""
    for one in sets:
        if one.chooses:
            report = reports[one.name]
            source = f"{one.name} ({len(report.pictures)} {_kind(one)} pictures)"
            found = fit_category(report.strictest[category], category, source=source)
            if found is not None:
                return one, found
    return None


def _with_measured(
    category: str,
    calibration: CategoryCalibration,
    chooser: PictureSet,
    sets: Sequence[PictureSet],
    reports: Mapping[str, FindingsReport],
) -> CategoryCalibration:
    """The operating points with what they come to on every set: real ones first, the one that chose first of them."""
    ranked = sorted(sets, key=lambda one: (not one.real, one is not chooser))
    points = {}
    for name, point in calibration.points.items():
        measured: list[Measured] = []
        for one in ranked:
            report = reports[one.name]
            score = point.raw_score
            if one is chooser:
                score = cross_fitted_scores(report.strictest[category], category, name, report.patients(category))
            measured.append(report.measured(category, score, on=one.name, real=one.real))
        points[name] = replace(point, measured=tuple(one for one in measured if one.findings))
    return replace(calibration, points=points)


def _confidence(
    category: str,
    calibration: CategoryCalibration,
    chooser: PictureSet,
    sets: Sequence[PictureSet],
    reports: Mapping[str, FindingsReport],
) -> dict[str, Any]:
    """How well the stated probabilities fit what came true, set by set."""
    found = {}
    for one in sets:
        marks = reports[one.name].strictest[category]
        cases = cross_fitted(stated(marks, category)) if one is chooser else stated(marks, category, calibration.curve)
        found[one.name] = calibration_values([mark for case in cases for mark in case])
    return found


def evidence_of(category: str, sets: Sequence[PictureSet], reports: Mapping[str, FindingsReport]) -> str:
    """What is known of a category, and plainly what is not."""
    found = {}
    for one in sets:
        marks = reports[one.name].strictest[category]
        if marks.n_true.sum():
            found[one.name] = f"{marks.n_true.sum()} in {len(marks.n_true)} {_kind(one)} pictures ({one.name})"
    real = [found[one.name] for one in sets if one.real and one.name in found]
    made = [found[one.name] for one in sets if not one.real and one.name in found]
    if real:
        return "; ".join(real)
    return f"no real evidence; {'; '.join(made) or 'no synthetic evidence either'}"


def _kind(one: PictureSet) -> str:
    return "real" if one.real else "synthetic"


def _pack(staged: Path, out: Path, modality: ModalityName, shipped: Shipped, names: Mapping[str, str]) -> None:
    figures: dict[str, Any] = {"evidence": dict(shipped.evidence)}
    for where, report in shipped.reports.items():
        kind = report.kinds[-1]
        for category in report.categories:
            for name in CARD_FIGURES:
                interval = report.figures[kind][category][name]
                if interval.value == interval.value:
                    ends = [round(value, 6) for value in (interval.value, interval.low, interval.high)]
                    figures[f"{where} ({len(report.pictures)} pictures): {category}, {name} by {kind}"] = ends
    pack_weights(staged, out, figures=figures, known_failures=KNOWN_FAILURES[modality], names=names)
    write_finding_calibration(shipped.calibration, calibration_path(out / staged.name))


def results(found: Mapping[ModalityName, Shipped], sets: Sequence[PictureSet], out: Path) -> dict[str, Any]:
    """Everything that was measured, plain values."""
    cards = {modality: read_card(out / f"{modality}.safetensors") for modality in found}
    real = {(one.modality, one.name): one.real for one in sets}
    return {
        modality: {
            "weights": {"date": cards[modality].date, "net": cards[modality].net},
            "sets": {
                name: {"real": real[modality, name], **report.as_dict(points=False)}
                for name, report in shipped.reports.items()
            },
            "operating_points": shipped.calibration.as_dict(),
            "confidence": shipped.confidence,
            "evidence": shipped.evidence,
        }
        for modality, shipped in found.items()
    }
