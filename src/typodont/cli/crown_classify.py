"""``typodont crown classify``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from typodont.cli.batch import tell
from typodont.errors import ConfigError


@dataclass(frozen=True)
class ClassifyCrown:
    """Say which restoration a preparation is for: inlay, onlay or crown.

    Writes DIR/NAME.json (the probability of each kind, the kind or null where it is too doubtful, how often such
    answers were right) and DIR/NAME_run.json. Results that exist are kept, so that a broken-off run goes on.

    Args:
        files: Scans of a jaw with one preparation (STL, PLY, OBJ, VTP) or folders of them.
        out: Folder for the results.
        tooth: FDI number of the prepared tooth, the same in all files; looked for when left out.
        single: Each file holds one prepared tooth and nothing else, occlusal +z.
        least: Probability from which on a kind is decided.
        unit: Unit of the coordinates; found from the size of the scan, mm for single teeth.
        weights: Weights to use instead of the shipped ones: a file or a run folder.
        force: Replace results that exist.
    """

    files: Positional[tuple[Path, ...]]
    out: Path
    tooth: int | None = None
    single: bool = False
    least: float = 0.8
    unit: Literal["auto", "mm", "cm", "m", "inch", "um"] = "auto"
    weights: Path | None = None
    force: bool = False

    def run(self) -> int:
        """Classify all files and say what became of them."""
        if not self.files:
            raise ConfigError("no input: name at least one scan or folder")
        from typodont.tasks.crown.classify import ClassifyOptions, classify_preparations

        options = ClassifyOptions(self.tooth, self.single, self.least, self.unit)
        result = classify_preparations(
            list(self.files), self.out, weights=self.weights, options=options, force=self.force
        )
        return tell(result, self.out)
