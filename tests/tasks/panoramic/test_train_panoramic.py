"""Whole trainings of the panoramic job in miniature: they learn, stop, go on, and leave the files they promise."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.datasets.radiograph_augment import RadiographAugment
from typodont.errors import ConfigError, WeightsError
from typodont.tasks.panoramic.config import PanoramicSource, PanoramicTrainConfig
from typodont.tasks.panoramic.models import load_models
from typodont.tasks.panoramic.train import find_pictures, train
from typodont.training.config import load_config
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights

SMALL = NetConfig("tooth_unet", {"widths": [4, 4, 4], "depths": [0, 1, 1]})


@pytest.fixture
def config(tmp_path: Path) -> PanoramicTrainConfig:
    """Two pictures of two bright teeth, 16 at the image's left above and 36 at its right below."""
    data = tmp_path / "data"
    for folder in ("images", "masks_fdi"):
        (data / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("a", "b"):
        labels = np.zeros((64, 128), dtype=np.uint8)
        labels[8:30, 20:45], labels[36:58, 80:110] = 16, 36
        grey = np.where(labels > 0, 200, 60) + rng.integers(0, 20, labels.shape)
        Image.fromarray(labels).save(data / "masks_fdi" / f"{name}.png")
        Image.fromarray(grey.astype(np.uint8)).save(data / "images" / f"{name}.png")
    return PanoramicTrainConfig(
        name="run",
        runs=tmp_path,
        sources=(PanoramicSource(data, licence="CC0-1.0"),),
        net=SMALL,
        schedule=ScheduleConfig(max_steps=2, warmup_steps=1),
        optimizer=OptimizerConfig(bf16=False),
        loop=LoopConfig(batch=1, workers=0, validate_every=0, log_every=1),
    )


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_it_leaves_a_run_folder(config: PanoramicTrainConfig) -> None:
    folder = train(replace(config, validation=config.sources[0], loop=replace(config.loop, validate_every=2)))
    assert [line["step"] for line in lines(folder)] == [1, 2, 2]
    assert {"val/dice", "val/number", "val/offset", "val/iou"} <= lines(folder)[-1].keys()
    assert load_config(PanoramicTrainConfig, folder / "config.yaml").net == SMALL
    assert json.loads((folder / "report.json").read_text())["steps"] == 2
    net, card = load_weights(folder)
    assert (card.job, card.net, card.shippable) == ("panoramic", "tooth_unet", True)
    assert all(torch.isfinite(parameter).all() for parameter in net.parameters())


def test_it_learns(config: PanoramicTrainConfig) -> None:
    schedule = ScheduleConfig(max_steps=8, warmup_steps=1, peak=3e-2)
    still = RadiographAugment(p_strong_turn=0, warp=0, p_zoom=0, p_tone=0, p_invert=0, p_frame=0, p_erase=0, p_metal=0)
    losses = [line["train/tooth"] for line in lines(train(replace(config, schedule=schedule, augment=still)))]
    assert losses[-1] < 0.8 * losses[0]


def test_broken_off_it_goes_on_to_the_same_result(config: PanoramicTrainConfig) -> None:
    still = replace(config, schedule=ScheduleConfig(max_steps=1, warmup_steps=1, shape="constant"))
    longer = replace(still.schedule, max_steps=2)
    train(replace(still, name="two parts"))
    parts = train(replace(still, name="two parts", schedule=longer))
    straight = train(replace(still, name="straight", schedule=longer))
    one, two = (load_weights(folder)[0].state_dict() for folder in (parts, straight))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_warm_start(config: PanoramicTrainConfig) -> None:
    first = train(replace(config, name="first"))
    still = replace(config, name="second", init=str(first / "checkpoint.safetensors"))
    second = train(replace(still, schedule=ScheduleConfig(max_steps=1, peak=0.0)))
    one, two = (dict(load_weights(folder)[0].named_parameters()) for folder in (first, second))
    for name in one:
        torch.testing.assert_close(one[name], two[name], msg=name)
    other = NetConfig("tooth_unet", {"widths": [4, 4, 8], "depths": [0, 1, 1]})
    with pytest.raises(WeightsError, match="another network"):
        train(replace(still, name="third", net=other))


def test_no_pictures_to_train_on(config: PanoramicTrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found no such file or folder"):
        train(replace(config, sources=(PanoramicSource(tmp_path / "nowhere"),)))


def test_a_smaller_canvas(config: PanoramicTrainConfig) -> None:
    folder = train(replace(config, canvas=(64, 128), validation=config.sources[0]))
    assert load_config(PanoramicTrainConfig, folder / "config.yaml").canvas == (64, 128)
    with pytest.raises(WeightsError, match="canvas of 64 rows and 128 columns"):
        load_models(folder)
    with pytest.raises(ConfigError, match="multiples of 8 for the network tooth_unet; the nearest are 64 and 128"):
        train(replace(config, name="odd", canvas=(60, 130)))


def test_a_source_gives_the_pictures_that_are_named(config: PanoramicTrainConfig, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("b\n")
    source = replace(config.sources[0], names=names)
    assert [files.name for files in find_pictures(source)] == ["b"]
    names.write_text("b\nc\n")
    with pytest.raises(ConfigError, match=r"names.txt: .*data has no c .*; its cases are called a, b"):
        find_pictures(source)
