"""How a photograph of a mouth may come: framed otherwise, other light and colours, blurred, partly covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import convolve, gaussian_filter, rotate

from typodont.types import Bool, Float

_SOFT_CELLS = 6
"""Light changes over a picture no faster than noise on a grid of so many cells."""


@dataclass(frozen=True)
class PhotoAugment:
    """How much photographs are varied; `p_…` are shares of samples, plain numbers spreads.

    Args:
        zoom: Least and most enlargement.
        stretch: Relative, of width against height.
        turn_deg: Rotation.
        shift: Part of the sides.
        p_flip: Photographs of the mirror patient.
        gamma: Logarithm of the exponent of all values.
        contrast, brightness: Relative, and of the whole range.
        tint: Relative, of each colour.
        p_grey: Without colours.
        p_light: Light that is uneven over the picture.
        p_blur, blur: Out of focus; most spread, pixels of what the network sees.
        p_motion, motion: The hand moved; most length, pixels.
        noise: Most spread of the sensor's noise.
        p_cover: Something is held before the teeth: landmarks behind it are hidden.
        p_given: The photographer tells the view.
    """

    zoom: tuple[float, float] = (0.8, 1.25)
    stretch: float = 0.06
    turn_deg: float = 7.0
    shift: float = 0.07
    p_flip: float = 0.5
    gamma: float = 0.25
    contrast: float = 0.2
    brightness: float = 0.08
    tint: float = 0.05
    p_grey: float = 0.03
    p_light: float = 0.4
    p_blur: float = 0.3
    blur: float = 2.5
    p_motion: float = 0.15
    motion: float = 9.0
    noise: float = 0.04
    p_cover: float = 0.3
    p_given: float = 0.5


def varied_window(whole: Float, shape: tuple[int, int], rng: np.random.Generator, augment: PhotoAugment) -> Float:
    """(3, 3): the map of a window that shows more, less or a turned part of what the `whole` one shows."""
    middle = np.array([(shape[1] - 1) / 2, (shape[0] - 1) / 2])
    angle = np.radians(rng.normal(0, augment.turn_deg))
    stretch = np.exp(rng.normal(0, augment.stretch))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    change = np.eye(3)
    change[:2, :2] = turn @ np.diag([stretch, 1 / stretch]) / np.exp(rng.uniform(*np.log(augment.zoom)))
    change[:2, 2] = middle - change[:2, :2] @ middle + rng.normal(0, augment.shift, 2) * shape[::-1]
    return whole @ change


def varied_pixels(values: Float, rng: np.random.Generator, augment: PhotoAugment) -> tuple[Float, Bool]:
    """Another look at the same thing.

    Args:
        values: (h, w, 3) float32, 0..1.
        rng, augment: See there.

    Returns:
        The same shape, 0..1, and (h, w) True where something covers the picture.
    """
    values = _lit(values, rng, augment)
    covered = np.zeros(values.shape[:2], dtype=bool)
    if rng.random() < augment.p_cover:
        covered = _cover_mask(values.shape[:2], rng)
        values = np.where(covered[..., None], _cover(values.shape[:2], rng), values)
    if rng.random() < augment.p_blur:
        spread = rng.uniform(0, augment.blur)
        values = gaussian_filter(values, (spread, spread, 0))
    if rng.random() < augment.p_motion:
        values = _moved(values, rng.uniform(1, augment.motion), rng.uniform(0, 180))
    noise = rng.uniform(0, augment.noise) * rng.standard_normal(values.shape, dtype=np.float32)
    return (values + noise).clip(0, 1).astype(np.float32), covered


def _lit(values: Float, rng: np.random.Generator, augment: PhotoAugment) -> Float:
    """With another exposure, other colours and other light."""
    values = values ** np.exp(rng.normal(0, augment.gamma))
    mean = values.mean()
    values = mean + (values - mean) * np.exp(rng.normal(0, augment.contrast)) + rng.normal(0, augment.brightness)
    values = values * np.exp(rng.normal(0, augment.tint, 3))
    if rng.random() < augment.p_grey:
        values = np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.random() < augment.p_light:
        values = values * np.exp(_soft_noise(values.shape[:2], rng) * rng.uniform(0, 0.4))[..., None]
    return values.clip(0, 1)


def _soft_noise(shape: tuple[int, int], rng: np.random.Generator) -> Float:
    cells = Image.fromarray(rng.standard_normal((_SOFT_CELLS, _SOFT_CELLS)).astype(np.float32))
    return np.asarray(cells.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def _moved(values: Float, length: float, degrees: float) -> Float:
    """Smeared along a line."""
    side = int(np.ceil(length)) | 1
    line = np.zeros((side, side))
    line[side // 2] = 1
    kernel = rotate(line, degrees, reshape=False, order=1).clip(0)
    return convolve(values, (kernel / kernel.sum())[..., None], mode="nearest")


def _cover_mask(shape: tuple[int, int], rng: np.random.Generator) -> Bool:
    """One or two blobs or bars that reach in from a border or lie in the picture."""
    mask = Image.new("1", (shape[1], shape[0]))
    draw = ImageDraw.Draw(mask)
    for _ in range(int(rng.integers(1, 3))):
        middle = rng.uniform(0, 1, 2) * shape[::-1]
        reach = rng.uniform(0.04, 0.16) * shape[1] * np.exp(rng.normal(0, 0.3, 2))
        if rng.random() < 0.5:
            draw.ellipse((*(middle - reach), *(middle + reach)), fill=1)
        else:
            angle = rng.uniform(0, 2 * np.pi)
            far = middle + shape[1] * np.array([np.cos(angle), np.sin(angle)])
            draw.line((*middle, *far), fill=1, width=int(reach[0]) + 1)
    return np.asarray(mask)


def _cover(shape: tuple[int, int], rng: np.random.Generator) -> Float:
    """(h, w, 3): glove, finger, mirror, spatula or lip: any colour, some light on it."""
    grey = rng.uniform(0.05, 0.95)
    color = np.clip(grey + rng.normal(0, 0.12, 3) * [1, 0.6, 0.8], 0, 1)
    return color * np.exp(0.3 * _soft_noise(shape, rng))[..., None]
