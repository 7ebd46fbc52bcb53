"""Synthetic scans, pictures and a preparation from nothing to pages to look at, with what ships in the package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from typodont.atomic import atomic_path
from typodont.records.crown_case import ANTAGONIST, SCAN, write_crown_case
from typodont.records.findings import find_picture_findings
from typodont.synth.patient import make_patient
from typodont.synth.photo.write import write_photos
from typodont.synth.preparation.case import make_crown_case
from typodont.synth.preparation.options import CrownOptions
from typodont.synth.scan import random_pose
from typodont.synth.write import write_patient
from typodont.synth.xray.write import write_panoramics
from typodont.tasks.batch import BatchResult
from typodont.tasks.crown.models import DEFAULT_WEIGHTS as CROWN_WEIGHTS
from typodont.tasks.crown.models import NAMES as CROWN_NETWORKS
from typodont.tasks.crown.options import DesignFiles, DesignOptions
from typodont.tasks.crown.predict import design_crown
from typodont.tasks.findings.gallery import render_gallery
from typodont.tasks.findings.modality import MODALITIES
from typodont.tasks.findings.models import DEFAULT_WEIGHTS as FINDING_WEIGHTS
from typodont.tasks.findings.predict import detect_findings
from typodont.tasks.panoramic.evaluate import evaluate as evaluate_panoramics
from typodont.tasks.panoramic.page import read_panoramic_page
from typodont.tasks.panoramic.predict import segment_panoramics
from typodont.tasks.report import read_scan_page, write_report
from typodont.tasks.scan.evaluate import evaluate
from typodont.tasks.scan.predict import segment_scans

N_PHOTOS = 2
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
        gallery: Findings in the panoramic and in photographs, as an HTML page; None where the weights for them are not
            installed, or a picture failed.
        fit: Fit report of a crown designed for a synthetic preparation, as an HTML page; None where the weights for
            crowns are not installed, or the design failed.
    """

    report: Path | None
    batch: BatchResult
    right: int | None = None
    true: int | None = None
    gallery: Path | None = None
    fit: Path | None = None


def run_demo(out: Path, *, seed: int = 0, n_faces: int = N_FACES, force: bool = False) -> Demo:
    """Make scans of both jaws and a panoramic, number the teeth with the shipped weights and write the report.

    The networks never see how the scans lie, which jaw they show or what the truth is: all is written to files, the
    scans in a random position, and read again like anybody's. The panoramic is of another made-up patient: it
    needs roots, bone and fillings, which scans do not have.

    Args:
        out: Folder for ``scans``, ``panoramics``, ``photos``, ``preparation``, ``segmented``, ``findings``, ``crown``,
            ``report.html`` and ``findings.html``.
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
    gallery = show_findings(Path(out), seed, force=force) if findings_installed() else None
    fit = design_one_crown(Path(out), seed, force=force) if crowns_installed() else None
    return Demo(report, joined(batch, radiographs), right, true, gallery, fit)


def findings_installed() -> bool:
    """Whether the package has weights for photographs and for radiographs."""
    return all((FINDING_WEIGHTS / f"{name}.safetensors").exists() for name in MODALITIES)


def show_findings(out: Path, seed: int, *, force: bool = False) -> Path | None:
    """Look for findings in the panoramics of a demonstration and in photographs, and show them beside the truth.

    Args:
        out: Folder of the demonstration, with ``panoramics``.
        seed: Of the photographs.
        force: Replace results that exist.

    Returns:
        The page; None when a picture failed.
    """
    write_photos(N_PHOTOS, seed, out / "photos")
    sets = [out / "panoramics", out / "photos"]
    batch = detect_findings([folder / "images" for folder in sets], out / "findings", force=force)
    if not batch.ok:
        return None
    truth = {picture.name: picture for folder in sets for picture in find_picture_findings(folder)}
    page = render_gallery(find_picture_findings(out / "findings"), truth, title="Findings in synthetic pictures")
    with atomic_path(out / "findings.html") as temporary:
        temporary.write_text(page, encoding="utf-8")
    return out / "findings.html"


def crowns_installed() -> bool:
    """Whether the package has all weights for crowns."""
    return all((CROWN_WEIGHTS / f"{name}.safetensors").exists() for name in CROWN_NETWORKS)


def design_one_crown(out: Path, seed: int, *, force: bool = False) -> Path | None:
    """Design a crown for a made-up preparation, from its scan and the antagonist's; only the tooth's number is told.

    Args:
        out: Folder of the demonstration; gets ``preparation`` and ``crown``.
        seed: Of the preparation.
        force: Replace results that exist.

    Returns:
        The page with the fit report; None when the design failed.
    """
    case = make_crown_case(seed, options=CrownOptions(kind="crown", shown="quadrant", flaws=0.0))
    folder = write_crown_case(case, out / "preparation")
    files = DesignFiles(folder / SCAN, folder / ANTAGONIST)
    batch = design_crown(files, out / "crown", options=DesignOptions(tooth=case.tooth, kind="crown"), force=force)
    return out / "crown" / "scan_fit.html" if batch.ok else None


def joined(first: BatchResult, second: BatchResult) -> BatchResult:
    """Two batches as one."""
    return BatchResult(first.done + second.done, first.skipped + second.skipped, first.failed | second.failed)
