"""A job that learns nothing but is scored as if it did, so that studies run in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from typodont.atomic import write_json
from typodont.errors import WeightsError
from typodont.tasks.study.job import Case, CaseScores, StudyJob
from typodont.training.config import dump_config
from typodont.training.fit import LoopConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import Card, save_weights

N_LABELLED, N_HELD_OUT = 20, 6


@dataclass(frozen=True)
class MadeUpSource:
    """`jaws` scans a patient; `names` as the real sources have it."""

    patients: int = N_LABELLED
    jaws: int = 1
    names: Path | None = None


@dataclass(frozen=True)
class MadeUpConfig:
    """As much of a training config as a study looks at."""

    name: str = "run"
    runs: Path = Path("runs")
    init: str | None = None
    seed: int = 0
    sources: tuple[MadeUpSource, ...] = (MadeUpSource(),)
    validation: int = N_HELD_OUT
    schedule: ScheduleConfig = ScheduleConfig(max_steps=10)
    loop: LoopConfig = LoopConfig()
    broken: bool = False
    stop_after: int | None = None


def labelled(config: MadeUpConfig, number: int) -> list[Case]:
    source = config.sources[number]
    return [Case(f"P{p:02d}_{jaw}", f"P{p:02d}") for p in range(source.patients) for jaw in range(source.jaws)]


def held_out(config: MadeUpConfig) -> list[Case]:
    return [Case(f"V{number}", f"V{number}") for number in range(config.validation)]


def train(config: MadeUpConfig) -> Path:
    folder = config.runs / config.name
    dump_config(config, folder / "config.yaml")
    if config.broken:
        raise WeightsError(f"{folder}: no such weights")
    steps = config.schedule.max_steps if config.stop_after is None else config.stop_after
    (folder / "last.ckpt").write_bytes(b"to go on")
    (folder / "tensorboard").mkdir(exist_ok=True)
    with (folder / "trained").open("a") as file:
        file.write("once\n")
    write_json({"steps": steps, "over": steps >= config.schedule.max_steps}, folder / "report.json")
    card = Card("made up", "none", {}, (), figures={"steps": steps})
    save_weights(nn.Linear(1, 1), card, folder / "checkpoint.safetensors")
    return folder


def score(config: MadeUpConfig, folder: Path) -> CaseScores:
    """Rises with the logarithm of the labels, and by 0.1 where first weights were given; `empty` has no value."""
    assert config.sources[0].names is not None
    n = len(config.sources[0].names.read_text().split())
    rng = np.random.default_rng([config.seed, n])
    base = 0.5 + 0.1 * np.log2(n) / np.log2(N_LABELLED) + (0.1 if config.init else 0.0)
    return {
        case.name: {"dice": base + 0.005 * rng.standard_normal(), "empty": float("nan")} for case in held_out(config)
    }


@pytest.fixture
def job() -> StudyJob:
    figures = {"dice": "Dice", "empty": "nothing"}
    return StudyJob("made_up", MadeUpConfig, "scans", figures, lambda config: None, labelled, held_out, train, score)
