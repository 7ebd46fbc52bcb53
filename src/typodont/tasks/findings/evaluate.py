"""Measure the findings job against labelled pictures: average precision, sensitivity, false alarms, tooth numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.progress import track
from typodont.records.findings import Finding, PictureFindings, find_picture_findings, write_picture_findings
from typodont.records.picture_files import read_layers
from typodont.tasks.findings.calibrate import calibration_path, read_finding_calibration
from typodont.tasks.findings.compare import compare
from typodont.tasks.findings.modality import MODALITIES, ModalityName
from typodont.tasks.findings.options import DetectOptions
from typodont.tasks.findings.report import FindingsReport
from typodont.tasks.shipping import weights_file

PREDICTIONS = "predictions.json"


@dataclass(frozen=True)
class EvaluateConfig:
    """How to measure.

    Args:
        rename: Name of a category in the labels -> name of ours, "": leave it out.
        modality: Which of the shipped networks predicts; None: follows from the categories where it can.
        weights: Weights to predict with instead of the shipped ones, a file or a run folder.
        numbering: Give the marks tooth numbers as ``typodont findings detect`` does, to measure these too; slower.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    rename: Mapping[str, str] = field(default_factory=dict)
    modality: ModalityName | None = None
    weights: Path | None = None
    numbering: bool = False
    level: float = 0.95
    n_draws: int = 1000
    seed: int = 0


def evaluate(
    data: Path,
    predictions: Path | None = None,
    *,
    out: Path | None = None,
    config: EvaluateConfig | None = None,
) -> FindingsReport:
    """Compare predictions with all labelled pictures.

    A picture without a prediction counts as one in which nothing was found.

    Args:
        data: Labelled pictures, see `find_picture_findings`.
        predictions: COCO file with scores, or folder of results of ``typodont findings detect``; None makes them now,
            with all scores that the network gives, and keeps them in ``out/predictions.json``.
        out: Folder for ``report.json``.
        config: How to measure.

    Raises:
        ConfigError: no labelled picture, two of one name, no prediction for any, or a modality that nothing tells.
        FormatError, LabelError: labels, pictures or predictions that cannot be read or do not fit each other.
        WeightsError: no such weights.
    """
    config = config or EvaluateConfig()
    pictures = labelled_pictures(data, config.rename)
    if predictions is None:
        weights = _weights(pictures, config)
        found = numbered(pictures, weights) if config.numbering else predict(pictures, weights)
        calibration = read_finding_calibration(calibration_path(weights))
        if out is not None:
            write_predictions(pictures, found, Path(out) / PREDICTIONS)
    else:
        found, calibration = read_predictions(Path(predictions), pictures), None
    report = FindingsReport(
        [compare(picture, found.get(picture.name, ())) for picture in track(pictures, "compare", unit="picture")],
        calibration,
        {"data": Path(data).name, "rename": dict(config.rename)},
        level=config.level,
        n_draws=config.n_draws,
        seed=config.seed,
    )
    if out is not None:
        write_json(report.as_dict(), Path(out) / "report.json")
    return report


def renamed(items: Sequence[str]) -> dict[str, str]:
    """Category of the labels -> ours, from words such as ``Cavity=caries``; nothing after the sign leaves it out.

    Raises:
        ConfigError: a word without the sign, or a category named twice.
    """
    names: dict[str, str] = {}
    for item in items:
        name, separator, ours = item.partition("=")
        if not separator or not name or name in names:
            raise ConfigError(f"{item!r}: expected CATEGORY=OURS, every category once, as in Cavity=caries")
        names[name] = ours
    return names


def labelled_pictures(data: Path, rename: Mapping[str, str] | None = None) -> list[PictureFindings]:
    """All labelled pictures, each with a name of its own, because predictions are found by name.

    Raises:
        ConfigError: there is none, or two have the same name.
    """
    found: dict[str, PictureFindings] = {}
    for picture in find_picture_findings(data, rename=rename):
        if picture.name in found:
            raise ConfigError(
                f"{picture.image} and {found[picture.name].image} have the same name; names must be unique"
            )
        found[picture.name] = picture
    return list(found.values())


def read_predictions(predictions: Path, pictures: Sequence[PictureFindings]) -> dict[str, tuple[Finding, ...]]:
    """Name of the picture -> what was found in it; findings without a score count as certain.

    Raises:
        ConfigError: no prediction for any of the pictures.
    """
    found = {picture.name: picture.findings for picture in find_picture_findings(predictions)}
    if not any(picture.name in found for picture in pictures):
        raise ConfigError(
            f"{predictions}: no prediction for any of the {len(pictures)} labelled pictures, expected pictures of the "
            f"same names, such as {pictures[0].name}"
        )
    return found


def write_predictions(pictures: Sequence[PictureFindings], found: Mapping[str, Sequence[Finding]], path: Path) -> None:
    """Write what was found as COCO with scores, which `read_predictions` reads."""
    rows = [replace(picture, findings=tuple(found[picture.name])) for picture in pictures]
    names = sorted({finding.category for row in rows for finding in row.findings})
    write_picture_findings(
        [replace(row, labelled=frozenset(names)) for row in rows], path, categories=names, info={"scores": "raw"}
    )


def predict(pictures: Sequence[PictureFindings], weights: Path) -> dict[str, list[Finding]]:
    """Name of the picture -> all that a network marks in it, with raw scores.

    Raises:
        WeightsError: no such weights.
        FormatError: a picture that cannot be read.
    """
    from typodont.tasks.findings.detect import detect
    from typodont.tasks.findings.models import load_detector

    detector = load_detector(weights)
    return {
        picture.name: detect(read_layers(picture.image, colour=detector.canvas.colour), detector)
        for picture in track(pictures, "detect", unit="picture")
    }


def numbered(pictures: Sequence[PictureFindings], weights: Path) -> dict[str, list[Finding]]:
    """The same with tooth numbers, found as ``typodont findings detect`` finds them.

    Raises:
        WeightsError: no such weights.
        FormatError: a picture that cannot be read.
    """
    from typodont.tasks.findings.predict import load_models, predict_findings
    from typodont.tasks.findings.view import read_dental_picture

    models = load_models(weights)
    options = DetectOptions(modality=next(iter(models.detectors)), score=0.0)
    found = {}
    for picture in track(pictures, "detect and number", unit="picture"):
        result = predict_findings(read_dental_picture(picture.image, models.panoramic.view, options), models, options)
        each = zip(result.picture.findings, result.raw_scores, strict=True)
        found[picture.name] = [replace(finding, score=raw) for finding, raw in each]
    return found


def _weights(pictures: Sequence[PictureFindings], config: EvaluateConfig) -> Path:
    """The weights file to predict with."""
    from typodont.tasks.findings.models import DEFAULT_WEIGHTS

    if config.weights is not None:
        return weights_file(config.weights)
    return DEFAULT_WEIGHTS / f"{config.modality or modality_of(pictures)}.safetensors"


def modality_of(pictures: Sequence[PictureFindings]) -> ModalityName:
    """The modality whose categories the labels have.

    Raises:
        ConfigError: both have them all, or neither has.
    """
    names = frozenset[str]().union(*(picture.labelled for picture in pictures))
    fitting: list[ModalityName] = [name for name, modality in MODALITIES.items() if names <= set(modality.categories)]
    if len(fitting) != 1:
        raise ConfigError(
            f"found the categories {', '.join(sorted(names))}, which {'both' if fitting else 'neither'} photographs "
            "and radiographs have; say which they are with --modality photo or --modality xray"
        )
    return fitting[0]
