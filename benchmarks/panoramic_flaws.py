"""What does each flaw of the published 33-class U-Net cost? The same training with and without them.

Trains docs/how-to/weights/panoramic_published.yaml once as published, once without the damage to the labels, once
without the flips that leave numbers as they are, and once without either; same first weights, same order of pictures,
same number of steps. A training that was broken off goes on where it stopped, and one of fewer epochs goes on to more.
Then measures every network on pictures it has not seen and prints one line each. Asserts nothing.

    python benchmarks/panoramic_flaws.py --ufba FOLDER --hitl FOLDER [--epochs 10] [--shrink 1] [--out flaws.json]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from typodont.atomic import write_json
from typodont.datasets.published_panoramic import COPIES, published_sample
from typodont.environment import environment
from typodont.progress import track
from typodont.records import find_labelled_panoramics, read_radiograph
from typodont.tasks.measured import counts
from typodont.tasks.panoramic.config import PanoramicTrainConfig
from typodont.tasks.panoramic.picture_score import PictureScore, figures_of
from typodont.tasks.panoramic.published import predict_published, published_accuracy
from typodont.tasks.panoramic.report import PanoramicReport
from typodont.tasks.panoramic.train import train
from typodont.training.config import load_config
from typodont.training.weights import load_weights

CONFIG = Path(__file__).parents[1] / "docs/how-to/weights/panoramic_published.yaml"
GOOD_LABELS = {"ids_interpolated": False, "borders_lost": False}
ARMS: dict[str, dict[str, bool]] = {
    "as published": {},
    "labels undamaged": GOOD_LABELS,
    "flips with their numbers": {"flips_unswapped": False},
    "neither flaw": {**GOOD_LABELS, "flips_unswapped": False},
}
SHOWN = ("binary_dice", "tooth_dice", "macro_iou", "right_number")


def main() -> int:
    """Train every arm, measure it, print the table."""
    options = _options()
    pictures = len(find_labelled_panoramics(options.ufba / "train.json"))
    arms = {}
    for name in ARMS:
        config = arm_config(name, options.ufba, options.runs, options.epochs, options.shrink, pictures)
        net = trained(config)
        sets = {"ufba": options.ufba / "val.json"} | ({"hitl": options.hitl} if options.hitl else {})
        arms[name] = {key: measured(net, data, config) for key, data in sets.items()}
        for key, found in arms[name].items():
            cells = [f"{figure} {found['figures'][figure]['value']:.3f}" for figure in SHOWN]
            print(
                f"{name:<26}{key:<6}published accuracy {found['published_accuracy']:.4f}  " + "  ".join(cells),
                flush=True,
            )
    if options.out:
        study = {"epochs": options.epochs, "published_epochs": 10, "pictures": pictures, "shrink": options.shrink}
        study |= {"size": config.published.size, "steps": config.schedule.max_steps, "seed": config.seed}
        write_json({"study": study, "arms": arms, "environment": environment()}, options.out)
    return 0


def arm_config(name: str, ufba: Path, runs: Path, epochs: float, shrink: int, pictures: int) -> PanoramicTrainConfig:
    """The published training with some flaws less; bf16 instead of float32, which halves the time."""
    published = load_config(PanoramicTrainConfig, CONFIG)
    return replace(
        published,
        name=f"{name.replace(' ', '_')}_{published.published.size // shrink}",
        runs=runs,
        sources=tuple(replace(source, data=ufba / "train.json") for source in published.sources),
        validation=None,
        published=replace(published.published, shrink=shrink, **ARMS[name]),
        schedule=replace(published.schedule, max_steps=round(epochs * len(COPIES) * pictures / published.loop.batch)),
        optimizer=replace(published.optimizer, bf16=True),
        loop=replace(published.loop, workers=0),
    )


def trained(config: PanoramicTrainConfig) -> torch.nn.Module:
    """The network of a config, from its run folder where that is complete."""
    report = config.runs / config.name / "report.json"
    steps = json.loads(report.read_text(encoding="utf-8"))["steps"] if report.exists() else 0
    if steps < config.schedule.max_steps:
        train(config)
    return load_weights(report.parent / "checkpoint.safetensors")[0]


def measured(net: torch.nn.Module, data: Path, config: PanoramicTrainConfig) -> dict[str, Any]:
    """The published figure on the published labels, and the figures of the panoramic job on the right ones."""
    scores, accuracy = [], []
    as_published = replace(config.published, ids_interpolated=True)
    for files in track(find_labelled_panoramics(data), f"measure {config.name}", unit="picture"):
        truth = files.read()
        image = read_radiograph(truth.image).image
        figures, teeth = figures_of(truth, predict_published(net, image, config.published))
        scores.append(PictureScore(truth.name, figures, counts(teeth)))
        sample = published_sample(truth.name, image, truth.label_map(), as_published)
        accuracy.append(published_accuracy(net, sample, as_published))
    found = PanoramicReport(scores).as_dict(each=False)["groups"]["all"]
    return found | {"published_accuracy": round(sum(accuracy) / len(accuracy), 6)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ufba", type=Path, required=True, help="folder of UFBA-425 with train.json and val.json")
    parser.add_argument("--hitl", type=Path, help="labelled panoramics of another machine, only to measure")
    parser.add_argument("--runs", type=Path, default=Path("runs/panoramic_flaws"))
    parser.add_argument("--epochs", type=float, default=10)
    parser.add_argument("--shrink", type=int, default=1, help="pixels of the published square per pixel seen")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
