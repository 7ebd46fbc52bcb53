"""Settings of the scan job's training; the defaults are those of the shipped weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from typodont.datasets.pool_dataset import PoolSource
from typodont.datasets.scan_augment import ScanAugment
from typodont.datasets.scan_pose import PoseAugment
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.point_losses import PointLossWeights
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class NetConfig:
    """Which network, by its name in the registry, and the arguments of its class."""

    name: str = "point_unet"
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ScanTrainConfig:
    """A training of the scan job.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        stage: "segment" learns tooth numbers, "pose" how a scan lies in space.
        sources: Folders of cached point pools, mixed by weight; they may grow while the training runs.
        validation: Folder of cached point pools held out; None: no validation.
        init: Weights to start from.
        seed: Of the network's first weights and of the stream of samples.
    """

    name: str = "scan"
    runs: Path = Path("runs")
    stage: Literal["segment", "pose"] = "segment"
    sources: tuple[PoolSource, ...] = (PoolSource(Path("data/scan_pools")),)
    validation: Path | None = None
    init: Path | None = None
    seed: int = 0
    net: NetConfig = NetConfig()
    augment: ScanAugment = ScanAugment()
    pose_augment: PoseAugment = PoseAugment()
    loss: PointLossWeights = PointLossWeights()
    schedule: ScheduleConfig = ScheduleConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig()
