"""The published training in miniature."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from typodont.errors import ConfigError
from typodont.formats.run_lengths import encode_mask
from typodont.nets.published_mask_rcnn import PublishedMaskRCNN
from typodont.records.findings import Finding, PictureFindings, write_picture_findings
from typodont.records.picture_files import read_layers
from typodont.tasks.findings.config import FindingsSource, FindingsTrainConfig
from typodont.tasks.findings.detect import detect
from typodont.tasks.findings.models import load_detector
from typodont.tasks.findings.train import train
from typodont.training.config import load_config
from typodont.training.run import NetConfig

PUBLISHED = Path(__file__).parents[3] / "docs/how-to/weights/findings_published.yaml"
SHAPE = (48, 64)


@pytest.fixture
def config(tmp_path: Path) -> FindingsTrainConfig:
    """The published config with one pass over three small photographs with a white square each."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(3):
        mask = np.zeros(SHAPE, dtype=bool)
        mask[10:30, 10 + 8 * i : 34 + 8 * i] = True
        picture = rng.integers(0, 90, (*SHAPE, 3)).astype(np.uint8) + 150 * mask[..., None].astype(np.uint8)
        path = tmp_path / f"case{i}.png"
        Image.fromarray(picture).save(path)
        finding = Finding("tooth", (10.0 + 8 * i, 10.0, 34.0 + 8 * i, 30.0), encode_mask(mask))
        rows.append(PictureFindings(path.stem, path, SHAPE, (finding,), frozenset({"tooth"})))
    write_picture_findings(rows, tmp_path / "findings.json", categories=("tooth",))
    source = FindingsSource(tmp_path / "findings.json", licence="CC0-1.0")
    published = load_config(FindingsTrainConfig, PUBLISHED)
    return replace(
        published,
        runs=tmp_path / "runs",
        categories=("tooth",),
        sources=(source,),
        validation=source,
        init=None,
        net=NetConfig("published_mask_rcnn", {"short_side": 48, "long_side": 64, "regions": 8, "detections": 3}),
        canvas=SHAPE,
        schedule=replace(published.schedule, max_epochs=1),
        loop=replace(published.loop, workers=0, log_every=1, pictures=1),
    )


def test_the_config_is_the_published_one() -> None:
    published = load_config(FindingsTrainConfig, PUBLISHED)
    schedule, optimizer = published.schedule, published.optimizer
    assert (schedule.max_epochs, schedule.stop_after, schedule.patience, schedule.decay) == (50, 5, 3, 0.1)
    assert (schedule.peak, schedule.watch, schedule.better, schedule.warmup_steps) == (1e-3, "loss", "lower", 0)
    assert (optimizer.kind, optimizer.weight_decay, optimizer.clip, optimizer.ema_decay) == ("adam", 0, 0, 0)
    assert (published.loop.batch, published.loop.validate_epochs) == (2, 1)
    assert published.init == "pretrained:torchvision:MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1"


@pytest.mark.slow
def test_a_pass_is_validated_by_its_losses_and_drawn(config: FindingsTrainConfig, tmp_path: Path) -> None:
    folder = train(config)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "train/loss" in line] == [1, 2], "three pictures, two a step"
    assert lines[-1]["val/loss"] > 0
    board = EventAccumulator(str(folder / "tensorboard"))
    board.Reload()
    assert (board.Images("val/0")[0].height, board.Images("val/0")[0].width) == (48, 128)
    detector = load_detector(folder)
    assert isinstance(detector.net, PublishedMaskRCNN)
    findings = detect(read_layers(tmp_path / "case0.png", colour=True), detector)
    assert all(finding.category == "tooth" for finding in findings)


def test_stage_and_network_belong_together(config: FindingsTrainConfig) -> None:
    with pytest.raises(ConfigError, match="found 'published', expected 'light' for the network mask_rcnn"):
        train(replace(config, net=NetConfig("mask_rcnn"), canvas=(64, 64)))


def test_everything_has_to_be_labelled(config: FindingsTrainConfig) -> None:
    with pytest.raises(ConfigError, match="case0: crack is not labelled"):
        train(replace(config, categories=("tooth", "crack")))
