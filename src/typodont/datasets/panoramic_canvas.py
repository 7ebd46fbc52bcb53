"""Every panoramic on one canvas: borders cut off, squeezed pictures stretched, aspect kept, grey values normalised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from typodont.records.radiograph import true_aspect
from typodont.types import Bool, Float, Int

CANVAS = (512, 1024)
"""Rows and columns of what the networks for panoramics see."""
_FLAT = 0.02
_LIMIT = 4.0


@dataclass(frozen=True)
class Placement:
    """Where a picture lies on the canvas, and the way back.

    Args:
        shape: (H, W) of the picture.
        crop: (top, left, bottom, right) of the part without flat borders, pixels of the picture.
        box: (top, left, bottom, right) of that part on the canvas.
        canvas: (rows, columns) of the canvas.
    """

    shape: tuple[int, int]
    crop: tuple[int, int, int, int]
    box: tuple[int, int, int, int]
    canvas: tuple[int, int] = CANVAS

    def forward_labels(self, labels: Int) -> Int:
        """(rows, columns) labels on the canvas, of (H, W) labels of the picture; nearest neighbour, 0 outside."""
        top, left, bottom, right = self.crop
        return _paste(_nearest(labels[top:bottom, left:right], _size(self.box)), self.box, self.canvas)

    def back_labels(self, labels: Int) -> Int:
        """(H, W) labels of the picture, of (rows, columns) labels on the canvas; nearest neighbour, 0 outside."""
        top, left, bottom, right = self.box
        return _paste(_nearest(labels[top:bottom, left:right], _size(self.crop)), self.crop, self.shape)

    def back(self, values: Float) -> Float:
        """(..., H, W) float32 of the picture, of (..., rows, columns) on the canvas; bilinear, 0 outside."""
        top, left, bottom, right = self.box
        layers = values.reshape(-1, *values.shape[-2:])[:, top:bottom, left:right]
        back = [_paste(resized(layer, _size(self.crop)), self.crop, self.shape) for layer in layers]
        return np.stack(back).reshape(*values.shape[:-2], *self.shape)

    def back_boxes(self, boxes: Float) -> Float:
        """(N, 4) left, top, right, bottom in pixels of the picture, of (N, 4) on the canvas; cut at the picture."""
        top, left, bottom, right = self.box
        crop_top, crop_left, crop_bottom, crop_right = self.crop
        x = crop_left + (boxes[:, 0::2].clip(left, right) - left) * (crop_right - crop_left) / (right - left)
        y = crop_top + (boxes[:, 1::2].clip(top, bottom) - top) * (crop_bottom - crop_top) / (bottom - top)
        return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)

    def inside(self) -> Bool:
        """(rows, columns): True where the canvas shows the picture."""
        mask = np.zeros(self.canvas, dtype=bool)
        top, left, bottom, right = self.box
        mask[top:bottom, left:right] = True
        return mask


def fit_canvas(
    image: Float, *, aspect: float | None = None, shape: tuple[int, int] = CANVAS
) -> tuple[Float, Placement]:
    """A picture as the networks see it, and where it lies on the canvas.

    Args:
        image: (H, W) grey values, bright is dense.
        aspect: True width to height of the whole picture, where it was stored squeezed or stretched; None: square
            pixels, or the usual one for pictures that no panoramic machine makes (see `true_aspect`).
        shape: Rows and columns of the canvas.

    Returns:
        (rows, columns) float32, zero mean and unit spread, 0 outside the picture; and the placement.
    """
    grey, placement = to_canvas(image, aspect=aspect, shape=shape)
    return normalised(grey, placement.inside()), placement


def to_canvas(image: Float, *, aspect: float | None = None, shape: tuple[int, int] = CANVAS) -> tuple[Float, Placement]:
    """As `fit_canvas`, with grey values 0..1 (darkest and brightest half percent cut) instead of normalised ones."""
    layers, placement = layers_to_canvas(image[None], aspect=aspect or true_aspect(image.shape), shape=shape)
    return layers[0], placement


def layers_to_canvas(layers: Float, *, aspect: float, shape: tuple[int, int]) -> tuple[Float, Placement]:
    """As `to_canvas`, for the (c, H, W) colour channels of any picture, whose grey values stay in proportion."""
    height, width = layers.shape[1:]
    crop = without_flat_borders(layers.mean(axis=0))
    top, left, bottom, right = crop
    cut_height, cut_width = bottom - top, (right - left) * aspect * height / width
    scale = min(shape[0] / cut_height, shape[1] / cut_width)
    rows, columns = (max(1, round(side * scale)) for side in (cut_height, cut_width))
    low, high = np.percentile(layers[:, top:bottom:2, left:right:2], [0.5, 99.5])
    parts = ((layers[:, top:bottom, left:right].astype(np.float32) - low) / max(high - low, 1e-6)).clip(0, 1)
    row, column = (shape[0] - rows) // 2, (shape[1] - columns) // 2
    box = (row, column, row + rows, column + columns)
    drawn = [_paste(resized(part, (rows, columns)).clip(0, 1), box, shape) for part in parts]
    return np.stack(drawn), Placement((height, width), crop, box, shape)


def pixel_scale(shape: tuple[int, ...]) -> float:
    """How many pixels of a canvas with this (rows, columns) are one pixel of the usual one: 0.5 at half the size."""
    return shape[0] / CANVAS[0]


def normalised(grey: Float, inside: Bool) -> Float:
    """Zero mean and unit spread inside, cut at four spreads; 0 outside, and everywhere if nothing is inside."""
    values = grey[inside] if inside.any() else np.zeros(1)
    spread = max(float(values.std()), 1e-3)
    return np.where(inside, ((grey - values.mean()) / spread).clip(-_LIMIT, _LIMIT), 0).astype(np.float32)


def without_flat_borders(image: Float) -> tuple[int, int, int, int]:
    """(top, left, bottom, right) of the picture without rows and columns of one grey value at its borders.

    At most a third is cut off at each side; a picture that is flat everywhere stays whole.
    """
    span = max(float(np.ptp(image)), 1e-9)
    rows = np.ptp(image, axis=1) > _FLAT * span
    top, bottom = _limits(rows)
    columns = np.ptp(image[top:bottom], axis=0) > _FLAT * span
    left, right = _limits(columns)
    return top, left, bottom, right


def _limits(alive: Bool) -> tuple[int, int]:
    """First and one past the last True, within a third of the ends."""
    n = len(alive)
    where = np.flatnonzero(alive)
    if not len(where):
        return 0, n
    return min(int(where[0]), n // 3), max(int(where[-1]) + 1, n - n // 3)


def resized(values: Float, shape: tuple[int, int]) -> Float:
    """(rows, columns) float32: a layer at another size, averaged where it gets smaller, else bilinear."""
    picture = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def _nearest(labels: Int, shape: tuple[int, int]) -> Int:
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(np.intp) for new, old in zip(shape, labels.shape, strict=True)
    )
    return labels[rows[:, None], columns]


def _size(box: tuple[int, int, int, int]) -> tuple[int, int]:
    return box[2] - box[0], box[3] - box[1]


def _paste(part: np.ndarray, box: tuple[int, int, int, int], shape: tuple[int, int]) -> np.ndarray:
    whole = np.zeros(shape, dtype=part.dtype)
    whole[box[0] : box[2], box[1] : box[3]] = part
    return whole
