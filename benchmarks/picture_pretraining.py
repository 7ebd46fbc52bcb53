"""Which objective of pre-training on pictures helps more where labels are few: hidden patches or paired views?

Pre-trains the panoramic network on all training pictures of UFBA-425 without their labels, once with each objective
and once not at all, then trains it on a few of these pictures with their labels, in as many steps for all, and measures
on the validation pictures. Both objectives show the network the same number of pictures. The canvas is reduced, so
that it fits a processor. What is finished in RUNS is not done again, and a training that was broken off goes on.
Prints a table; asserts nothing.

    python benchmarks/picture_pretraining.py --ufba FOLDER [--runs runs/picture_pretraining] [--out figures.json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from typodont.atomic import atomic_path, write_json
from typodont.datasets.picture_views import HiddenConfig, PairConfig
from typodont.environment import environment
from typodont.metrics import bootstrap_mean
from typodont.records import find_labelled_panoramics
from typodont.tasks.measured import interval_values
from typodont.tasks.panoramic.config import PanoramicSource, PanoramicTrainConfig
from typodont.tasks.panoramic.study import FIGURES, score
from typodont.tasks.panoramic.train import train
from typodont.tasks.pretrain.picture_config import PicturePretrainConfig
from typodont.tasks.pretrain.pictures import pretrain
from typodont.training.fit import LoopConfig
from typodont.training.schedule import ScheduleConfig

ARMS = {"scratch": None, "hidden": "hidden", "pairs": "pairs"}
"""Name of an arm -> objective of its pre-training."""
LICENCE = "Apache-2.0"


def main() -> int:
    """Pre-train, fine-tune, measure, print the table."""
    options = _options()
    arms: dict[str, Any] = {}
    for name, objective in ARMS.items():
        first = pretrained(objective, options) if objective else None
        arms[name] = {
            n: [tuned(name, first, n, seed, options) for seed in range(options.seeds)] for n in options.labels
        }
    figures = {
        name: {str(n): summed_up(scores, arms["scratch"][n]) for n, scores in arm.items()} for name, arm in arms.items()
    }
    print(table(figures))
    if options.out:
        write_json({"study": described(options), "arms": figures, "environment": environment()}, options.out)
    return 0


def pretrained(objective: str, options: argparse.Namespace) -> Path:
    """Run folder of a finished pre-training with an objective."""
    pictures = 1 if objective == "hidden" else 2  # of every picture that a batch draws
    config = PicturePretrainConfig(
        name=f"first_{objective}",
        runs=options.runs,
        data=(options.ufba / "train.json",),
        licence=LICENCE,
        cache=options.runs / "pictures",
        canvas=options.canvas,
        objective=objective,
        hidden=HiddenConfig(patch=options.canvas[0] // 8),
        pairs=PairConfig(spots=256, apart=options.canvas[0] / 40),
        schedule=ScheduleConfig(max_steps=options.pictures // (8 * pictures), warmup_steps=50),
        loop=LoopConfig(batch=8, workers=0, validate_every=0, log_every=20),
    )
    finished(pretrain, config)
    return config.runs / config.name


def tuned(arm: str, first: Path | None, labels: int, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    """Figures of every validation picture after a training with so many labels."""
    config = PanoramicTrainConfig(
        name=f"{arm}_{labels}_{seed}",
        runs=options.runs,
        sources=(PanoramicSource(options.ufba / "train.json", names=chosen(labels, seed, options), licence=LICENCE),),
        validation=PanoramicSource(options.ufba / "val.json"),
        init=f"pretrained:{first}" if first else None,
        seed=seed,
        canvas=options.canvas,
        schedule=ScheduleConfig(max_steps=options.steps, warmup_steps=10),
        loop=LoopConfig(batch=6, workers=0, validate_every=0, log_every=10),
    )
    scores = config.runs / config.name / "scores.json"
    if not scores.exists():
        finished(train, replace(config, validation=None))
        write_json(score(config, config.runs / config.name), scores)
    print(
        config.name,
        {name: round(value, 4) for name, value in means(json.loads(scores.read_text())).items()},
        flush=True,
    )
    return json.loads(scores.read_text(encoding="utf-8"))


def chosen(labels: int, seed: int, options: argparse.Namespace) -> Path:
    """Text file with the names of the labelled pictures; with one seed, fewer are among more."""
    names = sorted(files.name for files in find_labelled_panoramics(options.ufba / "train.json"))
    path = options.runs / f"labelled_{labels}_{seed}.txt"
    with atomic_path(path) as temporary:
        order = np.random.default_rng(seed).permutation(len(names))
        temporary.write_text("\n".join(names[i] for i in order[:labels]), encoding="utf-8")
    return path


def finished(work: Any, config: Any) -> None:
    """Run a training to its last step, unless it has been there; a broken-off one ends the comparison."""
    report = config.runs / config.name / "report.json"
    for attempt in range(2):
        if report.exists() and json.loads(report.read_text(encoding="utf-8"))["steps"] >= config.schedule.max_steps:
            return
        if not attempt:
            work(config)
    raise SystemExit(f"{config.runs / config.name}: broken off; run again to go on")


def means(scores: dict[str, dict[str, float]]) -> dict[str, float]:
    """Mean of every figure over the pictures."""
    return {name: float(np.mean([case[name] for case in scores.values()])) for name in FIGURES}


def summed_up(runs: Sequence[dict[str, Any]], scratch: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Figures with intervals over pictures, seeds pooled, and their gain over the same training from scratch."""
    pictures = [name for run in runs for name in run]
    found = {}
    for figure in FIGURES:
        values = np.array([case[figure] for run in runs for case in run.values()])
        base = np.array([case[figure] for run in scratch for case in run.values()])
        found[figure] = interval_values(bootstrap_mean(list(values), pictures))
        found[f"{figure}_gain"] = interval_values(bootstrap_mean(list(values - base), pictures))
        found[f"{figure}_seeds"] = [round(means(run)[figure], 6) for run in runs]
    return found


def table(figures: dict[str, Any]) -> str:
    """One line for each arm and number of labels."""
    lines = [f"{'arm':<10}{'labels':>7}" + "".join(f"{name:>34}" for name in FIGURES)]
    for arm, groups in figures.items():
        for labels, found in groups.items():
            cells = [
                f"{found[name]['value']:.3f} (gain {gain['low']:+.3f} to {gain['high']:+.3f})"
                for name in FIGURES
                for gain in [found[f"{name}_gain"]]
            ]
            lines.append(f"{arm:<10}{labels:>7}" + "".join(f"{cell:>34}" for cell in cells))
    return "\n".join(lines)


def described(options: argparse.Namespace) -> dict[str, Any]:
    """What the study did, for the JSON."""
    unlabelled = len(find_labelled_panoramics(options.ufba / "train.json"))
    names = ("canvas", "pictures", "steps", "labels", "seeds")
    return {"unlabelled": unlabelled, **{name: getattr(options, name) for name in names}, "batch": 6}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ufba", type=Path, required=True, help="folder of UFBA-425 with train.json and val.json")
    parser.add_argument("--runs", type=Path, default=Path("runs/picture_pretraining"))
    parser.add_argument("--canvas", type=int, nargs=2, default=(128, 256), help="rows and columns")
    parser.add_argument("--pictures", type=int, default=6400, help="shown to the network in pre-training")
    parser.add_argument("--steps", type=int, default=150, help="of the training with labels")
    parser.add_argument("--labels", type=int, nargs="+", default=(14, 57))
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    options.canvas = tuple(options.canvas)
    return options


if __name__ == "__main__":
    raise SystemExit(main())
