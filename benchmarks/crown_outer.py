"""How near the completed outer surface comes to the tooth that stood there, by kind of restoration.

    python benchmarks/crown_outer.py data/crowns/test --out docs/reference/results/crown_outer.json [--weights FILE]

Margin and axis are the true ones, so that nothing but the outer surface is judged. "prior" is the fitted atlas tooth
alone, drawn to the margin in the same way: what the network begins with. Both are cut at the margin and compared with
the sound surface inside it, unregistered: distances between points spread by area on each surface and the nearest
places of the other one, both ways pooled. Intervals are bootstrapped over cases.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from typodont.atomic import write_json
from typodont.datasets.region_samples import case_frame
from typodont.environment import environment
from typodont.errors import MeshError
from typodont.geometry.closed_curve import even_points
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.metrics import bootstrap_mean
from typodont.metrics.surfaces import SAMPLES, surface_distance
from typodont.nets.crown_unet import CrownUNet
from typodont.progress import track
from typodont.records.crown_case import CrownCase, find_crown_cases, read_crown_case
from typodont.tasks.crown.models import DEFAULT_WEIGHTS
from typodont.tasks.crown.outer import Outer, complete_outer
from typodont.tasks.crown.outer_shape import outer_on_line
from typodont.tasks.measured import interval_values, plain
from typodont.training.weights import load_weights

LINE_MM = 0.1
SHIPPED_FILE = DEFAULT_WEIGHTS / "outer.safetensors"
DISTANCES = ("rms", "mean", "cd_l2", "p95", "maximum")
FIGURES = (*DISTANCES, "prior_rms", "prior_mean", "expected", "within_expected", "seconds")


def measure(case: CrownCase, net: nn.Module) -> dict[str, Any]:
    """Figures of one case; `cut` is False where a surface does not pass along the margin."""
    if case.margin is None or case.crown is None or case.kind is None:
        raise SystemExit(f"{case.name}: no margin, kind or crown, expected all of a synthetic case")
    about = {"name": case.name, "kind": case.kind, "tooth": case.tooth, "shown": case.remarks.get("shown")}
    start = time.process_time()
    outer = completed(case, net)
    seconds = time.process_time() - start
    prior = completed(case, CrownUNet(widths=(1,), voxel_mm=float(net.voxel_mm)).eval())  # type: ignore[arg-type]
    try:
        found = surface_distance(inside(outer.mesh, case), case.crown)
    except MeshError as error:
        return {**about, "cut": False, "why": str(error)}
    try:
        begun = surface_distance(inside(prior.mesh, case), case.crown)
    except MeshError:
        begun = None
    wrong = np.abs(nearest_places(outer.mesh, case.crown.vertices).distance)
    expected = expected_at(outer, case.crown)
    return {
        **about,
        "cut": True,
        **{name: getattr(found, name) for name in DISTANCES},
        "prior_rms": nan if begun is None else begun.rms,
        "prior_mean": nan if begun is None else begun.mean,
        "expected": float(np.sqrt((expected**2).mean())),
        "within_expected": float((wrong < expected).mean()),
        "seconds": seconds,
    }


def completed(case: CrownCase, net: nn.Module) -> Outer:
    """What the network makes of a case with its true margin and axis."""
    assert case.margin is not None
    assert case.kind is not None
    return complete_outer(
        case.scan, case.antagonist, case.margin, net, kind=case.kind, tooth=case.tooth, frame=case_frame(case)
    )


def inside(outer: Mesh, case: CrownCase) -> Mesh:
    """The part of a completed tooth inside the margin."""
    assert case.margin is not None
    return outer_on_line(outer, even_points(case.margin, spacing=LINE_MM))


def expected_at(outer: Outer, crown: Mesh) -> np.ndarray:
    """(N,) the error that was expected where each vertex of the truth lies, mm."""
    surface = Surface(outer.mesh)
    return surface.values(surface.nearest(crown.vertices), outer.sigma)


def summary(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Number of cases, how many could be cut, and every figure with its interval over cases."""
    rows = list(rows)
    good = [row for row in rows if row["cut"]]
    names = [row["name"] for row in good]
    figures = {name: interval_values(bootstrap_mean([row[name] for row in good], names)) for name in FIGURES if good}
    median = float(np.median([row["rms"] for row in good])) if good else None
    return {"cases": len(rows), "cut": len(good), "median_rms": median, **figures}


def groups(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Summaries of all cases, of each kind, and of front and back teeth among the crowns."""
    result = {"all": summary(rows)}
    for kind in sorted({str(row["kind"]) for row in rows}):
        result[kind] = summary(row for row in rows if row["kind"] == kind)
    for name, numbers in (("front teeth", (1, 2, 3)), ("premolars", (4, 5)), ("molars", (6, 7, 8))):
        chosen = [row for row in rows if row["kind"] == "crown" and row["tooth"] % 10 in numbers]
        if chosen:
            result[f"crown, {name}"] = summary(chosen)
    return result


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of crown cases, as `typodont synth crown` writes them")
    parser.add_argument(
        "--weights", type=Path, default=DEFAULT_WEIGHTS / "outer.safetensors", help="file or run folder"
    )
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    net, _ = load_weights(asked.weights)
    rows = [measure(read_crown_case(case), net) for case in track(find_crown_cases(asked.data), "cases")]
    result = groups(rows)
    for name, group in result.items():
        mean = "  ".join(f"{key} {group[key]['value'] or 0:.3f}" for key in FIGURES if key in group)
        print(f"{name:<24}{group['cut']:>4} of {group['cases']:<4} {mean}")
    for row in rows:
        if not row["cut"]:
            print(f"{row['name']}: {row['why']}")
    if asked.out:
        settings = {"cases": asked.data.name, "samples": SAMPLES}
        told = [{key: plain(value) if key in FIGURES else value for key, value in row.items()} for row in rows]
        write_json({"settings": settings, "groups": result, "rows": told, "environment": environment()}, asked.out)


if __name__ == "__main__":
    main()
