"""How synthetic arches compare with real ones: sizes, distances, share of gum, curvature.

    python benchmarks/synthetic_statistics.py TEETH3DS_FOLDER --leave-out NAME ... --out results.json

Real arches with milk teeth should be left out; the synthetic ones have none. Only figures are written.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from typodont.anatomy import GINGIVA, JAWS, number, scan_class
from typodont.atomic import write_json
from typodont.geometry.curvature import vertex_curvature
from typodont.geometry.mesh import Mesh
from typodont.progress import track
from typodont.records import read_labelled_scan
from typodont.synth.scan import make_scan
from typodont.synth.tooth_plan import ArchStyle
from typodont.tasks.batch import input_files
from typodont.tasks.scan.pose import fit_arch_frame
from typodont.types import Float, Int

Arch = tuple[str, Mesh, Int]
"""Jaw, mesh in the arch frame, FDI number of every vertex."""
Figures = dict[str, list[float]]
CROP_MM = 14.5
CURVATURE_QUANTILES = (5, 25, 50, 75, 95)


def real_arches(folder: Path, leave_out: list[str]) -> Iterator[Arch]:
    files = [path for path in input_files([folder]) if not any(name in path.stem for name in leave_out)]
    for path in track(files, "real arches", unit="arch"):
        scan = read_labelled_scan(path)
        assert scan.jaw is not None
        assert scan.labels is not None
        centres = tooth_centres(scan.mesh, scan.labels)
        normals = [scan.mesh.vertex_normals[scan.labels == fdi].mean(axis=0) for fdi in centres]
        classes = np.array([scan_class(fdi) for fdi in centres])
        frame = fit_arch_frame(np.array(list(centres.values())), classes, np.array(normals), jaw=scan.jaw)[0]
        yield scan.jaw, scan.mesh.transformed(frame), scan.labels


def synthetic_arches(seed: int, per_jaw: int) -> Iterator[Arch]:
    """Permanent teeth, with as many faces as the real arches have."""
    for index in track(range(2 * per_jaw), "synthetic arches", unit="arch"):
        jaw = JAWS[index % 2]
        scan = make_scan(seed, index, jaw=jaw, n_faces=16_000, brackets=0, style=ArchStyle(mixed=0))
        yield jaw, scan.mesh, scan.mesh.vertex_attributes["label"]


def tooth_centres(mesh: Mesh, labels: Int) -> dict[int, Float]:
    """Mean vertex of every tooth of which more than a corner is seen."""
    found, counts = np.unique(labels, return_counts=True)
    return {
        int(fdi): mesh.vertices[labels == fdi].mean(axis=0)
        for fdi, count in zip(found, counts, strict=True)
        if fdi != GINGIVA and count > 25
    }


def measure(mesh: Mesh, labels: Int) -> Figures:
    """Figures of one arch, mm, 1/mm and per cent; a list each because a tooth stands on both sides."""
    centres = tooth_centres(mesh, labels)
    figures: Figures = {}
    for fdi, centre in centres.items():
        beside = [centres[n] for n in (fdi - 1, fdi + 1) if n in centres]
        if beside:
            along = np.ravel(beside[0] - (beside[1] if len(beside) > 1 else centre))
            reach = (mesh.vertices[labels == fdi] - centre) @ (along / np.linalg.norm(along))
            figures.setdefault(f"width of tooth {number(fdi)}", []).append(float(np.ptp(reach)))
        if fdi + 1 in centres and number(fdi) < 7:
            distance = float(np.linalg.norm(centre - centres[fdi + 1]))
            figures.setdefault(f"from tooth {number(fdi)} to {number(fdi) + 1}", []).append(distance)
    figures |= across(centres)
    near = mesh.vertices[:, 2] > np.quantile(mesh.vertices[:, 2], 0.99) - CROP_MM
    shown = near[mesh.faces].all(axis=1)
    gum = (labels[mesh.faces] == GINGIVA).all(axis=1)
    share = mesh.face_areas[shown & gum].sum() / mesh.face_areas[shown].sum()
    figures["gum, % of the surface"] = [100 * float(share)]
    bend = vertex_curvature(mesh, scale=0.5).mean[labels != GINGIVA]
    for q in CURVATURE_QUANTILES:
        figures[f"mean curvature of teeth, {q} % quantile"] = [float(np.percentile(bend, q))]
    return figures


def across(centres: dict[int, Float]) -> Figures:
    """Widths and depth of the arch between tooth centres, where the teeth are there."""
    of = {}
    for fdi, centre in centres.items():
        of.setdefault(number(fdi), []).append(centre)
    figures: Figures = {}
    for tooth, name in ((3, "canine"), (6, "first molar")):
        if len(of.get(tooth, [])) == 2:
            figures[f"from {name} to {name}"] = [float(np.linalg.norm(of[tooth][0] - of[tooth][1]))]
    if len(of.get(6, [])) == 2 and len(of.get(1, [])) == 2:
        figures["from incisors back to first molars"] = [float(np.mean(of[1], axis=0)[1] - np.mean(of[6], axis=0)[1])]
    return figures


def summarise(arches: Iterator[Arch]) -> dict:
    """Per jaw: number of arches, and mean, standard deviation and count of every figure."""
    found: dict[str, Figures] = {jaw: {} for jaw in JAWS}
    counts = dict.fromkeys(JAWS, 0)
    for jaw, mesh, labels in arches:
        counts[jaw] += 1
        for name, values in measure(mesh, labels).items():
            found[jaw].setdefault(name, []).extend(values)
    return {
        jaw: {
            "arches": counts[jaw],
            "figures": {
                name: {"mean": round(float(np.mean(v)), 3), "sd": round(float(np.std(v)), 3), "n": len(v)}
                for name, v in sorted(figures.items())
            },
        }
        for jaw, figures in found.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="real scans in Teeth3DS layout")
    parser.add_argument("--leave-out", nargs="*", default=[], help="parts of names of arches with milk teeth")
    parser.add_argument("--per-jaw", type=int, default=30, help="synthetic arches of each jaw")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    results = {
        "real": summarise(real_arches(args.folder, args.leave_out)),
        "synthetic": summarise(synthetic_arches(args.seed, args.per_jaw)),
    }
    write_json(results, args.out)
    for jaw in JAWS:
        for name, real in results["real"][jaw]["figures"].items():
            made = results["synthetic"][jaw]["figures"].get(name, {"mean": float("nan"), "sd": float("nan")})
            print(f"{jaw} {name:45} {real['mean']:7.2f} ± {real['sd']:5.2f}   {made['mean']:7.2f} ± {made['sd']:5.2f}")


if __name__ == "__main__":
    main()
