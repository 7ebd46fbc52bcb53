"""What the network that finds landmarks learns from: photographs with their truth, varied at random."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from torch import nn

from typodont.datasets.landmark_samples import (
    LandmarkSample,
    collate_landmarks,
    landmark_sample,
    plain_landmarks,
    varied_landmarks,
)
from typodont.datasets.weighted_stream import WeightedStream
from typodont.errors import ConfigError, LabelError
from typodont.progress import track
from typodont.records import only_named
from typodont.records.landmarked_photo import LandmarkedPhoto, find_landmarked_photos, read_landmarked_photo
from typodont.tasks.photo.landmark_config import LandmarkTrainConfig, PhotoSource
from typodont.training.landmark_losses import landmark_losses, landmark_scores
from typodont.training.run import TrainingData
from typodont.training.transfer import weights_path
from typodont.training.weights import TrainingSource, card_path, read_card

KNOWN_FAILURES = (
    "Learnt from rendered photographs: what these do not show (metal, braces, fissures that carry stain, blood, other "
    "instruments) may mislead it.",
    "A photograph of a mirror that has not been mirrored back shows the mirror patient: left and right are swapped.",
    "Wisdom teeth, milk teeth and supernumerary teeth have no landmarks and may take those of their neighbours.",
)


def landmark_data(config: LandmarkTrainConfig, net: nn.Module) -> TrainingData:
    """Samples, losses and scores of the stage "landmarks".

    Raises:
        ConfigError: nothing to train on, or a canvas that the network cannot halve as often as it does.
        FormatError, LabelError: a photograph cannot be used.
    """
    _check_canvas(config, net)
    sources = [(read_samples(source, config), source.weight) for source in config.sources]
    held_out = [] if config.validation is None else read_samples(config.validation, config)
    return TrainingData(
        stream=WeightedStream(
            sources, partial(varied_landmarks, augment=config.augment, shape=config.canvas), seed=config.seed
        ),
        held_out=[plain_landmarks(sample, shape=config.canvas) for sample in held_out],
        collate=collate_landmarks,
        losses=landmark_losses,
        scores=landmark_scores,
        origins=_origins(config),
        names=lambda: [Path(sample.name) for samples, _ in sources for sample in samples],
        size=sum(len(samples) for samples, _ in sources),
    )


def source_photos(source: PhotoSource, subject: str) -> list[LandmarkedPhoto]:
    """The photographs of a source, those that its `names` lists or all.

    Raises:
        ConfigError: a name without a photograph.
        FormatError: there is none, or one is damaged.
        LabelError: a photograph of another subject.
    """
    photos = [read_landmarked_photo(file) for file in find_landmarked_photos(source.data)]
    photos = only_named(photos, source.names, where=source.data)
    for photo in photos:
        if photo.subject != subject:
            raise LabelError(
                f"{source.data}: {photo.name}: found a {photo.subject}, expected a {subject}; train them apart"
            )
    return photos


def read_samples(source: PhotoSource, config: LandmarkTrainConfig) -> list[LandmarkSample]:
    """What a training keeps of the photographs of a source."""
    photos = source_photos(source, config.subject)
    return [landmark_sample(photo) for photo in track(photos, f"read {source.data}", unit="photo")]


def _check_canvas(config: LandmarkTrainConfig, net: nn.Module) -> None:
    stride = int(getattr(net, "stride", 1))
    if min(config.canvas) < stride or any(side % stride for side in config.canvas):
        rows, columns = (max(stride, stride * round(side / stride)) for side in config.canvas)
        raise ConfigError(
            f"canvas: found {config.canvas[0]} rows and {config.canvas[1]} columns, expected multiples of {stride} for "
            f"the network {config.net.name}; the nearest are {rows} and {columns}"
        )


def _origins(config: LandmarkTrainConfig) -> tuple[TrainingSource, ...]:
    """The sources, and those of the weights that the training began with."""
    own = tuple(TrainingSource(str(source.data), source.licence, source.shippable) for source in config.sources)
    if config.init is None:
        return own
    before = weights_path(config.init)
    if not card_path(before).exists():
        return (*own, TrainingSource(config.init, "unknown", shippable=False))
    return (*own, *(source for source in read_card(before).sources if source not in own))
