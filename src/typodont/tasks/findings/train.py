"""Train the findings job: ``train(config)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn
from torch.utils.data import Dataset

from typodont.datasets.finding_samples import (
    FindingSample,
    FindingView,
    collate_findings,
    plain_view,
    sample_of,
    varied_view,
)
from typodont.datasets.pass_stream import PassStream
from typodont.datasets.picture_cache import CanvasConfig
from typodont.datasets.published_findings import check_all_labelled, distorted_view, undistorted_view
from typodont.datasets.weighted_stream import WeightedStream
from typodont.errors import ConfigError
from typodont.progress import track
from typodont.records import only_named
from typodont.records.findings import PictureFindings, find_picture_findings
from typodont.records.picture_files import read_layers
from typodont.tasks.findings.config import FindingsSource, FindingsTrainConfig
from typodont.tasks.findings.modality import MODALITIES
from typodont.training.detection_losses import detection_losses, detection_scores
from typodont.training.detection_pictures import drawn_findings
from typodont.training.run import NetConfig, TrainingData, begin_run, train_run
from typodont.training.weights import TrainingSource


def train(config: FindingsTrainConfig) -> Path:
    """Train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to train on, sides of views or canvas that the network cannot halve as often as it does, or
            a network of another stage.
        FormatError, LabelError: a picture or its labels cannot be used.
        WeightsError: `init` does not fit the network.
    """
    config = filled_in(config)
    net = begin_run(config)
    canvas = check_sides(config, net)
    stage = make_stage(config, net)
    sources = [(read_samples(source, config, canvas), source.weight) for source in config.sources]
    held_out = read_samples(config.validation, config, canvas) if config.validation is not None else []
    data = TrainingData(
        stream=stage.stream(sources),
        held_out=[stage.keep(sample) for sample in held_out],
        collate=collate_findings,
        losses=detection_losses,
        scores=detection_scores,
        origins=tuple(TrainingSource(str(s.data), s.licence, s.shippable) for s in config.sources),
        names=lambda: [Path(sample.name) for samples, _ in sources for sample in samples],
        size=sum(len(samples) for samples, _ in sources),
        draw=partial(drawn_findings, categories=config.categories or ()),
    )
    return train_run(config, net, data, job="findings")


@dataclass(frozen=True)
class Stage:
    """What differs between the trainings of the findings job's networks.

    Args:
        stream: Samples of every source with its weight -> endless training data.
        keep: A sample -> validation sample.
    """

    stream: Callable[[Sequence[tuple[list[FindingSample], float]]], Dataset[Any]]
    keep: Callable[[FindingSample], FindingView]


def make_stage(config: FindingsTrainConfig, net: nn.Module) -> Stage:
    """What the stage of a filled-in config needs.

    Raises:
        ConfigError: the network wants its pictures otherwise than the stage shows them.
    """
    plain = bool(getattr(net, "takes_plain_values", False))
    if plain != (config.stage == "published"):
        right = "published" if plain else "light"
        raise ConfigError(f"stage: found {config.stage!r}, expected {right!r} for the network {config.net.name}")
    if config.stage == "light":
        assert config.view is not None
        vary = partial(varied_view, augment=config.augment, shape=config.view)
        return Stage(partial(WeightedStream, prepare=vary, seed=config.seed), plain_view)

    def stream(sources: Sequence[tuple[list[FindingSample], float]]) -> PassStream:
        samples = [sample for one, _ in sources for sample in one]
        check_all_labelled(samples, config.categories or ())
        return PassStream(samples, distorted_view, seed=config.seed)

    return Stage(stream, undistorted_view)


def filled_in(config: FindingsTrainConfig) -> FindingsTrainConfig:
    """The config with what follows from its modality."""
    modality = MODALITIES[config.modality]
    categories = config.categories or modality.categories
    arguments = {**config.net.arguments, "categories": list(categories), "channels": modality.channels}
    return replace(
        config,
        categories=categories,
        net=NetConfig(config.net.name, arguments),
        canvas=config.canvas or modality.canvas.canvas,
        view=config.view or modality.view,
    )


def check_sides(config: FindingsTrainConfig, net: nn.Module) -> CanvasConfig:
    """The canvas of a filled-in config, whose sides the network can halve as often as it does."""
    stride = int(getattr(net, "stride", 1))
    assert config.canvas is not None
    assert config.view is not None
    for name, sides in (("canvas", config.canvas), ("view", config.view)):
        if min(sides) < stride or any(side % stride for side in sides):
            rows, columns = (max(stride, stride * round(side / stride)) for side in sides)
            raise ConfigError(
                f"{name}: found {sides[0]} rows and {sides[1]} columns, expected multiples of {stride} for the "
                f"network {config.net.name}; the nearest are {rows} and {columns}"
            )
    return replace(MODALITIES[config.modality].canvas, canvas=config.canvas)


def find_pictures(source: FindingsSource) -> list[PictureFindings]:
    """The pictures of a source, those that its `names` lists or all."""
    found = find_picture_findings(source.data, rename=source.rename)
    return only_named(found, source.names, where=source.data)


def read_samples(source: FindingsSource, config: FindingsTrainConfig, canvas: CanvasConfig) -> list[FindingSample]:
    """What a training keeps of the pictures of a source."""
    assert config.categories is not None
    samples = []
    for labelled in track(find_pictures(source), f"read {source.data}", unit="picture"):
        layers = read_layers(labelled.image, colour=canvas.colour)
        samples.append(sample_of(layers, labelled, config.categories, canvas))
    return samples
