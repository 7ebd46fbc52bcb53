"""``typodont scan``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from typodont.cli.batch import tell


@dataclass(frozen=True)
class SegmentScan:
    """Number every tooth of intra-oral scans.

    Writes DIR/NAME.json (FDI number for every vertex, confidence, pose, warnings), DIR/NAME.ply (coloured) and
    DIR/NAME_run.json for every scan. Results that exist are kept, so that a broken-off run goes on where it stopped.

    Args:
        files: Scans (STL, PLY, OBJ, VTP) or folders of them.
        out: Folder for the results.
        jaw: Which jaw the scans show; found by itself.
        unit: Unit of the coordinates; found from the size of the arch.
        mirrored: Whether the scans are mirror images; found by itself.
        split_teeth: Also write every tooth as a mesh of its own, DIR/NAME/tooth_16.stl.
        weights: Weights to use instead of the shipped ones: a file or a run folder.
        force: Replace results that exist.
    """

    files: Positional[tuple[Path, ...]]
    out: Path
    jaw: Literal["auto", "upper", "lower"] = "auto"
    unit: Literal["auto", "mm", "m", "inch", "um"] = "auto"
    mirrored: Literal["auto", "yes", "no"] = "auto"
    split_teeth: bool = False
    weights: Path | None = None
    force: bool = False

    def run(self) -> int:
        """Segment all scans and say what became of them."""
        from typodont.tasks.scan.predict import segment_scans

        result = segment_scans(
            list(self.files),
            self.out,
            jaw=self.jaw,
            unit=self.unit,
            mirrored=self.mirrored,
            split_teeth=self.split_teeth,
            weights=self.weights,
            force=self.force,
        )
        return tell(result, self.out)
