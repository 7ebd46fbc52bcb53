"""What the landmarks of one photograph are worth, compared with the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.anatomy.landmarks import landmark_names
from typodont.metrics import circle_coverage
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.tasks.photo.landmarks import FoundLandmarks
from typodont.types import Bool, Float


@dataclass(frozen=True)
class LandmarkErrors:
    """One photograph, landmark by landmark, in the order of `anatomy.landmarks`.

    Args:
        name, patient, view: Of the photograph.
        residual: (L, 2) pixels from the true place to the found one; NaN where the anatomy is absent.
        sigma: (L,) pixels, as stated.
        visible: (L,) seen in truth.
        taken: (L,) taken for seen.
        px_per_mm: At the distance of the landmarks; NaN without a camera.
        arch_mm: Width of what shows of the arch, see `arch_width`; NaN without points in space.
        view_right: Whether the most probable view is the true one.
    """

    name: str
    patient: str
    view: str
    residual: Float
    sigma: Float
    visible: Bool
    taken: Bool
    px_per_mm: float
    arch_mm: float
    view_right: bool

    @property
    def error(self) -> Float:
        """(L,) pixels from the true place; NaN where the anatomy is absent."""
        return np.linalg.norm(self.residual, axis=1)

    def figures(self) -> dict[str, float]:
        """Mean and median error of landmarks that are seen: pixels, mm at their distance, and % of the arch's width;
        the mean of hidden ones, too; how many of each lie in the circle that should hold 90 %; and how many are taken
        for what they are. NaN where there is nothing to measure."""
        there = np.isfinite(self.error)
        seen, hidden = there & self.visible, there & ~self.visible
        median, mean = _of(self.error[seen], np.median), _of(self.error[seen], np.mean)
        per_width = 100 / (self.px_per_mm * self.arch_mm)
        return {
            "error_px": mean,
            "error_mm": mean / self.px_per_mm,
            "error_percent": mean * per_width,
            "median_px": median,
            "median_percent": median * per_width,
            "hidden_px": _of(self.error[hidden], np.mean),
            "hidden_percent": _of(self.error[hidden], np.mean) * per_width,
            "inside_90": float(circle_coverage(self.error[seen], self.sigma[seen], [0.9])[0]),
            "hidden_inside_90": float(circle_coverage(self.error[hidden], self.sigma[hidden], [0.9])[0]),
            "seen_right": float((self.taken == self.visible).mean()),
            "view_right": float(self.view_right),
        }


def compare_landmarks(photo: LandmarkedPhoto, found: FoundLandmarks) -> LandmarkErrors:
    """A photograph's landmarks beside those that were found in it."""
    place = {name: at for at, name in enumerate(photo.names)}
    order = [place[name] for name in landmark_names(photo.subject)]
    points, visible = photo.points[order], photo.visible[order]
    return LandmarkErrors(
        name=photo.name,
        patient=photo.patient or photo.name,
        view=photo.view,
        residual=found.points - points,
        sigma=found.sigma,
        visible=visible,
        taken=found.visible >= 0.5,
        px_per_mm=px_per_mm(photo),
        arch_mm=np.nan if photo.points_mm is None else arch_width(photo.points_mm),
        view_right=max(found.views, key=found.views.__getitem__) == photo.view,
    )


def arch_width(points_mm: Float) -> float:
    """Largest extent from the patient's right to the left of landmarks (L, 3) in the arch frame, mm; rows may be NaN.

    It is the same for all photographs of a patient, so that errors in % of it compare over views and distances.
    """
    across = points_mm[np.isfinite(points_mm).all(axis=1), 0]
    return float(np.ptp(across)) if len(across) else np.nan


def px_per_mm(photo: LandmarkedPhoto) -> float:
    """Scale at the median distance of the landmarks that are seen; NaN where camera or landmarks are not known."""
    if photo.camera is None or photo.points_mm is None or not photo.visible.any():
        return np.nan
    return photo.camera.focal_px / float(np.median(-photo.camera.local(photo.points_mm[photo.visible])[:, 2]))


def _of(values: Float, mean: Callable[[Float], Any]) -> float:
    return float(mean(values)) if len(values) else np.nan
