"""Settings of contrastive pre-training on unlabelled scans; the defaults are for the default scan network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typodont.datasets.scan_augment import ScanAugment
from typodont.datasets.scan_views import ViewConfig
from typodont.tasks.scan.training_data import ScanSource
from typodont.training.contrastive import ContrastiveConfig
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class ScanPretrainConfig:
    """A pre-training on scans without labels.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        data: Folders of unlabelled scans in any orientation, also in folders below.
        licence: Of the scans in `data` (SPDX name).
        shippable: Whether weights that have seen them may be passed on.
        sources: Further scans, for example synthetic ones; labels are not looked at.
        cache: Folder in which scans are kept as pools of points, so that later runs need not make them again.
        first: Scans of each source that must be there before the training starts; the rest is made meanwhile.
        processes: That make the pools of one source.
        init: Weights to start from, see `training.transfer.begin_with`.
        freeze: Modules that stand still, see `training.transfer.Freezing`.
        rate_decay: Share of the learning rate that every stage has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
        views: How two views of a scan are made.
        augment: How scans are varied for networks that read points.
        contrast: The objective.
    """

    name: str = "scan_pretrained"
    runs: Path = Path("runs")
    data: tuple[Path, ...] = ()
    licence: str = "unknown"
    shippable: bool = True
    sources: tuple[ScanSource, ...] = ()
    cache: Path = Path("data/scan_pools")
    first: int = 50
    processes: int = 2
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("point_unet")
    views: ViewConfig = ViewConfig()
    augment: ScanAugment = ScanAugment()
    contrast: ContrastiveConfig = ContrastiveConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig(validate_every=0)
