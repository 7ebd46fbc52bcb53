"""Random variation of radiographs in training: how patients stand in the machine, and what it does to grey values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter, uniform_filter
from torch.nn import functional

from typodont.datasets.panoramic_canvas import pixel_scale
from typodont.types import Bool, Float, Int


@dataclass(frozen=True)
class RadiographAugment:
    """How much radiographs are varied; plain numbers are spreads or limits, `p_…` shares of samples.

    Args:
        p_flip: Mirrored, with the numbers of the other side.
        turn_deg, p_strong_turn, strong_turn_deg: Rotation, and how often it is a strong one.
        scale, stretch: Relative spread of the size, and of width against height.
        shift: Part of the height and width.
        bend: Sagitta of a smile or frown, part of the height.
        warp: Smooth displacement, pixels of the usual canvas.
        p_zoom: Shown enlarged, the teeth partly outside.
        p_tone: Each change of the grey values below is made with this probability.
        p_invert: Dark and bright swapped.
        p_frame: Letters, bars and frames on the picture.
        p_erase: Teeth taken out of the picture and of the labels.
        p_implant: Of an erased tooth, to be replaced by an implant.
        p_metal: Teeth with bright crowns and fillings.
    """

    p_flip: float = 0.5
    turn_deg: float = 4.0
    p_strong_turn: float = 0.15
    strong_turn_deg: float = 12.0
    scale: float = 0.12
    stretch: float = 0.08
    shift: float = 0.05
    bend: float = 0.05
    warp: float = 6.0
    p_zoom: float = 0.06
    p_tone: float = 0.33
    p_invert: float = 0.02
    p_frame: float = 0.3
    p_erase: float = 0.35
    p_implant: float = 0.3
    p_metal: float = 0.2


def moved(
    grey: Float, label: Int, inside: Bool, rng: np.random.Generator, augment: RadiographAugment
) -> tuple[Float, Int, Bool]:
    """Turned, scaled, bent and warped at random; labels by nearest neighbour.

    Args:
        grey: (H, W) 0..1.
        label: (H, W) labels.
        inside: (H, W) where there is a picture.
    """
    field = torch.from_numpy(_sources(grey.shape, rng, augment))[None]
    layers = torch.from_numpy(np.stack([grey, inside.astype(np.float32)]).astype(np.float32))[None]
    smooth = functional.grid_sample(layers, field, mode="bilinear", align_corners=False)[0].numpy()
    numbers = torch.from_numpy(label.astype(np.float32))[None, None]
    sharp = functional.grid_sample(numbers, field, mode="nearest", align_corners=False)[0, 0].numpy()
    seen = smooth[1] > 0.99
    return smooth[0] * seen, (sharp * seen).astype(label.dtype), seen


def _sources(shape: tuple[int, ...], rng: np.random.Generator, augment: RadiographAugment) -> Float:
    """(H, W, 2) float32: where every pixel comes from, (x, y) in -1..1 as `grid_sample` wants it."""
    height, width = shape
    strong = rng.random() < augment.p_strong_turn
    turn = np.deg2rad(rng.normal(0, augment.turn_deg) if not strong else rng.uniform(-1, 1) * augment.strong_turn_deg)
    size = np.exp(rng.normal(0, augment.scale))
    if rng.random() < augment.p_zoom:
        size *= rng.uniform(1.3, 1.9)
    stretch = np.exp(rng.normal(0, augment.stretch))
    shift = rng.normal(0, augment.shift, 2)
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    x, y = (x - shift[0]) * width / height, y - shift[1]
    x, y = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
    x, y = x / (size * stretch) * height / width, y / size * stretch
    y = y + 2 * rng.normal(0, augment.bend) * (x**2 - 0.3) + rng.normal(0, 0.03) * x
    coarse = rng.normal(0, 1, (2, 5, 8))
    warp = np.stack([spread(layer, shape) for layer in coarse])
    amplitude = rng.uniform(0, augment.warp) * 2 * pixel_scale(shape)
    return np.stack([x + amplitude / width * warp[0], y + amplitude / height * warp[1]], axis=-1).astype(np.float32)


def spread(values: Float, shape: tuple[int, ...]) -> Float:
    """(rows, columns) float32: a coarse layer over the whole of a finer grid, bilinear from corner to corner."""
    layer = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None, None]
    return functional.interpolate(layer, size=tuple(shape), mode="bilinear", align_corners=True)[0, 0].numpy()


def toned(grey: Float, rng: np.random.Generator, augment: RadiographAugment) -> Float:
    """(H, W) 0..1 with the contrast, shading, sharpness, noise and resolution of another machine."""
    grey = grey.clip(0, 1)
    for change in rng.permutation(len(_TONES)):
        if rng.random() < augment.p_tone:
            grey = _TONES[change](grey, rng).clip(0, 1)
    if rng.random() < augment.p_invert:
        grey = 1 - grey
    return grey.astype(np.float32)


def _gamma(grey: Float, rng: np.random.Generator) -> Float:
    return grey ** np.exp(rng.normal(0, 0.45))


def _curve(grey: Float, rng: np.random.Generator) -> Float:
    """Any rising curve."""
    knots = np.cumsum(rng.gamma(1.2, 1.0, 7))
    return np.interp(grey, np.linspace(0, 1, 8), np.r_[0, knots] / knots[-1])


def _window(grey: Float, rng: np.random.Generator) -> Float:
    """Darkest or brightest parts lost."""
    low, high = rng.uniform(0, 0.25), rng.uniform(0.7, 1.0)
    return (grey - low) / (high - low)


def _shading(grey: Float, rng: np.random.Generator) -> Float:
    """Slow changes of brightness and contrast over the picture."""
    field = spread(rng.normal(0, 1, (3, 5)), grey.shape)
    strength = rng.uniform(0.05, 0.35)
    return grey * np.exp(strength * field) if rng.random() < 0.5 else grey + 0.5 * strength * field


def _spine(grey: Float, rng: np.random.Generator) -> Float:
    """The bright or (overcorrected) dark band of the spine, and darker corners."""
    rows, columns = grey.shape
    x = (np.arange(columns) / columns - rng.normal(0.5, 0.04)) / rng.uniform(0.04, 0.12)
    band = rng.normal(0.1, 0.15) * np.exp(-0.5 * x**2) * np.linspace(rng.uniform(0, 1), 1, rows)[:, None]
    corners = np.hypot(*np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)))
    return (grey + band) * (1 - rng.uniform(0, 0.5) * (corners - 0.7).clip(0, None))


def _local_contrast(grey: Float, rng: np.random.Generator) -> Float:
    """What machines do to show bright and dark regions at once."""
    small = gaussian_filter(grey[::4, ::4], rng.uniform(3, 15))
    slow = spread(small, grey.shape)
    share = rng.uniform(0.2, 0.9)
    return rng.uniform(1.0, 1.8) * (grey - share * slow - (1 - share) * 0.5) + 0.5


def _sharpen(grey: Float, rng: np.random.Generator) -> Float:
    return grey + rng.uniform(0.5, 2.5) * (grey - gaussian_filter(grey, rng.uniform(1, 4), truncate=2))


def _blur(grey: Float, rng: np.random.Generator) -> Float:
    return gaussian_filter(grey, rng.uniform(0.4, 2.2), truncate=2.5)


def _coarse(grey: Float, rng: np.random.Generator) -> Float:
    """As stored with fewer pixels."""
    factor = rng.uniform(1.3, 3.0)
    layer = torch.from_numpy(np.ascontiguousarray(grey, dtype=np.float32))[None, None]
    size = [round(side / factor) for side in grey.shape]
    few = functional.interpolate(layer, size=size, mode="area")
    mode = "nearest" if rng.random() < 0.2 else "bilinear"
    return functional.interpolate(few, size=grey.shape, mode=mode)[0, 0].numpy()


def _noise(grey: Float, rng: np.random.Generator) -> Float:
    noise = rng.standard_normal(grey.shape, dtype=np.float32)
    if rng.random() < 0.5:
        noise = 2 * uniform_filter(noise, 2)
    return grey + rng.uniform(0.005, 0.06) * noise


_TONES = (_gamma, _curve, _window, _shading, _spine, _local_contrast, _sharpen, _blur, _coarse, _noise)
