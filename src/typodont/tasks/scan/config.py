"""Settings of the scan job's training; the defaults are those of the shipped weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.datasets.scan_augment import ScanAugment
from typodont.datasets.scan_pose import PoseAugment
from typodont.tasks.scan.training_data import ScanSource
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.point_losses import PointLossWeights
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class ScanTrainConfig:
    """A training of the scan job.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        stage: "segment" learns tooth numbers, "pose" how a scan lies in space.
        sources: Scans to learn from, mixed by weight.
        cache: Folder in which scans are kept as pools of points, so that later runs need not make them again.
        first: Scans of each source that must be there before the training starts; the rest is made meanwhile.
        processes: That make the pools of one source.
        validation: Scans held out; None: no validation.
        n_validation: How many of them.
        n_faces: Faces a scan for networks that read faces.
        init: Weights to start from, see `training.transfer.begin_with`: a file, a run folder or ``shipped:JOB/NAME``;
            ``pretrained:`` in front takes what fits and leaves the rest fresh.
        freeze: Modules that stand still, see `training.transfer.Freezing`; for example ``encoder.0-2``.
        rate_decay: Share of the learning rate that every stage has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
    """

    name: str = "scan"
    runs: Path = Path("runs")
    stage: Literal["segment", "pose"] = "segment"
    sources: tuple[ScanSource, ...] = (ScanSource(),)
    cache: Path = Path("data/scan_pools")
    first: int = 100
    processes: int = 2
    validation: ScanSource | None = ScanSource(count=40, seed=999)
    n_validation: int = 40
    n_faces: int = 20000
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("point_unet")
    augment: ScanAugment = ScanAugment()
    pose_augment: PoseAugment = PoseAugment()
    loss: PointLossWeights = PointLossWeights()
    schedule: ScheduleConfig = ScheduleConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig()
