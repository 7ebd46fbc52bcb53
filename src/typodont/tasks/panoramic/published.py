"""Predict as the published 33-class study does: the most probable class of every pixel, and nothing after it."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from typodont.anatomy import N_PANORAMIC_CLASSES, from_index33
from typodont.datasets.published_panoramic import (
    PublishedData,
    PublishedSample,
    as_seen,
    bilinear,
    collate_published,
    nearest,
)
from typodont.types import Float, Int

_FDI_OF_INDEX = np.array([from_index33(index) for index in range(N_PANORAMIC_CLASSES)], dtype=np.uint8)


def predict_published(net: nn.Module, image: Float, data: PublishedData) -> Int:
    """(H, W) uint8 FDI numbers of an (H, W) picture with grey values 0..1.

    No chart is decoded: two teeth may carry one number, and a tooth may be cut into pieces of several.

    Args:
        net: `PublishedUNet`.
        image: The whole picture.
        data: As in the training of the network; only the sizes matter.
    """
    square = bilinear(image.astype(np.float32), (data.size, data.size))
    return nearest(
        _FDI_OF_INDEX[classes_of(net, PublishedSample("", square, np.zeros(square.shape, np.uint8)), data)], image.shape
    )


def published_accuracy(net: nn.Module, sample: PublishedSample, data: PublishedData) -> float:
    """Share of the pixels of the square with the right class, background included: the only published figure.

    It is measured on the labels of the training, so that interpolated ids are part of its truth.
    """
    return float(np.mean(classes_of(net, sample, data) == as_seen(sample, data).label))


def classes_of(net: nn.Module, sample: PublishedSample, data: PublishedData) -> Int:
    """(s, s) most probable panoramic index of every pixel that the network sees."""
    with torch.inference_mode():
        return net(collate_published([as_seen(sample, data)])).logits[0].argmax(dim=0).numpy()
