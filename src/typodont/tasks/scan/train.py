"""Train the scan job: ``train(config)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from typodont.datasets.point_pyramid import POSE_PYRAMID, SEGMENT_PYRAMID, PointSample, PyramidConfig, collate
from typodont.datasets.pool_dataset import PoolDataset
from typodont.datasets.pool_store import read_pool
from typodont.datasets.scan_augment import augmented, plain
from typodont.datasets.scan_faces import augmented_faces, plain_faces
from typodont.datasets.scan_points import PointPool
from typodont.datasets.scan_pose import augmented_whole, plain_whole
from typodont.nets.point_batch import reads_faces
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.tasks.scan.training_data import ScanSource, filled_sources
from typodont.training.point_losses import point_losses
from typodont.training.point_scores import point_scores
from typodont.training.pose_losses import pose_losses, pose_scores
from typodont.training.run import TrainingData, begin_run, train_run
from typodont.training.weights import TrainingSource


def train(config: ScanTrainConfig) -> Path:
    """Train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to train on.
        WeightsError: `init` does not fit the network.
    """
    net = begin_run(config)
    stage = make_stage(config, net)
    filled = filled_sources(
        config.sources, config.cache, faces=stage.faces, first=config.first, processes=config.processes
    )
    with filled as sources:
        held_out = validation_pools(config, faces=stage.faces)
        data = TrainingData(
            stream=PoolDataset(sources, stage.vary, seed=config.seed),
            held_out=[stage.keep(read_pool(path)) for path in held_out],
            collate=partial(collate, pyramid=stage.pyramid),
            losses=stage.losses,
            scores=stage.scores,
            origins=tuple(TrainingSource(origin(s), s.licence, s.shippable) for s in config.sources),
            names=lambda: [path for source in sources for path in source.files()],
        )
        return train_run(config, net, data, job="scan")


def origin(source: ScanSource) -> str:
    """What a source is called on cards."""
    return source.folder.name if source.folder else f"typodont synthetic scans, seed {source.seed}"


def validation_pools(config: ScanTrainConfig, *, faces: bool) -> list[Path]:
    """Files of the held-out scans, made first where they are not there yet."""
    if config.validation is None:
        return []
    with filled_sources([config.validation], config.cache, faces=faces, first=config.n_validation) as (held_out,):
        return held_out.files()[: config.n_validation]


@dataclass(frozen=True)
class Stage:
    """What differs between the trainings of the scan job's networks.

    Args:
        vary: A cached scan and random numbers -> training sample.
        keep: A cached scan -> validation sample.
        losses, scores: (output, batch) -> figures by name.
        pyramid: Levels of the point pyramid; None for networks that need none.
        faces: Whether the network reads faces instead of points.
    """

    vary: Callable[[PointPool, np.random.Generator], PointSample]
    keep: Callable[[PointPool], PointSample]
    losses: Callable[[Any, Any], dict[str, torch.Tensor]]
    scores: Callable[[Any, Any], dict[str, float]]
    pyramid: PyramidConfig | None
    faces: bool = False


def make_stage(config: ScanTrainConfig, net: nn.Module) -> Stage:
    """What the config's stage needs for this network."""
    if config.stage == "pose":
        vary = partial(augmented_whole, augment=config.pose_augment)
        return Stage(vary, plain_whole, pose_losses, pose_scores, POSE_PYRAMID)
    losses = partial(point_losses, weights=config.loss)
    if reads_faces(net):
        vary = partial(augmented_faces, augment=config.augment, n_faces=config.n_faces)
        return Stage(vary, _first(partial(plain_faces, n_faces=config.n_faces)), losses, point_scores, None, faces=True)
    vary = partial(augmented, augment=config.augment)
    return Stage(vary, _first(plain), losses, point_scores, SEGMENT_PYRAMID)


def _first(make: Callable[[PointPool], tuple[PointSample, Any]]) -> Callable[[PointPool], PointSample]:
    return lambda pool: make(pool)[0]
