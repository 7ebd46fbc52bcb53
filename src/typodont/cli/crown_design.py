"""``typodont crown design``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from typodont.cli.batch import tell


@dataclass(frozen=True)
class DesignCrown:
    """Design a crown, inlay or onlay for a prepared tooth.

    Writes DIR/NAME_crown.stl (watertight, in the coordinates of the scan), DIR/NAME_margin.mrk.json (for 3D Slicer),
    DIR/NAME_fit.json and DIR/NAME_fit.html (how it fits, in micrometres), DIR/NAME.json and DIR/NAME_run.json.

    Args:
        file: Scan of the jaw with the preparation (STL, PLY, OBJ, VTP), or of both jaws in bite.
        out: Folder for the results.
        tooth: FDI number of the prepared tooth; looked for in the scan when left out.
        antagonist: Scan of the opposing jaw in bite, in the same coordinates.
        margin: Margin line drawn by hand: a closed curve as 3D Slicer saves it (markups JSON); found when left out.
        axis: Insertion axis towards occlusal, x y z in the coordinates of the scan; found when left out.
        kind: What to make; by default decided from the preparation.
        material: Decides which thickness is asked for.
        contact: How deep the restoration reaches into the antagonist, mm; negative leaves room.
        neighbour_contact: Deepest that it may reach into the teeth beside it, mm; negative leaves room.
        gap_margin: Cement gap near the margin, mm.
        gap_band: How far from the margin that gap reaches, mm.
        gap_rest: Cement gap elsewhere, mm.
        thickness: Least thickness of the walls, mm; the outer surface is pushed out where needed. By default what the
            material asks for.
        bur_radius: Of the smallest bur that mills it, mm.
        unit: Unit of the coordinates; found from the size of the scan.
        weights: Folder of weights to use instead of the shipped ones.
        force: Replace results that exist.
    """

    file: Positional[Path]
    out: Path
    tooth: int | None = None
    antagonist: Path | None = None
    margin: Path | None = None
    axis: tuple[float, float, float] | None = None
    kind: Literal["auto", "crown", "inlay", "onlay"] = "auto"
    material: Literal["zirconia", "lithium-disilicate", "composite"] = "zirconia"
    contact: float = 0.0
    neighbour_contact: float = 0.02
    gap_margin: float = 0.03
    gap_band: float = 1.0
    gap_rest: float = 0.06
    thickness: float | None = None
    bur_radius: float = 0.5
    unit: Literal["auto", "mm", "cm", "m", "inch", "um"] = "auto"
    weights: Path | None = None
    force: bool = False

    def run(self) -> int:
        """Design and say what became of it."""
        from typodont.tasks.crown.options import DesignFiles, DesignOptions
        from typodont.tasks.crown.predict import design_crown
        from typodont.tasks.crown.restoration import CementGap

        options = DesignOptions(
            tooth=self.tooth,
            kind=self.kind,
            axis=self.axis,
            material=self.material,
            contact_mm=self.contact,
            neighbour_contact_mm=self.neighbour_contact,
            gap=CementGap(margin_mm=self.gap_margin, band_mm=self.gap_band, rest_mm=self.gap_rest),
            min_thickness_mm=self.thickness,
            bur_radius_mm=self.bur_radius,
            unit=self.unit,
        )
        files = DesignFiles(self.file, self.antagonist, self.margin)
        return tell(design_crown(files, self.out, options=options, weights=self.weights, force=self.force), self.out)
