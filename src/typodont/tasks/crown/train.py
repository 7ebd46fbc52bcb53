"""Train the crown job: ``train(config)``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from typodont.tasks.crown.config import CrownTrainConfig, stage
from typodont.training.run import begin_run, train_run


def train(config: CrownTrainConfig) -> Path:
    """Train the network of a stage as its config says; returns the run folder with ``checkpoint.safetensors``.

    A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to train on, or no such stage.
        FormatError, MeshError, LabelError: a case cannot be used.
        WeightsError: `init` does not fit the network.
    """
    make_data = load_part(stage(config.stage).data)
    net = begin_run(config)
    return train_run(config, net, make_data(config, net), job="crown")


def load_part(target: str) -> Any:
    """What a lazy ``module:name`` of a stage means."""
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
