"""What the crown job gives back, and the files it becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.formats import write_curve, write_mesh
from typodont.geometry.closed_curve import curve_length
from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import enclosed_volume
from typodont.records.crown_case import Kind
from typodont.tasks.crown.fit import FitReport, fit_mesh
from typodont.tasks.crown.fit_page import write_fit_page
from typodont.tasks.crown.margin import Margin
from typodont.tasks.crown.restoration import Restoration
from typodont.tasks.crown.site import Site
from typodont.tasks.output import Output


@dataclass(frozen=True)
class Design:
    """A restoration with everything that led to it; mm, in the coordinates of the scan.

    Args:
        name: Stem of the result files.
        site: Where it goes.
        kind: What was made.
        kind_share: Probability of that kind where it was not asked for; None where it was.
        margin: The margin line.
        drawn: Whether the margin was given.
        restoration: The closed surface.
        report: How it fits.
        warnings: In words.
    """

    name: str
    site: Site
    kind: Kind
    kind_share: float | None
    margin: Margin
    drawn: bool
    restoration: Restoration
    report: FitReport
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``NAME.json``."""
        return {
            "tooth": self.site.tooth,
            "kind": self.kind,
            "kind_probability": None if self.kind_share is None else round(self.kind_share, 4),
            "axis": self.restoration.axis.round(6).tolist(),
            "mesial": self.site.mesial.round(6).tolist(),
            "margin": {
                "drawn": self.drawn,
                "length_mm": round(curve_length(self.margin.curve), 3),
                "confidence": None if self.drawn else round(float(self.margin.confidence), 4),
            },
            "volume_mm3": round(enclosed_volume(self.restoration.mesh), 3),
            "faces": len(self.restoration.mesh.faces),
            "verdict": self.report.verdict,
            "warnings": list(self.warnings),
        }


def write_design(design: Design, output: Output, *, scale_to_mm: float = 1.0) -> None:
    """``NAME_crown.stl``, ``NAME_margin.mrk.json``, ``NAME_fit.json``, ``NAME_fit.html``, ``NAME_fit.ply``
    (the restoration with what is known of each vertex) and ``NAME.json``.

    Args:
        design: In mm.
        output: Where to.
        scale_to_mm: What the coordinates of the scan's file were multiplied with: crown and margin are written in the
            unit of that file, so that they lie where the scan lies.
    """
    mesh = design.restoration.mesh
    write_mesh(Mesh(mesh.vertices / scale_to_mm, mesh.faces), output.path("_crown.stl"))
    write_curve(output.path("_margin.mrk.json"), design.margin.curve / scale_to_mm)
    marked = fit_mesh(design.report)
    write_mesh(replace(marked, vertices=marked.vertices / scale_to_mm), output.path("_fit.ply"))
    write_json(design.report.to_dict(), output.path("_fit.json"))
    write_fit_page(design.report, output.path("_fit.html"), name=Path(design.name).name)
    write_json(design.as_dict(), output.path(".json"))
