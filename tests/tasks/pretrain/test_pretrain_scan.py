"""Pre-training on unlabelled scans: it learns, its weights carry over, and it takes raw files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from scipy.spatial.transform import Rotation

from typodont.cli import main
from typodont.datasets.pool_store import SUFFIX, list_pools, read_pool, write_pool
from typodont.datasets.scan_faces import make_face_pool
from typodont.datasets.scan_points import make_pool
from typodont.datasets.scan_views import ViewConfig
from typodont.errors import ConfigError
from typodont.formats import write_mesh
from typodont.synth.scan import make_scan
from typodont.tasks.pretrain.scan import pretrain
from typodont.tasks.pretrain.scan_config import ScanPretrainConfig
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.tasks.scan.train import train
from typodont.tasks.scan.training_data import ScanSource, filled_sources
from typodont.training.config import load_config
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights

SMALL = NetConfig("point_unet", {"widths": [16, 16, 32, 32], "encoder_blocks": [1, 1, 1, 1], "attention_layers": 1})
WEIGHTS = Path(__file__).parents[3] / "docs" / "how-to" / "weights"


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two raw scans as STL files in any orientation, one broken file among them."""
    folder = tmp_path_factory.mktemp("scans")
    for index in range(2):
        mesh = make_scan(5, index).mesh
        pose = np.eye(4)
        pose[:3, :3] = Rotation.random(random_state=index).as_matrix()
        write_mesh(mesh.transformed(pose), folder / f"scan{index}.stl")
    (folder / "broken.stl").write_bytes(b"solid nothing")
    return folder


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pools of points and of faces of two labelled scans."""
    folder = tmp_path_factory.mktemp("pools")
    for index in range(2):
        scan = make_scan(5, index)
        labels = scan.mesh.vertex_attributes["label"]
        for name, make, n in (("points", make_pool, 6000), ("faces", make_face_pool, 3000)):
            (folder / name).mkdir(exist_ok=True)
            pool = make(scan.mesh, np.random.default_rng(index), fdi=labels, jaw=scan.jaw, n_points=n, n_whole=300)
            write_pool(pool, folder / name / f"{index}{SUFFIX}")
    return {name: folder / name for name in ("points", "faces")}


def config_for(pools: Path, runs: Path, steps: int) -> ScanPretrainConfig:
    return ScanPretrainConfig(
        name="pre",
        runs=runs,
        sources=(ScanSource("pools", pools),),
        net=SMALL,
        views=ViewConfig(n_faces=300, max_pairs=200),
        schedule=ScheduleConfig(max_steps=steps, warmup_steps=2),
        optimizer=OptimizerConfig(bf16=False, ema_decay=0.5),
        loop=LoopConfig(batch=2, workers=0, validate_every=0, log_every=1),
    )


def losses(run: Path) -> list[float]:
    return [json.loads(line)["train/loss"] for line in (run / "metrics.jsonl").read_text().splitlines()]


def test_it_learns_to_find_the_same_spot_again(pools: dict[str, Path], tmp_path: Path) -> None:
    run = pretrain(config_for(pools["points"], tmp_path, 25))
    found = losses(run)
    assert np.mean(found[-5:]) < np.mean(found[:3]) - 0.3


def test_a_run_that_was_broken_off_goes_on_to_the_same_weights(pools: dict[str, Path], tmp_path: Path) -> None:
    whole = pretrain(replace(config_for(pools["points"], tmp_path, 4), name="whole"))
    constant = replace(config_for(pools["points"], tmp_path, 4), name="parts")
    pretrain(replace(constant, schedule=replace(constant.schedule, max_steps=2, shape="constant")))
    parts = pretrain(replace(constant, schedule=replace(constant.schedule, shape="constant")))
    assert [json.loads(x)["step"] for x in (parts / "metrics.jsonl").read_text().splitlines()] == [1, 2, 3, 4]
    assert set(load_file(whole / "checkpoint.safetensors")) == set(load_file(parts / "checkpoint.safetensors"))


def test_training_goes_on_from_the_weights(pools: dict[str, Path], tmp_path: Path) -> None:
    run = pretrain(config_for(pools["points"], tmp_path, 3))
    net, card = load_weights(run)
    assert card.job == "scan"
    assert any("fine-tuned" in sentence for sentence in card.known_failures)
    source = ScanSource("pools", pools["points"])
    tuned = train(
        ScanTrainConfig(
            name="tuned",
            runs=tmp_path,
            sources=(source,),
            validation=None,
            net=SMALL,
            init=f"pretrained:{run}",
            freeze=("stem", "encoder.0-1"),
            schedule=ScheduleConfig(max_steps=2, warmup_steps=1),
            optimizer=OptimizerConfig(bf16=False, ema_decay=0),
            loop=LoopConfig(batch=1, workers=0, validate_every=0),
        )
    )
    after = load_weights(tuned)[0].state_dict()
    for name, tensor in net.state_dict().items():
        frozen = name.startswith(("stem.", "encoder.0.", "encoder.1."))
        assert tensor.equal(after[name]) == frozen or not tensor.numel(), name
    report = json.loads((tuned / "transfer.json").read_text())
    assert report["share"] == 1.0


def test_the_published_network_learns_from_faces(pools: dict[str, Path], tmp_path: Path) -> None:
    published = load_config(ScanPretrainConfig, WEIGHTS / "scan_published_pretrained.yaml")
    config = replace(
        published,
        runs=tmp_path,
        sources=(ScanSource("pools", pools["faces"]),),
        net=NetConfig("dgcnn", {"k": 4}),
        views=replace(published.views, n_faces=200, near_mm=1.5),
        schedule=replace(published.schedule, max_steps=3),
        loop=LoopConfig(batch=2, workers=0, validate_every=0, log_every=1),
    )
    run = pretrain(config)
    assert all(np.isfinite(losses(run)))
    tuned = load_config(ScanTrainConfig, WEIGHTS / "scan_published.yaml")
    again = train(
        replace(
            tuned,
            runs=tmp_path,
            init=f"pretrained:{run}",
            net=config.net,
            n_faces=200,
            sources=config.sources,
            validation=None,
            schedule=replace(tuned.schedule, max_steps=2),
            loop=config.loop,
        )
    )
    assert load_weights(again)[1].config["loss"]["smoothing"] == 0.2


def test_every_published_number_is_in_the_config() -> None:
    pre = load_config(ScanPretrainConfig, WEIGHTS / "scan_published_pretrained.yaml")
    assert (pre.views.overlap, pre.views.grid_mm, pre.views.n_faces) == ((0.4, 0.7), 0.3, 10000)
    assert (pre.views.near_mm, pre.views.max_pairs, pre.contrast.temperature) == (0.45, 4096, 0.4)
    assert (pre.contrast.normalise, pre.contrast.both_ways) == (False, False)
    assert (pre.contrast.apart_mm, pre.contrast.hardness) == (0, 0)
    assert (pre.contrast.scales_mm, pre.contrast.hidden, pre.contrast.out) == ((0.0,), 512, 32)
    assert (pre.optimizer.kind, pre.schedule.peak, pre.schedule.decay) == ("adam", 1e-3, 0.99)
    tune = load_config(ScanTrainConfig, WEIGHTS / "scan_published.yaml")
    assert (tune.optimizer.kind, tune.schedule.peak, tune.schedule.final) == ("sgd", 0.1, 0.01)
    assert (tune.n_faces, tune.loss.smoothing, tune.loop.batch) == (20000, 0.2, 4)


def test_raw_scans_are_put_upright_and_a_broken_one_is_passed_over(scans: Path, tmp_path: Path) -> None:
    source = ScanSource("unlabelled", scans)
    with filled_sources([source], tmp_path, faces=False, first=2) as (pool,):
        assert [path.name.removesuffix(SUFFIX) for path in pool.files()] == ["scan0", "scan1"]
        for path in list_pools(pool.folder):
            normals = read_pool(path).normal
            assert normals[:, 2].mean() > 0.3  # occlusal is up


def test_without_data_it_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--data FOLDER"):
        pretrain(ScanPretrainConfig(runs=tmp_path))


def test_the_command(pools: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"sources: [{{kind: pools, folder: {pools['points']}}}]\n"
        "net: {name: point_unet, arguments: {widths: [16, 16, 16, 16], attention_layers: 1}}\n"
    )
    words = ["pretrain", "scan", str(config), "--runs", str(tmp_path / "runs"), "--name", "mine"]
    words += ["--schedule.max-steps", "1", "--loop.workers", "0", "--loop.batch", "1"]
    assert main(words) == 0
    assert "mine" in capsys.readouterr().out
    assert (tmp_path / "runs" / "mine" / "checkpoint.safetensors").exists()
    assert main(["pretrain", "scan", "--runs", str(tmp_path / "runs")]) == 2
