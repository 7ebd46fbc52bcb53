"""Studies of the scan job in miniature, and its quick scores by hand."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from typodont.anatomy import N_PANORAMIC_CLASSES, N_SCAN_CLASSES
from typodont.datasets.point_pyramid import collate
from typodont.datasets.pool_store import SUFFIX, read_pool, write_pool
from typodont.datasets.scan_augment import plain
from typodont.datasets.scan_faces import make_face_pool
from typodont.datasets.scan_points import make_pool
from typodont.errors import ConfigError
from typodont.geometry.mesh import Mesh
from typodont.nets.point_batch import PointBatch, PointOutput
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.tasks.scan.study import JOB, arch_scores, even_faces, held_out, labelled
from typodont.tasks.scan.training_data import ScanSource
from typodont.tasks.study.config import Arm, StudyConfig
from typodont.tasks.study.job import Case, load_job
from typodont.tasks.study.study import study
from typodont.training.config import dump_config
from typodont.training.point_losses import class_targets

NAMES = ("P0_upper", "P0_lower", "P1_upper", "P2_upper")
SMALL = {"widths": [16, 16, 16, 16], "encoder_blocks": [1, 1, 1, 1], "attention_layers": 0}


@pytest.fixture(scope="module")
def pools(bumpy_arch: Mesh, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four labelled scans of three patients, and two held-out ones."""
    folder = tmp_path_factory.mktemp("pools")
    labels = bumpy_arch.vertex_attributes["label"]
    pool = make_pool(bumpy_arch, np.random.default_rng(0), fdi=labels, jaw="upper", n_points=1500, n_whole=500)
    for name in NAMES:
        write_pool(pool, folder / "labelled" / f"{name}{SUFFIX}")
    for name in ("V0", "V1"):
        write_pool(pool, folder / "held_out" / f"{name}{SUFFIX}")
    return folder


@pytest.fixture
def config(pools: Path, tmp_path: Path) -> StudyConfig:
    base = {
        "net": {"name": "point_unet", "arguments": SMALL},
        "sources": [{"kind": "pools", "folder": str(pools / "labelled")}],
        "validation": {"kind": "pools", "folder": str(pools / "held_out")},
        "schedule": {"max_steps": 2, "warmup_steps": 1},
        "optimizer.bf16": False,
        "loop": {"batch": 1, "workers": 0, "validate_every": 0, "log_every": 1},
    }
    arms = (Arm("scratch"), Arm("longer", {"schedule.max_steps": 3}, first={"schedule.max_steps": 1}))
    return StudyConfig("s", tmp_path, base, arms, fractions=(0.4, 1.0), seeds=(0,), processes=0, draws=50)


@pytest.fixture
def batch(pools: Path) -> PointBatch:
    return collate([plain(read_pool(pools / "held_out" / f"V0{SUFFIX}"))[0]])


@pytest.mark.parametrize("n_classes", [N_SCAN_CLASSES, N_PANORAMIC_CLASSES])
@pytest.mark.parametrize("jaw", [0, 1])
def test_scores_by_hand(batch: PointBatch, n_classes: int, jaw: int) -> None:
    batch.jaw[:] = jaw
    blank = PointOutput(torch.zeros(len(batch.features), n_classes))
    truth = class_targets(blank, batch)
    right = PointOutput(torch.nn.functional.one_hot(truth, n_classes).float())
    assert arch_scores(right, batch) == {"macro_iou": 1, "lenient_iou": 1, "tooth_f1": 1}
    nothing = arch_scores(blank, batch)  # all gum
    n_teeth = len(truth.unique()) - 1
    gum = float((truth == 0).float().mean())
    assert nothing["macro_iou"] == nothing["tooth_f1"] == 0
    assert nothing["lenient_iou"] == pytest.approx((gum + N_SCAN_CLASSES - 1 - n_teeth) / N_SCAN_CLASSES)
    lost = truth.unique()[1]
    logits = right.logits.clone()
    logits[truth == lost] = torch.nn.functional.one_hot(torch.tensor(0), n_classes).float()
    expected = 2 * (n_teeth - 1) / (2 * n_teeth - 1)
    assert arch_scores(PointOutput(logits), batch)["tooth_f1"] == pytest.approx(expected)
    assert arch_scores(PointOutput(logits), batch)["macro_iou"] == pytest.approx((n_teeth - 1) / n_teeth)


def test_cases_belong_to_patients(pools: Path, tmp_path: Path) -> None:
    source = ScanSource("pools", pools / "labelled")
    training = ScanTrainConfig(sources=(source,), validation=ScanSource("pools", pools / "held_out"))
    assert labelled(training, 0) == [Case(name, name[:2]) for name in sorted(NAMES)]
    assert held_out(training) == [Case("V0", "V0"), Case("V1", "V1")]
    with pytest.raises(ConfigError, match=r"labelled: found 1, expected the number 0..0"):
        labelled(training, 1)


def test_a_cache_with_more_of_a_series_than_asked_for(pools: Path, tmp_path: Path) -> None:
    folder = tmp_path / "synthetic_5_make_pool"
    folder.mkdir()
    for index in range(4):
        shutil.copy(pools / "held_out" / f"V0{SUFFIX}", folder / f"s5_{index:06d}{SUFFIX}")
    training = ScanTrainConfig(sources=(ScanSource(seed=5, count=2),), cache=tmp_path)
    assert [case.name for case in labelled(training, 0)] == ["s5_000000", "s5_000001"]


def test_faces_are_spread_evenly(bumpy_arch: Mesh) -> None:
    pool = make_face_pool(bumpy_arch, np.random.default_rng(0), n_points=1000, n_whole=500)
    sample = even_faces(pool, 100)
    assert sample.features.shape == (100, 15)
    spread = np.linspace(0, 999, 100).astype(int)
    np.testing.assert_allclose(sample.position + pool.position[spread].mean(axis=0), pool.position[spread], atol=1e-4)
    assert len(even_faces(pool, 5000).features) == 1000


def test_a_study(config: StudyConfig) -> None:
    result = study("scan", config)
    assert result.values["labels"] == [1, 4]  # of three patients, the one with both jaws comes later
    assert result.values["runs"] == {"done": 4, "of": 4}
    run = result.folder / "runs" / "longer_100_seed0"
    scores = json.loads((run / "scores.json").read_text())
    assert scores["steps"] == 3
    assert set(scores["cases"]) == {"V0", "V1"}
    assert 0 < scores["cases"]["V0"]["lenient_iou"] < 1
    assert json.loads((run / "transfer.json").read_text())["share"] == 1
    names = (result.folder / "subsets" / "seed0_040.txt").read_text().split()
    assert set(names) <= set(NAMES)


@pytest.mark.slow
def test_runs_side_by_side_give_the_same(config: StudyConfig) -> None:
    alone = study("scan", replace(config, arms=config.arms[:1]))
    together = study("scan", replace(config, arms=config.arms[:1], name="together", processes=2))
    assert together.values["figures"] == alone.values["figures"]
    assert (together.folder / "runs" / "scratch_100_seed0" / "log.txt").exists()


@pytest.mark.slow
def test_asked_to_end_its_runs_write_their_checkpoints(config: StudyConfig, tmp_path: Path) -> None:
    base = config.base | {"schedule": {"max_steps": 10**6, "warmup_steps": 1}}
    file = tmp_path / "study.yaml"
    dump_config(replace(config, base=base, arms=config.arms[:1], fractions=(1.0,), processes=1), file)
    command = subprocess.Popen([sys.executable, "-m", "typodont", "study", "scan", str(file)], stderr=subprocess.PIPE)
    run = tmp_path / "s" / "runs" / "scratch_100_seed0"
    for _ in range(600):
        if (run / "metrics.jsonl").exists() or command.poll() is not None:
            break
        time.sleep(0.5)
    command.terminate()
    _, said = command.communicate(timeout=300)
    assert command.returncode == 130
    assert b"run the same command again to go on" in said
    assert torch.load(run / "last.ckpt", weights_only=True)["steps"] >= 1
    assert not (run / "scores.json").exists()
    assert "broken off after" in (run / "log.txt").read_text()


def test_a_study_is_about_numbers(config: StudyConfig) -> None:
    pose = replace(config, base=config.base | {"stage": "pose"})
    with pytest.raises(ConfigError, match="stage: found 'pose'"):
        study("scan", pose)
    assert load_job("scan") is JOB
