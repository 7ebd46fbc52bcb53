"""Run a training: loaders, Lightning trainer, run folder; the same for every network."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.precision import MixedPrecision
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from typodont.datasets.pool_dataset import StreamSampler
from typodont.errors import ConfigError
from typodont.training.module import TrainingModule
from typodont.training.run_folder import (
    LAST,
    DrawPictures,
    KeepCheckpoints,
    MetricsFile,
    ProgressBar,
    StopInTime,
    WatchValidation,
)

_EXPECTED = (
    ".*does not have many workers",  # how many is the user's choice
    r".*module\(s\) in eval mode",  # the averaged weights are
    ".*no `val_dataloader`",  # validation is optional
    r".*isinstance\(treespec, LeafSpec\)",  # Lightning with torch >= 2.13
)
"""What Lightning says about things that are meant to be as they are."""


@dataclass(frozen=True)
class LoopConfig:
    """How a training runs, apart from what it learns.

    Args:
        batch: Samples that are computed at once.
        accumulate: Batches whose gradients are added up to one step: a step of more samples than memory has room for.
        workers: Loader processes; 0 loads in the training process.
        threads: Threads of the training process.
        validate_every: Steps between validations; 0 never.
        validate_epochs: Passes over the training data between validations, instead of `validate_every`.
        pictures: Validation samples whose predictions are drawn on TensorBoard, in jobs that can draw them.
        log_every: Steps between two lines of ``metrics.jsonl``.
        checkpoint_minutes: Between two checkpoints.
    """

    batch: int = 2
    accumulate: int = 1
    workers: int = 1
    threads: int = 1
    validate_every: int = 1000
    validate_epochs: float | None = None
    pictures: int = 4
    log_every: int = 100
    checkpoint_minutes: float = 3.0


def fit(
    module: TrainingModule,
    training: Dataset[Any],
    validation: Sequence[Any],
    *,
    folder: Path,
    loop: LoopConfig,
    collate: Callable[[Any], Any],
    export: Callable[[TrainingModule], None],
    draw: Callable[[Any, Any], Tensor] | None = None,
) -> dict[str, float] | None:
    """Train until the schedule is over; goes on from ``last.ckpt`` where the folder has one.

    Args:
        module: Network, losses and schedule.
        training: Endless stream, item i by number.
        validation: Samples, one a batch.
        folder: Run folder.
        loop: See there.
        collate: List of samples -> batch.
        export: Writes the averaged weights; called at every checkpoint, or at the best validation where the schedule
            goes by it.
        draw: (output, batch of one sample) -> (3, H, W) uint8 picture for TensorBoard.

    Returns:
        The last logged figures by name; None where the schedule was over before.

    Raises:
        ConfigError: the schedule goes by a validation that there is not, or by a figure that it has not.
    """
    checks = bool(loop.validate_every and len(validation))
    if module.schedule.watches and not checks:
        raise ConfigError(
            "schedule: found 'plateau' or 'stop_after' without a validation, by which they go; expected validation "
            "data and loop.validate_every or loop.validate_epochs above 0"
        )
    torch.set_num_threads(loop.threads)
    if (folder / LAST).exists():
        module.resume(torch.load(folder / LAST, weights_only=True))
        if module.is_over:
            return None
    left = max(module.schedule.max_steps - module.steps, 1)
    callbacks: list[lightning.Callback] = [
        MetricsFile(folder, loop.log_every),
        *([WatchValidation(export)] if module.schedule.watches else []),
        *([DrawPictures(draw, loop.pictures)] if draw is not None else []),
        KeepCheckpoints(folder, loop.checkpoint_minutes, export),
        StopInTime(),
        ProgressBar(folder.name),
    ]
    loader = _loader(training, module, loop, left=left, collate=collate)
    trainer = _trainer(module, loop, callbacks, folder=folder, left=left, checks=checks)
    with warnings.catch_warnings():
        for message in _EXPECTED:
            warnings.filterwarnings("ignore", message=message)
        trainer.fit(module, loader, DataLoader(validation, batch_size=1, collate_fn=collate) if checks else None)  # type: ignore[arg-type]
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def _loader(
    training: Dataset[Any],
    module: TrainingModule,
    loop: LoopConfig,
    *,
    left: int,
    collate: Callable[[Any], Any],
) -> DataLoader[Any]:
    """The samples of the `left` steps that are to come."""
    return DataLoader(
        training,
        batch_size=loop.batch,
        sampler=StreamSampler(left * loop.batch * loop.accumulate, lambda: module.samples),
        num_workers=loop.workers,
        collate_fn=collate,
        prefetch_factor=6 if loop.workers else None,
        generator=torch.Generator(),
        worker_init_fn=_outlive_termination,
    )


def _trainer(
    module: TrainingModule,
    loop: LoopConfig,
    callbacks: list[lightning.Callback],
    *,
    folder: Path,
    left: int,
    checks: bool,
) -> lightning.Trainer:
    """One pass over the loader, with validations between if there are `checks`."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    return lightning.Trainer(
        default_root_dir=folder,
        accelerator="auto",
        devices=1,
        max_epochs=1,
        max_steps=-1,
        gradient_clip_val=module.optimizer_config.clip,
        accumulate_grad_batches=loop.accumulate,
        plugins=[_ScaledLoss()] if module.optimizer_config.fp16 else None,
        logger=TensorBoardLogger(folder, name="tensorboard", version=""),
        log_every_n_steps=min(loop.log_every, left),
        val_check_interval=min(loop.validate_every, left) * loop.accumulate if checks else None,
        limit_val_batches=1.0 if checks else 0,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=callbacks,
    )


class _ScaledLoss(MixedPrecision):
    """Scales the loss of float16 and nothing else: the module itself says what is computed in it."""

    def __init__(self) -> None:
        super().__init__("16-mixed", "cuda" if torch.cuda.is_available() else "cpu")

    @contextmanager
    def forward_context(self) -> Generator[None]:
        yield


def _outlive_termination(_: int) -> None:
    """Let loader workers go on when a whole process group is asked to end, so that the checkpoint can be written."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
