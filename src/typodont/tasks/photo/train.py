"""Train the photo job: ``train(config)``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from typodont.tasks.photo.config import PhotoTrainConfig, stage

if TYPE_CHECKING:
    from typodont.tasks.photo.landmark_config import LandmarkTrainConfig


def train(config: PhotoTrainConfig) -> Path:
    """Run a stage as its config says; returns the run folder with ``checkpoint.safetensors``.

    A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to train on, or no such stage.
        FormatError, MeshError: a file cannot be used.
    """
    module, _, name = stage(config.stage).run.partition(":")
    return getattr(import_module(module), name)(config)


def train_landmarks(config: LandmarkTrainConfig) -> Path:
    """Train the network that finds landmarks.

    Raises:
        ConfigError: nothing to train on.
        WeightsError: `init` does not fit the network.
    """
    from typodont.tasks.photo.landmark_data import KNOWN_FAILURES, landmark_data
    from typodont.training.run import begin_run, train_run

    net = begin_run(config)
    return train_run(config, net, landmark_data(config, net), job="photo", known_failures=KNOWN_FAILURES)
