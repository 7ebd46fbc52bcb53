"""A training in miniature, from COCO to findings in a picture."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.errors import ConfigError, WeightsError
from typodont.formats.run_lengths import decode_mask, encode_mask
from typodont.records.findings import Finding, PictureFindings, write_picture_findings
from typodont.records.picture_files import read_layers
from typodont.tasks.findings.config import FindingsSource, FindingsTrainConfig
from typodont.tasks.findings.detect import detect, upright_canvas
from typodont.tasks.findings.modality import MODALITIES
from typodont.tasks.findings.models import load_detector, load_detectors
from typodont.tasks.findings.train import filled_in, find_pictures, train
from typodont.training.fit import LoopConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import read_card, shipped_weights

SHAPE = (64, 128)
NET = NetConfig(
    "mask_rcnn",
    {
        "backbone": {"widths": [4] * 6, "depths": [0] * 6, "out_channels": 8},
        "box_channels": 4,
        "box_features": 8,
        "mask_channels": 4,
        "score": 0.0,
    },
)


def write_set(folder: Path, *, colour: bool = False) -> Path:
    """Two pictures with a bright square tooth each."""
    rows = []
    for i in range(2):
        mask = np.zeros(SHAPE, dtype=bool)
        mask[16:48, 30 + 20 * i : 60 + 20 * i] = True
        grey = np.random.default_rng(i).integers(0, 60, SHAPE).astype(np.uint8) + 150 * mask.astype(np.uint8)
        path = folder / f"case{i}.png"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.stack([grey] * 3, axis=-1) if colour else grey).save(path)
        box = (30.0 + 20 * i, 16.0, 60.0 + 20 * i, 48.0)
        finding = Finding("tooth", box, encode_mask(mask))
        rows.append(PictureFindings(f"case{i}", path, SHAPE, (finding,), frozenset({"tooth"})))
    write_picture_findings(rows, folder / "findings.json", categories=("tooth", "caries"))
    return folder


def config(tmp_path: Path, **changes) -> FindingsTrainConfig:
    source = FindingsSource(write_set(tmp_path / "data"), licence="CC0-1.0")
    plain = {
        "name": "small",
        "runs": tmp_path / "runs",
        "categories": ("tooth", "caries"),
        "sources": (source,),
        "validation": source,
        "net": NET,
        "canvas": SHAPE,
        "view": SHAPE,
        "schedule": ScheduleConfig(max_steps=2, warmup_steps=1),
        "loop": LoopConfig(batch=2, workers=0, validate_every=2, log_every=1),
    }
    return FindingsTrainConfig(**{**plain, **changes})


def test_trains_and_finds(tmp_path):
    run = train(config(tmp_path))
    card = read_card(run / "checkpoint.safetensors")
    assert (card.job, card.net, card.shippable) == ("findings", "mask_rcnn", True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert {"train/loss", "train/loss_mask", "val/recall"} <= set().union(*lines)
    detector = load_detector(run)
    layers = read_layers(tmp_path / "data/case0.png", colour=False)
    findings = detect(layers, detector)
    assert {finding.category for finding in findings} <= {"tooth", "caries"}
    scores = [finding.score for finding in findings if finding.score is not None]
    assert scores == sorted(scores, reverse=True)
    for finding in findings:
        left, top, right, bottom = finding.box
        rows, columns = np.nonzero(decode_mask(finding.segmentation, SHAPE))
        assert left - 1 <= columns.min() <= columns.max() <= right + 1
        assert top - 1 <= rows.min() <= rows.max() <= bottom + 1
    assert load_detectors(run).keys() == {"xray"}


def test_learns_photographs_in_colour(tmp_path):
    source = FindingsSource(write_set(tmp_path / "photos", colour=True), licence="CC0-1.0")
    run = train(config(tmp_path, modality="photo", sources=(source,), validation=None))
    assert read_card(run / "checkpoint.safetensors").arguments["channels"] == 3


def test_a_finished_training_is_left_as_it_is(tmp_path):
    run = train(config(tmp_path))
    before = (run / "checkpoint.safetensors").stat().st_mtime_ns
    train(config(tmp_path))
    assert (run / "checkpoint.safetensors").stat().st_mtime_ns == before


def test_the_modality_says_what_to_find_and_how_to_see():
    filled = filled_in(FindingsTrainConfig(modality="photo"))
    assert filled.categories is not None
    assert "calculus" in filled.categories
    assert filled.net.arguments["channels"] == 3
    assert filled.canvas == (576, 768)


@pytest.mark.parametrize(("field", "sides"), [("canvas", (64, 100)), ("view", (32, 128))])
def test_sides_that_the_network_cannot_halve_are_refused(tmp_path, field, sides):
    with pytest.raises(ConfigError, match=f"{field}: found {sides[0]} rows and {sides[1]} columns.*multiples of 64"):
        train(config(tmp_path, **{field: sides}))


def test_a_source_can_be_limited_to_names(tmp_path):
    source = FindingsSource(write_set(tmp_path / "data"))
    (tmp_path / "names.txt").write_text("case1\n")
    limited = FindingsSource(source.data, names=tmp_path / "names.txt")
    assert [labelled.name for labelled in find_pictures(limited)] == ["case1"]


def test_weights_of_another_job_are_refused():
    with pytest.raises(WeightsError, match="expected those of a training of the findings job"):
        load_detector(shipped_weights("panoramic", "view"))


def test_photographs_that_are_higher_than_wide_get_a_canvas_that_is():
    photo, xray = MODALITIES["photo"].canvas, MODALITIES["xray"].canvas
    assert upright_canvas(photo, (800, 600)).canvas == (768, 576)
    assert upright_canvas(photo, (600, 800)).canvas == (576, 768)
    assert upright_canvas(xray, (512, 512)).canvas == xray.canvas
