"""Train the panoramic job: ``train(config)``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset

from typodont.datasets.panoramic_augment import augmented_panoramic, plain_panoramic
from typodont.datasets.panoramic_samples import PanoramicSample, collate_panoramics, sample_of
from typodont.datasets.published_panoramic import (
    PublishedSample,
    PublishedStream,
    as_seen,
    collate_published,
    published_sample,
)
from typodont.datasets.weighted_stream import WeightedStream
from typodont.errors import ConfigError
from typodont.nets.image_batch import ImageBatch
from typodont.progress import track
from typodont.records import (
    LabelledPanoramic,
    PanoramicFiles,
    Radiograph,
    find_labelled_panoramics,
    only_named,
    read_radiograph,
)
from typodont.tasks.panoramic.config import PanoramicSource, PanoramicTrainConfig
from typodont.training.pixel_class_losses import pixel_class_losses, pixel_class_scores
from typodont.training.run import TrainingData, begin_run, train_run
from typodont.training.tooth_mask_losses import tooth_mask_losses, tooth_mask_scores
from typodont.training.tooth_pictures import drawn_teeth
from typodont.training.weights import TrainingSource


def train(config: PanoramicTrainConfig) -> Path:
    """Train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to train on, or a canvas that the network cannot halve as often as it does.
        FormatError, LabelError: a picture or its labels cannot be used.
        WeightsError: `init` does not fit the network.
    """
    net = begin_run(config)
    check_canvas(config, net)
    stage = make_stage(config)
    sources = [(read_samples(source, stage.sample), source.weight) for source in config.sources]
    held_out = read_samples(config.validation, stage.sample) if config.validation is not None else []
    data = TrainingData(
        stream=stage.stream(sources),
        held_out=[stage.keep(sample) for sample in held_out],
        collate=stage.collate,
        losses=stage.losses,
        scores=stage.scores,
        origins=tuple(TrainingSource(str(s.data), s.licence, s.shippable) for s in config.sources),
        names=lambda: [Path(sample.name) for samples, _ in sources for sample in samples],
        size=sum(len(samples) for samples, _ in sources),
        draw=drawn_teeth,
    )
    return train_run(config, net, data, job="panoramic")


def check_canvas(config: PanoramicTrainConfig, net: nn.Module) -> None:
    """Refuse a canvas whose sides are no multiples of the network's stride, of the stage that uses the canvas."""
    stride = int(getattr(net, "stride", 1))
    if config.stage == "segment" and (min(config.canvas) < stride or any(side % stride for side in config.canvas)):
        rows, columns = (max(stride, stride * round(side / stride)) for side in config.canvas)
        raise ConfigError(
            f"canvas: found {config.canvas[0]} rows and {config.canvas[1]} columns, expected multiples of {stride} "
            f"for the network {config.net.name}; the nearest are {rows} and {columns}"
        )


@dataclass(frozen=True)
class Stage:
    """What differs between the trainings of the panoramic job's networks.

    Args:
        sample: A labelled picture -> what is kept of it in memory.
        stream: Samples of every source with its weight -> endless training data.
        keep: A sample -> validation sample.
        collate: Training samples -> batch.
        losses, scores: (output, batch) -> figures by name.
    """

    sample: Callable[[Radiograph, LabelledPanoramic], Any]
    stream: Callable[[Sequence[tuple[list[Any], float]]], Dataset[Any]]
    keep: Callable[[Any], Any]
    collate: Callable[[Sequence[Any]], ImageBatch]
    losses: Callable[[Any, Any], dict[str, torch.Tensor]]
    scores: Callable[[Any, Any], dict[str, float]]


def make_stage(config: PanoramicTrainConfig) -> Stage:
    """What the config's stage needs."""
    if config.stage == "published":
        return _published(config)
    vary = partial(augmented_panoramic, augment=config.augment)
    return Stage(
        partial(_on_canvas, canvas=config.canvas),
        partial(WeightedStream, prepare=vary, seed=config.seed),
        plain_panoramic,
        collate_panoramics,
        partial(tooth_mask_losses, weights=config.loss),
        tooth_mask_scores,
    )


def _published(config: PanoramicTrainConfig) -> Stage:
    data = config.published

    def sample(radiograph: Radiograph, labelled: LabelledPanoramic) -> PublishedSample:
        return published_sample(labelled.name, radiograph.image, labelled.label_map(), data)

    def stream(sources: Sequence[tuple[list[PublishedSample], float]]) -> PublishedStream:
        return PublishedStream([one for samples, _ in sources for one in samples], data, seed=config.seed)

    keep = partial(as_seen, data=data)
    return Stage(sample, stream, keep, collate_published, pixel_class_losses, pixel_class_scores)


def _on_canvas(radiograph: Radiograph, labelled: LabelledPanoramic, canvas: tuple[int, int]) -> PanoramicSample:
    """Half a megabyte a picture on the usual canvas."""
    return sample_of(labelled.name, radiograph.image, labelled.label_map(), aspect=labelled.aspect, shape=canvas)


def find_pictures(source: PanoramicSource) -> list[PanoramicFiles]:
    """The pictures of a source, those that its `names` lists or all."""
    found = find_labelled_panoramics(source.data, numbers=source.numbers)
    return only_named(found, source.names, where=source.data)


def read_samples(source: PanoramicSource, sample: Callable[[Radiograph, LabelledPanoramic], Any]) -> list[Any]:
    """What a training keeps of the pictures of a source."""
    found = find_pictures(source)
    samples = []
    for files in track(found, f"read {source.data}", unit="picture"):
        labelled = files.read()
        samples.append(sample(read_radiograph(labelled.image), labelled))
    return samples
