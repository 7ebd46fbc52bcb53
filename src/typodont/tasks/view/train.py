"""Train the network that recognises pictures: ``train(config)``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from typodont.datasets.panoramic_canvas import resized
from typodont.datasets.view_samples import ViewPicture, ViewSample, ViewStream, collate_views, turned_sample
from typodont.progress import track
from typodont.records.picture_files import find_pictures
from typodont.records.radiograph import read_radiograph, true_aspect
from typodont.tasks.view.config import ViewSource, ViewTrainConfig
from typodont.training.run import TrainingData, begin_run, train_run
from typodont.training.view_losses import view_losses, view_scores
from typodont.training.weights import TrainingSource

_LARGEST = 1024
"""Pixels along the longer side that are kept: one tooth of a panoramic then still fills a thumbnail."""

KNOWN_FAILURES = (
    "Badly lit pages of text, and pictures of several rows of tooth crowns, may be taken for panoramics.",
    "Bitewing and periapical radiographs were learnt from parts of panoramics, skulls and hands from drawn shells; no "
    "real one was seen.",
    "Which way up is learnt for panoramics only.",
)


def train(config: ViewTrainConfig) -> Path:
    """Train a network as the config says; returns the run folder with ``checkpoint.safetensors``.

    A run that was broken off goes on where it stopped.

    Raises:
        ConfigError: nothing to train on.
        FormatError: a file cannot be read.
        WeightsError: `init` does not fit the network.
    """
    net = begin_run(config)
    pictures = [(source, read_pictures(source)) for source in config.sources]
    panoramics, photos = (
        [(found, source.weight) for source, found in pictures if source.kind == kind] for kind in ("panoramic", "photo")
    )
    data = TrainingData(
        stream=ViewStream(panoramics, photos, config.shares, config.augment, seed=config.seed),
        held_out=[sample for source in config.validation for sample in plain_samples(source)],
        collate=collate_views,
        losses=view_losses,
        scores=view_scores,
        origins=(
            *(TrainingSource(str(s.data), s.licence, s.shippable) for s in config.sources),
            TrainingSource("pictures made by typodont", "synthetic"),
        ),
        names=lambda: [Path(picture.name) for _, found in pictures for picture in found],
    )
    return train_run(config, net, data, job="view", known_failures=KNOWN_FAILURES)


def read_pictures(source: ViewSource) -> list[ViewPicture]:
    """All pictures of a source with square pixels, half a megabyte each at most."""
    pictures = []
    for path in track(find_pictures(source.data), f"read {source.data}", unit="picture"):
        radiograph = read_radiograph(path)
        height, width = radiograph.image.shape
        aspect = true_aspect((height, width)) if source.kind == "panoramic" else width / height
        longer = min(max(height, width), _LARGEST)
        shape = (round(longer / max(aspect, 1.0)), round(longer * min(aspect, 1.0)))
        grey = np.round(255 * resized(radiograph.image, shape).clip(0, 1)).astype(np.uint8)
        pictures.append(ViewPicture(radiograph.name, grey, radiograph.colourful))
    return pictures


def plain_samples(source: ViewSource) -> list[ViewSample]:
    """The pictures of a source as they are, in one of the four quarter turns each."""
    return [
        turned_sample(source.kind, picture.grey.astype(np.float32) / 255, picture.colourful, at % 4)
        for at, picture in enumerate(read_pictures(source))
    ]
