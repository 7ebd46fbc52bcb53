"""``typodont train``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import getdoc
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Train:
    """A training of one job; a subclass says of which.

    Everything goes to RUNS/NAME: config.yaml, environment.json, metrics.jsonl, checkpoint.safetensors with its card.
    """

    config: Any
    job: ClassVar[str]
    """The package below `tasks`, with `config` and `train.train`."""
    settings: ClassVar[str]
    """Name of the config's class."""

    @classmethod
    def parse(cls, arguments: Sequence[str], program: str) -> Self:
        """Read ``[CONFIG.yaml] [--field value ...]``."""
        from typodont.cli.configured import parse_config

        settings = getattr(import_module(f"typodont.tasks.{cls.job}.config"), cls.settings)
        _, _, where = (getdoc(Train) or "").partition("\n\n")
        return cls(parse_config(settings, arguments, program, f"{getdoc(cls)}\n\n{where}"))

    def run(self) -> None:
        """Train and say where the run is."""
        print(f"trained: {import_module(f'typodont.tasks.{self.job}.train').train(self.config)}")


class TrainScan(Train):
    """Train a network for scans; a run that was broken off goes on where it stopped."""

    job, settings = "scan", "ScanTrainConfig"


class TrainPanoramic(Train):
    """Train a network for panoramic radiographs; a run that was broken off goes on where it stopped."""

    job, settings = "panoramic", "PanoramicTrainConfig"


class TrainView(Train):
    """Train the network that recognises pictures; a run that was broken off goes on where it stopped."""

    job, settings = "view", "ViewTrainConfig"
