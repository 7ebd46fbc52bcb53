"""One synthetic patient from nothing to a report, with what ships in the package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from typodont.synth.patient import make_patient
from typodont.synth.scan import random_pose
from typodont.synth.write import write_patient
from typodont.tasks.batch import BatchResult
from typodont.tasks.report import read_scan_page, write_scan_report
from typodont.tasks.scan.evaluate import evaluate
from typodont.tasks.scan.predict import segment_scans

N_FACES = 60_000
"""Of each scan: what an intra-oral scanner exports at its usual setting, about."""


@dataclass(frozen=True)
class Demo:
    """What a demonstration left behind.

    Args:
        report: The HTML page; None when a scan failed.
        batch: What became of the scans.
        right: Teeth found with the right number, of both scans; None when a scan failed.
        true: Teeth that the patient has.
    """

    report: Path | None
    batch: BatchResult
    right: int | None = None
    true: int | None = None


def run_demo(out: Path, *, seed: int = 0, n_faces: int = N_FACES, force: bool = False) -> Demo:
    """Make a patient, scan both jaws, number the teeth with the shipped weights and write the report.

    The network never sees how the scans lie, which jaw they show or what the truth is: they are written to files in a
    random position and read again like anybody's.

    Args:
        out: Folder for ``scans``, ``segmented`` and ``report.html``.
        seed: Which patient.
        n_faces: Triangles of each scan, about.
        force: Replace results that exist.
    """
    scans, segmented = Path(out) / "scans", Path(out) / "segmented"
    patient = make_patient(seed, n_faces=n_faces, base=0.0)
    files = write_patient(patient, scans, place=random_pose(np.random.default_rng([seed, 3])), suffix="ply")
    batch = segment_scans(files, segmented, force=force)
    if not batch.ok:
        return Demo(None, batch)
    pages = [replace(read_scan_page(segmented / f"{file.stem}.json"), patient=patient.name) for file in files]
    report = write_scan_report(pages, Path(out) / "report.html", title="A synthetic patient")
    arches = evaluate(scans, segmented).arches
    return Demo(report, batch, sum(a.counts["right"] for a in arches), sum(a.counts["true"] for a in arches))
