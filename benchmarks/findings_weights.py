"""Several findings weights on the same pictures: what real pictures, synthetic ones, or another network are worth.

Measures every weights file on every set of its modality, prints a line for each, and writes all figures. Predictions
are kept in --work and used again, so a run that was broken off goes on where it stopped. Asserts nothing.

    typodont train findings synthetic.yaml --name xray_synthetic      # and so on, one training for every row
    python benchmarks/findings_weights.py --work work --out docs/reference/results/findings_sources.json \\
        --set "xray:UFBA val=data/panoramic_ufba/val.json" --synthetic-set "xray:synthetic=data/xray_test" \\
        --weights "synthetic only=runs/xray_synthetic" "real only=runs/xray_real" "both=runs/xray_both"
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.tasks.findings.evaluate import PREDICTIONS, EvaluateConfig, evaluate
from typodont.tasks.findings.models import load_detector
from typodont.tasks.findings.report import FindingsReport
from typodont.tasks.findings.ship import ShipConfig, picture_sets


def main() -> int:
    """Measure and write."""
    options = _options()
    sets = picture_sets(ShipConfig(measure=options.set, synthetic=options.synthetic_set, rename=options.rename))
    rows: list[dict[str, Any]] = []
    for name, weights in (item.split("=", 1) for item in options.weights):
        modality = load_detector(Path(weights)).modality
        for one in sets:
            if one.modality == modality:
                config = EvaluateConfig(one.rename, weights=Path(weights), numbering=options.numbering)
                report = measure(one.data, config, options.work / name / one.name)
                rows.append({"weights": name, "set": one.name, "real": one.real, **values_of(report)})
                print(line_of(name, one.name, report), flush=True)
    write_json({"rows": rows, "environment": environment()}, options.out)
    return 0


def measure(data: Path, config: EvaluateConfig, folder: Path) -> FindingsReport:
    """What weights are worth on a set; predictions that are there are not made again."""
    known = folder / PREDICTIONS
    return evaluate(data, known if known.exists() else None, out=folder, config=config)


def values_of(report: FindingsReport) -> dict[str, Any]:
    """The figures that need no operating point."""
    return {name: value for name, value in report.as_dict(points=False).items() if name != "environment"}


def line_of(weights: str, pictures: str, report: FindingsReport) -> str:
    """AP and AP50 of every category that is there."""
    figures = report.figures[report.kinds[-1]]
    cells = [
        f"{category} {figures[category]['ap'].value:.3f} / {figures[category]['ap50'].value:.3f}"
        for category in report.categories
        if report.strictest[category].n_true.any()
    ]
    return f"{weights:<18}{pictures:<24}AP / AP50: {', '.join(cells)}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", nargs="+", required=True, help="NAME=RUN folder or weights file")
    parser.add_argument("--set", nargs="*", default=(), help="MODALITY:NAME=PATH of real labelled pictures")
    parser.add_argument("--synthetic-set", nargs="*", default=(), help="MODALITY:NAME=PATH of synthetic ones")
    parser.add_argument("--rename", nargs="*", default=(), help="NAME:CATEGORY=OURS for the labels of a set")
    parser.add_argument("--numbering", action="store_true", help="number the teeth, to measure that too")
    parser.add_argument("--work", type=Path, default=Path("findings_weights"), help="folder for predictions")
    parser.add_argument("--out", type=Path, required=True, help="JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
