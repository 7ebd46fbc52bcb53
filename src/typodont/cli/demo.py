"""``typodont demo``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Demo:
    """Make two synthetic scans and a synthetic panoramic, number their teeth with the shipped weights, write a report.

    Then look for findings in the panoramic and in synthetic photographs, and write a page with them and the truth; last
    design a crown for a synthetic preparation and write a page on how it fits.

    Args:
        out: Folder for what is made, the results, report.html and findings.html.
        seed: Which patient.
        force: Replace results that exist.
    """

    out: Path = Path("out/demo")
    seed: int = 0
    force: bool = False

    def run(self) -> int:
        """Run the demonstration and say where the report is."""
        from typodont.tasks.demo import run_demo

        demo = run_demo(self.out, seed=self.seed, force=self.force)
        if demo.report is None:
            print(f"{demo.batch}: no report")
            return 1
        print(f"{demo.right} of {demo.true} teeth have the right number (made-up patients, so the truth is known)")
        print(f"report: {demo.report.resolve()}")
        if demo.gallery is not None:
            print(f"findings: {demo.gallery.resolve()}")
        if demo.fit is not None:
            print(f"crown: {demo.fit.resolve()}")
        return 0
