"""Measure the photo job on photographs whose truth is known: landmarks, and the shapes fitted to them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.errors import ConfigError
from typodont.records.landmarked_photo import LandmarkedPhoto, find_landmarked_photos, read_landmarked_photo
from typodont.tasks.photo.calibrate import calibrate_landmarks, look_at_all
from typodont.tasks.photo.landmark_report import LandmarkReport, plot_coverage
from typodont.tasks.photo.landmark_score import compare_landmarks
from typodont.tasks.photo.landmarks import FoundLandmarks, LandmarkModel, load_landmark_model
from typodont.tasks.photo.models import PhotoModels, load_models
from typodont.tasks.photo.shape_report import ShapeReport
from typodont.tasks.photo.shape_score import ShapeErrors, compare_shape
from typodont.tasks.run_record import file_sha256


@dataclass(frozen=True)
class EvaluateConfig:
    """How to measure.

    Args:
        told: The network is told the view, or has to find it.
        shapes: Fit shapes to the landmarks of photographs whose surface is known; takes a second or two a photograph.
        weights: Weights file or run folder instead of the shipped weights.
        calibrate: Folder of other photographs, on which the spreads are calibrated first.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    told: bool = False
    shapes: bool = True
    weights: Path | None = None
    calibrate: Path | None = None
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0


@dataclass(frozen=True)
class PhotoReport:
    """What was measured.

    Args:
        landmarks: Of all photographs.
        shapes: Of those whose surface is known; None where none was fitted.
        settings: How it was measured, plain values.
    """

    landmarks: LandmarkReport
    shapes: ShapeReport | None
    settings: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``."""
        return {
            "settings": self.settings,
            "landmarks": self.landmarks.as_dict(),
            "shapes": None if self.shapes is None else self.shapes.as_dict(),
            "environment": environment(),
        }

    def table(self) -> str:
        """Both as text."""
        return self.landmarks.table() + ("" if self.shapes is None else f"\n{self.shapes.table()}")


def evaluate(data: Path, *, out: Path | None = None, config: EvaluateConfig | None = None) -> PhotoReport:
    """Compare what is found in all photographs of a folder with what is known of them.

    Args:
        data: Folder of photographs of one subject.
        out: Gets ``report.json`` with every figure and ``coverage.png``.
        config: How to measure.

    Raises:
        ConfigError: photographs of two subjects, or a calibration on those that are measured or of shipped weights.
        FormatError: no photograph, or a damaged one.
        WeightsError: no weights, or no shape model, for the subject.
    """
    config = config or EvaluateConfig()
    subject = read_landmarked_photo(find_landmarked_photos(data)[0]).subject
    if config.calibrate is not None:
        _calibrate(data, subject, config)
    if config.shapes:
        models = load_models(subject, config.weights)
        report = _measured(data, models.landmarks, models, config)
    else:
        report = _measured(data, load_landmark_model(subject, config.weights), None, config)
    if out is not None:
        write_json(report.as_dict(), Path(out) / "report.json")
        plot_coverage(report.landmarks, Path(out) / "coverage.png")
    return report


def _measured(data: Path, model: LandmarkModel, models: PhotoModels | None, config: EvaluateConfig) -> PhotoReport:
    landmarks, shapes, seconds, begun = [], [], 0.0, time.perf_counter()
    for photo, found in look_at_all(data, model, told=config.told):
        seconds += time.perf_counter() - begun
        landmarks.append(compare_landmarks(photo, found))
        compared = None if models is None else _shape_errors(photo, found, models)
        shapes += [] if compared is None else [compared]
        begun = time.perf_counter()
    how = {"level": config.level, "n_draws": config.n_draws, "seed": config.seed}
    settings = {
        "data": Path(data).name,
        "view": "told" if config.told else "found",
        "weights": {"net": model.card.net, "sha256": file_sha256(model.file)},
        "calibrated_on": model.calibration.source,
        **how,
    }
    return PhotoReport(
        LandmarkReport(model.subject, landmarks, seconds=seconds / len(landmarks), **how),
        ShapeReport(shapes, **how) if shapes else None,
        settings,
    )


def _calibrate(data: Path, subject: str, config: EvaluateConfig) -> None:
    assert config.calibrate is not None
    if Path(config.calibrate).resolve() == Path(data).resolve():
        raise ConfigError(f"calibrate: found {data}, which is measured on, expected other photographs")
    if config.weights is None:
        raise ConfigError("calibrate: found no weights, expected --weights; shipped weights are calibrated already")
    calibrate_landmarks(config.calibrate, config.weights, subject=subject)


def _shape_errors(photo: LandmarkedPhoto, found: FoundLandmarks, models: PhotoModels) -> ShapeErrors | None:
    widen = models.landmarks.calibration.widening([found.view])
    return compare_shape(photo, found, models.shape, models.fit_options(), widen=widen)
