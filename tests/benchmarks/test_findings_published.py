"""The record of a run that was broken off and went on."""

import json

import pytest

from typodont.training.weights import Card, card_path


@pytest.fixture(scope="module")
def benchmark(benchmark_module):
    return benchmark_module("findings_published")


@pytest.fixture
def run(tmp_path):
    """Broken off after step 3, gone on at step 2."""
    losses = [(1, 8.0), (2, 6.0), (3, 7.0), (2, 5.0), (3, 3.0)]
    lines = [{"step": step, "minutes": 2.0, "train/loss": loss, "train/rate": 1e-3} for step, loss in losses]
    lines.append({"step": 3, "minutes": 3.04, "val/loss": 2.5, "val/recall": 0.5})
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "report.json").write_text(json.dumps({"steps": 3, "over": True}))
    settings = ("categories", "net", "canvas", "schedule", "optimizer", "loop")
    card = Card("findings", "published_mask_rcnn", {}, (), config=dict.fromkeys(settings, 1))
    values = {**vars(card), "sources": []}
    card_path(tmp_path / "checkpoint.safetensors").write_text(json.dumps(values))
    return tmp_path


def test_steps_that_were_done_again_count_once(benchmark, run):
    results = benchmark.read_run(run)
    assert [(line["step"], line["loss"]) for line in results["training"]] == [(1, 8.0), (2, 5.0), (3, 3.0)]
    assert results["resumed_at"] == [2]
    assert results["validation"] == [{"step": 3, "loss": 2.5, "recall": 0.5}]
    assert results["minutes"] == 3.0


def test_the_summary_tells_where_the_loss_began_and_ended(benchmark, run):
    assert benchmark.summary(benchmark.read_run(run)) == "3 steps: loss 5.33 first, 5.33 last; validation: 2.50"
