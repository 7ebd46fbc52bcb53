"""What a study needs to know of a job: its training, its labelled cases, and how its weights are scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from typodont.errors import ConfigError

CaseScores = Mapping[str, Mapping[str, float]]
"""Case -> figure -> value; NaN where a case has nothing to measure."""


class Case(NamedTuple):
    """One scan or picture, and whose it is: cases of one patient are never parted."""

    name: str
    patient: str


@dataclass(frozen=True)
class StudyJob:
    """A job as a study sees it; `config` is always a training config of the job, whose `sources` have
    `names`.

    Args:
        name: Of the package below `tasks`.
        settings: Class of the training config.
        unit: What a case is called, plural.
        figures: Name -> words for every figure of `score`; the first one is the job's main figure.
        prepare: Makes what the trainings of this config would otherwise make one by one.
        labelled: (config, number of the source) -> the cases that it can learn from.
        held_out: The cases that it is measured on.
        train: Trains, or goes on; returns the run folder.
        score: (config, run folder) -> figures of every held-out case.
        errors: Names of the figures of which less is better.
    """

    name: str
    settings: type
    unit: str
    figures: Mapping[str, str]
    prepare: Callable[[Any], None]
    labelled: Callable[[Any, int], list[Case]]
    held_out: Callable[[Any], list[Case]]
    train: Callable[[Any], Path]
    score: Callable[[Any, Path], CaseScores]
    errors: frozenset[str] = frozenset()


def load_job(name: str) -> StudyJob:
    """The job of this name: ``JOB`` of ``typodont.tasks.NAME.study``."""
    return import_module(f"typodont.tasks.{name}.study").JOB


def numbered(sources: tuple[Any, ...], number: int) -> Any:
    """One of a config's sources.

    Raises:
        ConfigError: there is none of that number.
    """
    if not 0 <= number < len(sources):
        raise ConfigError(f"labelled: found {number}, expected the number 0..{len(sources) - 1} of one of the sources")
    return sources[number]
