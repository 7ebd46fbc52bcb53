"""Synthetic scans and a synthetic panoramic from nothing to a report, with what ships in the package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from typodont.synth.patient import make_patient
from typodont.synth.scan import random_pose
from typodont.synth.write import write_patient
from typodont.synth.xray.write import write_panoramics
from typodont.tasks.batch import BatchResult
from typodont.tasks.panoramic.evaluate import evaluate as evaluate_panoramics
from typodont.tasks.panoramic.page import read_panoramic_page
from typodont.tasks.panoramic.predict import segment_panoramics
from typodont.tasks.report import read_scan_page, write_report
from typodont.tasks.scan.evaluate import evaluate
from typodont.tasks.scan.predict import segment_scans

N_FACES = 60_000
"""Of each scan: what an intra-oral scanner exports at its usual setting, about."""


@dataclass(frozen=True)
class Demo:
    """What a demonstration left behind.

    Args:
        report: The HTML page; None when a scan or the panoramic failed.
        batch: What became of the scans and the panoramic.
        right: Teeth found with the right number, in all of them; None when one failed.
        true: Teeth that there are.
    """

    report: Path | None
    batch: BatchResult
    right: int | None = None
    true: int | None = None


def run_demo(out: Path, *, seed: int = 0, n_faces: int = N_FACES, force: bool = False) -> Demo:
    """Make scans of both jaws and a panoramic, number the teeth with the shipped weights and write the report.

    The networks never see how the scans lie, which jaw they show or what the truth is: all is written to files, the
    scans in a random position, and read again like anybody's. The panoramic is of another made-up patient: it
    needs roots, bone and fillings, which scans do not have.

    Args:
        out: Folder for ``scans``, ``panoramics``, ``segmented`` and ``report.html``.
        seed: Which patient.
        n_faces: Triangles of each scan, about.
        force: Replace results that exist.
    """
    scans, panoramics, segmented = (Path(out) / name for name in ("scans", "panoramics", "segmented"))
    patient = make_patient(seed, n_faces=n_faces, base=0.0)
    files = write_patient(patient, scans, place=random_pose(np.random.default_rng([seed, 3])), suffix="ply")
    pictures = write_panoramics(1, seed, panoramics)
    batch = segment_scans(files, segmented, force=force)
    radiographs = segment_panoramics(pictures, segmented, force=force)
    if not (batch.ok and radiographs.ok):
        return Demo(None, joined(batch, radiographs))
    pages = [
        *(replace(read_scan_page(segmented / f"{file.stem}.json"), patient=patient.name) for file in files),
        *(read_panoramic_page(segmented / f"{file.stem}.json") for file in pictures),
    ]
    report = write_report(pages, Path(out) / "report.html", title="Synthetic patients")
    counts = [arch.counts for arch in evaluate(scans, segmented).arches]
    counts += [picture.counts for picture in evaluate_panoramics(panoramics, segmented).pictures]
    right, true = (sum(count[name] for count in counts) for name in ("right", "true"))
    return Demo(report, joined(batch, radiographs), right, true)


def joined(first: BatchResult, second: BatchResult) -> BatchResult:
    """Two batches as one."""
    return BatchResult(first.done + second.done, first.skipped + second.skipped, first.failed | second.failed)
