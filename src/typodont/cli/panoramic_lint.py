"""``typodont panoramic lint``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional


@dataclass(frozen=True)
class LintPanoramics:
    """Find what is wrong in labelled panoramics before a training or a test does.

    Lists numbers given twice, flipped, in the other jaw or out of order, labels damaged by interpolation, empty masks,
    labels that do not fit their picture, and pictures that are alike, each with why it matters and how to mend it.
    Several sets are taken as the sides of a split: what they share is a leak. Exit status 1 when anything was found.

    Args:
        sets: COCO files, or folders with images/ and masks_fdi/, or masks_grey/ and grey_to_fdi.json.
        numbers: JSON file that says the FDI number of every grey value or category name, 0: leave out.
        out: JSON file for all findings.
    """

    sets: Positional[tuple[Path, ...]]
    numbers: Path | None = None
    out: Path | None = None

    def run(self) -> int:
        """Check, print the list and write the report."""
        from typodont.tasks.panoramic.lint.lint import lint_panoramics

        report = lint_panoramics(self.sets, numbers=self.numbers)
        print(report.text())
        if self.out is not None:
            from typodont.atomic import write_json

            write_json(report.as_dict(), self.out)
            print(f"all findings in {self.out}")
        return 0 if report.clean else 1
