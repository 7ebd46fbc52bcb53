"""Pre-train a network on volumes without labels: ``pretrain(config)``."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

from typodont.datasets.volume_cache import CachedVolume, cache_volumes
from typodont.datasets.volume_views import VolumeStream, collate_hidden, plain_sample
from typodont.errors import ConfigError
from typodont.nets.masked_volume import MaskedVolume
from typodont.records.volume import find_volumes
from typodont.tasks.pretrain.trunk import HEADLESS, trunk_of
from typodont.tasks.pretrain.volume_config import VolumePretrainConfig
from typodont.training.masked_volume_losses import masked_volume_losses, masked_volume_scores
from typodont.training.run import TrainingData, begin_run, train_run
from typodont.training.weights import TrainingSource


def pretrain(config: VolumePretrainConfig) -> Path:
    """Pre-train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    The weights are those of the network with a fresh head, to begin with as ``pretrained:RUN``. Volumes that cannot be
    read are named and passed over. A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to learn from, or a grid that the network cannot read.
        WeightsError: `init` does not fit the network.
    """
    if not config.data:
        raise ConfigError("no volumes to learn from; name a folder of unlabelled CT or surfaces with --data FOLDER")
    trunk = begin_run(config)
    net = masked(trunk, config)
    volumes = cache_volumes(find_volumes(config.data), config.grid, config.cache, processes=config.loop.workers)
    held_out, seen = _parted(volumes, config)
    data = TrainingData(
        stream=VolumeStream(seen, config.grid.shape, config.augment, config.mask, seed=config.seed),
        held_out=[plain_sample(volume, config.grid.shape, config.mask) for volume in held_out],
        collate=collate_hidden,
        losses=masked_volume_losses,
        scores=masked_volume_scores,
        origins=tuple(TrainingSource(place.name, config.licence, config.shippable) for place in config.data),
        names=lambda: [volume.source for volume in seen],
    )
    return train_run(config, net, data, job="crown", kept=trunk_of, known_failures=(HEADLESS,))


def masked(trunk: nn.Module, config: VolumePretrainConfig) -> MaskedVolume:
    """The network with a decoder.

    Raises:
        ConfigError: the network reads no volumes, or a grid, batch or detail does not fit it.
    """
    if trunk.reads not in ("volume", "region") or not hasattr(trunk, "features"):
        raise ConfigError(f"net: {config.net.name} cannot be pre-trained on volumes; take ct_cnn or crown_unet")
    stride, margin = int(trunk.stride), int(trunk.margin)  # type: ignore[arg-type]
    cells = [(side - 2 * margin) // stride for side in config.grid.shape]
    if min(cells) < 1:
        found, least = " × ".join(map(str, config.grid.shape)), stride + 2 * margin
        raise ConfigError(f"grid.shape: found {found} voxels, expected {least} or more a side for {config.net.name}")
    if config.loop.batch * math.prod(cells) < 2:
        raise ConfigError("loop.batch: found 1 with a grid of one feature cell, expected 2 or more to normalise over")
    if stride % config.mask.detail:
        raise ConfigError(f"mask.detail: found {config.mask.detail}, expected a divisor of {stride}")
    net = MaskedVolume(trunk, detail=config.mask.detail)
    # voxel by voxel instead of channel by channel takes a third off a step on a CPU
    return net.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]


def _parted(volumes: list[CachedVolume], config: VolumePretrainConfig) -> tuple[list[CachedVolume], list[CachedVolume]]:
    """What is held out and what is learnt from, drawn by the seed; never all of them held out."""
    order = np.random.default_rng(config.seed).permutation(len(volumes))
    count = min(config.n_validation, max(len(volumes) - 1, 0))
    drawn = [volumes[i] for i in order]
    return drawn[:count], drawn[count:]
