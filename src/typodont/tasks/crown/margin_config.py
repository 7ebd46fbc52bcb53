"""Settings of the two trainings behind the margin line: which surface is prepared, and where exactly it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.datasets.margin_points import MarginAugment
from typodont.tasks.crown.config import CrownTrainConfig
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class MarginTrainConfig(CrownTrainConfig):
    """The network learns to tell prepared from unprepared surface; the defaults are those of the shipped weights.

    Args:
        sources: Folders of crown cases with margin and axis; they may grow while the training runs.
        coarse: Share of samples from a simplified mesh.
        augment: How the samples are varied.
    """

    name: str = "crown_margin"
    stage: Literal["margin"] = "margin"
    cache: Path = Path("data/crown_margins")
    net: NetConfig = NetConfig("margin_net")
    coarse: float = 0.4
    augment: MarginAugment = MarginAugment()
    schedule: ScheduleConfig = ScheduleConfig(max_steps=6000, peak=2e-3, warmup_steps=100)
    optimizer: OptimizerConfig = OptimizerConfig(ema_decay=0.998)
    loop: LoopConfig = LoopConfig(batch=2, workers=0, validate_every=500)


@dataclass(frozen=True)
class LineTrainConfig(CrownTrainConfig):
    """The network learns to draw the line in a strip of surface; the defaults are those of the shipped weights.

    Args:
        sources: Folders of crown cases with margins; they may grow while the training runs.
        strips: Strips along strayed lines that are kept of each case.
    """

    name: str = "crown_line"
    stage: Literal["line"] = "line"
    cache: Path = Path("data/crown_lines")
    strips: int = 6
    net: NetConfig = NetConfig("line_net")
    schedule: ScheduleConfig = ScheduleConfig(max_steps=4000, peak=3e-3, warmup_steps=100)
    optimizer: OptimizerConfig = OptimizerConfig(ema_decay=0.998)
    loop: LoopConfig = LoopConfig(batch=4, workers=0, validate_every=500)
