"""A picture for people: the radiograph with every tooth tinted, outlined and named."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from typodont.anatomy import COLORS
from typodont.geometry.render import draw_labels
from typodont.records import Tooth
from typodont.tasks.odontogram import UNCERTAIN_BELOW
from typodont.tasks.scan_pictures import UNCERTAIN_HALO
from typodont.types import Bool, Float, Int

WIDE_ENOUGH = 1000
"""Smaller pictures are enlarged by a whole number, so that the numbers are legible, pixels."""

WHITE = (255, 255, 255)
TINT, LINE = 0.22, 0.9
"""How much of a tooth's colour its inside and its outline take."""

_COLOR_TABLE = np.zeros((256, 3), dtype=np.float32)
_COLOR_TABLE[list(COLORS)] = list(COLORS.values())


def draw_overlay(image: Float, label_map: Int, teeth: Sequence[Tooth]) -> np.ndarray:
    """The radiograph with coloured teeth; a number that ends in "?" is uncertain.

    Args:
        image: (H, W) grey values 0..1.
        label_map: (H, W) FDI numbers, 0 off the teeth.
        teeth: With their confidence.

    Returns:
        (k H, k W, 3) uint8, where k is 1 for pictures of usual size.
    """
    enlarged = max(1, math.ceil(WIDE_ENOUGH / image.shape[1]))
    grey, labels = _larger(image, label_map, enlarged)
    unit = _tooth_width(labels)
    picture = np.repeat(np.clip(255 * grey, 0, 255).astype(np.float32)[..., None], 3, axis=2)
    line = _near_border(labels, max(1, round(unit / 24)))
    for pixels, share in (((labels > 0) & ~line, TINT), (line, LINE)):
        picture[pixels] += share * (_COLOR_TABLE[labels[pixels]] - picture[pixels])
    return _with_numbers(picture.astype(np.uint8), labels, teeth, font_size=int(np.clip(0.5 * unit, 10, 60)))


def _larger(image: Float, labels: Int, times: int) -> tuple[Float, Int]:
    """Picture and labels a whole number of times as large; the corners of the label's pixels are rounded off."""
    if times == 1:
        return image, labels
    blocks = np.repeat(np.repeat(labels, times, axis=0), times, axis=1)
    grey = np.asarray(ndimage.zoom(image, times, order=1, grid_mode=True, mode="nearest"))
    return grey, ndimage.median_filter(blocks, size=2 * times + 1)


def _tooth_width(labels: Int) -> float:
    """Median width of the teeth, pixels; 1/40 of the picture's width where there are none."""
    boxes = [(fdi, box) for fdi, box in enumerate(ndimage.find_objects(labels), start=1) if box is not None]
    widths = [np.count_nonzero(labels[box] == fdi) / (box[0].stop - box[0].start) for fdi, box in boxes]
    return float(np.median(widths)) if widths else labels.shape[1] / 40


def _near_border(labels: Int, reach: int) -> Bool:
    """(H, W) bool: pixels of a tooth within `reach` of another number."""
    size = 2 * reach + 1
    even = ndimage.minimum_filter(labels, size) == ndimage.maximum_filter(labels, size)
    return (labels > 0) & ~even


def _with_numbers(picture: np.ndarray, labels: Int, teeth: Sequence[Tooth], *, font_size: int) -> np.ndarray:
    groups: dict[tuple[int, int, int], list[tuple[str, tuple[float, float]]]] = {}
    for tooth in teeth:
        doubtful = tooth.confidence < UNCERTAIN_BELOW
        row, column = (float(places.mean()) for places in np.nonzero(labels == tooth.fdi))
        text = f"{tooth.fdi}{'?' if doubtful else ''}"
        groups.setdefault(UNCERTAIN_HALO if doubtful else WHITE, []).append((text, (column, row)))
    for halo, words in groups.items():
        texts, places = zip(*words, strict=True)
        picture = draw_labels(picture, texts, np.array(places), font_size=font_size, halo=halo)
    return picture
