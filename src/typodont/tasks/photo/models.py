"""The trained parts of the photo job, loaded together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typodont.geometry.deformable import Deformable
from typodont.tasks.photo.fit import FitOptions
from typodont.tasks.photo.landmarks import LandmarkModel, load_landmark_model
from typodont.training.deformable_file import read_shape_model, shape_model_name
from typodont.training.weights import shipped_weights


@dataclass(frozen=True)
class PhotoModels:
    """What `predict_mouth` needs.

    Args:
        landmarks: Network that finds them.
        shape: What they are fitted with.
        misfit_mm: Standard deviation of what the shape model cannot express, along one direction.
        files: Name -> file of the weights, for the run record.
    """

    landmarks: LandmarkModel
    shape: Deformable
    misfit_mm: float
    files: dict[str, Path]

    def fit_options(self) -> FitOptions:
        """With what the shape model leaves out, and the share of the landmarks that is new evidence."""
        return FitOptions(misfit_mm=self.misfit_mm, share=self.landmarks.calibration.independent)


def load_models(subject: str, weights: Path | None = None, *, shape: Path | None = None) -> PhotoModels:
    """The shipped network and shape model of a subject, or those of weights files or run folders.

    Args:
        subject: "dentition" or "palate".
        weights: Of the network. shape: Of the shape model.

    Raises:
        WeightsError: missing, damaged, or of something else.
    """
    shape_file = shipped_weights("photo", shape_model_name(subject)) if shape is None else Path(shape)
    model, _ = read_shape_model(shape_file)
    landmarks = load_landmark_model(subject, weights)
    shape_file = shape_file / "checkpoint.safetensors" if shape_file.is_dir() else shape_file
    misfit = model.left_out_mm / 3**0.5  # the distance, along one direction
    return PhotoModels(landmarks, model, misfit, {"landmarks": landmarks.file, "shape": shape_file})
