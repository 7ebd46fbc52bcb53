"""Write synthetic scans and patients to disk in the Teeth3DS layout, on any number of processes, resumable.

For each scan NAME: ``NAME.obj``, ``NAME.json`` (Teeth3DS labels), ``NAME__kpt.json`` (3DTeethLand landmarks) and last
``NAME_truth.json`` (pose to the arch frame; gum margin and condition of every tooth; which carry brackets), all in the
coordinates of the mesh file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from typodont.anatomy import JAWS
from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.formats import ScanLabels, read_mesh, write_labels, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.synth.landmarks import tooth_landmarks
from typodont.synth.patient import SyntheticPatient, make_patient
from typodont.synth.scan import SyntheticScan, cut_partial, make_scan, random_pose
from typodont.synth.scan_options import ScanOptions
from typodont.synth.series import check_series, make_series
from typodont.types import Float, Int

_SHOWN_MM = 2.0


def write_scans(n: int, seed: int, out: Path, *, options: ScanOptions | None = None, jobs: int = 1) -> list[Path]:
    """Make `n` scans of series `seed` under `out`; those that are complete there already are left as they are.

    A scan depends only on the seed, its number and the options, never on `jobs` or on what else is made. A scan that
    was broken off while it was written is made again.

    Returns:
        The mesh files, in order.

    Raises:
        ConfigError: `n` or `jobs` is below 1, or `out` holds scans of this series made with other options.
    """
    return _write_series("scan", _write_one, n, seed, out, options=options or ScanOptions(), jobs=jobs)


def write_patients(n: int, seed: int, out: Path, *, options: ScanOptions | None = None, jobs: int = 1) -> list[Path]:
    """Make `n` patients of series `seed` under `out`, two scans each in one coordinate system, closed in bite.

    Resumes and raises as `write_scans`.

    Returns:
        The mesh files: upper and lower of the first patient, of the second, ...

    Raises:
        ConfigError: as `write_scans`; or `options` ask for partial scans.
    """
    options = options or ScanOptions()
    if options.partial:
        raise ConfigError(f"partial: found {options.partial}, expected 0: patients are scanned whole")
    pairs = _write_series("patient", _write_one_patient, n, seed, out, options=options, jobs=jobs)
    return [path for pair in pairs for path in pair]


def _write_series(
    kind: str, write: Callable[..., Any], n: int, seed: int, out: Path, *, options: ScanOptions, jobs: int
) -> list[Any]:
    check_series(n, seed, jobs)
    out = Path(out)
    _claim(out / f"series_{kind}_{seed}.json", options)
    make = partial(write, seed=seed, out=out, options=options)
    return make_series(make, n, jobs=jobs, title=f"synthetic {kind}s", unit="arch" if kind == "scan" else kind)


def _claim(record: Path, options: ScanOptions) -> None:
    """Note the options of a series beside its scans, so that one folder never mixes two kinds under the same names."""
    wanted = asdict(options)
    if not record.exists():
        write_json(wanted, record)
        return
    found = json.loads(record.read_text(encoding="utf-8"))
    differing = [
        f"{name} {found.get(name)} (now {value})" for name, value in wanted.items() if found.get(name) != value
    ]
    if differing:
        raise ConfigError(
            f"{record.parent}: holds scans of this series made with {', '.join(differing)}; "
            "use the same options, another seed or another folder"
        )


def _complete(out: Path, stem: str, jaw: str, suffix: str) -> Path | None:
    """The mesh file of a scan of which everything is there."""
    path = out / f"{stem}_{jaw}.{suffix}"
    return path if path.exists() and (out / f"{stem}_{jaw}_truth.json").exists() else None


def _write_one(index: int, *, seed: int, out: Path, options: ScanOptions) -> Path:
    stem = f"S{seed}N{index:05d}"
    for jaw in JAWS:
        if path := _complete(out, stem, jaw, options.suffix):
            return path
    scan = make_scan(seed, index, n_faces=options.faces, base=options.base, brackets=options.brackets)
    rng = np.random.default_rng([seed, index, 1])
    mesh = cut_partial(rng, scan.mesh) if rng.random() < options.partial else scan.mesh
    to_file = random_pose(rng) if options.pose else np.eye(4)
    return write_scan(scan, mesh, to_file, out, stem=stem, suffix=options.suffix)


def _write_one_patient(index: int, *, seed: int, out: Path, options: ScanOptions) -> list[Path]:
    stem = f"S{seed}P{index:05d}"
    found = [path for jaw in JAWS if (path := _complete(out, stem, jaw, options.suffix))]
    if len(found) == len(JAWS):
        return found
    patient = make_patient(seed, index, n_faces=options.faces, base=options.base, brackets=options.brackets)
    place = random_pose(np.random.default_rng([seed, index, 3])) if options.pose else np.eye(4)
    return write_patient(patient, out, place=place, stem=stem, suffix=options.suffix)


def write_patient(
    patient: SyntheticPatient, out: Path, *, place: Float | None = None, stem: str | None = None, suffix: str = "obj"
) -> list[Path]:
    """Write both scans of a patient in one common coordinate system, closed in bite; returns the mesh files.

    Args:
        patient: Whom.
        out: Folder.
        place: (4, 4) moves the upper arch frame into the files' coordinates; None: they are that frame.
        stem: First part of the file names; the patient's name by default.
        suffix: Format of the meshes.
    """
    place = np.eye(4) if place is None else place
    stem = stem or patient.name
    return [
        write_scan(patient.upper, patient.upper.mesh, place, out, stem=stem, suffix=suffix),
        write_scan(patient.lower, patient.lower.mesh, place @ patient.bite, out, stem=stem, suffix=suffix),
    ]


def write_scan(scan: SyntheticScan, mesh: Mesh, to_file: Float, out: Path, *, stem: str, suffix: str = "obj") -> Path:
    """Write one scan with its truth, which comes last; returns the mesh file ``STEM_JAW.SUFFIX``.

    Args:
        scan: What was made.
        mesh: The part of it that is shown, arch frame, with ``label``.
        to_file: (4, 4) moves the arch frame into the file's coordinates.
        out: Folder.
        stem: First part of the file names, also the patient's name in the labels.
        suffix: Format of the mesh.
    """
    name = f"{stem}_{scan.jaw}"
    path = Path(out) / f"{name}.{suffix}"
    truth_path = path.with_name(f"{name}_truth.json")
    truth_path.unlink(missing_ok=True)
    labels = _write_mesh(mesh, to_file, path)
    fdi, instances = np.unique(np.append(labels, 0), return_inverse=True)
    write_labels(ScanLabels(stem, scan.jaw, labels, instances[:-1]), path.with_suffix(".json"))
    landmarks = _landmarks(scan, mesh, to_file)
    write_json({"version": "1.1", "key": name, "objects": landmarks}, path.with_name(f"{name}__kpt.json"))
    write_json(_truth(scan, to_file, set(fdi.tolist())), truth_path)
    return path


def _write_mesh(mesh: Mesh, to_file: Float, path: Path) -> Int:
    """Write the bare surface; returns (N,) its labels in the order in which a reader gets the vertices."""
    labels = mesh.vertex_attributes["label"]
    placed = mesh.transformed(to_file)
    write_mesh(Mesh(placed.vertices, placed.faces), path)
    if path.suffix != ".stl":
        return labels
    read = read_mesh(path)  # STL has no vertices of its own: a reader puts them together from the triangles' corners
    in_file = np.zeros(len(read.vertices), dtype=np.int64)
    in_file[read.faces] = labels[mesh.faces]
    return in_file


def _landmarks(scan: SyntheticScan, mesh: Mesh, to_file: Float) -> list[dict[str, Any]]:
    """Landmarks on the part that is shown, as 3DTeethLand lists them."""
    shown = set(np.unique(mesh.vertex_attributes["label"]).tolist())
    tree = KDTree(mesh.vertices)
    objects = []
    for tooth, neck in zip(scan.dentition.teeth, scan.margins, strict=True):
        number = scan.dentition.fdi(tooth)
        if number not in shown:
            continue
        for kind, points in tooth_landmarks(tooth, neck).items():
            there = points[tree.query(points)[0] < _SHOWN_MM]
            for i, point in enumerate(apply(to_file, there).round(4).tolist()):
                objects.append({"key": f"{number}_{kind}_{i}", "class": kind, "fdi": number, "coord": point})
    return objects


def _truth(scan: SyntheticScan, to_file: Float, shown: set[int]) -> dict[str, Any]:
    """Pose from the file to the arch frame, and per tooth: gum margin, condition; FDI numbers with brackets."""
    numbers = [scan.dentition.fdi(tooth) for tooth in scan.dentition.teeth]
    teeth = zip(numbers, scan.dentition.teeth, scan.margins, strict=True)
    found = [(str(number), tooth, neck) for number, tooth, neck in teeth if number in shown]
    return {
        "pose": np.linalg.inv(to_file).tolist(),
        "margins": {number: apply(to_file, neck.points()).round(4).tolist() for number, _, neck in found},
        "conditions": {number: tooth.condition for number, tooth, _ in found},
        "brackets": [number for number in (numbers[b.owner] for b in scan.brackets) if number in shown],
    }
