"""Do synthetic panoramics help? The same short training on real pictures only, on synthetic ones only, and on both.

Every arm has the same network, first weights, number of steps and pictures per step; with both, half of them are
synthetic. Measures every network on real pictures that it has not seen, through the whole job (numbering included), and
prints one line each. A training that was broken off goes on where it stopped. Asserts nothing.

    typodont synth xray -n 300 --seed 100 --out data/synthetic_panoramics
    python benchmarks/panoramic_synthetic.py --ufba FOLDER --hitl FOLDER --synthetic data/synthetic_panoramics
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.records import find_labelled_panoramics
from typodont.tasks.panoramic.config import PanoramicSource, PanoramicTrainConfig
from typodont.tasks.panoramic.evaluate import EvaluateConfig, evaluate
from typodont.tasks.panoramic.train import train
from typodont.training.fit import LoopConfig
from typodont.training.schedule import ScheduleConfig

ARMS = {"real only": ("real",), "synthetic only": ("synthetic",), "both": ("real", "synthetic")}
SHOWN = ("binary_dice", "tooth_dice", "right_number", "perfect_chart")


def main() -> int:
    """Train every arm, measure it, print the table."""
    options = _options()
    data = {"real": options.ufba / "train.json", "synthetic": options.synthetic}
    pictures = {kind: len(find_labelled_panoramics(path)) for kind, path in data.items()}
    sets = {"ufba": options.ufba / "val.json"} | ({"hitl": options.hitl} if options.hitl else {})
    arms: dict[str, Any] = {}
    for name, kinds in ARMS.items():
        folder = train(arm_config(name, tuple(PanoramicSource(data[kind]) for kind in kinds), options))
        arms[name] = {}
        for key, path in sets.items():
            report = evaluate(path, config=EvaluateConfig(weights=folder)).as_dict()["groups"]["all"]
            arms[name][key] = report
            cells = [f"{figure} {report['figures'][figure]['value']:.3f}" for figure in SHOWN]
            print(f"{name:<16}{key:<6}" + "  ".join(cells), flush=True)
    if options.out:
        study = {"steps": options.steps, "batch": options.batch, "pictures": pictures, "seed": options.seed}
        write_json({"study": study, "arms": arms, "environment": environment()}, options.out)
    return 0


def arm_config(name: str, sources: tuple[PanoramicSource, ...], options: argparse.Namespace) -> PanoramicTrainConfig:
    """A short training of the default network."""
    return PanoramicTrainConfig(
        name=name.replace(" ", "_"),
        runs=options.runs,
        sources=sources,
        seed=options.seed,
        schedule=ScheduleConfig(max_steps=options.steps, warmup_steps=min(100, options.steps // 4)),
        loop=LoopConfig(batch=options.batch, workers=1, threads=options.threads, validate_every=0),
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ufba", type=Path, required=True, help="folder of UFBA-425 with train.json and val.json")
    parser.add_argument("--synthetic", type=Path, required=True, help="folder that `typodont synth xray` wrote")
    parser.add_argument("--hitl", type=Path, help="labelled panoramics of another machine, only to measure")
    parser.add_argument("--runs", type=Path, default=Path("runs/panoramic_synthetic"))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
