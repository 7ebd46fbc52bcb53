"""Whole trainings of the published 33-class network on made-up pictures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.datasets.published_panoramic import PublishedData, published_sample
from typodont.records import read_radiograph
from typodont.tasks.panoramic.config import PanoramicSource, PanoramicTrainConfig
from typodont.tasks.panoramic.published import predict_published, published_accuracy
from typodont.tasks.panoramic.train import train
from typodont.training.config import load_config
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights

PUBLISHED_YAML = Path(__file__).parents[3] / "docs/how-to/weights/panoramic_published.yaml"
SMALL_PUBLISHED = NetConfig("published_unet", {"widths": [8, 8]})


def label_map() -> np.ndarray:
    """(64, 128): 16 at the image's left above, 36 at its right below."""
    labels = np.zeros((64, 128), dtype=np.uint8)
    labels[8:30, 20:45] = 16
    labels[36:58, 80:110] = 36
    return labels


@pytest.fixture
def config(tmp_path: Path) -> PanoramicTrainConfig:
    data = tmp_path / "data"
    for folder in ("images", "masks_fdi"):
        (data / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        labels = label_map()
        grey = np.where(labels > 0, 200, 60) + rng.integers(0, 20, labels.shape)
        Image.fromarray(labels).save(data / "masks_fdi" / f"{name}.png")
        Image.fromarray(grey.astype(np.uint8)).save(data / "images" / f"{name}.png")
    source = PanoramicSource(data, licence="CC0-1.0")
    return PanoramicTrainConfig(
        name="run",
        runs=tmp_path,
        stage="published",
        sources=(source,),
        validation=source,
        net=SMALL_PUBLISHED,
        published=PublishedData(
            size=32, source=(1, 1), ids_interpolated=False, borders_lost=False, flips_unswapped=False
        ),
        schedule=ScheduleConfig(max_steps=120, warmup_steps=0, peak=1e-2, shape="constant"),
        optimizer=OptimizerConfig(weight_decay=0, clip=0, ema_decay=0, bf16=False),
        loop=LoopConfig(batch=2, workers=0, validate_every=60, log_every=1),
    )


def figures(folder: Path, name: str) -> list[float]:
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [line[name] for line in lines if name in line]


def test_the_published_network_learns_and_predicts(config: PanoramicTrainConfig) -> None:
    folder = train(config)
    losses = figures(folder, "train/loss")
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])
    assert len(figures(folder, "val/accuracy")) == 2

    net, card = load_weights(folder)
    assert (card.net, card.job, card.shippable) == ("published_unet", "panoramic", True)
    image = read_radiograph(config.sources[0].data / "images" / "a.png").image
    found = predict_published(net, image, config.published)
    assert found.shape == image.shape
    assert found.dtype == np.uint8
    assert ((found > 0) == (label_map() > 0)).mean() > 0.9
    sample = published_sample("a", image, label_map(), config.published)
    accuracy = published_accuracy(net, sample, config.published)
    assert accuracy == pytest.approx(figures(folder, "val/accuracy")[-1], abs=0.05)


def test_without_averaging_the_exported_weights_are_the_last_ones(config: PanoramicTrainConfig) -> None:
    schedule = replace(config.schedule, max_steps=3)
    folder = train(replace(config, schedule=schedule, validation=None))
    state = torch.load(folder / "last.ckpt", weights_only=True)["module"]
    exported = load_weights(folder)[0].state_dict()
    for name, value in exported.items():
        assert torch.equal(state[f"ema.{name}"], state[f"net.{name}"]), name
        torch.testing.assert_close(value, state[f"net.{name}"], rtol=1e-3, atol=1e-3)


def test_a_training_of_few_epochs_goes_on_to_more(config: PanoramicTrainConfig) -> None:
    for steps in (2, 4):
        folder = train(replace(config, schedule=replace(config.schedule, max_steps=steps), validation=None))
    straight = train(replace(config, name="straight", schedule=replace(config.schedule, max_steps=4), validation=None))
    one, two = (load_weights(run)[0].state_dict() for run in (folder, straight))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_the_published_settings_are_those_of_the_source() -> None:
    published = load_config(PanoramicTrainConfig, PUBLISHED_YAML)
    assert published.net == NetConfig("published_unet")
    assert published.published == PublishedData(512, 1, (1024, 2041), True, True, True)
    assert (published.loop.batch, published.schedule.peak, published.schedule.shape) == (4, 1e-3, "constant")
    assert published.schedule.max_steps == round(10 * 3 * 285 / 4)
    optimizer = published.optimizer
    assert (optimizer.weight_decay, optimizer.clip, optimizer.ema_decay) == (0, 0, 0)
