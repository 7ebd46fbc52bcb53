"""What the findings job gives back for one picture, and the files it becomes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PIL import Image

from typodont.atomic import write_json
from typodont.formats.run_lengths import measure_runs
from typodont.records.findings import PictureFindings
from typodont.tasks.findings.calibrate import Measured, OperatingPoint
from typodont.tasks.findings.modality import MODALITIES, ModalityName
from typodont.tasks.findings.overlay import LegendLine, draw_overlay
from typodont.tasks.findings.own_pixels import in_own_pixels
from typodont.tasks.output import Output
from typodont.types import Float


@dataclass(frozen=True)
class FindingsResult:
    """A picture and what was found in it.

    Args:
        picture: The findings, surest first, with calibrated scores and the numbers of their teeth.
        raw_scores: What the network said of each finding, 0..1.
        modality: What kind of picture it is.
        operating_point: Name of the operating point, or the least calibrated score as text.
        points: Category -> where its findings were cut off, and what was measured there.
        probabilities: What the picture shows, as far as somebody looked: name -> probability.
        view_probability: Of the view of a photograph; None where it was given, or nothing tells.
        warnings: In words.
    """

    picture: PictureFindings
    raw_scores: tuple[float, ...]
    modality: ModalityName
    operating_point: str
    points: Mapping[str, OperatingPoint]
    probabilities: Mapping[str, float]
    view_probability: float | None = None
    warnings: tuple[str, ...] = ()

    def as_dict(self, folder: Path) -> dict[str, Any]:
        """What ``NAME.json`` says: a COCO file of one picture, with more beside.

        Args:
            folder: Of the file; the picture is named relative to it.
        """
        categories = MODALITIES[self.modality].categories
        height, width = self.picture.shape
        return {
            "info": {"description": "typodont findings detect; research software, not a medical device"},
            "categories": [{"id": i, "name": name} for i, name in enumerate(categories, start=1)],
            "images": [
                {
                    "id": 1,
                    "file_name": Path(os.path.relpath(self.picture.image, folder)).as_posix(),
                    "height": height,
                    "width": width,
                    **({} if self.picture.view is None else {"view": self.picture.view}),
                    "labelled": sorted(self.picture.labelled),
                }
            ],
            "annotations": [self._annotation(i, categories) for i in range(len(self.picture.findings))],
            "modality": self.modality,
            "probabilities": {name: round(float(p), 4) for name, p in self.probabilities.items()},
            "view": self.picture.view,
            "view_probability": None if self.view_probability is None else round(self.view_probability, 4),
            "operating_point": {
                "name": self.operating_point,
                "categories": {name: _point(point) for name, point in self.points.items()},
            },
            "warnings": list(self.warnings),
        }

    def _annotation(self, i: int, categories: tuple[str, ...]) -> dict[str, Any]:
        finding = self.picture.findings[i]
        left, top, right, bottom = finding.box
        return {
            "id": i + 1,
            "image_id": 1,
            "category_id": categories.index(finding.category) + 1,
            "category_name": finding.category,
            "bbox": [round(side, 2) for side in (left, top, right - left, bottom - top)],
            "area": measure_runs(finding.segmentation)[0],
            "segmentation": finding.segmentation,
            "iscrowd": 0,
            "score": round(finding.score or 0.0, 4),
            "raw_score": round(self.raw_scores[i], 4),
            "fdi": finding.fdi,
        }

    def legend(self) -> list[LegendLine]:
        """One line for every category that was found, with what is known of how well it is found."""
        lines = []
        for category, point in self.points.items():
            n = sum(finding.category == category for finding in self.picture.findings)
            if n:
                lines.append(LegendLine(category, str(n), measured_words(point)))
        return lines


def measured_words(point: OperatingPoint) -> str:
    """``"71 % of them found at 0.8 false alarms a picture (120 real pictures)"``; empty where nothing was measured."""
    measured = best_evidence(point)
    if measured is None or measured.sensitivity is None:
        return "how many of them are found was not measured"
    alarms = "" if measured.false_alarms is None else f", {measured.false_alarms[0]:.2g} false alarms a picture"
    kind = "real" if measured.real else "synthetic"
    return f"{100 * measured.sensitivity[0]:.0f} % of them found{alarms} ({measured.pictures} {kind} pictures)"


def best_evidence(point: OperatingPoint) -> Measured | None:
    """What was measured at an operating point, on real pictures where there are any."""
    return next(iter(sorted(point.measured, key=lambda measured: not measured.real)), None)


def _point(point: OperatingPoint) -> dict[str, Any]:
    measured = best_evidence(point)
    found = {"least_score": point.score, "least_raw_score": point.raw_score}
    if measured is None:
        return {**found, "sensitivity": None, "false_alarms_per_picture": None, "measured_on": None}
    sensitivity, alarms = (
        None if ends is None else list(ends) for ends in (measured.sensitivity, measured.false_alarms)
    )
    return {
        **found,
        "sensitivity": sensitivity,
        "false_alarms_per_picture": alarms,
        "measured_on": {"name": measured.on, "real": measured.real, "pictures": measured.pictures},
    }


def write_result(
    result: FindingsResult, layers: Float, output: Output, *, file_shape: tuple[int, int] | None = None
) -> None:
    """``NAME_overlay.png`` and ``NAME.json``.

    Args:
        result: What was found.
        layers: (C, H, W) float 0..1, the pixels that the findings lie on.
        output: Where they go.
        file_shape: (H, W) of the picture's file, in whose pixels ``NAME.json`` is written; None: of the layers.
    """
    overlay = draw_overlay(layers, result.picture, result.legend())
    Image.fromarray(overlay).save(output.path("_overlay.png"), compress_level=QUICK_PNG)
    own = replace(result, picture=in_own_pixels(result.picture, file_shape or result.picture.shape))
    write_json(own.as_dict(output.folder), output.path(".json"))


QUICK_PNG = 1
"""Compression level: a tenth larger than usual, several times as quick."""
