"""Whole trainings on a made-up jaw: they learn, stop, go on to the same result, and leave the files they promise."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from typodont.datasets.pool_store import SUFFIX, write_pool
from typodont.datasets.scan_points import make_pool
from typodont.errors import ConfigError, WeightsError
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.tasks.scan.train import train
from typodont.tasks.scan.training_data import ScanSource, filled_sources, pose_from_labels
from typodont.training.config import load_config
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig, TrainingModule
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights, names_hash

SMALL = NetConfig("point_unet", {"widths": [16, 16, 32, 32], "encoder_blocks": [1, 1, 1, 1], "attention_layers": 1})


def bumpy_jaw(seed: int) -> tuple[Mesh, np.ndarray]:
    """A plate of 60 x 40 mm with eight bumps along a curve, the teeth 14..11 and 21..24."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(-30, 30, 1.0), np.arange(-20, 20, 1.0))
    fdi = np.zeros(x.shape, dtype=int)
    z = np.zeros(x.shape)
    for index, number in enumerate((14, 13, 12, 11, 21, 22, 23, 24)):
        middle = -24.5 + 7 * index + rng.normal(0, 0.3)
        distance = np.hypot(x - middle, y - 12 + 0.03 * middle**2)
        z = np.maximum(z, (6 - 0.6 * abs(index - 3.5)) * np.exp(-((distance / 3) ** 4)))
        fdi[distance < 3.2] = number
    grid = np.arange(x.size).reshape(x.shape)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, 1:].ravel(), grid[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return Mesh(np.column_stack([x.ravel(), y.ravel(), z.ravel()]), faces), fdi.ravel()


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of four pools."""
    folder = tmp_path_factory.mktemp("pools")
    for seed in range(4):
        mesh, fdi = bumpy_jaw(seed)
        pool = make_pool(mesh, np.random.default_rng(seed), fdi=fdi, jaw="upper", n_points=2500, n_whole=800)
        write_pool(pool, folder / f"{seed}{SUFFIX}")
    return folder


@pytest.fixture
def config(pools: Path, tmp_path: Path) -> ScanTrainConfig:
    source = ScanSource("pools", pools)
    return ScanTrainConfig(
        name="run",
        runs=tmp_path,
        sources=(source,),
        validation=source,
        n_validation=2,
        net=SMALL,
        schedule=ScheduleConfig(max_steps=6, warmup_steps=2),
        optimizer=OptimizerConfig(bf16=False),
        loop=LoopConfig(batch=2, workers=0, validate_every=0, log_every=1),
    )


def metrics(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_it_learns_and_leaves_a_run_folder(config: ScanTrainConfig) -> None:
    schedule = ScheduleConfig(max_steps=40, warmup_steps=5, peak=5e-3)
    loop = replace(config.loop, validate_every=20)
    folder = train(replace(config, schedule=schedule, loop=loop, optimizer=OptimizerConfig(ema_decay=0.8)))
    lines = metrics(folder)
    losses = [line["train/loss"] for line in lines if "train/loss" in line]
    assert np.mean(losses[-5:]) < 0.7 * np.mean(losses[:5])
    scores = [line for line in lines if "val/iou" in line]
    assert len(scores) == 2
    assert scores[-1]["val/accuracy"] > scores[0]["val/accuracy"] * 0.9
    names = {path.name for path in folder.iterdir()}
    assert names >= {"config.yaml", "environment.json", "metrics.jsonl", "report.json", "checkpoint.safetensors"}
    assert list((folder / "tensorboard").iterdir())
    assert load_config(ScanTrainConfig, folder / "config.yaml").schedule == schedule
    assert json.loads((folder / "report.json").read_text())["steps"] == 40
    net, card = load_weights(folder)
    assert card.shippable
    assert card.net == "point_unet"
    assert card.figures["steps"] == 40
    assert all(torch.isfinite(p).all() for p in net.parameters())


def test_resumed_is_the_same_as_straight(config: ScanTrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = train(replace(config, name="straight"))
    original = TrainingModule.training_step

    def step_or_crash(self: TrainingModule, batch: Any, batch_idx: int) -> torch.Tensor:
        if self.steps == 3:
            raise RuntimeError("power cut")
        return original(self, batch, batch_idx)

    monkeypatch.setattr(TrainingModule, "training_step", step_or_crash)
    broken = replace(config, name="broken", loop=replace(config.loop, checkpoint_minutes=0.0))
    with pytest.raises(RuntimeError, match="power cut"):
        train(broken)
    monkeypatch.undo()
    after_crash = torch.load(config.runs / "broken" / "last.ckpt", weights_only=True)
    assert after_crash["steps"] == 3
    resumed = train(broken)

    one, two = (torch.load(folder / "last.ckpt", weights_only=True) for folder in (straight, resumed))
    assert (one["steps"], one["samples"]) == (two["steps"], two["samples"]) == (6, 12)
    for name, value in one["module"].items():
        assert torch.equal(value, two["module"][name]), name
    assert any(not torch.equal(value, after_crash["module"][name]) for name, value in one["module"].items())
    assert [line["step"] for line in metrics(resumed)] == [1, 2, 3, 4, 5, 6]
    assert [line["train/loss"] for line in metrics(resumed)] == [line["train/loss"] for line in metrics(straight)]


def test_what_is_finished_stays_as_it_is(config: ScanTrainConfig) -> None:
    folder = train(config)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert train(config) == folder
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert {name for name in before if before[name] != after[name]} <= {"environment.json"}


def test_asked_to_end_it_writes_its_checkpoint(config: ScanTrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    def step_and_ask(self: TrainingModule, batch: Any, batch_idx: int) -> torch.Tensor:
        if self.steps == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return original(self, batch, batch_idx)

    original = TrainingModule.training_step
    monkeypatch.setattr(TrainingModule, "training_step", step_and_ask)
    before = signal.getsignal(signal.SIGTERM)
    folder = train(config)
    assert torch.load(folder / "last.ckpt", weights_only=True)["steps"] == 3
    assert signal.getsignal(signal.SIGTERM) == before
    monkeypatch.setattr(TrainingModule, "training_step", original)
    assert torch.load(train(config) / "last.ckpt", weights_only=True)["steps"] == 6


def test_time_budget(config: ScanTrainConfig) -> None:
    schedule = ScheduleConfig(max_steps=10**6, max_minutes=0.02, warmup_steps=1)
    folder = train(replace(config, schedule=schedule))
    state = torch.load(folder / "last.ckpt", weights_only=True)
    assert 1 <= state["steps"] < 1000
    assert state["minutes"] >= 0.02


def test_warm_start(config: ScanTrainConfig) -> None:
    first = train(replace(config, name="first"))
    still = replace(config, name="second", init=str(first / "checkpoint.safetensors"))
    second = train(replace(still, schedule=ScheduleConfig(max_steps=1, peak=0.0)))
    for name, value in load_file(first / "checkpoint.safetensors").items():
        torch.testing.assert_close(load_file(second / "checkpoint.safetensors")[name], value, msg=name)
    with pytest.raises(WeightsError, match="another network"):
        train(replace(still, name="third", net=NetConfig("point_unet", {"widths": [16, 16, 16, 16]})))


def test_pose_stage(config: ScanTrainConfig) -> None:
    net = NetConfig("pose_net", {"widths": [16, 16, 16, 32]})
    loop = replace(config.loop, validate_every=6)
    folder = train(replace(config, stage="pose", net=net, loop=loop))
    assert {"val/turn_deg", "val/shift_mm", "val/right"} <= metrics(folder)[-1].keys()
    assert load_weights(folder)[1].net == "pose_net"


def write_teeth3ds(folder: Path) -> None:
    for seed in range(2):
        mesh, fdi = bumpy_jaw(seed)
        turn = np.array([[0, -1, 0, 5], [1, 0, 0, 5], [0, 0, 1, 9], [0, 0, 0, 1.0]])
        write_mesh(mesh.transformed(turn), folder / f"P{seed}_upper.obj")
        labels = {"id_patient": f"P{seed}", "jaw": "upper", "labels": fdi.tolist(), "instances": fdi.tolist()}
        (folder / f"P{seed}_upper.json").write_text(json.dumps(labels))


def test_published_network_on_labelled_scans(config: ScanTrainConfig, tmp_path: Path) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    write_teeth3ds(scans)
    source = ScanSource("labelled", scans, licence="CC-BY-NC-ND-4.0", shippable=False)
    folder = train(
        replace(
            config,
            sources=(source,),
            validation=source,
            cache=tmp_path / "cache",
            net=NetConfig("dgcnn", {"k": 5}),
            n_faces=300,
            schedule=ScheduleConfig(max_steps=2, warmup_steps=1),
        )
    )
    card = load_weights(folder)[1]
    assert not card.shippable
    assert card.sources[0].name == "scans"
    assert len(list((tmp_path / "cache" / "scans_labelled_make_face_pool").iterdir())) == 2


def test_labelled_scans_are_put_upright() -> None:
    mesh, fdi = bumpy_jaw(0)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    move = np.eye(4)
    move[:3, :3] = turn * np.sign(np.linalg.det(turn))
    poses = [pose_from_labels(m, fdi, "upper") for m in (mesh, mesh.transformed(move))]
    np.testing.assert_allclose(poses[1] @ move, poses[0], atol=1e-6)


def test_sources_that_give_nothing(config: ScanTrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        train(replace(config, sources=(ScanSource("pools", tmp_path / "missing"),)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no training scans"):
        train(replace(config, sources=(ScanSource("labelled", tmp_path / "empty"),), cache=tmp_path / "cache"))


def test_a_source_gives_the_scans_that_are_named(config: ScanTrainConfig, tmp_path: Path) -> None:
    scans, cache = tmp_path / "scans", tmp_path / "cache"
    scans.mkdir()
    write_teeth3ds(scans)
    names = tmp_path / "names.txt"
    names.write_text("# of the second patient\nP1_upper\n\n")
    with filled_sources([ScanSource("labelled", scans, names=names)], cache, faces=False, first=1) as (filled,):
        assert [path.name for path in filled.files()] == [f"P1_upper{SUFFIX}"]
    with filled_sources([ScanSource("labelled", scans)], cache, faces=False, first=2) as (everything,):
        assert len(everything.files()) == 2  # in the same folder, of which the first source still takes one
        assert len(filled.files()) == 1
    names.write_text("0\n2\n")
    folder = train(replace(config, sources=(replace(config.sources[0], names=names),)))
    hashed = names_hash(Path(f"{name}{SUFFIX}") for name in "02")
    assert load_weights(folder)[1].data_hash == hashed


@pytest.mark.parametrize(
    ("content", "message"), [("7\n", "has no 7"), ("# none\n", "found no name"), (None, "readable")]
)
def test_names_that_a_source_does_not_have(
    config: ScanTrainConfig, tmp_path: Path, content: str | None, message: str
) -> None:
    names = tmp_path / "names.txt"
    if content is not None:
        names.write_text(content)
    sources = [replace(config.sources[0], names=names), ScanSource(seed=3, count=2, names=names)]
    for source in sources:
        with pytest.raises(ConfigError, match=message), filled_sources([source], tmp_path, faces=False):
            pass


@pytest.mark.slow
def test_synthetic_scans_are_made_in_the_background(tmp_path: Path) -> None:
    source = ScanSource(count=2, seed=3)
    with filled_sources([source], tmp_path, faces=False, first=2) as (filled,):
        assert len(list(filled.folder.iterdir())) == 2
