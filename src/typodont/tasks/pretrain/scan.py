"""Pre-train a network on scans without labels: ``pretrain(config)``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from typodont.datasets.point_pyramid import SEGMENT_PYRAMID
from typodont.datasets.pool_dataset import PoolDataset
from typodont.datasets.scan_views import collate_views, face_views, point_views
from typodont.errors import ConfigError
from typodont.nets.contrastive_net import ContrastiveNet
from typodont.nets.point_batch import reads_faces
from typodont.tasks.pretrain.scan_config import ScanPretrainConfig
from typodont.tasks.pretrain.trunk import HEADLESS, trunk_of
from typodont.tasks.scan.train import origin
from typodont.tasks.scan.training_data import ScanSource, filled_sources
from typodont.training.contrastive import contrastive_losses, contrastive_scores
from typodont.training.run import TrainingData, begin_run, train_run
from typodont.training.weights import TrainingSource


def pretrain(config: ScanPretrainConfig) -> Path:
    """Pre-train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    The weights are those of the network with a fresh head: ``typodont train scan --init pretrained:RUN`` goes on from
    them. A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to learn from.
        WeightsError: `init` does not fit the network.
    """
    sources = (*(_unlabelled(folder, config) for folder in config.data), *config.sources)
    if not sources:
        raise ConfigError("no scans to learn from; name a folder of unlabelled scans with --data FOLDER")
    trunk = begin_run(config)
    faces = reads_faces(trunk)
    views = (
        partial(face_views, config=config.views)
        if faces
        else partial(point_views, config=config.views, augment=config.augment)
    )
    net = ContrastiveNet(trunk, hidden=config.contrast.hidden, out=config.contrast.out)
    with filled_sources(sources, config.cache, faces=faces, first=config.first, processes=config.processes) as pools:
        data = TrainingData(
            stream=PoolDataset(pools, views, seed=config.seed),
            held_out=(),
            collate=partial(collate_views, pyramid=None if faces else SEGMENT_PYRAMID),
            losses=partial(contrastive_losses, config=config.contrast),
            scores=contrastive_scores,
            origins=tuple(TrainingSource(origin(s), s.licence, s.shippable) for s in sources),
            names=lambda: [path for pool in pools for path in pool.files()],
        )
        return train_run(config, net, data, job="scan", kept=trunk_of, known_failures=(HEADLESS,))


def _unlabelled(folder: Path, config: ScanPretrainConfig) -> ScanSource:
    return ScanSource("unlabelled", folder, licence=config.licence, shippable=config.shippable)
