"""What the panoramic job gives back, and the files it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from typodont import anatomy
from typodont.atomic import write_json
from typodont.records import Chart, Tooth
from typodont.records.radiograph import Radiograph
from typodont.tasks.output import Output
from typodont.tasks.panoramic.orientation import Orientation
from typodont.tasks.panoramic.overlay import draw_overlay
from typodont.tasks.panoramic.view import View
from typodont.types import Int

QUICK_PNG = 1
"""Compression level: a tenth larger than usual, several times as quick."""


@dataclass(frozen=True)
class ToothOutline:
    """Where a tooth lies in the picture.

    Args:
        area_px: Pixels of the tooth.
        centre_px: Mean (column, row) of its pixels.
        box: Smallest upright rectangle around it: left, top, width, height in pixels.
    """

    area_px: int
    centre_px: tuple[float, float]
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class PanoramicResult:
    """A panoramic with its teeth numbered.

    Args:
        name: Stem of the file.
        label_map: (H, W) uint8: FDI number of every pixel of the picture as it came, 0 off the teeth.
        charts: "upper" and "lower": teeth with calibrated confidence, and the next best charts.
        orientation: How the picture was turned for numbering.
        view: What the picture shows; None where nobody looked.
        warnings: In words.
    """

    name: str
    label_map: Int
    charts: Mapping[str, Chart]
    orientation: Orientation = Orientation()
    view: View | None = None
    warnings: tuple[str, ...] = ()
    outlines: Mapping[int, ToothOutline] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outlines", outlines_of(self.label_map))

    @property
    def teeth(self) -> tuple[Tooth, ...]:
        """All teeth, the upper jaw first, each jaw from the patient's right to the left."""
        return tuple(tooth for jaw in anatomy.JAWS for tooth in self.charts[jaw].teeth)

    @property
    def missing(self) -> tuple[int, ...]:
        """Permanent teeth that were not found, third molars too."""
        found = {tooth.fdi for tooth in self.teeth}
        return tuple(fdi for fdi in anatomy.PERMANENT if fdi not in found)

    def as_dict(self) -> dict[str, Any]:
        """What ``NAME.json`` says; pixels are those of the input."""
        height, width = self.label_map.shape
        return {
            "width": width,
            "height": height,
            "teeth": [self._tooth(tooth) for tooth in self.teeth],
            "missing": list(self.missing),
            "charts": {jaw: _chart(chart) for jaw, chart in self.charts.items()},
            "view": {
                "kind": None if self.view is None else self.view.kind,
                "probability": None if self.view is None else round(float(self.view.probabilities[self.view.kind]), 4),
                "quarter_turns": self.orientation.quarter_turns % 4,
                "mirrored": self.orientation.mirrored,
                "reasons": [] if self.view is None else list(self.view.reasons),
            },
            "warnings": list(self.warnings),
        }

    def _tooth(self, tooth: Tooth) -> dict[str, Any]:
        outline = self.outlines[tooth.fdi]
        return {
            "fdi": tooth.fdi,
            "confidence": round(tooth.confidence, 4),
            "alternatives": [{"fdi": fdi, "probability": chance} for fdi, chance in tooth.alternatives],
            "area_px": outline.area_px,
            "centre_px": [round(value, 1) for value in outline.centre_px],
            "box": list(outline.box),
        }


def _chart(chart: Chart) -> dict[str, Any]:
    """Numberings of a jaw's teeth, best first; the log odds say how far each is behind the first."""
    best = {"fdi": [tooth.fdi for tooth in chart.teeth], "log_odds_behind": 0.0}
    others = [{"fdi": list(fdi), "log_odds_behind": odds} for fdi, odds in chart.alternatives]
    return {"margin": chart.margin, "numberings": [best, *others]}


def outlines_of(label_map: Int) -> dict[int, ToothOutline]:
    """The outline of every number in a map of FDI numbers."""
    outlines = {}
    for below, box in enumerate(ndimage.find_objects(label_map)):
        if box is None:
            continue
        rows, columns = np.nonzero(label_map[box] == below + 1)
        top, left = box[0].start, box[1].start
        outlines[below + 1] = ToothOutline(
            area_px=len(rows),
            centre_px=(float(columns.mean() + left), float(rows.mean() + top)),
            box=(left, top, box[1].stop - left, box[0].stop - top),
        )
    return outlines


def write_result(result: PanoramicResult, radiograph: Radiograph, output: Output, *, dicom_seg: bool = False) -> None:
    """``NAME_fdi.png``, ``NAME_overlay.png``, ``NAME.json``; ``NAME_seg.dcm`` if asked for and a tooth was found."""
    Image.fromarray(result.label_map).save(output.path("_fdi.png"))
    overlay = draw_overlay(radiograph.image, result.label_map, result.teeth)
    Image.fromarray(overlay).save(output.path("_overlay.png"), compress_level=QUICK_PNG)
    if dicom_seg and result.teeth:
        from typodont.formats.dicom_seg import write_dicom_seg

        masks = {tooth.fdi: result.label_map == tooth.fdi for tooth in result.teeth}
        write_dicom_seg(output.path("_seg.dcm"), _dicom_source(radiograph), masks)
    write_json(result.as_dict(), output.path(".json"))


def _dicom_source(radiograph: Radiograph) -> Path | None:
    """The picture's own file where it is DICOM, so that the segments refer to it."""
    return radiograph.path if radiograph.modality is not None else None
