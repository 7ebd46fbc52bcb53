"""Pictures made by a few lines of code: what people give by mistake, and radiographs of other parts of the body.

Every painter takes random numbers and returns (H, W) float32 grey values 0..1. No file is read.
"""

from __future__ import annotations

import string
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from typodont.types import Float

Painter = Callable[[np.random.Generator], Float]


def made_picture(rng: np.random.Generator) -> Float:
    """A picture without anything dental in it."""
    return _PAINTERS[int(rng.integers(len(_PAINTERS)))](rng)


def made_radiograph(rng: np.random.Generator) -> Float:
    """A radiograph of some round body parts: thick shells that shine at their rims, as a skull from the side.

    A ray's way through an ellipsoid is a half circle of its place; a shell is the outer one less the inner one.
    """
    shape = _shape(rng)
    y, x = _grid(shape)
    depth = np.zeros(shape)
    for size in np.exp(rng.uniform(np.log(0.04), np.log(1.2), int(rng.integers(3, 30)))):
        turn, squeeze = rng.uniform(0, np.pi), np.exp(rng.normal(0, 0.5))
        across, along = x - rng.normal(0, 0.5), y - rng.normal(0, 0.4)
        across, along = np.cos(turn) * across + np.sin(turn) * along, np.cos(turn) * along - np.sin(turn) * across
        square = (across * squeeze / size) ** 2 + (along / squeeze / size) ** 2
        wall = rng.uniform(0.03, 0.4) if rng.random() < 0.7 else 1.0
        way = np.sqrt((1 - square).clip(0)) - np.sqrt(((1 - wall) ** 2 - square).clip(0))
        depth += size * np.exp(rng.normal(0, 0.6)) * way
    depth = gaussian_filter(depth, rng.uniform(0.3, 2.0)) + 0.03 * depth.max() * rng.standard_normal(shape)
    return _stretched(1 - np.exp(-rng.uniform(0.5, 3) * depth))


def _noise(rng: np.random.Generator) -> Float:
    noise = rng.standard_normal(_shape(rng))
    return _stretched(gaussian_filter(noise, rng.choice([0.0, rng.uniform(0, 8)])))


def _blank(rng: np.random.Generator) -> Float:
    flat = np.full(_shape(rng), rng.random(), dtype=np.float32)
    return (flat + rng.choice([0.0, 0.01]) * rng.standard_normal(flat.shape)).clip(0, 1).astype(np.float32)


def _gradient(rng: np.random.Generator) -> Float:
    y, x = _grid(_shape(rng))
    slope = rng.normal(0, 1, 2)
    ramp = slope[0] * y + slope[1] * x + rng.normal(0, 1) * np.hypot(y, x)
    return _stretched(np.sin(rng.uniform(0.5, 12) * ramp) if rng.random() < 0.5 else ramp)


def _texture(rng: np.random.Generator) -> Float:
    """Noise with the falling spectrum of natural pictures."""
    rows, columns = _shape(rng)
    frequency = np.hypot(np.fft.fftfreq(rows)[:, None] * rows, np.fft.rfftfreq(columns) * columns)
    spectrum = np.fft.rfft2(rng.standard_normal((rows, columns))) / np.maximum(frequency, 1) ** rng.uniform(0.6, 2.2)
    return _stretched(np.fft.irfft2(spectrum, (rows, columns)))


def _things(rng: np.random.Generator) -> Float:
    """Things in front of one another, each of one tone ("dead leaves")."""
    rows, columns = _shape(rng)
    picture = Image.new("F", (columns, rows), rng.random())
    draw = ImageDraw.Draw(picture)
    for size in np.sort(np.exp(rng.uniform(np.log(0.02), np.log(0.7), int(rng.integers(10, 150)))))[::-1]:
        x, y = rng.uniform(0, columns), rng.uniform(0, rows)
        half = 0.5 * size * max(rows, columns) * np.exp(rng.normal(0, 0.3, 2))
        box = (x - half[0], y - half[1], x + half[0], y + half[1])
        (draw.ellipse if rng.random() < 0.6 else draw.rectangle)(box, fill=float(rng.random()))
    shade = gaussian_filter(np.asarray(picture), rng.uniform(0, 2))
    return _stretched(shade + rng.uniform(0, 0.08) * rng.standard_normal((rows, columns)))


def _page(rng: np.random.Generator) -> Float:
    """Lines of letters, dark on bright or the other way round, at times badly lit."""
    rows, columns = _shape(rng)
    picture = Image.new("L", (columns, rows), 255)
    draw = ImageDraw.Draw(picture)
    size = int(rng.integers(5, 22))
    font = ImageFont.load_default(size)
    y = int(rng.integers(0, rows // 3 + 1))
    while y < rows:
        letters = "".join(rng.choice(list(string.ascii_letters + "      "), int(rng.integers(3, 60))))
        draw.text((int(rng.integers(2, 20)), y), letters, fill=int(rng.integers(0, 150)), font=font)
        y += int(size * rng.uniform(1.1, 2.5))
    page = np.asarray(picture, dtype=np.float32) / 255
    if rng.random() < 0.5:
        y, x = _grid(page.shape)
        page = _stretched(page * (1.2 + rng.uniform(-0.6, 0.6) * y + rng.uniform(-0.6, 0.6) * x))
    return 1 - page if rng.random() < 0.3 else page


def _screen(rng: np.random.Generator) -> Float:
    """Panes, bars and text of a program."""
    page = _page(rng)
    rows, columns = page.shape
    for _ in range(int(rng.integers(1, 8))):
        top, left = int(rng.integers(0, rows)), int(rng.integers(0, columns))
        part = np.s_[top : top + int(rng.integers(4, rows)), left : left + int(rng.integers(4, columns))]
        page[part] = rng.random() if rng.random() < 0.6 else 1 - page[part]
    return page


_PAINTERS: tuple[Painter, ...] = (_noise, _blank, _gradient, *2 * (_texture, _things, _page), _screen)


def _shape(rng: np.random.Generator) -> tuple[int, int]:
    """Rows and columns, multiples of 4, of any aspect from 1 : 2.5 to 2.5 : 1."""
    sides = 37 * np.exp(np.array([0.5, -0.5]) * rng.uniform(-0.9, 0.9))
    return 4 * int(sides[0]), 4 * int(sides[1])


def _grid(shape: tuple[int, int]) -> tuple[Float, Float]:
    """(rows, columns) of every pixel, -1..1."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    return y, x


def _stretched(values: Float) -> Float:
    low, high = float(values.min()), float(values.max())
    return ((values - low) / max(high - low, 1e-6)).astype(np.float32)
