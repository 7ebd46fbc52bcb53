"""What the scan job gives back, and the files it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.anatomy import COLORS
from typodont.formats import ScanLabels, write_labels, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records import Chart, Scan
from typodont.tasks.output import Output
from typodont.types import Bool, Float, Int

_COLOR_TABLE = np.zeros((max(COLORS) + 1, 3), dtype=np.uint8)
_COLOR_TABLE[list(COLORS)] = list(COLORS.values())


@dataclass(frozen=True)
class ScanResult:
    """A scan with its teeth numbered.

    Args:
        name: Stem of the scan's file.
        jaw: "upper" or "lower".
        labels: (N,) int64: FDI number of every vertex of the scan in its order, 0 is gingiva.
        instances: (N,) int64: number of the tooth along the arch, from 1; 0 is gingiva.
        chart: The teeth with their calibrated confidence, and the next best charts.
        pose: (4, 4) from the scan's coordinates in mm to the arch frame; a reflection if `mirrored`.
        lower: Probability of a lower jaw, as the network sees it.
        mirrored: Whether the scan was taken for a mirror image.
        plausibility: 0..1, how much this looks like teeth in a row.
        scale_to_mm: What the coordinates of the file were multiplied with.
        warnings: In words.
    """

    name: str
    jaw: str
    labels: Int
    instances: Int
    chart: Chart
    pose: Float
    lower: float
    mirrored: bool
    plausibility: float
    scale_to_mm: float
    warnings: tuple[str, ...]

    @property
    def confidence(self) -> dict[int, float]:
        """FDI number -> calibrated probability that this tooth is there and has this number."""
        return {tooth.fdi: tooth.confidence for tooth in self.chart.teeth}

    def extra(self) -> dict[str, Any]:
        """What the JSON says beyond the four keys of Teeth3DS."""
        return {
            "confidence": {str(fdi): round(value, 4) for fdi, value in self.confidence.items()},
            "milk": {str(tooth.fdi): bool(tooth.milk) for tooth in self.chart.teeth},
            "chart": self.chart.to_dict(),
            "pose": self.pose.round(6).tolist(),
            "mirrored": self.mirrored,
            "jaw_probability": {"upper": round(1 - self.lower, 4), "lower": round(self.lower, 4)},
            "plausibility": round(self.plausibility, 4),
            "scale_to_mm": self.scale_to_mm,
            "warnings": list(self.warnings),
        }


def write_result(result: ScanResult, scan: Scan, output: Output, *, split_teeth: bool = False) -> None:
    """``NAME.json``, ``NAME.ply`` and, if asked for, ``NAME/tooth_16.stl`` …; meshes are in mm."""
    labels = ScanLabels(result.name, result.jaw, result.labels, result.instances)
    write_labels(labels, output.path(".json"), extra=result.extra())
    mesh = Mesh(scan.mesh.vertices, scan.mesh.faces)
    colored = mesh.with_vertex(label=result.labels.astype(np.int32), color=_COLOR_TABLE[result.labels])
    write_mesh(colored, output.path(".ply"))
    if split_teeth:
        for tooth in result.chart.teeth:
            piece = mesh.submesh(faces_of(mesh, result.labels == tooth.fdi))
            if len(piece.faces):
                write_mesh(Mesh(piece.vertices, piece.faces), output.path(f"/tooth_{tooth.fdi}.stl"))


def faces_of(mesh: Mesh, vertices: Bool) -> Bool:
    """(F,) bool: faces with two or three of their corners among the vertices (N,) bool."""
    return vertices[mesh.faces].sum(axis=1) >= 2
