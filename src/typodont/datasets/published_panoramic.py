"""Training pictures as the published 33-class study made them, each of its flaws switchable.

Source: guilhermegobbo/TEETH-INSTANCE-SEGMENTATION (2023), whose resizing is that of TensorFlow: bilinear between the
four nearest pixels (half-pixel centres), without averaging where a picture gets smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch.utils.data import Dataset

from typodont.anatomy import GINGIVA, PERMANENT, to_index33
from typodont.datasets.flip import flip_panoramic
from typodont.errors import ConfigError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.published_unet import PixelClassTargets
from typodont.types import Bool, Float, Int

PUBLISHED_FDI = (
    *(GINGIVA, 25, 26, 27, 23, 24, 36, 35, 34, 33, 32, 31, 41, 43, 48, 28, 42, 38),
    *(18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 37, 44, 45, 46, 47),
)
"""FDI number of every id 0..32 of the published masks (Humans in the Loop, CC0), which follow no order."""

ZOOM = 1.1
COPIES = ("as it is", "mirrored", "upside down")
"""What an epoch shows of every picture, one after the other: all pictures as they are, then all first copies, then all
second copies. The published code means to shuffle but does not."""
_P_FLIP = 0.5
Window = tuple[slice, slice]
WHOLE: Window = (slice(None), slice(None))
_STEPS = 1.0
"""Pixels over which the steps of a drawn outline are smoothed when it is drawn finer."""

_INDEX_OF_ID = np.array([to_index33(fdi) if fdi else 0 for fdi in PUBLISHED_FDI], dtype=np.uint8)
_ID_OF_INDEX = np.argsort(_INDEX_OF_ID).astype(np.float32)
_INDEX_OF_FDI = np.zeros(256, dtype=np.uint8)
_INDEX_OF_FDI[list(PERMANENT)] = [to_index33(fdi) for fdi in PERMANENT]


@dataclass(frozen=True)
class PublishedData:
    """How the published study makes its training pictures; the defaults are the published flaws.

    Args:
        size: Side of the squares to which pictures and labels are resized, whatever their aspect.
        shrink: The network sees the mean of every block of so many by so many pixels, and the label in its middle;
            more than 1 is not published but makes a step cheaper without changing what the flaws do to the labels.
        source: Rows and columns of the published pictures; labels that are stored with fewer rows are drawn at this
            size first, because labels only suffer where they are resized.
        ids_interpolated: Labels are resized as if ids were grey values: between two teeth, and between a tooth and the
            background, ids of other teeth appear. False: nearest neighbour.
        borders_lost: In the zoomed copies every pixel next to another class belongs to no class and is not learnt.
            False: nearest neighbour.
        flips_unswapped: Pictures are mirrored and turned upside down, but teeth keep their numbers. False: mirrored
            teeth get the numbers of the other side, and no picture is turned upside down.
    """

    size: int = 512
    shrink: int = 1
    source: tuple[int, int] = (1024, 2041)
    ids_interpolated: bool = True
    borders_lost: bool = True
    flips_unswapped: bool = True


@dataclass(frozen=True)
class PublishedSample:
    """A picture and its labels in the published square.

    Args:
        name: Of the picture.
        grey: (S, S) float32 grey values 0..1.
        label: (S, S) panoramic indices 0..32, -1 where nothing is to be learnt.
    """

    name: str
    grey: Float
    label: Int


def published_sample(name: str, image: Float, label_map: Int, data: PublishedData) -> PublishedSample:
    """A picture (H, W) and its (h, w) FDI label map as the published study reads them.

    Numbers that are no permanent teeth count as background.
    """
    label = at_source_size(panoramic_indices(label_map), data)
    resize = with_interpolated_ids if data.ids_interpolated else nearest
    square = (data.size, data.size)
    return PublishedSample(name, bilinear(image.astype(np.float32), square), resize(label, square))


def panoramic_indices(label_map: Int) -> Int:
    """(h, w) panoramic indices of (h, w) FDI numbers; numbers that are no permanent teeth become background."""
    return _INDEX_OF_FDI[label_map]


def with_interpolated_ids(label: Int, shape: tuple[int, int]) -> Int:
    """Panoramic indices at another size, interpolated as if the published ids were grey values: the flaw."""
    ids = bilinear(_ID_OF_INDEX[label], shape)
    return _INDEX_OF_ID[ids.astype(np.intp)]


def at_source_size(label: Int, data: PublishedData) -> Int:
    """Labels at the size of the published pictures, where they have fewer rows than these."""
    return drawn_finer(label, data.source) if label.shape[0] < data.source[0] else label


def drawn_finer(label: Int, shape: tuple[int, int]) -> Int:
    """(h, w) labels at a larger size with smooth outlines instead of blocks."""
    finer = np.zeros(shape, dtype=label.dtype)
    best, total = np.zeros((2, *shape), dtype=np.float32)
    smooth = 4 * _STEPS + 2
    for index in np.unique(label[label > 0]):
        rows, columns = (_around(label == index, axis, smooth) for axis in (1, 0))
        tooth = gaussian_filter((label == index)[rows, columns].astype(np.float32), _STEPS)
        layer = np.zeros(label.shape, dtype=np.float32)
        layer[rows, columns] = tooth
        window = _scaled(rows, label.shape[0], shape[0]), _scaled(columns, label.shape[1], shape[1])
        share = bilinear(layer, shape, window)
        finer[window][share > best[window]] = index
        np.maximum(best[window], share, out=best[window])
        total[window] += share
    return np.where(best > 1 - total, finer, 0).astype(label.dtype)


def published_copy(
    sample: PublishedSample, kind: str, rng: np.random.Generator, data: PublishedData
) -> PublishedSample:
    """One of the `COPIES` of a picture: flipped in half of the cases, zoomed, and cropped at a random place.

    The published code flips last; the places of the crop being equally likely, the order does not matter.
    """
    if kind == COPIES[0]:
        return as_seen(sample, data)
    grey, label = sample.grey, sample.label
    if rng.random() < _P_FLIP:
        grey, label = flipped(grey, label, kind, unswapped=data.flips_unswapped)
    large = (int(ZOOM * data.size), int(ZOOM * data.size))
    row, column = (int(first) for first in rng.integers(0, large[0] - data.size + 1, size=2))
    window = _part(row, data.size), _part(column, data.size)
    middles = _middles(window[0], data.shrink), _middles(window[1], data.shrink)
    zoomed = nearest(label, large, middles).astype(np.int16)
    if data.borders_lost:
        zoomed[touches_another(label, large, middles)] = -1
    return PublishedSample(sample.name, block_mean(bilinear(grey, large, window), data.shrink), zoomed)


def as_seen(sample: PublishedSample, data: PublishedData) -> PublishedSample:
    """A sample as the network sees it."""
    middles = _middles(_part(0, data.size), data.shrink)
    return PublishedSample(sample.name, block_mean(sample.grey, data.shrink), sample.label[middles, middles])


def flipped(grey: Float, label: Int, kind: str, *, unswapped: bool) -> tuple[Float, Int]:
    """A flipped picture with its labels; `unswapped` is the published flaw: teeth keep numbers that are now wrong."""
    if unswapped:
        axis = 1 if kind == COPIES[1] else 0
        return np.flip(grey, axis), np.flip(label, axis)
    return flip_panoramic(grey, label) if kind == COPIES[1] else (grey, label)


class PublishedStream(Dataset[Any]):
    """Epoch after epoch of all pictures and their `COPIES`; item i follows from (seed, i) alone.

    Args:
        samples: All pictures, shuffled once.
        data: Flaws.
        seed: Of the order and the copies.

    Raises:
        ConfigError: there is no picture.
    """

    def __init__(self, samples: Sequence[PublishedSample], data: PublishedData, *, seed: int = 0) -> None:
        if not samples:
            raise ConfigError("no training pictures: every source is empty or has the weight 0")
        self.samples = [samples[i] for i in np.random.default_rng(seed).permutation(len(samples))]
        self.data = data
        self.seed = seed

    def __getitem__(self, item: int) -> PublishedSample:
        kind, picture = divmod(item % (len(COPIES) * len(self.samples)), len(self.samples))
        return published_copy(self.samples[picture], COPIES[kind], np.random.default_rng([self.seed, item]), self.data)


def collate_published(samples: Iterable[PublishedSample]) -> ImageBatch:
    """A batch for `nets.published_unet`: grey pictures as colour pictures."""
    chosen = list(samples)
    grey = torch.from_numpy(np.stack([sample.grey for sample in chosen]))
    label = torch.from_numpy(np.stack([sample.label for sample in chosen]).astype(np.int64))
    image = grey[:, None].expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
    return ImageBatch(image, PixelClassTargets(label))


def block_mean(values: Float, factor: int) -> Float:
    """Means of the blocks of `factor` by `factor` of (H, W) values."""
    height, width = values.shape
    return values.reshape(height // factor, factor, width // factor, factor).mean(axis=(1, 3))


def bilinear(values: Float, shape: tuple[int, int], window: Window = WHOLE) -> Float:
    """(rows, columns) float32 between the four nearest of (H, W) values; exact where these four are equal.

    Args:
        values: (H, W) float32.
        shape: Of the result.
        window: Part of the result that is wanted.
    """
    (top, bottom, down), (left, right, across) = _neighbours(values.shape, shape, window)
    rows = values[top] + (values[bottom] - values[top]) * down[:, None]
    return rows[:, left] + (rows[:, right] - rows[:, left]) * across


def nearest(label: Int, shape: tuple[int, int], window: Window = WHOLE) -> Int:
    """(rows, columns) labels of the nearest of (H, W) pixels; see `bilinear`."""
    rows, columns = (
        ((np.arange(new)[part] + 0.5) * old / new).astype(np.intp)
        for old, new, part in zip(label.shape, shape, window, strict=True)
    )
    return label[rows[:, None], columns]


def touches_another(label: Int, shape: tuple[int, int], window: Window = WHOLE) -> Bool:
    """(rows, columns): True where bilinear resizing of (H, W) labels mixes two of them; see `bilinear`."""
    first, *others = _mixed(label, shape, window)
    return np.any([first != other for other in others], axis=0)


def invented(label: Int, shape: tuple[int, int]) -> Bool:
    """(rows, columns): True where interpolated ids name a tooth that none of the pixels has which were mixed."""
    damaged = with_interpolated_ids(label, shape)
    return (damaged > 0) & np.all([damaged != source for source in _mixed(label, shape, WHOLE)], axis=0)


def _mixed(label: Int, shape: tuple[int, int], window: Window) -> list[Int]:
    """The four labels that bilinear resizing mixes, (rows, columns) each; those without weight are left out."""
    (top, bottom, down), (left, right, across) = _neighbours(label.shape, shape, window)
    bottom, right = np.where(down > 0, bottom, top), np.where(across > 0, right, left)
    return [label[row[:, None], column] for row in (top, bottom) for column in (left, right)]


def _neighbours(old: tuple[int, ...], new: tuple[int, int], window: Window) -> list[tuple[Int, Int, Float]]:
    """For the wanted pixels along both sides: the pixels before and after each, and how far it is between them."""
    found = []
    for before, after, part in zip(old, new, window, strict=True):
        place = ((np.arange(after)[part] + 0.5) * before / after - 0.5).clip(0, before - 1)
        first = place.astype(np.intp)
        found.append((first, np.minimum(first + 1, before - 1), (place - first).astype(np.float32)))
    return found


def _part(first: int, length: int) -> slice:
    return slice(first, first + length)


def _middles(part: slice, factor: int) -> slice:
    """The middle of every block of `factor` pixels."""
    return slice(part.start + factor // 2, part.stop, factor)


def _around(mask: Bool, axis: int, margin: float) -> slice:
    """The rows (`axis` 1) or columns (0) of a mask, with a margin."""
    where = np.flatnonzero(mask.any(axis=axis))
    return slice(max(int(where[0] - margin), 0), int(where[-1] + margin) + 1)


def _scaled(part: slice, old: int, new: int) -> slice:
    """The same part of a side at another size."""
    return slice(part.start * new // old, min(part.stop, old) * new // old)
