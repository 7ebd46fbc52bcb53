"""``typodont synth``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import arg


@dataclass(frozen=True)
class SynthScan:
    """Make labelled synthetic scans in Teeth3DS layout.

    Writes DIR/NAME.obj, NAME.json (FDI number for every vertex), NAME__kpt.json (landmarks) and NAME_truth.json (pose,
    gum margins). The same seed gives the same scans on any number of processes; scans that are there are kept.

    Args:
        out: Folder for the scans.
        n: How many.
        seed: Which series.
        jobs: Processes.
        faces: Triangles of each scan, about; drawn between 11 k and 60 k by default.
        base: Share of trimmed orthodontic model bases.
        partial: Share of scans that show only a quadrant, a half or the front.
        pose: Put each scan into a random position, instead of its arch frame.
        suffix: Format of the meshes.
    """

    out: Path
    n: Annotated[int, arg(aliases=["-n"])] = 10
    seed: int = 0
    jobs: int = 1
    faces: int | None = None
    base: float = 0.45
    partial: float = 0.0
    pose: Literal["random", "arch"] = "random"
    suffix: Literal["obj", "ply", "stl", "vtp"] = "obj"

    def run(self) -> None:
        """Make the scans and say where they are."""
        from typodont.synth.write import ScanOptions, write_scans

        options = ScanOptions(self.faces, self.base, self.partial, self.pose == "random", self.suffix)
        files = write_scans(self.n, self.seed, self.out, options=options, jobs=self.jobs)
        print(f"{len(files)} scans in {self.out}")
