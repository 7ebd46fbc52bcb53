"""Measure the panoramic job against labelled pictures: masks, numbers, charts, with intervals over pictures."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from typodont.atomic import write_json
from typodont.errors import ConfigError, LabelError
from typodont.formats import read_label_picture
from typodont.progress import track
from typodont.records import PanoramicFiles, find_labelled_panoramics
from typodont.tasks.measured import counts, stated_confidence
from typodont.tasks.panoramic.picture_score import PictureScore, figures_of
from typodont.tasks.panoramic.report import PanoramicReport


@dataclass(frozen=True)
class EvaluateConfig:
    """How to measure.

    Args:
        numbers: JSON file from grey values to FDI numbers, for grey-coded masks whose folder has none of its own.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
        weights: Weights to predict with instead of the shipped ones.
    """

    numbers: Path | None = None
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0
    weights: Path | None = None


def evaluate(
    data: Path,
    predictions_dir: Path | None = None,
    *,
    out: Path | None = None,
    config: EvaluateConfig | None = None,
) -> PanoramicReport:
    """Compare predictions with all labelled pictures.

    Pictures without a prediction count as 0, whatever the reason.

    Args:
        data: COCO file, or folder with FDI masks, grey-coded masks or COCO files; see `find_labelled_panoramics`.
        predictions_dir: Results of ``typodont panoramic segment``; None makes them now, in ``out/predictions``, anew
            every time, so that no result of other weights is measured.
        out: Folder for ``report.json``.
        config: How to measure.

    Raises:
        ConfigError: no labelled picture, no prediction at all, or two pictures of one name.
        FormatError: labels or a prediction that cannot be read.
        LabelError: labels or a prediction that do not fit their picture.
    """
    config = config or EvaluateConfig()
    pictures = labelled_pictures(data, config.numbers)
    with tempfile.TemporaryDirectory() as scratch:
        if predictions_dir is None:
            predictions_dir = Path(out or scratch) / "predictions"
            _predict(pictures, predictions_dir, config)
        elif not any(_map_file(picture, predictions_dir).exists() for picture in pictures):
            raise ConfigError(f"{predictions_dir}: no NAME_fdi.png for any of the {len(pictures)} pictures of {data}")
        scores = [_score(picture, Path(predictions_dir)) for picture in track(pictures, "evaluate", unit="picture")]
    settings = {"data": Path(data).name}
    report = PanoramicReport(scores, settings, level=config.level, n_draws=config.n_draws, seed=config.seed)
    if out is not None:
        write_json(report.as_dict(), Path(out) / "report.json")
    return report


def labelled_pictures(data: Path, numbers: Path | None = None) -> list[PanoramicFiles]:
    """All labelled pictures, each with a name of its own, because predictions are found by name.

    Raises:
        ConfigError: there is none, or two have the same name.
    """
    found: dict[str, PanoramicFiles] = {}
    for picture in find_labelled_panoramics(data, numbers=numbers):
        if picture.name in found:
            raise ConfigError(
                f"{picture.image} and {found[picture.name].image} have the same name; names must be unique"
            )
        found[picture.name] = picture
    return list(found.values())


def _predict(pictures: Sequence[PanoramicFiles], folder: Path, config: EvaluateConfig) -> None:
    from typodont.tasks.panoramic.predict import segment_panoramics

    segment_panoramics([picture.image for picture in pictures], folder, weights=config.weights, force=True)


def _map_file(picture: PanoramicFiles, predictions_dir: Path) -> Path:
    return Path(predictions_dir) / f"{picture.name}_fdi.png"


def _score(picture: PanoramicFiles, predictions_dir: Path) -> PictureScore:
    truth = picture.read()
    path = _map_file(picture, predictions_dir)
    predicted = read_label_picture(path) if path.exists() else None
    if predicted is not None and predicted.shape != truth.shape:
        raise LabelError(
            f"{path}: {predicted.shape[1]}x{predicted.shape[0]} pixels, expected {truth.shape[1]}x{truth.shape[0]} as "
            f"in {picture.image}; predict anew from that picture"
        )
    figures, teeth = figures_of(truth, predicted)
    return PictureScore(
        name=picture.name,
        figures=figures,
        counts=counts(teeth),
        predicted=predicted is not None,
        wrong_teeth=teeth.wrong_teeth(),
        confidence=stated_confidence(teeth, read_confidence(predictions_dir / f"{picture.name}.json")),
    )


def read_confidence(path: Path) -> Mapping[int, float]:
    """FDI number -> stated confidence, from ``NAME.json``; empty without that file.

    Raises:
        LabelError: the file is damaged.
    """
    if not path.exists():
        return {}
    try:
        teeth = json.loads(path.read_text(encoding="utf-8"))["teeth"]
        return {int(tooth["fdi"]): float(tooth["confidence"]) for tooth in teeth if tooth["confidence"] is not None}
    except (ValueError, KeyError, TypeError) as error:
        raise LabelError(f"{path}: not a result of `typodont panoramic segment` ({error!r})") from None
