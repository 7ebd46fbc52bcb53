"""What the photo job gives back for one mouth, and the files it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from typodont.atomic import write_json
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole
from typodont.tasks.output import Output
from typodont.tasks.photo.landmarks import FoundLandmarks
from typodont.tasks.photo.measure import Length
from typodont.tasks.photo.overlay import draw_fit
from typodont.tasks.photo.picture import Photograph
from typodont.tasks.photo.plate import Plate
from typodont.types import Float

FRAME = "arch frame of the upper jaw, mm: x to the patient's left, y to the front, z down; lower teeth in bite"


@dataclass(frozen=True)
class SeenPhoto:
    """One photograph and what was found in it.

    Args:
        picture: As it was looked at.
        found: Its landmarks.
        camera: Fitted, in the frame of the mouth and the pixels of `picture.image`.
        fitting: Share of its landmarks that lie where the fitted mouth has them.
    """

    picture: Photograph
    found: FoundLandmarks
    camera: Pinhole
    fitting: float


@dataclass(frozen=True)
class MouthResult:
    """A mouth from photographs.

    Args:
        subject: "dentition" or "palate".
        photos: Those it was fitted to.
        theta: (K,) weights of the shape model's parameters, standard deviations.
        mesh: What is written, with the vertex attributes ``label`` and ``sigma_mm``; see `FRAME`.
        landmarks_mm: (L, 3) fitted, same frame. names: (L,) theirs.
        teeth: FDI number -> seen, guessed or missing, of the shown jaws; empty for palates.
        lengths: Measured, mm.
        scale: What the size rests on, and its standard deviation as a share of it.
        sigma_mm: Median and 95th percentile of the vertices' spreads after a rigid motion, size included.
        sigma_known_size_mm: The same once size is taken out.
        plate: Over a palate, where it was asked for.
        warnings: In words.
    """

    subject: str
    photos: tuple[SeenPhoto, ...]
    theta: Float
    mesh: Mesh
    landmarks_mm: Float
    names: tuple[str, ...]
    teeth: Mapping[int, str]
    lengths: tuple[Length, ...]
    scale: Mapping[str, Any]
    sigma_mm: Mapping[str, float]
    sigma_known_size_mm: Mapping[str, float]
    plate: Plate | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """What ``NAME.json`` says."""
        return {
            "info": {"description": "typodont photo reconstruct; research software, not a medical device"},
            "subject": self.subject,
            "frame": FRAME,
            "photos": [self._photo(photo) for photo in self.photos],
            "mode_weights": np.round(self.theta, 4).tolist(),
            "landmarks_mm": {
                name: np.round(at, 3).tolist() for name, at in zip(self.names, self.landmarks_mm, strict=True)
            },
            "teeth": {str(fdi): state for fdi, state in self.teeth.items()},
            "scale": {**self.scale, "spread": round(self.scale["spread"], 4)},
            "sigma_mm": _rounded(self.sigma_mm),
            "sigma_known_size_mm": _rounded(self.sigma_known_size_mm),
            "lengths_mm": {one.name: _length(one) for one in self.lengths},
            "plate": None if self.plate is None else _plate(self.plate),
            "warnings": list(self.warnings),
        }

    def _photo(self, photo: SeenPhoto) -> dict[str, Any]:
        found, picture = photo.found, photo.picture
        px = np.round((found.points + 0.5) * picture.reduced - 0.5, 2)
        sigma, seen = np.round(found.sigma * picture.reduced, 2), np.round(found.visible, 3)
        marks = zip(self.names, px.tolist(), sigma.tolist(), seen.tolist(), strict=True)
        return {
            "file": picture.file.name,
            "view": found.view,
            "view_probabilities": _rounded(found.views),
            "mirrored": picture.mirrored,
            "fitting": round(photo.fitting, 4),
            "camera": _camera(photo.camera.resized(picture.reduced), told=picture.focal_px is not None),
            "landmarks": {name: {"px": at, "sigma_px": s, "seen": v} for name, at, s, v in marks},
        }


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in values.items()}


def _camera(camera: Pinhole, *, told: bool) -> dict[str, Any]:
    return {
        "focal_px": round(camera.focal_px, 2),
        "focal_source": "file" if told else "estimated",
        "centre_px": np.round(camera.centre_px, 2).tolist(),
        "size": list(camera.size),
        "rotation": np.round(camera.rotation, 6).tolist(),
        "position_mm": np.round(camera.position, 3).tolist(),
    }


def _length(length: Length) -> dict[str, Any]:
    low, high = length.interval
    return {"mm": round(length.mm, 2), "interval_90": [round(low, 2), round(high, 2)]}


def _plate(plate: Plate) -> dict[str, Any]:
    parts = {"gap_mm": plate.gap_mm, "thickness_mm": plate.thickness_mm}
    return {
        name: dict(zip(("median", "p5", "p95"), np.round(values, 3).tolist(), strict=True))
        for name, values in parts.items()
    }


def write_result(result: MouthResult, output: Output) -> None:
    """``NAME.ply``, ``NAME_overlay.png``, for a plate ``NAME_plate.stl``, and ``NAME.json``.

    Several pictures have ``NAME_overlay_1.png``, ``NAME_overlay_2.png`` and so on. Pixels in ``NAME.json`` are those of
    the files; of mirrored pictures, of the files turned back.
    """
    write_mesh(result.mesh, output.path(".ply"))
    for i, photo in enumerate(result.photos, start=1):
        drawn = draw_fit(photo.picture.image, photo.found, photo.camera, result.mesh)
        Image.fromarray(drawn).save(output.path("_overlay.png" if len(result.photos) == 1 else f"_overlay_{i}.png"))
    if result.plate is not None:
        write_mesh(result.plate.mesh, output.path("_plate.stl"))
    write_json(result.as_dict(), output.path(".json"))
