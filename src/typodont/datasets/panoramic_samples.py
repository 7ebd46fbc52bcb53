"""Labelled panoramics on the canvas: what a training draws from, and what the network and the losses get of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from typodont.anatomy import N_PANORAMIC_CLASSES, from_index33
from typodont.datasets.panoramic_canvas import CANVAS, normalised, to_canvas
from typodont.nets.image_batch import ImageBatch, ToothTargets
from typodont.types import Bool, Float, Int

_INDEX_OF_FDI = np.zeros(256, dtype=np.uint8)
_INDEX_OF_FDI[[from_index33(index) for index in range(N_PANORAMIC_CLASSES)]] = np.arange(N_PANORAMIC_CLASSES)
_HALF = 2


@dataclass(frozen=True)
class PanoramicSample:
    """A labelled panoramic on the canvas.

    Args:
        name: Of the picture.
        grey: (H, W) float32 or uint8 grey values; uint8 where it is kept in memory.
        label: (H, W) uint8 panoramic indices 0..32.
        inside: (H, W) where the canvas shows the picture.
    """

    name: str
    grey: Float | Int
    label: Int
    inside: Bool


def sample_of(
    name: str, image: Float, label_map: Int, *, aspect: float | None, shape: tuple[int, int] = CANVAS
) -> PanoramicSample:
    """A picture and its FDI label map, both (H, W), on the canvas; grey values kept as uint8."""
    grey, placement = to_canvas(image, aspect=aspect, shape=shape)
    label = placement.forward_labels(_INDEX_OF_FDI[label_map])
    return PanoramicSample(name, np.round(255 * grey).astype(np.uint8), label, placement.inside())


def collate_panoramics(samples: Iterable[PanoramicSample]) -> ImageBatch:
    """A batch for `nets.tooth_unet`: normalised pictures, and targets at half their resolution."""
    images, targets = [], []
    for sample in samples:
        grey = np.asarray(sample.grey, dtype=np.float32)
        images.append(torch.from_numpy(normalised(grey, sample.inside)))
        targets.append(tooth_targets(sample.label, sample.inside))
    tooth, label, offset = (torch.stack(parts) for parts in zip(*targets, strict=True))
    image = torch.stack(images)[:, None].contiguous(memory_format=torch.channels_last)
    return ImageBatch(image, ToothTargets(tooth, label, offset))


def tooth_targets(label: Int, inside: Bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Targets of one picture on the grid of half its height and width; see `ToothTargets`.

    A grid pixel that is partly tooth gets the share of its four pixels, so that the border can be drawn finer than
    the grid; its number is that of the first of the four that is a tooth.
    """
    height, width = label.shape
    blocks = label.reshape(height // _HALF, _HALF, width // _HALF, _HALF).transpose(0, 2, 1, 3)
    blocks = blocks.reshape(height // _HALF, width // _HALF, _HALF * _HALF)
    share = (blocks > 0).mean(axis=-1, dtype=np.float32)
    number = np.take_along_axis(blocks, (blocks > 0).argmax(axis=-1)[..., None], axis=-1)[..., 0].astype(np.int64)
    seen = inside[::_HALF, ::_HALF]
    offset = centre_offsets(number)
    return (
        torch.from_numpy(np.where(seen, share, np.float32("nan"))),
        torch.from_numpy(np.where(seen, number, -1)),
        torch.from_numpy(offset),
    )


def centre_offsets(label: Int) -> Float:
    """(2, h, w) float32: from every tooth pixel of (h, w) labels to the mean of its tooth's pixels; NaN elsewhere."""
    rows, columns = np.nonzero(label)
    teeth = label[rows, columns]
    count = np.maximum(np.bincount(teeth, minlength=N_PANORAMIC_CLASSES), 1)
    offset = np.full((2, *label.shape), np.nan, dtype=np.float32)
    for axis, place in enumerate((rows, columns)):
        centre = np.bincount(teeth, weights=place, minlength=N_PANORAMIC_CLASSES) / count
        offset[axis, rows, columns] = centre[teeth] - place
    return offset
