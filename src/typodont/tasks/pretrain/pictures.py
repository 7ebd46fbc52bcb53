"""Pre-train a network on pictures without labels: ``pretrain(config)``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor, nn

from typodont.datasets.picture_cache import CanvasConfig, CanvasPicture, cached_pictures
from typodont.datasets.picture_views import PictureStream, collate_hidden, collate_pairs, hidden_sample, pair_sample
from typodont.errors import ConfigError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.picture_pretraining import HiddenPatchNet, PairedViewNet
from typodont.records.picture_files import find_pictures
from typodont.tasks.pretrain.picture_config import PicturePretrainConfig
from typodont.tasks.pretrain.trunk import HEADLESS, trunk_of
from typodont.training.picture_pretraining import hidden_losses, hidden_scores, pair_losses, pair_scores
from typodont.training.run import TrainingData, begin_run, train_run
from typodont.training.weights import TrainingSource


def pretrain(config: PicturePretrainConfig) -> Path:
    """Pre-train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    The weights are those of the network with fresh heads: ``typodont train JOB --init pretrained:RUN`` goes on from
    them. A run that was broken off goes on where it stopped. Pictures that cannot be read are named and passed over.

    Raises:
        ConfigError: no picture to learn from, or a network or a canvas that does not fit.
        WeightsError: `init` does not fit the network.
    """
    if not config.data:
        raise ConfigError("no pictures to learn from; name a folder of unlabelled pictures with --data FOLDER")
    trunk = begin_run(config)
    check_trunk(config, trunk)
    files = list(dict.fromkeys(path for data in config.data for path in find_pictures(data)))
    canvas = CanvasConfig(config.canvas, colour=_channels(trunk) == 3, panoramic=config.job == "panoramic")
    cached = cached_pictures(files, config.cache, canvas, workers=config.loop.workers)
    objective = make_objective(config, trunk)
    data = TrainingData(
        stream=PictureStream(cached, objective.show, seed=config.seed),
        held_out=(),
        collate=objective.collate,
        losses=objective.losses,
        scores=objective.scores,
        origins=tuple(TrainingSource(str(data), config.licence, config.shippable) for data in config.data),
        names=lambda: files,
    )
    return train_run(config, objective.net, data, job=config.job, kept=trunk_of, known_failures=(HEADLESS,))


@dataclass(frozen=True)
class Objective:
    """What differs between the objectives.

    Args:
        net: The network with what its pre-training needs besides.
        show: A picture and random numbers -> sample.
        collate: Samples -> batch.
        losses, scores: (output, batch) -> figures by name.
    """

    net: nn.Module
    show: Callable[[CanvasPicture, np.random.Generator], Any]
    collate: Callable[[Iterable[Any]], ImageBatch]
    losses: Callable[[Any, Any], dict[str, Tensor]]
    scores: Callable[[Any, Any], dict[str, float]]


def check_trunk(config: PicturePretrainConfig, trunk: nn.Module) -> None:
    """Refuse networks that cannot be pre-trained on pictures, and canvases that they cannot halve as often as they do.

    Raises:
        ConfigError: see above.
    """
    if not hasattr(trunk, "features") or _channels(trunk) not in (1, 3):
        raise ConfigError(
            f"net: {config.net.name} cannot be pre-trained on pictures, because it gives no features of its pixels or "
            "reads neither 1 nor 3 channels; take tooth_unet or picture_backbone"
        )
    stride = int(getattr(trunk, "stride", 1))
    if any(side % stride or side < stride for side in config.canvas):
        rows, columns = (max(stride, stride * round(side / stride)) for side in config.canvas)
        raise ConfigError(
            f"canvas: found {config.canvas[0]} rows and {config.canvas[1]} columns, expected multiples of {stride} for "
            f"the network {config.net.name}; the nearest are {rows} and {columns}"
        )


def make_objective(config: PicturePretrainConfig, trunk: nn.Module) -> Objective:
    """What the config's objective needs."""
    if config.objective == "hidden":
        return Objective(
            HiddenPatchNet(trunk),
            partial(hidden_sample, augment=config.augment, config=config.hidden),
            collate_hidden,
            hidden_losses,
            hidden_scores,
        )
    pairs = config.pairs
    return Objective(
        PairedViewNet(trunk, hidden=pairs.hidden, out=pairs.out),
        partial(pair_sample, augment=config.augment, config=pairs),
        collate_pairs,
        partial(pair_losses, temperature=pairs.temperature, apart=pairs.apart),
        partial(pair_scores, apart=pairs.apart),
    )


def _channels(trunk: nn.Module) -> int:
    return int(getattr(trunk, "channels", 0))
