"""How near the shape models come to mouths and palates they have not seen, and how well scans are laid on the template.

    python benchmarks/shape_models.py --out docs/reference/results/shape_models.json [--scans 12] [--library 1]

Everything is synthetic and of series that no model was learnt from. Errors of members are distances of corresponding
points of the nearest member that the model has, mm: what no photograph and no fit can undercut. Errors of registration
are measured against the vertices that the scanned jaw really has (corresponding), and against its surface. `--library`
lays some scans on the template with trimesh's non-rigid ICP as well (needs rtree), begun in the pose that ours found.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.jointed_model import JointedModel
from typodont.geometry.nonrigid import register
from typodont.geometry.registration import apply, fit_rigid
from typodont.geometry.surface_places import Surface
from typodont.progress import track
from typodont.synth.cleft.maxilla import make_maxilla
from typodont.synth.cleft.palate_model import parameters_of
from typodont.synth.cleft.scan import MaxillaScan, make_maxilla_scan
from typodont.synth.complete_mouth import make_complete_mouth
from typodont.synth.dentition_model import nearest_parameters, sample_mouth
from typodont.training.deformable_file import shipped_shape_model
from typodont.types import Float

SEED = 900


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--palates", type=int, default=60)
    parser.add_argument("--mouths", type=int, default=20)
    parser.add_argument("--scans", type=int, default=12)
    parser.add_argument("--library", type=int, default=0, help="scans laid on with trimesh as well")
    options = parser.parse_args()
    palate, dentition = shipped_shape_model("palate"), shipped_shape_model("dentition")
    assert isinstance(palate, LinearDeformable)
    assert isinstance(dentition, JointedModel)
    write_json(
        {
            "palate_members": palate_members(palate, options.palates),
            "dentition_members": dentition_members(dentition, options.mouths),
            "registration": registration(palate, options.scans, options.library),
            "environment": environment(),
        },
        options.out,
    )


def palate_members(model: LinearDeformable, n: int) -> dict[str, Any]:
    """Mean distance of vertices by number of parameters."""
    jaws = np.array([make_maxilla(SEED, index).mesh.vertices for index in range(n)])
    found = {}
    for k in (5, 10, 20, model.n_parameters):
        small = model.trimmed(k)
        members = small.shapes.instance(parameters_of(small, jaws))
        apart = [apart_mm(apply(fit_rigid(jaw, one), jaw), one) for jaw, one in zip(jaws, members, strict=True)]
        found[str(k)] = round(float(np.mean(apart)), 4)
    return {"palates": n, "mean_mm": found}


def dentition_members(model: JointedModel, n: int) -> dict[str, Any]:
    """Mean distance of landmarks by number of parameters."""
    mouths = [make_complete_mouth(SEED, index) for index in track(range(n), "mouths")]
    samples = [(mouth.landmarks(), sample) for mouth in mouths if (sample := sample_mouth(mouth)) is not None]
    found = {}
    for k in (40, 80, 120, model.n_parameters):
        small = model.trimmed(k)
        members = [small.landmarks(nearest_parameters(small, sample))[0] for _, sample in samples]
        apart = [apart_mm(truth, one) for (truth, _), one in zip(samples, members, strict=True)]
        found[str(k)] = round(float(np.mean(apart)), 4)
    return {"mouths": len(samples), "mean_mm": found}


def registration(model: LinearDeformable, n: int, library: int) -> dict[str, Any]:
    """Errors and seconds of scans of any pose, and of those that trimesh registers, too."""
    rows, other = [], []
    for index in track(range(n), "scans"):
        scan = make_maxilla_scan(SEED, index)
        start = time.perf_counter()
        found = register(scan.mesh, model)
        seconds = time.perf_counter() - start
        rows.append({"kind": scan.maxilla.anatomy.kind, **errors(scan, found.matrix, found.vertices, seconds)})
        if index < library:
            start = time.perf_counter()
            laid = by_library(scan, model, found.matrix)
            other.append(errors(scan, found.matrix, laid, time.perf_counter() - start))
    return {"scans": n, "own": _mean(rows), "each": rows, "trimesh_nricp": _mean(other) if other else None}


def by_library(scan: MaxillaScan, model: LinearDeformable, pose: Float) -> Float:
    """(N, 3) the model's mean laid on the scan by trimesh's non-rigid ICP (Amberg), model frame."""
    import trimesh

    mean = trimesh.Trimesh(model.shapes.mean, model.faces, process=False)
    target = trimesh.Trimesh(apply(pose, scan.mesh.vertices), scan.mesh.faces, process=False)
    steps = [[0.02, 3, 0.5, 8], [0.007, 3, 0.5, 8], [0.002, 3, 0.0, 8]]
    return np.asarray(trimesh.registration.nricp_amberg(mean, target, steps=steps, distance_threshold=0.1))


def errors(scan: MaxillaScan, pose: Float, vertices: Float, seconds: float) -> dict[str, float]:
    """Of vertices in the model's frame against the jaw that was scanned, mm."""
    back = apply(np.linalg.inv(pose @ scan.place), vertices)
    apart = np.linalg.norm(back - scan.maxilla.mesh.vertices, axis=1)
    on_jaw = np.linalg.norm(Surface(scan.maxilla.mesh).nearest(back).points - back, axis=1)
    figures = {
        "corresponding_mean_mm": apart.mean(),
        "corresponding_p95_mm": np.quantile(apart, 0.95),
        "surface_mean_mm": on_jaw.mean(),
        "seconds": seconds,
    }
    return {name: round(float(value), 4) for name, value in figures.items()}


def apart_mm(one: Float, other: Float) -> float:
    """Mean distance of rows."""
    return float(np.linalg.norm(one - other, axis=1).mean())


def _mean(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0] if name != "kind"}


if __name__ == "__main__":
    main()
