"""Write synthetic scans to disk in the Teeth3DS layout, on any number of processes, resumable."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from typodont.atomic import write_json
from typodont.formats import ScanLabels, write_labels, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.progress import track
from typodont.synth.landmarks import tooth_landmarks
from typodont.synth.patient import SyntheticPatient
from typodont.synth.scan import SyntheticScan, cut_partial, make_scan, random_pose
from typodont.types import Float


@dataclass(frozen=True)
class ScanOptions:
    """What kind of scans a series holds.

    Args:
        faces: triangles of each scan, about; drawn between 11 k and 60 k when None.
        base: share of trimmed orthodontic model bases.
        partial: share of scans that show only a quadrant, a half or the front.
        pose: put each scan into a random position; else it stays in its arch frame.
        suffix: mesh format: obj, ply, stl or vtp.
    """

    faces: int | None = None
    base: float = 0.45
    partial: float = 0.0
    pose: bool = True
    suffix: str = "obj"


def write_scans(n: int, seed: int, out: Path, *, options: ScanOptions | None = None, jobs: int = 1) -> list[Path]:
    """Make `n` scans of series `seed` under `out`; those that are there already are left as they are.

    A scan depends only on the seed, its number and the options, never on `jobs` or on what else is made. For each scan
    NAME: ``NAME.obj``, ``NAME.json`` (Teeth3DS labels), ``NAME__kpt.json`` (3DTeethLand landmarks) and
    ``NAME_truth.json`` (pose to the arch frame, gum margin of every tooth), all in the coordinates of the mesh file.

    Returns:
        The mesh files, in order.
    """
    make = partial(_write_one, seed=seed, out=Path(out), options=options or ScanOptions())
    if jobs == 1:
        return list(track(map(make, range(n)), "synthetic scans", total=n, unit="arch"))
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return list(track(pool.map(make, range(n)), "synthetic scans", total=n, unit="arch"))


def _write_one(index: int, *, seed: int, out: Path, options: ScanOptions) -> Path:
    stem = f"S{seed}N{index:05d}"
    done = sorted(out.glob(f"{stem}_*_truth.json"))
    if done:
        mesh_path = Path(str(done[0]).removesuffix("_truth.json") + "." + options.suffix)
        if mesh_path.exists():
            return mesh_path
    scan = make_scan(seed, index, n_faces=options.faces, base=options.base)
    rng = np.random.default_rng([seed, index, 1])
    mesh = cut_partial(rng, scan.mesh) if rng.random() < options.partial else scan.mesh
    to_file = random_pose(rng) if options.pose else np.eye(4)
    return write_scan(scan, mesh, to_file, out, stem=stem, suffix=options.suffix)


def write_scan(scan: SyntheticScan, mesh: Mesh, to_file: Float, out: Path, *, stem: str, suffix: str = "obj") -> Path:
    """Write one scan with its truth; `to_file` (4, 4) moves the arch frame into the file's coordinates."""
    name = f"{stem}_{scan.jaw}"
    path = out / f"{name}.{suffix}"
    labels = mesh.vertex_attributes["label"]
    placed = mesh.transformed(to_file)
    write_mesh(Mesh(placed.vertices, placed.faces), path)
    fdi, instances = np.unique(labels, return_inverse=True)
    if fdi[0] != 0:
        instances = instances + 1
    write_labels(ScanLabels(stem, scan.jaw, labels, instances), out / f"{name}.json")
    shown = set(fdi.tolist())
    teeth = [
        (scan.dentition.fdi(tooth), tooth, neck)
        for tooth, neck in zip(scan.dentition.teeth, scan.margins, strict=True)
        if scan.dentition.fdi(tooth) in shown
    ]
    points = [
        {"key": f"{number}_{kind}_{i}", "class": kind, "fdi": number, "coord": _move(to_file, point).round(4).tolist()}
        for number, tooth, neck in teeth
        for kind, found in tooth_landmarks(tooth, neck).items()
        for i, point in enumerate(found)
    ]
    write_json({"version": "1.1", "key": name, "objects": points}, out / f"{name}__kpt.json")
    truth = {
        "pose": np.linalg.inv(to_file).tolist(),
        "margins": {str(number): _move(to_file, neck.points()).round(4).tolist() for number, _, neck in teeth},
        "conditions": {str(number): tooth.condition for number, tooth, _ in teeth},
    }
    write_json(truth, out / f"{name}_truth.json")
    return path


def write_patient(patient: SyntheticPatient, out: Path, *, rng: np.random.Generator, suffix: str = "obj") -> list[Path]:
    """Write both scans of a patient in one common coordinate system, closed in bite, in a random position."""
    place = random_pose(rng)
    return [
        write_scan(patient.upper, patient.upper.mesh, place, out, stem=patient.name, suffix=suffix),
        write_scan(patient.lower, patient.lower.mesh, place @ patient.bite, out, stem=patient.name, suffix=suffix),
    ]


def _move(matrix: Float, points: Float) -> Float:
    return points @ matrix[:3, :3].T + matrix[:3, 3]
