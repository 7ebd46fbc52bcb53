"""Measure the landmarks of the photo job on photographs whose truth is known."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.records.landmarked_photo import find_landmarked_photos, read_landmarked_photo
from typodont.tasks.photo.calibrate import calibrate_landmarks, look_at_all
from typodont.tasks.photo.landmark_report import LandmarkReport, plot_coverage
from typodont.tasks.photo.landmarks import load_landmark_model
from typodont.tasks.run_record import file_sha256


@dataclass(frozen=True)
class EvaluateConfig:
    """How to measure.

    Args:
        told: The network is told the view, or has to find it.
        weights: Weights file or run folder instead of the shipped weights.
        calibrate: Folder of other photographs, on which the spreads are calibrated first.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    told: bool = False
    weights: Path | None = None
    calibrate: Path | None = None
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0


def evaluate_landmarks(data: Path, *, out: Path | None = None, config: EvaluateConfig | None = None) -> LandmarkReport:
    """Compare the landmarks that a network finds with those of all photographs of a folder.

    Args:
        data: Folder of photographs of one subject.
        out: Gets ``landmarks.json`` with every figure and ``coverage.png``.
        config: How to measure.

    Raises:
        ConfigError: photographs of two subjects, or a calibration on those that are measured or of shipped weights.
        FormatError: no photograph, or a damaged one.
        WeightsError: no weights for the subject.
    """
    config = config or EvaluateConfig()
    subject = read_landmarked_photo(find_landmarked_photos(data)[0]).subject
    if config.calibrate is not None:
        _calibrate(data, subject, config)
    model = load_landmark_model(subject, config.weights)
    begun = time.perf_counter()
    photos = look_at_all(data, model, told=config.told)
    settings: dict[str, Any] = {
        "data": Path(data).name,
        "view": "told" if config.told else "found",
        "weights": {"net": model.card.net, "sha256": file_sha256(model.file)},
        "calibrated_on": model.calibration.source,
    }
    report = LandmarkReport(
        subject,
        photos,
        settings,
        seconds=(time.perf_counter() - begun) / len(photos),
        level=config.level,
        n_draws=config.n_draws,
        seed=config.seed,
    )
    if out is not None:
        write_json(report.as_dict(), Path(out) / "landmarks.json")
        plot_coverage(report, Path(out) / "coverage.png")
    return report


def _calibrate(data: Path, subject: str, config: EvaluateConfig) -> None:
    assert config.calibrate is not None
    if Path(config.calibrate).resolve() == Path(data).resolve():
        raise ConfigError(f"calibrate: found {data}, which is measured on, expected other photographs")
    if config.weights is None:
        raise ConfigError("calibrate: found no weights, expected --weights; shipped weights are calibrated already")
    calibrate_landmarks(config.calibrate, config.weights, subject=subject)
