"""Settings of the two trainings behind `typodont crown classify`: on CT volumes, and on preparations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.datasets.crown_volumes import RegionAugment
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.datasets.volume_views import VolumeAugment
from typodont.tasks.crown.config import CrownSource, CrownTrainConfig
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig

PUBLISHED_SCHEDULE = ScheduleConfig(
    max_steps=1_000_000,
    max_epochs=100,
    peak=1e-4,
    warmup_steps=0,
    shape="exponential",
    decay=0.96,
    decay_steps=100_000,
    watch="accuracy",
    better="higher",
    stop_after=15,
)
PUBLISHED_OPTIMIZER = OptimizerConfig(kind="adam", weight_decay=0.0, clip=0.0, ema_decay=0.0, bf16=False)
PUBLISHED_LOOP = LoopConfig(batch=2, validate_epochs=1, log_every=10)
PUBLISHED_TURNS = VolumeAugment(p_turn=1.0, mirror=False, contrast=0.0, brightness=0.0, shift=0)
"""One of ±5, ±10, ±20° in the plane of the slices, every time.

Source of all four: Farook et al., Scientific Reports 13:1561 (2023), after Zunair, "3D image classification from CT
scans" (Keras example).
"""


@dataclass(frozen=True)
class CtTrainConfig(CrownTrainConfig):
    """The first half of the published transfer: the network learns to tell two kinds of CT volumes apart.

    Args:
        sources: Folders with a folder for each of `classes` in them, as the public chest CT is passed on.
        classes: Names of the two folders, healthy first.
        hold_out: Share of each class that is held out where there is no `validation`: the last ones by name.
        grid: What the network sees of a volume; -1000 to 400 Hounsfield units on 128 x 128 x 50, as published.
        augment: How volumes are varied.
    """

    name: str = "crown_ct"
    stage: Literal["ct"] = "ct"
    sources: tuple[CrownSource, ...] = (CrownSource(Path("data/ct")),)
    classes: tuple[str, str] = ("CT-0", "CT-23")
    hold_out: float = 0.3
    cache: Path = Path("data/volumes")
    net: NetConfig = NetConfig("ct_cnn")
    grid: VolumeGridConfig = VolumeGridConfig()
    augment: VolumeAugment = PUBLISHED_TURNS
    schedule: ScheduleConfig = PUBLISHED_SCHEDULE
    optimizer: OptimizerConfig = PUBLISHED_OPTIMIZER
    loop: LoopConfig = PUBLISHED_LOOP


@dataclass(frozen=True)
class ClassifyTrainConfig(CrownTrainConfig):
    """The network learns which kind of restoration a preparation is for; the defaults are those of the shipped weights.

    Args:
        sources: Folders of crown cases; or, as the published study has them, folders with a folder of single prepared
            teeth (STL, PLY, OBJ, VTP; occlusal is +z) for each of `kinds`.
        kinds: What to tell apart; of two, the second one is what the published figures call positive.
        hold_out: Share of each kind that is held out where there is no `validation`: the last ones by name.
        grid: "mm": the prepared tooth with what stands around it, in millimetres; "stretched": the prepared tooth
            alone, as published.
        augment: Of "mm": how the region is moved.
        turns: Of "stretched": how volumes are varied.
    """

    name: str = "crown_kind"
    stage: Literal["classify"] = "classify"
    kinds: tuple[str, ...] = ("onlay", "inlay", "crown")
    hold_out: float = 0.2
    cache: Path = Path("data/crown_volumes")
    net: NetConfig = NetConfig("kind_cnn")
    grid: VolumeGridConfig = VolumeGridConfig(scale="mm", shape=(56, 56, 48), voxel_mm=0.25)
    augment: RegionAugment = RegionAugment()
    turns: VolumeAugment = PUBLISHED_TURNS
    schedule: ScheduleConfig = ScheduleConfig(max_steps=1500, peak=2e-3, warmup_steps=50)
    optimizer: OptimizerConfig = OptimizerConfig(ema_decay=0.99)
    loop: LoopConfig = LoopConfig(batch=8, workers=0, validate_every=250)
