"""Settings of a label-efficiency study; the same for every job."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from typodont.errors import ConfigError

FRACTIONS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Arm:
    """One way of training that a study compares.

    Args:
        name: Of its folders, and on the plot.
        set: What it changes in the training config, by dotted name: ``{"init": "pretrained:runs/pretrain"}``.
        first: What it trains once beforehand, as changes of the same kind; its runs then begin with what fits of these
            weights, unless the arm sets `init` itself. Empty: nothing.
    """

    name: str = "scratch"
    set: dict[str, Any] = field(default_factory=dict)
    first: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyConfig:
    """A study: every arm, trained with every share of the labels, from every seed.

    Args:
        name: Of the study; everything goes to `studies`/`name`.
        studies: Folder of all studies.
        base: Training config of the job, as far as it is not the default; the same for all arms. Names may be dotted.
            Its `validation` is what all runs are measured on.
        arms: The first one is what the others are compared with.
        labelled: Which of the training's `sources` the shares are taken of; the others stay whole.
        fractions: Shares of the labelled patients, the cases of a smaller one among those of a larger one; 0, if it is
            among them, trains on the other sources alone.
        seeds: Of the order in which patients are labelled, and of every training.
        epochs: Passes over the labelled cases, which then set the steps of every run; None: the same steps for all.
        processes: Runs at once, each in a process of its own; 0: one after the other in this process.
        threads: Of each run.
        score: Figure that the plot and the sentences are about; None: the job's own.
        claim: Share at which an arm is compared with the first arm at the largest share.
        level: Of the intervals.
        draws: Bootstrap samples of the intervals.
        cost_per_label: What it costs to label one case; None: not told.
        cost_unit: In words.
    """

    name: str = "study"
    studies: Path = Path("studies")
    base: dict[str, Any] = field(default_factory=dict)
    arms: tuple[Arm, ...] = (Arm(),)
    labelled: int = 0
    fractions: tuple[float, ...] = FRACTIONS
    seeds: tuple[int, ...] = (0, 1, 2)
    epochs: float | None = None
    processes: int = 1
    threads: int = 1
    score: str | None = None
    claim: float = 0.4
    level: float = 0.95
    draws: int = 2000
    cost_per_label: float | None = None
    cost_unit: str = "minutes"

    @property
    def folder(self) -> Path:
        """Where everything goes."""
        return self.studies / self.name


def check_study(config: StudyConfig) -> None:
    """Refuse what cannot be a study.

    Raises:
        ConfigError: no arm or two of one name, no seed, a share that is none.
    """
    names = [arm.name for arm in config.arms]
    if not names or len(set(names)) < len(names) or not all(_is_plain(name) for name in names):
        raise ConfigError(f"arms: found the names {names}, expected one or more, all different, fit for folders")
    if not config.seeds or len(set(config.seeds)) < len(config.seeds):
        raise ConfigError(f"seeds: found {list(config.seeds)}, expected one or more, all different")
    rising = all(a < b for a, b in pairwise(config.fractions))
    if not config.fractions or not rising or not 0 <= config.fractions[0] <= config.fractions[-1] <= 1:
        raise ConfigError(f"fractions: found {list(config.fractions)}, expected rising shares from 0 to 1")
    if config.fractions[-1] == 0:
        raise ConfigError("fractions: found only 0, expected a share with labels")


def _is_plain(name: str) -> bool:
    return bool(name) and "/" not in name and not name.startswith(".")
