"""Whole pre-trainings on pictures in miniature, and a training that goes on from them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.datasets.picture_views import HiddenConfig, PairConfig
from typodont.errors import ConfigError
from typodont.tasks.panoramic.config import PanoramicSource, PanoramicTrainConfig
from typodont.tasks.panoramic.train import train
from typodont.tasks.pretrain.picture_config import (
    FindingsPretrainConfig,
    PhotoPretrainConfig,
    PicturePretrainConfig,
)
from typodont.tasks.pretrain.pictures import pretrain
from typodont.training.config import load_config
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights

UNET = NetConfig("tooth_unet", {"widths": [4, 4, 4], "depths": [0, 1, 1]})
BACKBONE = NetConfig("picture_backbone", {"widths": [4, 6], "depths": [0, 1], "out_channels": 4})
SHORT = {
    "schedule": ScheduleConfig(max_steps=2, warmup_steps=1),
    "optimizer": OptimizerConfig(bf16=False),
    "loop": LoopConfig(batch=2, workers=0, validate_every=0, log_every=1),
}


@pytest.fixture
def config(tmp_path: Path) -> PicturePretrainConfig:
    """Two grey pictures in nested folders, and one that is damaged."""
    rng = np.random.default_rng(0)
    (tmp_path / "unlabelled" / "more").mkdir(parents=True)
    for name in ("a.png", "more/b.jpg"):
        grey = 120 + 60 * np.sin(np.arange(64)[:, None] / rng.uniform(3, 6) + np.arange(120) / 9)
        Image.fromarray(grey.astype(np.uint8)).save(tmp_path / "unlabelled" / name)
    (tmp_path / "unlabelled" / "broken.png").write_bytes(b"\x89PNG")
    return PicturePretrainConfig(
        runs=tmp_path / "runs",
        data=(tmp_path / "unlabelled",),
        licence="CC0-1.0",
        cache=tmp_path / "cache",
        canvas=(32, 64),
        net=UNET,
        hidden=HiddenConfig(patch=8),
        pairs=PairConfig(spots=24, apart=2.0, hidden=8, out=4),
        **SHORT,
    )


def lines(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(("objective", "figure"), [("hidden", "train/explained"), ("pairs", "train/found")])
def test_it_leaves_weights_that_the_job_can_begin_with(
    config: PicturePretrainConfig, objective: str, figure: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    folder = pretrain(replace(config, objective=objective))  # type: ignore[arg-type]
    assert [line["step"] for line in lines(folder)] == [1, 2]
    assert figure in lines(folder)[-1]
    assert any("broken.png" in message and message.endswith("passed over") for message in caplog.messages)
    net, card = load_weights(folder)
    assert (card.job, card.net, card.shippable) == ("panoramic", "tooth_unet", True)
    assert [source.licence for source in card.sources] == ["CC0-1.0"]
    assert "fine-tuned" in card.known_failures[0]
    assert all(torch.isfinite(parameter).all() for parameter in net.parameters())

    data = tmp_path / "labelled"
    for kind in ("images", "masks_fdi"):
        (data / kind).mkdir(parents=True)
    labels = np.zeros((32, 64), dtype=np.uint8)
    labels[4:14, 10:22] = 16
    Image.fromarray(labels).save(data / "masks_fdi" / "a.png")
    Image.fromarray(np.where(labels > 0, 200, 60).astype(np.uint8)).save(data / "images" / "a.png")
    tuned = PanoramicTrainConfig(
        name="tuned",
        runs=tmp_path,
        sources=(PanoramicSource(data),),
        canvas=(32, 64),
        init=f"pretrained:{folder}",
        net=UNET,
        **{**SHORT, "schedule": ScheduleConfig(max_steps=1, peak=0.0)},
    )
    begun, _ = load_weights(train(tuned))
    for name, parameter in begun.named_parameters():
        torch.testing.assert_close(parameter, net.get_parameter(name), msg=name)


def test_it_learns(config: PicturePretrainConfig) -> None:
    longer = replace(config, objective="hidden", schedule=ScheduleConfig(max_steps=25, warmup_steps=1, peak=2e-2))
    losses = [line["train/loss"] for line in lines(pretrain(longer))]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_broken_off_it_goes_on_to_the_same_result(config: PicturePretrainConfig) -> None:
    still = replace(config, schedule=ScheduleConfig(max_steps=1, warmup_steps=1, shape="constant"))
    longer = replace(still.schedule, max_steps=2)
    pretrain(replace(still, name="two parts"))
    parts = pretrain(replace(still, name="two parts", schedule=longer))
    straight = pretrain(replace(still, name="straight", schedule=longer))
    one, two = (load_weights(folder)[0].state_dict() for folder in (parts, straight))
    assert all(torch.equal(one[name], two[name]) for name in one)


@pytest.mark.parametrize("kind", [PhotoPretrainConfig, FindingsPretrainConfig])
def test_photographs(config: PicturePretrainConfig, kind: type[PicturePretrainConfig]) -> None:
    defaults = kind()
    assert defaults.net.name == "picture_backbone"
    values = {name: getattr(config, name) for name in ("runs", "data", "cache", "canvas", "hidden", "pairs")}
    folder = pretrain(kind(**values, net=BACKBONE, **SHORT))  # type: ignore[arg-type]
    net, card = load_weights(folder)
    assert (card.job, card.net) == (kind.job, "picture_backbone")
    assert net.features(torch.zeros(1, 3, 32, 64)).shape == (1, 4, 8, 16)
    assert load_config(kind, folder / "config.yaml").name == defaults.name


def test_shippable_only_as_the_source_says(config: PicturePretrainConfig) -> None:
    for change in ({"licence": "CC-BY-NC-4.0"}, {"shippable": False}, {"licence": "unknown"}):
        folder = pretrain(replace(config, name=str(change), **change))  # type: ignore[arg-type]
        assert not load_weights(folder)[1].shippable


def test_what_does_not_fit_is_told_before_pictures_are_read(config: PicturePretrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"name a folder of unlabelled pictures with --data"):
        pretrain(replace(config, data=()))
    with pytest.raises(ConfigError, match=r"canvas: found 30 rows and 64 columns, expected multiples of 8"):
        pretrain(replace(config, canvas=(30, 64)))
    with pytest.raises(ConfigError, match=r"view_net cannot be pre-trained on pictures.*picture_backbone"):
        pretrain(replace(config, net=NetConfig("view_net")))
    with pytest.raises(ConfigError, match="found no such file or folder"):
        pretrain(replace(config, data=(tmp_path / "nowhere",)))


@pytest.mark.slow
@pytest.mark.realdata
def test_clinical_photographs_as_an_unlabelled_folder(
    config: PicturePretrainConfig, real_data: Path, tmp_path: Path
) -> None:
    few = tmp_path / "few"
    few.mkdir()
    for path in sorted((real_data / "photo_calculus" / "valid").glob("*.jpg"))[:4]:
        (few / path.name).symlink_to(path)
    folder = pretrain(PhotoPretrainConfig(runs=tmp_path, data=(few,), cache=config.cache, **SHORT))
    assert json.loads((folder / "report.json").read_text())["steps"] == 2
