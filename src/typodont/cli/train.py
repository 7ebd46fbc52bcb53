"""``typodont train``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import getdoc
from typing import Any, ClassVar, Self

from typodont.errors import ConfigError


@dataclass(frozen=True)
class Train:
    """A training of one job; a subclass says of which.

    Everything goes to RUNS/NAME: config.yaml, environment.json, metrics.jsonl, checkpoint.safetensors with its card.
    """

    config: Any
    settings: ClassVar[str]
    """``module:Class`` of the config."""
    function: ClassVar[str]
    """``module:function`` from a config to the run folder."""

    @classmethod
    def parse(cls, arguments: Sequence[str], program: str) -> Self:
        """Read ``[CONFIG.yaml] [--field value ...]``."""
        from typodont.cli.configured import parse_config

        settings = _load(cls.settings)
        _, _, where = (getdoc(Train) or "").partition("\n\n")
        return cls(parse_config(settings, arguments, program, f"{getdoc(cls)}\n\n{where}"))

    def run(self) -> None:
        """Train and say where the run is."""
        print(f"trained: {_load(self.function)(self.config)}")


class TrainScan(Train):
    """Train a network for scans; a run that was broken off goes on where it stopped."""

    settings, function = "typodont.tasks.scan.config:ScanTrainConfig", "typodont.tasks.scan.train:train"


class TrainPanoramic(Train):
    """Train a network for panoramic radiographs; a run that was broken off goes on where it stopped."""

    settings, function = "typodont.tasks.panoramic.config:PanoramicTrainConfig", "typodont.tasks.panoramic.train:train"


class TrainFindings(Train):
    """Train a network that finds things in pictures; a run that was broken off goes on where it stopped."""

    settings, function = "typodont.tasks.findings.config:FindingsTrainConfig", "typodont.tasks.findings.train:train"


class TrainView(Train):
    """Train the network that recognises pictures; a run that was broken off goes on where it stopped."""

    settings, function = "typodont.tasks.view.config:ViewTrainConfig", "typodont.tasks.view.train:train"


class _StagedTrain(Train):
    """The training of a job with several stages, each with options of its own."""

    stages: ClassVar[str]
    """``module:STAGES``: name -> what has `settings` and a `summary`; beside it is a function `stage` from a name."""

    @classmethod
    def parse(cls, arguments: Sequence[str], program: str) -> Self:
        """Read ``--stage STAGE [CONFIG.yaml] [--field value ...]``."""
        from typodont.cli.configured import parse_config, value_of

        stages = _load(cls.stages)
        name, rest = value_of("stage", arguments)
        if name is None and {"-h", "--help"} & set(arguments):
            print(f"usage: {program} --stage STAGE [CONFIG.yaml] [--field value ...]\n\n{getdoc(cls)}\n\nstages:")
            print("\n".join(f"  {name:<12} {one.summary}" for name, one in stages.items()))
            raise SystemExit(0)
        if name is None:
            raise ConfigError(f"no stage: expected --stage, or `stage:` in the config, one of {', '.join(stages)}")
        one = _load(f"{cls.stages.partition(':')[0]}:stage")(name)
        _, _, where = (getdoc(Train) or "").partition("\n\n")
        about = f"{getdoc(cls)}\n\nStage: {one.summary}.\n\n{where}"
        return cls(parse_config(_load(one.settings), rest, f"{program} --stage {name}", about))


class TrainCrown(_StagedTrain):
    """Train a network of the crown job; a run that was broken off goes on where it stopped."""

    stages, function = "typodont.tasks.crown.config:STAGES", "typodont.tasks.crown.train:train"


class TrainPhoto(_StagedTrain):
    """Learn the shape model or train the network of the photo job; a training that was broken off goes on."""

    stages, function = "typodont.tasks.photo.config:STAGES", "typodont.tasks.photo.train:train"


def _load(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
