"""Pre-training on unlabelled volumes: it learns, goes on where it stopped, and its weights carry over."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from safetensors.torch import load_file

from typodont.cli import main
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.datasets.volume_views import MaskConfig, VolumeAugment
from typodont.errors import ConfigError
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.nets.ct_cnn import CtCNN
from typodont.tasks.pretrain.volume_config import VolumePretrainConfig
from typodont.tasks.pretrain.volumes import pretrain
from typodont.training.config import dump_config, load_config
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.transfer import begin_with
from typodont.training.weights import load_weights

SMALL = NetConfig("ct_cnn", {"widths": [4, 4, 6, 8], "hidden": 8})


@pytest.fixture(scope="module")
def surfaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three boxes, one of them two millimetres higher, and a file that is none."""
    folder = tmp_path_factory.mktemp("surfaces")
    for name, height in (("a", 20), ("b", 20), ("c", 22)):
        shape = trimesh.creation.box(extents=(14, 12, height))
        write_mesh(Mesh(np.array(shape.vertices), np.array(shape.faces)), folder / f"{name}.stl")
    (folder / "broken.stl").write_bytes(b"solid nothing")
    return folder


@pytest.fixture
def config(surfaces: Path, tmp_path: Path) -> VolumePretrainConfig:
    return VolumePretrainConfig(
        name="small",
        runs=tmp_path,
        data=(surfaces,),
        licence="CC0-1.0",
        cache=tmp_path / "cache",
        n_validation=1,
        net=SMALL,
        grid=VolumeGridConfig(scale="mm", shape=(46, 46, 62), voxel_mm=0.4),
        augment=VolumeAugment(p_turn=0, contrast=0, brightness=0, shift=4),
        mask=MaskConfig(detail=4),
        schedule=ScheduleConfig(max_steps=3, peak=3e-3, warmup_steps=1),
        optimizer=OptimizerConfig(bf16=False),
        loop=LoopConfig(batch=2, workers=0, log_every=1, validate_every=3),
    )


def test_what_is_kept_is_the_network_with_a_fresh_head(
    config: VolumePretrainConfig, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        run = pretrain(config)
    assert any("broken.stl" in message and message.endswith("; passed over") for message in caplog.messages)
    assert load_config(VolumePretrainConfig, run / "config.yaml") == config
    net, card = load_weights(run)
    assert isinstance(net, CtCNN)
    assert (card.job, card.net, card.shippable) == ("crown", "ct_cnn", True)
    assert [(s.name, s.licence) for s in card.sources] == [(config.data[0].name, "CC0-1.0")]
    assert any("head is random" in failure for failure in card.known_failures)
    torch.manual_seed(config.seed)
    fresh = CtCNN(**SMALL.arguments).state_dict()
    for name, value in load_file(run / "checkpoint.safetensors").items():
        same = torch.allclose(value.float(), fresh[name].float(), atol=1e-3)
        assert same == name.startswith("head") or name.endswith((".num_batches_tracked", ".bias")), name
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert {"val/loss", "val/loss_of_mean"} <= set(lines[-1])


def test_its_weights_carry_over_to_another_head(config: VolumePretrainConfig) -> None:
    run = pretrain(config)
    other = CtCNN(widths=(4, 4, 6, 8), hidden=12)
    report = begin_with(other, f"pretrained:{run}")
    assert {name.split(".")[0] for name in report.matched if "head.3.bias" not in name} == {"stages"}
    assert report.unused == ()
    stored = load_file(run / "checkpoint.safetensors")["stages.0.0.weight"].float()
    assert torch.equal(other.stages[0][0].weight, stored)  # type: ignore[index]


def test_a_run_goes_on_where_it_stopped(config: VolumePretrainConfig) -> None:
    at_once = replace(config, name="at once", schedule=replace(config.schedule, shape="constant"))
    stopped = replace(at_once, name="stopped", schedule=replace(at_once.schedule, max_steps=2))
    pretrain(stopped)
    resumed = load_file(pretrain(replace(stopped, schedule=at_once.schedule)) / "checkpoint.safetensors")
    for name, value in load_file(pretrain(at_once) / "checkpoint.safetensors").items():
        torch.testing.assert_close(resumed[name], value, msg=name)


def test_from_the_command_line(config: VolumePretrainConfig, tmp_path: Path) -> None:
    dump_config(replace(config, data=()), tmp_path / "small.yaml")
    options = ["--data", str(config.data[0]), "--name", "told", "--schedule.max-steps", "1"]
    assert main(["pretrain", "crown", str(tmp_path / "small.yaml"), *options]) == 0
    net, card = load_weights(tmp_path / "told")
    assert isinstance(net, CtCNN)
    assert card.config["schedule"]["max_steps"] == 1


@pytest.mark.slow
def test_it_learns_to_fill_in(config: VolumePretrainConfig) -> None:
    longer = replace(
        config,
        net=NetConfig("ct_cnn", {"widths": [8, 8, 12, 16], "hidden": 8, "momentum": 0.1}),
        grid=VolumeGridConfig(scale="mm", shape=(46, 46, 62), voxel_mm=0.8),
        schedule=ScheduleConfig(max_steps=150, peak=1e-2, warmup_steps=10),
        loop=replace(config.loop, batch=4, validate_every=150, log_every=50),
    )
    lines = [json.loads(line) for line in (pretrain(longer) / "metrics.jsonl").read_text().splitlines()]
    assert lines[-1]["val/loss"] < 0.5 * lines[-1]["val/loss_of_mean"]


def test_what_cannot_be_learnt_from(config: VolumePretrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no volumes to learn from; name a folder .* with --data FOLDER"):
        pretrain(replace(config, data=()))
    with pytest.raises(ConfigError, match=r"grid\.shape: found 46 × 46 × 30 voxels, expected 46 or more a side"):
        pretrain(replace(config, grid=replace(config.grid, shape=(46, 46, 30))))
    with pytest.raises(ConfigError, match=r"loop\.batch: found 1 with a grid of one feature cell"):
        one = replace(config.grid, shape=(46, 46, 46))
        pretrain(replace(config, grid=one, loop=replace(config.loop, batch=1)))
    with pytest.raises(ConfigError, match=r"mask\.detail: found 3, expected a divisor of 16"):
        pretrain(replace(config, mask=MaskConfig(detail=3)))
    with pytest.raises(ConfigError, match="net: view_net cannot be pre-trained on volumes; take ct_cnn"):
        pretrain(replace(config, net=NetConfig("view_net")))
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.stl").write_bytes(b"solid nothing")
    with pytest.raises(ConfigError, match="none could be read; the messages above say why"):
        pretrain(replace(config, data=(tmp_path / "bad",)))
