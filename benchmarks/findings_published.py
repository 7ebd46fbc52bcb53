"""What became of a training of the published network for findings: its losses step by step, from its run folder.

    python benchmarks/findings_published.py runs/findings_published --out docs/reference/results/findings_published.json

A run that was broken off goes on at its last checkpoint, and the steps after that are done again: of steps that were
done twice the later ones count, and where it went on is told.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.training.run import REPORT
from typodont.training.run_folder import METRICS
from typodont.training.weights import read_card

MEAN_OF = 10
"""Logged steps whose mean losses are compared at the beginning and at the end."""


def main() -> int:
    """Read the run and print how its loss went."""
    options = _options()
    results = read_run(options.run)
    print(summary(results))
    if options.out:
        write_json(results, options.out)
    return 0


def read_run(folder: Path) -> dict[str, Any]:
    """The losses of a run by step, and the settings that they belong to."""
    lines = [json.loads(line) for line in (folder / METRICS).read_text(encoding="utf-8").splitlines()]
    training, resumed = joined([line for line in lines if "train/loss" in line])
    validation, _ = joined([line for line in lines if "val/loss" in line])
    card = read_card(folder / "checkpoint.safetensors")
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    return {
        "steps": report["steps"],
        "over": report["over"],
        "minutes": round(lines[-1]["minutes"], 1),
        "resumed_at": resumed,
        "config": {
            name: card.config[name] for name in ("categories", "net", "canvas", "schedule", "optimizer", "loop")
        },
        "training": [_figures(line, "train/loss") for line in training],
        "validation": [_figures(line, "val/") for line in validation],
    }


def joined(lines: Sequence[dict[str, float]]) -> tuple[list[dict[str, float]], list[int]]:
    """Lines by step without those that a resumed run did again, and the steps at which it went on."""
    kept: list[dict[str, float]] = []
    resumed = []
    for line in lines:
        if kept and line["step"] <= kept[-1]["step"]:
            resumed.append(int(line["step"]))
            kept = [earlier for earlier in kept if earlier["step"] < line["step"]]
        kept.append(line)
    return kept, resumed


def summary(results: dict[str, Any]) -> str:
    """One line on how the loss of the training went, one on that of the validation."""
    losses = [line["loss"] for line in results["training"]]
    first, last = (sum(part) / len(part) for part in (losses[:MEAN_OF], losses[-MEAN_OF:]))
    seen = ", ".join(f"{line['loss']:.2f}" for line in results["validation"])
    return f"{results['steps']} steps: loss {first:.2f} first, {last:.2f} last; validation: {seen}"


def _figures(line: dict[str, float], prefix: str) -> dict[str, float]:
    short = {name.partition("/")[2]: value for name, value in line.items() if name.startswith(prefix)}
    return {"step": line["step"], **short}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="run folder")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
