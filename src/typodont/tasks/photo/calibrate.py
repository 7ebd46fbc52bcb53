"""Fit what makes the spreads of a landmark network mean what they say, on photographs that it did not see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from typodont.anatomy.landmarks import landmark_group, landmark_names, landmark_tooth
from typodont.errors import ConfigError
from typodont.progress import track
from typodont.records.landmarked_photo import LandmarkedPhoto, find_landmarked_photos, read_landmarked_photo
from typodont.tasks.photo.landmark_score import compare_landmarks
from typodont.tasks.photo.landmarks import FoundLandmarks, LandmarkModel, find_landmarks, load_landmark_model
from typodont.tasks.photo.models import PhotoModels, load_models
from typodont.tasks.photo.shape_score import spread_ratios
from typodont.tasks.photo.sigma_calibration import (
    SigmaCalibration,
    calibration_beside,
    fit_sigma_calibration,
    widening_factors,
    write_sigma_calibration,
)
from typodont.types import Float, Int


def calibrate_landmarks(data: Path, weights: Path, *, subject: str, source: str | None = None) -> SigmaCalibration:
    """Fit the factors on photographs with known landmarks and write them beside the weights, where prediction looks;
    those of fitted shapes as well, where the photographs come with their surfaces.

    Args:
        data: Folder of photographs, of none of which the network was trained.
        weights: Weights file or run folder of the stage "landmarks".
        subject: Whose landmarks.
        source: What the photographs are, in words; the folder's name by default.

    Raises:
        ConfigError: photographs of another subject.
        FormatError: no photograph, or a damaged one.
        WeightsError: no such weights.
    """
    model = load_landmark_model(subject, weights)
    raw = replace(model, calibration=SigmaCalibration())
    compared = [compare_landmarks(photo, found) for photo, found in look_at_all(data, raw, told=True)]
    calibration = fit_sigma_calibration(
        np.stack([one.residual for one in compared]),
        np.stack([one.sigma for one in compared]),
        np.stack([one.taken for one in compared]),
        [one.view for one in compared],
        neighbours(subject),
        source=source or Path(data).name,
    )
    file = calibration_beside(model.file)
    write_sigma_calibration(calibration, file)
    calibration = replace(calibration, shape=_widening(data, load_models(subject, weights)))
    write_sigma_calibration(calibration, file)
    return calibration


def _widening(data: Path, models: PhotoModels) -> dict[str, float]:
    """What the spreads of shapes are multiplied by, from the photographs whose surfaces are known."""
    ratios: dict[str, list[Float]] = {}
    for photo, found in look_at_all(data, models.landmarks, told=True):
        one = spread_ratios(photo, found, models.shape, models.fit_options())
        if one is not None:
            ratios.setdefault(photo.view, []).append(one)
    return widening_factors(ratios)


def neighbours(subject: str) -> Int:
    """(L,) the same number for landmarks of one tooth, or of one side and kind of a palate: misread together."""
    names = landmark_names(subject)
    kin = [landmark_tooth(name) or (name.split(" ", 1)[0], landmark_group(name)) for name in names]
    place = {one: at for at, one in enumerate(dict.fromkeys(kin))}
    return np.array([place[one] for one in kin])


def look_at_all(data: Path, model: LandmarkModel, *, told: bool) -> Iterator[tuple[LandmarkedPhoto, FoundLandmarks]]:
    """All photographs of a folder with the landmarks that are found in them.

    Args:
        data: The folder.
        model: The network.
        told: The network is told the view, or has to find it.

    Raises:
        ConfigError: a photograph of another subject.
        FormatError: no photograph, or a damaged one.
    """
    for file in track(find_landmarked_photos(data), "find landmarks", unit="photo"):
        photo = read_landmarked_photo(file)
        if photo.subject != model.subject:
            raise ConfigError(f"{file}: found a {photo.subject}, expected photographs of a {model.subject} only")
        yield photo, find_landmarks(photo.pixels(), model, view=photo.view if told else None)
