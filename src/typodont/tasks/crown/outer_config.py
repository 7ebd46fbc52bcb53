"""Settings of the training behind the outer surface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.datasets.crown_region import RegionGrid
from typodont.datasets.region_augment import RegionAugment
from typodont.datasets.region_samples import FrameJitter
from typodont.tasks.crown.config import CrownTrainConfig
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class OuterTrainConfig(CrownTrainConfig):
    """The network learns to complete the outer surface; the defaults are those of the shipped weights.

    Args:
        sources: Folders of crown cases with everything known; they may grow while the training runs.
        region: What the network sees of a case.
        jitter: How far the frames of the training samples are off.
        augment: How the samples are varied.
    """

    name: str = "crown_outer"
    stage: Literal["outer"] = "outer"
    cache: Path = Path("data/crown_regions")
    net: NetConfig = NetConfig("crown_unet")
    region: RegionGrid = RegionGrid()
    jitter: FrameJitter = FrameJitter()
    augment: RegionAugment = RegionAugment()
    schedule: ScheduleConfig = ScheduleConfig(max_steps=6000, peak=1e-3, warmup_steps=100)
    optimizer: OptimizerConfig = OptimizerConfig(ema_decay=0.995)
    loop: LoopConfig = LoopConfig(batch=1, workers=1, validate_every=300, log_every=20)
