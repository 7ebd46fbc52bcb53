"""``typodont synth onto-xray``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg


@dataclass(frozen=True)
class SynthOntoXray:
    """Draw findings into real panoramic radiographs whose teeth are outlined.

    Bare teeth get fillings, crowns, root fillings, decay and dark areas at apices; gaps get implants and bridges.
    Writes DIR/images/NAME.png and DIR/findings.json (COCO: the teeth, and exact masks of what was drawn). What was in
    the pictures before is found by its brightness: plain metal fillings are labelled, the rest is written as regions to
    ignore ("iscrowd"), in which a training learns nothing about dental work. The same seed draws the same on any
    number of processes; pictures that are there are kept.

    Args:
        data: Panoramics with outlined teeth: COCO with FDI numbers, or folders of masks.
        out: Folder for the pictures.
        seed: Which series.
        copies: How often each picture is used, every time with other findings.
        incomplete: Patterns of picture names, such as child*, of which some teeth are not outlined.
        jobs: Processes.
    """

    data: Positional[Path]
    out: Path
    seed: int = 0
    copies: Annotated[int, arg(aliases=["-n"])] = 1
    incomplete: tuple[str, ...] = ()
    jobs: int = 1

    def run(self) -> None:
        """Draw the findings and say where the pictures are."""
        from typodont.synth.xray.write_onto_real import write_onto_real

        files = write_onto_real(
            self.data, self.out, seed=self.seed, copies=self.copies, incomplete=self.incomplete, jobs=self.jobs
        )
        print(f"panoramics in {self.out}: {len(files)}")
