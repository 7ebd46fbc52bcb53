"""Train the scan job: ``train(config)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from typodont.atomic import write_json
from typodont.datasets.point_pyramid import POSE_PYRAMID, SEGMENT_PYRAMID, PointSample, PyramidConfig, collate
from typodont.datasets.pool_dataset import PoolDataset
from typodont.datasets.pool_store import list_pools, read_pool
from typodont.datasets.scan_augment import augmented, plain
from typodont.datasets.scan_points import PointPool
from typodont.datasets.scan_pose import augmented_whole, plain_whole
from typodont.environment import environment
from typodont.registry import load
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.training.config import config_to_dict, dump_config
from typodont.training.fit import fit
from typodont.training.module import TrainingModule
from typodont.training.point_losses import point_losses
from typodont.training.point_scores import point_scores
from typodont.training.pose_losses import pose_losses, pose_scores
from typodont.training.weights import Card, TrainingSource, load_into, may_ship, save_weights


def train(config: ScanTrainConfig) -> Path:
    """Train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to train on.
        WeightsError: `init` does not fit the network.
    """
    folder = config.runs / config.name
    dump_config(config, folder / "config.yaml")
    write_json(environment(), folder / "environment.json")

    torch.manual_seed(config.seed)
    net = load("nets", config.net.name)(**config.net.arguments)
    if config.init is not None:
        load_into(net, config.init)

    stage = make_stage(config)
    module = TrainingModule(net, stage.losses, stage.scores, config.schedule, config.optimizer)
    training = PoolDataset(config.sources, stage.vary, seed=config.seed)
    held_out = list_pools(config.validation) if config.validation else []

    fit(
        module,
        training,
        [stage.keep(read_pool(path)) for path in held_out],
        folder=folder,
        loop=config.loop,
        collate=partial(collate, pyramid=stage.pyramid),
        export=lambda trained: export(trained, config, folder),
    )
    return folder


@dataclass(frozen=True)
class Stage:
    """What differs between the trainings of the scan job's networks.

    Args:
        vary: A cached scan and random numbers -> training sample.
        keep: A cached scan -> validation sample.
        losses, scores: (output, batch) -> figures by name.
        pyramid: Levels of the point pyramid.
    """

    vary: Callable[[PointPool, np.random.Generator], PointSample]
    keep: Callable[[PointPool], PointSample]
    losses: Callable[[Any, Any], dict[str, torch.Tensor]]
    scores: Callable[[Any, Any], dict[str, float]]
    pyramid: PyramidConfig | None


def make_stage(config: ScanTrainConfig) -> Stage:
    """The stage that a config names."""
    if config.stage == "pose":
        vary = partial(augmented_whole, augment=config.pose_augment)
        return Stage(vary, plain_whole, pose_losses, pose_scores, POSE_PYRAMID)
    return Stage(
        vary=partial(augmented, augment=config.augment),
        keep=lambda pool: plain(pool)[0],
        losses=lambda output, batch: point_losses(output, batch.targets, config.loss),
        scores=point_scores,
        pyramid=SEGMENT_PYRAMID,
    )


def export(module: TrainingModule, config: ScanTrainConfig, folder: Path) -> None:
    """Write the averaged weights and their card into the run folder."""
    sources = (TrainingSource("typodont synthetic scans", "synthetic"),)
    card = Card(
        job="scan",
        net=config.net.name,
        arguments=dict(config.net.arguments),
        sources=sources,
        config=config_to_dict(config),
        seed=config.seed,
        shippable=may_ship(sources),
        figures={"steps": module.steps, "samples": module.samples, "minutes": round(module.clock.minutes(), 1)},
    )
    save_weights(module.ema, card, folder / "checkpoint.safetensors")
