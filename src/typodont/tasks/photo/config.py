"""The trainings of the photo job and where the settings of each are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from typodont.errors import ConfigError
from typodont.registry import unknown_name


class PhotoTrainConfig(Protocol):
    """What the configs of all stages have in common."""

    @property
    def name(self) -> str: ...
    @property
    def runs(self) -> Path: ...
    @property
    def stage(self) -> str: ...


@dataclass(frozen=True)
class ShapeModelConfig:
    """How a shape model is learnt.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        subject: Whose shape.
        data: Folder of scans of palates (STL, PLY, OBJ), in any orientation and topology, mm, instead of synthetic
            ones; None: synthetic.
        licence: Of the scans, SPDX name; weights ship only if it allows it.
        shippable: Whether a model learnt from the scans may be passed on.
        count: How many synthetic mouths or palates.
        parameters: At most so many; None: 160 for a dentition, 40 for a palate.
        seed: Which series of synthetic ones.
    """

    name: str = "photo_shape"
    runs: Path = Path("runs")
    stage: Literal["shape-model"] = "shape-model"
    subject: Literal["dentition", "palate"] = "dentition"
    data: Path | None = None
    licence: str = "synthetic"
    shippable: bool = True
    count: int = 700
    parameters: int | None = None
    seed: int = 0


class Stage(NamedTuple):
    """One training of the photo job.

    Args:
        settings: ``module:Class`` of its config, a `PhotoTrainConfig` whose `stage` is the name in `STAGES`.
        run: ``module:function`` from its config to the run folder.
        summary: What is learnt, in one line.
    """

    settings: str
    run: str
    summary: str


STAGES: dict[str, Stage] = {
    "shape-model": Stage(
        "typodont.tasks.photo.config:ShapeModelConfig",
        "typodont.tasks.photo.shape_model:train_shape_model",
        "learn how dentitions or palates differ, from synthetic ones or from scans",
    ),
    "landmarks": Stage(
        "typodont.tasks.photo.landmark_config:LandmarkTrainConfig",
        "typodont.tasks.photo.train:train_landmarks",
        "find landmarks in photographs, and say how sure each is",
    ),
}
"""A new stage is a line here, its config and its function; the lines are lazy, so that looking imports nothing."""


def stage(name: str) -> Stage:
    """The stage of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in STAGES:
        raise ConfigError(unknown_name("stage of the photo job", name, STAGES))
    return STAGES[name]
