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
from functools import partial
from pathlib import Path
from typing import Any

import torch

from typodont.anatomy import N_PANORAMIC_CLASSES
from typodont.atomic import write_json
from typodont.datasets.published_panoramic import (
    COPIES,
    PublishedData,
    at_source_size,
    invented,
    panoramic_indices,
    published_sample,
    with_interpolated_ids,
)
from typodont.environment import environment
from typodont.nets.image_batch import ImageBatch
from typodont.nets.published_unet import PixelClassOutput
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
SHOWN = ("pixel_accuracy", "binary_dice", "tooth_dice", "macro_iou", "right_number")
PUBLISHED = {"pictures": 478, "size": 512, "epochs": 10, "steps": 3590}
"""80 % of 598 pictures; 359 steps of four an epoch, each picture and two copies."""


def main() -> int:
    """Train every arm, measure it, print the table."""
    options = _options()
    sets = {"ufba": options.ufba / "val.json"} | ({"hitl": options.hitl} if options.hitl else {})
    pictures = len(find_labelled_panoramics(options.ufba / "train.json"))
    configs = {
        name: arm_config(name, options.ufba, options.runs, options.epochs, options.shrink, pictures) for name in ARMS
    }
    nets = {name: partial(trained, config) for name, config in configs.items()} | {"an empty map": NoTooth}
    common = configs["as published"]
    arms: dict[str, dict[str, Any]] = {}
    for name, net in nets.items():
        arms[name] = {key: measured(net(), data, common.published) for key, data in sets.items()}
        print_arm(name, arms[name])
    if options.out:
        study = {"published": PUBLISHED, "pictures": pictures, "size": common.published.size, "shrink": options.shrink}
        study |= {"epochs": options.epochs, "steps": common.schedule.max_steps, "seed": common.seed}
        study |= {"invented": {key: invented_share(data, common.published) for key, data in sets.items()}}
        write_json({"study": study, "arms": arms, "environment": environment()}, options.out)
    return 0


def print_arm(name: str, sets: dict[str, Any]) -> None:
    """One line for every set of pictures."""
    for key, found in sets.items():
        cells = [f"{figure} {found['figures'][figure]['value']:.3f}" for figure in SHOWN]
        print(f"{name:<26}{key:<6}their accuracy {found['published_accuracy']:.4f}  " + "  ".join(cells), flush=True)


class NoTooth(torch.nn.Module):
    """What any figure has to be better than."""

    def forward(self, batch: ImageBatch) -> PixelClassOutput:
        """Background everywhere."""
        images, _, *shape = batch.image.shape
        logits = torch.zeros(images, N_PANORAMIC_CLASSES, *shape)
        logits[:, 0] = 1
        return PixelClassOutput(logits)


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
    """The network of a config, from its run folder where that is complete.

    A training that was asked to end early ends the study: arms of different lengths cannot be compared.
    """
    folder, steps = config.runs / config.name, config.schedule.max_steps
    if steps_done(folder) < steps:
        train(config)
    if steps_done(folder) != steps:
        raise SystemExit(
            f"{folder}: {steps_done(folder)} steps, expected {steps}; run again to go on, or in new --runs"
        )
    return load_weights(folder / "checkpoint.safetensors")[0]


def steps_done(folder: Path) -> int:
    """Steps of the training in a run folder."""
    report = folder / "report.json"
    return json.loads(report.read_text(encoding="utf-8"))["steps"] if report.exists() else 0


def measured(net: torch.nn.Module, data: Path, published: PublishedData) -> dict[str, Any]:
    """The published figure on the published labels, and the figures of the panoramic job on the right ones."""
    scores, accuracy = [], []
    as_published = replace(published, ids_interpolated=True)
    for files in track(find_labelled_panoramics(data), f"measure {data}", unit="picture"):
        truth = files.read()
        image = read_radiograph(truth.image).image
        figures, teeth = figures_of(truth, predict_published(net, image, published))
        scores.append(PictureScore(truth.name, figures, counts(teeth)))
        sample = published_sample(truth.name, image, truth.label_map(), as_published)
        accuracy.append(published_accuracy(net, sample, as_published))
    found = PanoramicReport(scores).as_dict(each=False)["groups"]["all"]
    return found | {"published_accuracy": round(sum(accuracy) / len(accuracy), 6)}


def invented_share(data: Path, published: PublishedData) -> float:
    """Of all labelled pixels after resizing with interpolated ids: how many name a tooth that is not there."""
    wrong = labelled = 0
    for files in find_labelled_panoramics(data):
        label = at_source_size(panoramic_indices(files.read().label_map()), published)
        square = (published.size, published.size)
        wrong += int(invented(label, square).sum())
        labelled += int((with_interpolated_ids(label, square) > 0).sum())
    return round(wrong / labelled, 6)


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
