"""``typodont train``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import getdoc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typodont.tasks.panoramic.config import PanoramicTrainConfig
    from typodont.tasks.scan.config import ScanTrainConfig
    from typodont.tasks.view.config import ViewTrainConfig


@dataclass(frozen=True)
class TrainScan:
    """Train a network for scans; a run that was broken off goes on where it stopped.

    Everything goes to RUNS/NAME: config.yaml, environment.json, metrics.jsonl, checkpoint.safetensors with its card.
    """

    config: ScanTrainConfig

    @classmethod
    def parse(cls, arguments: Sequence[str], program: str) -> TrainScan:
        """Read ``[CONFIG.yaml] [--field value ...]``."""
        from typodont.cli.configured import parse_config
        from typodont.tasks.scan.config import ScanTrainConfig

        return cls(parse_config(ScanTrainConfig, arguments, program, getdoc(cls) or ""))

    def run(self) -> None:
        """Train and say where the run is."""
        from typodont.tasks.scan.train import train

        print(f"trained: {train(self.config)}")


@dataclass(frozen=True)
class TrainPanoramic:
    """Train a network for panoramic radiographs; a run that was broken off goes on where it stopped.

    Everything goes to RUNS/NAME: config.yaml, environment.json, metrics.jsonl, checkpoint.safetensors with its card.
    """

    config: PanoramicTrainConfig

    @classmethod
    def parse(cls, arguments: Sequence[str], program: str) -> TrainPanoramic:
        """Read ``[CONFIG.yaml] [--field value ...]``."""
        from typodont.cli.configured import parse_config
        from typodont.tasks.panoramic.config import PanoramicTrainConfig

        return cls(parse_config(PanoramicTrainConfig, arguments, program, getdoc(cls) or ""))

    def run(self) -> None:
        """Train and say where the run is."""
        from typodont.tasks.panoramic.train import train

        print(f"trained: {train(self.config)}")


@dataclass(frozen=True)
class TrainView:
    """Train the network that tells panoramics from other pictures; a run that was broken off goes on where it stopped.

    Everything goes to RUNS/NAME: config.yaml, environment.json, metrics.jsonl, checkpoint.safetensors with its card.
    """

    config: ViewTrainConfig

    @classmethod
    def parse(cls, arguments: Sequence[str], program: str) -> TrainView:
        """Read ``[CONFIG.yaml] [--field value ...]``."""
        from typodont.cli.configured import parse_config
        from typodont.tasks.view.config import ViewTrainConfig

        return cls(parse_config(ViewTrainConfig, arguments, program, getdoc(cls) or ""))

    def run(self) -> None:
        """Train and say where the run is."""
        from typodont.tasks.view.train import train

        print(f"trained: {train(self.config)}")
