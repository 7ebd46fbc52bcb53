"""Run a training: loaders, Lightning trainer, run folder; the same for every network."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.data import DataLoader, Dataset

from typodont.datasets.pool_dataset import StreamSampler
from typodont.training.module import TrainingModule
from typodont.training.run_folder import LAST, KeepCheckpoints, MetricsFile, ProgressBar, StopInTime
from typodont.training.schedule import progress

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
        batch: Samples a step.
        workers: Loader processes; 0 loads in the training process.
        threads: Threads of the training process.
        validate_every: Steps between validations; 0 never.
        log_every: Steps between two lines of ``metrics.jsonl``.
        checkpoint_minutes: Between two checkpoints.
    """

    batch: int = 2
    workers: int = 1
    threads: int = 1
    validate_every: int = 1000
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
) -> dict[str, float] | None:
    """Train until the schedule is over; goes on from ``last.ckpt`` where the folder has one.

    Args:
        module: Network, losses and schedule.
        training: Endless stream, item i by number.
        validation: Samples, one a batch.
        folder: Run folder.
        loop: See there.
        collate: List of samples -> batch.
        export: Writes the averaged weights; called at every checkpoint.

    Returns:
        The last logged figures by name; None where the schedule was over before.
    """
    torch.set_num_threads(loop.threads)
    if (folder / LAST).exists():
        module.resume(torch.load(folder / LAST, weights_only=True))
        if progress(module.schedule, module.steps, module.clock.minutes()) >= 1:
            return None
    left = max(module.schedule.max_steps - module.steps, 1)
    loader = DataLoader(
        training,
        batch_size=loop.batch,
        sampler=StreamSampler(left * loop.batch, lambda: module.samples),
        num_workers=loop.workers,
        collate_fn=collate,
        prefetch_factor=6 if loop.workers else None,
        generator=torch.Generator(),
        worker_init_fn=_outlive_termination,
    )
    checks = bool(loop.validate_every and len(validation))
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    trainer = lightning.Trainer(
        default_root_dir=folder,
        accelerator="auto",
        devices=1,
        max_epochs=1,
        max_steps=-1,
        gradient_clip_val=module.optimizer_config.clip,
        logger=TensorBoardLogger(folder, name="tensorboard", version=""),
        log_every_n_steps=min(loop.log_every, left),
        val_check_interval=min(loop.validate_every, left) if checks else None,
        limit_val_batches=1.0 if checks else 0,
        num_sanity_val_steps=0,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[
            MetricsFile(folder, loop.log_every),
            KeepCheckpoints(folder, loop.checkpoint_minutes, export),
            StopInTime(),
            ProgressBar(folder.name),
        ],
    )
    with warnings.catch_warnings():
        for message in _EXPECTED:
            warnings.filterwarnings("ignore", message=message)
        trainer.fit(module, loader, DataLoader(validation, batch_size=1, collate_fn=collate) if checks else None)  # type: ignore[arg-type]
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def _outlive_termination(_: int) -> None:
    """Let loader workers go on when a whole process group is asked to end, so that the checkpoint can be written."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
