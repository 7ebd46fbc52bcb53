"""The folder of a training run, the callbacks that fill it, and those that end the run."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback
from torch import Tensor

from typodont.atomic import atomic_path
from typodont.errors import ConfigError
from typodont.progress import make_bar
from typodont.training.module import TrainingModule

METRICS = "metrics.jsonl"
LAST = "last.ckpt"


class MetricsFile(Callback):
    """Appends the logged figures to ``metrics.jsonl``, one line every `every` steps and one after each validation."""

    def __init__(self, folder: Path, every: int) -> None:
        self.path = folder / METRICS
        self.every = every

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.between_steps and pl_module.steps % self.every == 0:
            self._write(trainer, pl_module, "train/")

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self._write(trainer, pl_module, "val/")

    def _write(self, trainer: lightning.Trainer, module: TrainingModule, prefix: str) -> None:
        values = {name: float(v) for name, v in trainer.callback_metrics.items() if name.startswith(prefix)}
        line = {"step": module.steps, "samples": module.samples, "minutes": module.clock.minutes()}
        with self.path.open("a") as file:
            file.write(json.dumps(line | {name: round(value, 6) for name, value in values.items()}) + "\n")


class KeepCheckpoints(Callback):
    """Writes ``last.ckpt`` every few minutes and at the end, whole or not at all, and exports the averaged weights.

    Args:
        folder: Run folder.
        minutes: Between two checkpoints.
        export: Called after each with the module; in a run that goes by its validation, only until the first one,
            from which on `WatchValidation` chooses the weights.
    """

    def __init__(self, folder: Path, minutes: float, export: Any) -> None:
        self.path = folder / LAST
        self.seconds = 60 * minutes
        self.export = export
        self.written = time.monotonic()

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.between_steps and time.monotonic() - self.written > self.seconds:
            self._save(pl_module)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        self._save(pl_module)

    def _save(self, module: TrainingModule) -> None:
        with atomic_path(self.path) as temporary:
            torch.save(module.progress_state(), temporary)
        if not module.schedule.watches or module.watch.best is None:
            self.export(module)
        self.written = time.monotonic()


class WatchValidation(Callback):
    """Tells the schedule how the validation goes, exports the weights when it went best, ends the run when it gave up.

    Raises:
        ConfigError: the validation has no such figure.
    """

    def __init__(self, export: Callable[[TrainingModule], None]) -> None:
        self.export = export

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        name = f"val/{pl_module.schedule.watch}"
        if name not in trainer.callback_metrics:
            known = ", ".join(n.removeprefix("val/") for n in trainer.callback_metrics if n.startswith("val/"))
            raise ConfigError(f"schedule.watch: found {pl_module.schedule.watch!r}, expected one of {known}")
        if pl_module.watch.see(float(trainer.callback_metrics[name])):
            self.export(pl_module)
        trainer.should_stop |= pl_module.is_over


class DrawPictures(Callback):
    """Puts what the network makes of the first validation samples on TensorBoard, under ``val/0``, ``val/1`` ...

    Args:
        draw: (output, batch of one sample) -> (3, H, W) uint8.
        count: How many samples.
    """

    def __init__(self, draw: Callable[[Any, Any], Tensor], count: int) -> None:
        self.draw = draw
        self.count = count

    def on_validation_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if batch_idx < self.count:
            board: Any = pl_module.logger.experiment
            board.add_image(f"val/{batch_idx}", self.draw(outputs["output"], batch), pl_module.steps)


class ProgressBar(Callback):
    """How far the run has come, in steps or, where those limit it, in minutes, and the loss."""

    def __init__(self, name: str) -> None:
        self.name = name

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        minutes = pl_module.schedule.max_minutes
        total, unit = (pl_module.schedule.max_steps, "step") if minutes is None else (minutes, "min")
        self.bar = make_bar(total, self.name, unit=unit, before=self._place(pl_module))

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not self.bar.disable:
            self.bar.set_postfix(loss=f"{float(trainer.callback_metrics['train/loss']):.3f}", refresh=False)
            self.bar.update(self._place(pl_module) - self.bar.n)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        self.bar.close()

    def _place(self, module: TrainingModule) -> float:
        return module.steps if module.schedule.max_minutes is None else round(module.clock.minutes(), 2)


class StopInTime(Callback):
    """Ends the run when its time is over or the process is asked to terminate; the checkpoint is written either way.

    A step whose gradients are added up of several batches is finished first.
    """

    def __init__(self) -> None:
        self.asked = False

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        self.previous = signal.signal(signal.SIGTERM, self._ask)

    def on_train_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        signal.signal(signal.SIGTERM, self.previous)

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if pl_module.between_steps and (self.asked or pl_module.is_over):
            trainer.should_stop = True

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
