"""``typodont crown compare``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional


@dataclass(frozen=True)
class CompareDesigns:
    """Compare designs of restorations: surface area, volume, overlap (Dice, Jaccard), and what they depend on.

    The designs are closed surfaces; those for one preparation stand in one coordinate system. An analysis of variance
    says which of up to three factors a measure depends on; it needs the extra `statistics`.

    Args:
        place: A table (CSV) with the columns file, case (designs of one case are compared with each other), reference
            (or only with that) and factors such as clinician and software; or a folder of designs.
        names: For a folder: what the file names say, for example {case}_{clinician}_{software}.
        factors: Up to three of them, case may be one; all when left out.
        out: JSON file for all measures.
    """

    place: Positional[Path]
    names: str | None = None
    factors: tuple[str, ...] = ()
    out: Path | None = None

    def run(self) -> None:
        """Compare and print the tables."""
        from typodont.atomic import write_json
        from typodont.tasks.crown.compare import compare_designs
        from typodont.tasks.crown.designs import find_designs

        comparison = compare_designs(find_designs(self.place, names=self.names), factors=self.factors)
        print("\n".join(comparison.lines()))
        if self.out is not None:
            write_json(comparison.as_dict(), self.out)
