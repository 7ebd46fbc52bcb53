"""Options of the loop that every job has, on a network of three numbers."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn
from torch.utils.data import Dataset

from typodont.errors import ConfigError
from typodont.training.fit import LoopConfig, fit
from typodont.training.module import OptimizerConfig, TrainingModule
from typodont.training.run import steps_of_passes
from typodont.training.schedule import ScheduleConfig

PLAIN = OptimizerConfig(kind="sgd", momentum=0.0, weight_decay=0.0, clip=0.0, ema_decay=0.0, bf16=False)
STEADY = ScheduleConfig(max_steps=4, peak=0.05, warmup_steps=0, shape="constant")
LOOP = LoopConfig(batch=2, workers=0, validate_every=1, log_every=1)


@dataclass
class Points:
    """(B, 2) inputs and the (B, 1) answers that a line gives."""

    x: Tensor

    @property
    def y(self) -> Tensor:
        return self.x @ torch.tensor([[1.0], [-2.0]])

    def __len__(self) -> int:
        return len(self.x)

    def to(self, device: Any) -> "Points":
        return Points(self.x.to(device))


class Stream(Dataset[Tensor]):
    def __getitem__(self, item: int) -> Tensor:
        return torch.from_numpy(np.random.default_rng(item).standard_normal(2).astype(np.float32))


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, batch: Points) -> Tensor:
        return self.linear(batch.x)


@dataclass
class Run:
    """A training of the line; `figures` are what its validations report as "made_up", one after the other."""

    folder: Path
    schedule: ScheduleConfig = STEADY
    optimizer: OptimizerConfig = PLAIN
    loop: LoopConfig = LOOP
    figures: tuple[float, ...] = ()
    draw: Callable[[Any, Any], Tensor] | None = None
    stop_in_batch: int | None = None

    def fit(self) -> TrainingModule:
        torch.manual_seed(0)
        self.exported: list[int] = []
        self.dtypes: list[torch.dtype] = []
        reported = iter(self.figures)

        def losses(output: Tensor, batch: Points) -> dict[str, Tensor]:
            if output.requires_grad:
                self.dtypes.append(output.dtype)
                if len(self.dtypes) == self.stop_in_batch:
                    os.kill(os.getpid(), signal.SIGTERM)
            return {"loss": (output.float() - batch.y).square().mean()}

        def scores(output: Tensor, batch: Points) -> dict[str, float]:
            return {"made_up": next(reported)} if self.figures else {}

        module = TrainingModule(Line(), losses, scores, self.schedule, self.optimizer)
        fit(
            module,
            Stream(),
            [Stream()[10**6]] if self.figures or self.draw else [],
            folder=self.folder,
            loop=self.loop,
            collate=lambda samples: Points(torch.stack(samples)),
            export=lambda trained: self.exported.append(trained.steps),
            draw=self.draw,
        )
        return module

    def lines(self) -> list[dict[str, float]]:
        return [json.loads(line) for line in (self.folder / "metrics.jsonl").read_text().splitlines()]


def weights(module: TrainingModule) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.net.parameters()])


def test_adding_up_gradients_is_a_larger_batch(tmp_path: Path) -> None:
    whole = Run(tmp_path / "whole", loop=replace(LOOP, batch=6)).fit()
    parts = Run(tmp_path / "parts", loop=replace(LOOP, batch=2, accumulate=3))
    module = parts.fit()
    torch.testing.assert_close(weights(module), weights(whole))
    assert (module.steps, module.samples) == (whole.steps, whole.samples) == (4, 24)
    assert [line["step"] for line in parts.lines()] == [1, 2, 3, 4]
    assert len(parts.dtypes) == 12


def test_asked_to_end_it_finishes_the_step_and_goes_on_from_there(tmp_path: Path) -> None:
    straight = Run(tmp_path / "straight", loop=replace(LOOP, accumulate=3)).fit()
    parts = Run(tmp_path / "parts", loop=replace(LOOP, accumulate=3), stop_in_batch=4)
    assert parts.fit().steps == 2
    torch.testing.assert_close(weights(replace(parts, stop_in_batch=None).fit()), weights(straight), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("optimizer", "dtype"),
    [
        (PLAIN, torch.float32),
        (replace(PLAIN, bf16=True), torch.bfloat16),
        (replace(PLAIN, bf16=True, fp16=True), torch.float16),
        (replace(PLAIN, kind="adamw", clip=10.0, fp16=True), torch.float16),
    ],
)
def test_precision(tmp_path: Path, optimizer: OptimizerConfig, dtype: torch.dtype) -> None:
    run = Run(tmp_path, replace(STEADY, max_steps=80, peak=0.1), optimizer, replace(LOOP, batch=16))
    torch.testing.assert_close(weights(run.fit()), torch.tensor([1.0, -2.0, 0.0]), rtol=0, atol=0.05)
    assert set(run.dtypes) == {dtype}


def test_the_scale_of_the_loss_is_carried_over(tmp_path: Path) -> None:
    half = Run(tmp_path, replace(STEADY, max_steps=2), replace(PLAIN, fp16=True))
    half.fit()
    stored = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert stored["precision"]["scale"] > 1
    stored["precision"]["scale"] = 1024.0
    torch.save(stored, tmp_path / "last.ckpt")
    replace(half, schedule=STEADY).fit()
    assert torch.load(tmp_path / "last.ckpt", weights_only=True)["precision"]["scale"] == 1024


def test_a_plateau_lowers_the_rate_also_in_a_resumed_run(tmp_path: Path) -> None:
    schedule = replace(STEADY, shape="plateau", decay=0.1, watch="made_up", better="higher", patience=1, max_steps=3)
    run = Run(tmp_path, schedule, figures=(0.5, 0.4, 0.4))
    assert run.fit().watch.cuts == 1
    replace(run, schedule=replace(schedule, max_steps=5), figures=(0.3, 0.6)).fit()
    rates = {line["step"]: line["train/rate"] for line in run.lines() if "train/rate" in line}
    assert [rates[step] for step in (1, 2, 3, 4, 5)] == pytest.approx([0.05, 0.05, 0.05, 0.005, 0.005])


def test_a_run_that_gives_up_keeps_its_best_weights_and_stays_over(tmp_path: Path) -> None:
    schedule = replace(STEADY, max_steps=50, stop_after=2, watch="made_up", better="lower")
    run = Run(tmp_path, schedule, figures=(3.0, 2.0, 2.5, 2.5, 1.0))
    module = run.fit()
    assert module.steps == 4
    assert module.is_over
    assert run.exported == [1, 2]
    again = replace(run)
    assert again.fit().steps == 4
    assert again.exported == []


def test_a_schedule_that_goes_by_a_figure_needs_it(tmp_path: Path) -> None:
    schedule = replace(STEADY, stop_after=2, watch="dice")
    with pytest.raises(ConfigError, match=r"schedule.watch: found 'dice', expected one of .*made_up"):
        Run(tmp_path / "a", schedule, figures=(1.0,)).fit()
    with pytest.raises(ConfigError, match="without a validation"):
        Run(tmp_path / "b", schedule).fit()


def test_pictures_of_the_validation_are_on_the_board(tmp_path: Path) -> None:
    def draw(output: Tensor, batch: Points) -> Tensor:
        return torch.full((3, 5, 7), 100, dtype=torch.uint8)

    Run(tmp_path, draw=draw).fit()
    board = EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    pictures = board.Images("val/0")
    assert [picture.step for picture in pictures] == [1, 2, 3, 4]
    assert (pictures[0].height, pictures[0].width) == (5, 7)


def test_passes_over_the_data_become_steps() -> None:
    schedule, loop = ScheduleConfig(max_epochs=50), LoopConfig(batch=2, accumulate=2, validate_epochs=1)
    steps, checks = steps_of_passes(schedule, loop, 10)
    assert (steps.max_steps, checks.validate_every) == (125, 3)
    assert steps_of_passes(replace(schedule, max_steps=7), loop, 10)[0].max_steps == 7
    assert steps_of_passes(STEADY, LOOP, None) == (STEADY, LOOP)
    with pytest.raises(ConfigError, match="at random"):
        steps_of_passes(schedule, LOOP, None)
