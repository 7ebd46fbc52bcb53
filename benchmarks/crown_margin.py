"""How far the margin line that is found lies from the true one, by kind of restoration and by finish.

    python benchmarks/crown_margin.py data/crowns/test --out docs/reference/results/crown_margin.json [--weights FOLDER]

Every case is looked at from a site that is off as the scan job is off: its centre by `OFF_MM`, its axis by up to
`LEAN_DEG`, mesial by `TURN_DEG`. Beside the line that is found stands the rough one (where the first network says that
prepared surface ends), so that one sees what the second network adds. Distances are means over both ways, at points
every 0.05 mm; intervals are bootstrapped over cases.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from typodont.atomic import write_json
from typodont.datasets.preparation_frame import PreparationFrame, mesial_direction, preparation_frame
from typodont.environment import environment
from typodont.errors import NoPreparationError
from typodont.metrics import bootstrap_mean, curve_distance
from typodont.progress import track
from typodont.records.crown_case import CrownCase, find_crown_cases, read_crown_case
from typodont.tasks.crown.margin import find_margin
from typodont.tasks.crown.margin_models import DEFAULT_WEIGHTS, MarginModels, load_margin_models

OFF_MM, LEAN_DEG, TURN_DEG = 0.8, 15.0, 10.0
DISTANCES = ("mean", "maximum", "within_0_1", "within_0_2")
FIGURES = (*DISTANCES, "rough_mean", "rough_maximum", "sigma", "axis_deg", "seconds")


def rough_frame(case: CrownCase, rng: np.random.Generator) -> PreparationFrame:
    """The frame of a case, as far off as that of a site can be."""
    if case.margin is None or case.axis is None:
        raise SystemExit(f"{case.name}: no margin or axis, expected both of a synthetic case")
    towards = rng.uniform(0, 2 * np.pi)
    true = preparation_frame(
        case.tooth, case.margin.mean(axis=0), axis=case.axis, mesial=mesial_direction(case.scan, case.tooth)
    )
    lean = np.radians(rng.uniform(0, LEAN_DEG)) * np.array([np.cos(towards), np.sin(towards), 0])
    turn = Rotation.from_rotvec(lean) * Rotation.from_rotvec([0, 0, np.radians(rng.normal(0, TURN_DEG))])
    x, _, z = turn.as_matrix()
    back = true.to_scan[:3, :3]
    centre = true.points_back(rng.normal(0, OFF_MM, (1, 3)))[0]
    return preparation_frame(case.tooth, centre, axis=back @ z, mesial=back @ x)


def measure(case: CrownCase, models: MarginModels, *, seed: int) -> dict[str, Any]:
    """Figures of one case; `found` is False where the job says that it finds no margin."""
    assert case.margin is not None
    assert case.axis is not None
    about = {"name": case.name, "kind": case.kind, "finish": case.remarks.get("finish")}
    frame = rough_frame(case, np.random.default_rng([seed, *case.name.encode()]))
    start = time.process_time()
    try:
        found = find_margin(case.scan, frame, models, name=case.name)
    except NoPreparationError as error:
        return {**about, "found": False, "why": str(error)}
    seconds = time.process_time() - start
    distance, rough = curve_distance(found.curve, case.margin), curve_distance(found.rough, case.margin)
    return {
        **about,
        "found": True,
        **{name: getattr(distance, name) for name in DISTANCES},
        "rough_mean": rough.mean,
        "rough_maximum": rough.maximum,
        "sigma": float(found.sigma.mean()),
        "axis_deg": float(np.degrees(np.arccos(np.clip(found.axis @ case.axis, -1, 1)))),
        "seconds": seconds,
    }


def summary(rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Number of cases, share found, and every figure with its interval over cases."""
    rows = list(rows)
    found = [row for row in rows if row["found"]]
    names = [row["name"] for row in found]
    figures = {
        name: {key: getattr(interval, key) for key in ("value", "low", "high")}
        for name in FIGURES
        if found and (interval := bootstrap_mean([row[name] for row in found], names))
    }
    median = float(np.median([row["mean"] for row in found])) if found else None
    return {"cases": len(rows), "found": len(found), "median_mean": median, **figures}


def groups(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Summaries of all cases, of each kind, and of the crowns by their finish."""
    result = {"all": summary(rows)}
    for kind in sorted({str(row["kind"]) for row in rows}):
        result[kind] = summary(row for row in rows if row["kind"] == kind)
    for finish in sorted({row["finish"] for row in rows if row["kind"] == "crown" and row["finish"]}):
        result[f"crown, {finish}"] = summary(row for row in rows if row["kind"] == "crown" and row["finish"] == finish)
    return result


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of crown cases, as `typodont synth crown` writes them")
    parser.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, help="folder with margin and line weights")
    parser.add_argument("--seed", type=int, default=0, help="of how far the sites are off")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    models = load_margin_models(asked.weights)
    cases = find_crown_cases(asked.data)
    rows = [measure(read_crown_case(case), models, seed=asked.seed) for case in track(cases, "cases")]
    result = groups(rows)
    for name, group in result.items():
        mean = "  ".join(f"{key} {group[key]['value']:.3f}" for key in FIGURES if key in group)
        print(f"{name:<24}{group['found']:>4} of {group['cases']:<4} {mean}")
    for row in rows:
        if not row["found"]:
            print(f"{row['name']}: {row['why']}")
    if asked.out:
        settings = {"cases": asked.data.name, "off_mm": OFF_MM, "lean_deg": LEAN_DEG, "seed": asked.seed}
        write_json({"settings": settings, "groups": result, "rows": rows, "environment": environment()}, asked.out)


if __name__ == "__main__":
    main()
