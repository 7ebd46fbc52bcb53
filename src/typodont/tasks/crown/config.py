"""Settings that all trainings of the crown job share, and where those of each stage are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from typodont.errors import ConfigError
from typodont.registry import unknown_name
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class CrownSource:
    """Preparations to learn from.

    Args:
        data: Folder of crown cases, as `typodont synth crown` writes them; what else it may be, the stage says.
        licence: SPDX name, or "synthetic"; weights ship only if all sources allow it.
        shippable: Whether weights that have seen them may be passed on.
        names: Text file with the cases to take, one a line; None: all.
    """

    data: Path = Path("data/crowns")
    licence: str = "synthetic"
    shippable: bool = True
    names: Path | None = None


@dataclass(frozen=True)
class CrownTrainConfig:
    """What the trainings of all stages have in common; each stage has a config of its own that begins with this.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        stage: One of `STAGES`.
        sources: Preparations to learn from.
        validation: Preparations held out; None: no validation.
        cache: Folder in which samples are kept as the network takes them, so that later runs need not make them again.
        init: Weights to start from, see `training.transfer.begin_with`: a file, a run folder or ``shipped:JOB/NAME``;
            ``pretrained:`` in front takes what fits and leaves the rest fresh.
        freeze: Modules that stand still, see `training.transfer.Freezing`.
        rate_decay: Share of the learning rate that every stage of the network has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
    """

    name: str = "crown"
    runs: Path = Path("runs")
    stage: str = ""
    sources: tuple[CrownSource, ...] = (CrownSource(),)
    validation: CrownSource | None = None
    cache: Path = Path("data/crown_samples")
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("")
    schedule: ScheduleConfig = ScheduleConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig()


class Stage(NamedTuple):
    """One training of the crown job.

    Args:
        settings: ``module:Class`` of its config, a `CrownTrainConfig` whose `stage` is the name in `STAGES`.
        data: ``module:function`` from its config and the network to the `TrainingData`.
        summary: What is learnt, in one line.
    """

    settings: str
    data: str
    summary: str


STAGES: dict[str, Stage] = {
    "ct": Stage(
        "typodont.tasks.crown.classify_config:CtTrainConfig",
        "typodont.tasks.crown.classify_data:ct_data",
        "tell two kinds of CT volumes apart, as the published network did before it saw teeth",
    ),
    "classify": Stage(
        "typodont.tasks.crown.classify_config:ClassifyTrainConfig",
        "typodont.tasks.crown.classify_data:kind_data",
        "tell which kind of restoration a preparation is for",
    ),
    "margin": Stage(
        "typodont.tasks.crown.margin_config:MarginTrainConfig",
        "typodont.tasks.crown.margin_data:margin_data",
        "tell prepared from unprepared surface around a preparation",
    ),
    "line": Stage(
        "typodont.tasks.crown.margin_config:LineTrainConfig",
        "typodont.tasks.crown.margin_data:line_data",
        "draw the margin line in a strip of surface around a rough one",
    ),
    "outer": Stage(
        "typodont.tasks.crown.outer_config:OuterTrainConfig",
        "typodont.tasks.crown.outer_data:outer_data",
        "complete the outer surface of a prepared tooth",
    ),
}
"""A new stage is a line here, its config and its function; the lines are lazy, so that looking imports nothing."""


def stage(name: str) -> Stage:
    """The stage of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in STAGES:
        raise ConfigError(unknown_name("stage of the crown job", name, STAGES))
    return STAGES[name]
