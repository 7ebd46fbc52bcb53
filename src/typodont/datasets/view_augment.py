"""How a picture may come: cut, stretched, with another machine's grey values, frames, round windows and letters."""

from __future__ import annotations

import string
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from typodont.datasets.panoramic_canvas import resized
from typodont.datasets.radiograph_augment import RadiographAugment, toned
from typodont.types import Float

_SIDE = 176
"""Pixels along the longer side while a picture is varied: a little more than the network sees."""


@dataclass(frozen=True)
class ViewAugment:
    """How much pictures are varied; `p_…` are shares of samples.

    Args:
        least_part: A panoramic is still one when so much of its width and height is left.
        stretch: Relative spread of width against height.
        p_square: Panoramics stored squeezed into a square.
        p_body: Of the radiographs that are no panoramics, those of other parts of the body.
        p_grey_photo: Photos without their colours.
        p_shuffled: Of what is neither radiograph nor photo, real pictures cut into tiles and shuffled.
        turn_deg: Spread of small rotations.
        p_window: Seen through an oval or a rectangle with round corners.
        p_frame: Bars at the borders.
        p_text: Lines of text on it.
        tone: Changes of grey values.
    """

    least_part: float = 0.72
    stretch: float = 0.12
    p_square: float = 0.2
    p_body: float = 0.35
    p_grey_photo: float = 0.35
    p_shuffled: float = 0.25
    turn_deg: float = 3.0
    p_window: float = 0.3
    p_frame: float = 0.25
    p_text: float = 0.3
    tone: RadiographAugment = field(default_factory=lambda: RadiographAugment(p_tone=0.3, p_invert=0.08))


def part_of(grey: Float, rng: np.random.Generator, *, least: float, stretch: float, p_square: float = 0.0) -> Float:
    """(h, w): a part of a picture, at least `least` of its width and height, its aspect changed a little."""
    rows, columns = grey.shape
    share = rng.uniform(least, 1.0, 2) if rng.random() < 0.6 else np.ones(2)
    height, width = int(share[0] * rows), int(share[1] * columns)
    top, left = int(rng.integers(rows - height + 1)), int(rng.integers(columns - width + 1))
    aspect = width / height * np.exp(rng.normal(0, stretch))
    if rng.random() < p_square:
        aspect = np.exp(rng.normal(0, 0.08))
    return _scaled(grey[top : top + height, left : left + width], aspect)


def radiograph_part(panoramic: Float, rng: np.random.Generator) -> Float:
    """(h, w): one to four teeth of an upright panoramic, as a bitewing or periapical radiograph shows them."""
    rows, columns = panoramic.shape
    height = rng.uniform(0.25, 0.5) * rows
    width = np.clip(rng.uniform(0.6, 1.7) * height, 0.08 * columns, 0.34 * columns)
    row, column = rng.normal([0.52, 0.5], [0.1, 0.17]) * (rows, columns)
    top = int(np.clip(row - height / 2, 0, rows - height))
    left = int(np.clip(column - width / 2, 0, columns - width))
    part = panoramic[top : top + int(height), left : left + int(width)]
    return _scaled(part, width / height * np.exp(rng.normal(0, 0.1)))


def shuffled(grey: Float, rng: np.random.Generator) -> Float:
    """(h, w): the tiles of a picture in any order and turn: its tones and textures, but nothing that it showed."""
    n = int(rng.choice([4, 8, 11]))
    size = _SIDE // n
    whole = resized(grey, (n * size, n * size))
    tiles = whole.reshape(n, size, n, size).swapaxes(1, 2).reshape(n * n, size, size)
    mixed = np.stack([np.rot90(tile, int(rng.integers(4))) for tile in rng.permutation(tiles)])
    return mixed.reshape(n, n, size, size).swapaxes(1, 2).reshape(n * size, n * size)


def disguised(grey: Float, rng: np.random.Generator, augment: ViewAugment) -> Float:
    """A picture (h, w) turned a little and with other grey values, frames, windows and text; 0..1."""
    if rng.random() < 0.5:
        grey = _turned(grey, rng.normal(0, augment.turn_deg), fill=float(rng.choice([0, grey.mean(), 1])))
    grey = toned(grey, rng, augment.tone)
    if rng.random() < augment.p_window:
        grey = _windowed(grey, rng)
    if rng.random() < augment.p_frame:
        grey = _framed(grey, rng)
    if rng.random() < augment.p_text:
        grey = _lettered(grey, rng)
    return grey.clip(0, 1)


def _scaled(grey: Float, aspect: float) -> Float:
    """At working size; sides are multiples of 4, as `radiograph_augment.toned` wants them."""
    longer = _SIDE / max(aspect, 1.0)
    return resized(grey, (max(8, 4 * round(longer / 4)), max(8, 4 * round(longer * aspect / 4))))


def _turned(grey: Float, degrees: float, *, fill: float) -> Float:
    picture = Image.fromarray(np.ascontiguousarray(grey, dtype=np.float32))
    return np.asarray(picture.rotate(degrees, Image.Resampling.BILINEAR, fillcolor=fill))


def _windowed(grey: Float, rng: np.random.Generator) -> Float:
    """Black or white outside of an oval or of a rectangle with round corners."""
    rows, columns = grey.shape
    mask = Image.new("L", (columns, rows), 0)
    inset = rng.uniform(0, 0.15, 4) * [columns, rows, columns, rows]
    box = (inset[0], inset[1], columns - 1 - inset[2], rows - 1 - inset[3])
    draw = ImageDraw.Draw(mask)
    if rng.random() < 0.6:
        draw.ellipse(box, fill=1)
    else:
        draw.rounded_rectangle(box, radius=rng.uniform(0.05, 0.4) * min(rows, columns), fill=1)
    return np.where(np.asarray(mask) > 0, grey, np.float32(rng.integers(2)))


def _framed(grey: Float, rng: np.random.Generator) -> Float:
    """Bars of one grey value beside some of the four sides."""
    reach = [int(r) for r in rng.uniform(0, 0.15, 4) * max(grey.shape) * (rng.random(4) < 0.6)]
    value = float(rng.choice([0.0, 1.0, rng.random()]))
    return np.pad(grey, (tuple(reach[:2]), tuple(reach[2:])), constant_values=value)


def _lettered(grey: Float, rng: np.random.Generator) -> Float:
    picture = Image.fromarray(np.ascontiguousarray(grey, dtype=np.float32))
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(1, 4))):
        text = "".join(rng.choice(list(string.ascii_letters + string.digits + " "), int(rng.integers(1, 25))))
        at = (int(rng.integers(0, grey.shape[1])), int(rng.choice([2, grey.shape[0] - 14])))
        draw.text(at, text, fill=float(rng.choice([0.0, 1.0])), font=ImageFont.load_default(int(rng.integers(5, 13))))
    return np.asarray(picture)
