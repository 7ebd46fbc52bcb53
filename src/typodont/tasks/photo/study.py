"""Photographs in a study: how many, made-up ones or of another camera, the landmarks and the fitted shape need."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from typodont.errors import ConfigError, TypodontError
from typodont.geometry.deformable import Deformable
from typodont.geometry.registration import apply, fit_rigid
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.tasks.photo.fit import fit_photos
from typodont.tasks.photo.landmark_config import LandmarkTrainConfig, PhotoSource
from typodont.tasks.photo.landmark_data import source_photos
from typodont.tasks.photo.landmark_score import compare_landmarks
from typodont.tasks.photo.landmarks import FoundLandmarks, find_landmarks, load_landmark_model
from typodont.tasks.photo.train import train_landmarks
from typodont.tasks.study.job import Case, CaseScores, StudyJob, numbered
from typodont.training.deformable_file import shipped_shape_model

FIGURES = {
    "error_percent": "error of landmarks that are seen, % of the arch's width",
    "shape_mm": "error of the fitted landmarks in space after similarity alignment, mm",
    "median_percent": "median error of landmarks that are seen, % of the arch's width",
    "hidden_percent": "error of hidden landmarks, % of the arch's width",
    "inside_90": "share of landmarks in the circle that should hold 90 %",
}


def prepare(config: LandmarkTrainConfig) -> None:
    """Nothing has to be made; the photographs are read by every training."""


def labelled(config: LandmarkTrainConfig, number: int) -> list[Case]:
    """The photographs of one source, and whose they are."""
    return _cases(numbered(config.sources, number), config)


def held_out(config: LandmarkTrainConfig) -> list[Case]:
    """The photographs of the validation."""
    return [] if config.validation is None else _cases(config.validation, config)


def score(config: LandmarkTrainConfig, folder: Path) -> CaseScores:
    """The figures of every held-out photograph, the view told; spreads as the network states them."""
    if config.validation is None:
        raise ConfigError("validation: found none, expected photographs to measure on")
    model, shape = load_landmark_model(config.subject, folder), shipped_shape_model(config.subject)
    scores = {}
    for photo in source_photos(config.validation, config.subject):
        found = find_landmarks(photo.pixels(), model, view=photo.view)
        figures = compare_landmarks(photo, found).figures() | {"shape_mm": shape_error(photo, found, shape)}
        scores[photo.name] = {name: figures[name] for name in FIGURES}
    return scores


def shape_error(photo: LandmarkedPhoto, found: FoundLandmarks, shape: Deformable) -> float:
    """Mean distance in space of the fitted landmarks from the true ones, mm, after the best similarity; of those that
    are seen in the photograph. NaN where the truth is not known or there is too little for a fit."""
    if photo.points_mm is None or photo.camera is None:
        return math.nan
    try:
        fit = fit_photos(shape, [found.seen(focal_px=photo.camera.focal_px)])
    except TypodontError:
        return math.nan
    place = {name: at for at, name in enumerate(photo.names)}
    order = [place[name] for name in shape.names]
    truth, seen = photo.points_mm[order], photo.visible[order]
    fitted = shape.landmarks(fit.theta)[0][seen]
    matrix = fit_rigid(fitted, truth[seen], scale=True)
    return float(np.linalg.norm(apply(matrix, fitted) - truth[seen], axis=1).mean())


def _cases(source: PhotoSource, config: LandmarkTrainConfig) -> list[Case]:
    return [Case(photo.name, photo.patient or photo.name) for photo in source_photos(source, config.subject)]


JOB = StudyJob(
    name="photo",
    settings=LandmarkTrainConfig,
    unit="photographs",
    figures=FIGURES,
    prepare=prepare,
    labelled=labelled,
    held_out=held_out,
    train=train_landmarks,
    score=score,
    errors=frozenset(FIGURES) - {"inside_90"},
)
