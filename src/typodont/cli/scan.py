"""``typodont scan``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from typodont.cli.batch import tell
from typodont.errors import ConfigError


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
        mirrored: Whether the scans are mirror images; found where the faces show it.
        milk: Number milk teeth as Teeth3DS does, by their successors, or with 51..85.
        split_teeth: Also write every tooth as a mesh of its own, DIR/NAME/tooth_16.stl.
        weights: Weights to use instead of the shipped ones: a file or a run folder.
        force: Replace results that exist.
    """

    files: Positional[tuple[Path, ...]]
    out: Path
    jaw: Literal["auto", "upper", "lower"] = "auto"
    unit: Literal["auto", "mm", "m", "inch", "um"] = "auto"
    mirrored: Literal["auto", "yes", "no"] = "auto"
    milk: Literal["successor", "fdi"] = "successor"
    split_teeth: bool = False
    weights: Path | None = None
    force: bool = False

    def run(self) -> int:
        """Segment all scans and say what became of them."""
        if not self.files:
            raise ConfigError("no input: name at least one scan or folder")
        from typodont.tasks.scan.options import PredictOptions
        from typodont.tasks.scan.predict import segment_scans

        jaw = None if self.jaw == "auto" else self.jaw
        result = segment_scans(
            list(self.files),
            self.out,
            weights=self.weights,
            options=PredictOptions(jaw=jaw, mirrored=self.mirrored, milk=self.milk),
            unit=self.unit,
            split_teeth=self.split_teeth,
            force=self.force,
        )
        return tell(result, self.out)
