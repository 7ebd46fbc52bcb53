"""From attenuation to an 8-bit picture: exposure, veil, noise, sharpening, tone, letters, as devices differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from typodont.synth.xray.canvas import wide_blur
from typodont.types import Float, Int

# Grey values at these shares of the pixels, as quantiles of real pictures; devices are drawn around and between them.
_SHARES = (0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
_TONES = {
    "even": (3, 18, 36, 75, 98, 119, 154, 195, 255),
    "contrast": (0, 4, 10, 34, 70, 112, 178, 225, 255),
    "dark": (0, 2, 6, 30, 62, 92, 150, 205, 255),
    "bright": (2, 20, 44, 90, 122, 150, 196, 230, 255),
}


@dataclass(frozen=True)
class Device:
    """How one machine turns attenuation into grey.

    Args:
        blur: pixels. noise: share of the signal. flatten: 0..1, how much of the broad shading is taken out.
        sharpen: strength. tones: grey values at `_SHARES` of the pixels.
        letters: text at the left and right, "" for none. frame: pixels of black or white border.
    """

    blur: float
    noise: float
    flatten: float
    sharpen: float
    tones: Float
    letters: tuple[str, str]
    caption: str
    frame: int


def draw_device(rng: np.random.Generator) -> Device:
    """One of the machines that are in use."""
    names = list(_TONES)
    a, b = (np.array(_TONES[names[i]], float) for i in rng.choice(len(names), 2, p=[0.6, 0.2, 0.12, 0.08]))
    share = rng.random()
    tones = share * a + (1 - share) * b
    tones[1:-1] *= 1 + 0.06 * rng.standard_normal()
    style = rng.random()
    letters = ("R", "L") if style < 0.3 else ("R", "") if style < 0.4 else ("", "L") if style < 0.5 else ("", "")
    return Device(
        blur=float(rng.uniform(0.5, 1.1)),
        noise=float(np.exp(rng.uniform(*np.log([0.0015, 0.011])))),
        flatten=float(rng.uniform(0.35, 0.85)),
        sharpen=float(rng.uniform(0.0, 0.7)),
        tones=np.maximum.accumulate(tones),
        letters=letters,
        caption="PANORAMIC 70kV 10mA 14.1s" if rng.random() < 0.15 else "",
        frame=int(rng.integers(2, 12)) if rng.random() < 0.08 else 0,
    )


def expose(rng: np.random.Generator, *attenuations: Float, device: Device) -> list[Int]:
    """(H, W) a picture of every attenuation, all with the same noise and tone curve; bright is dense.

    The tone curve is that of the last one. Letters and frames are left to `mark`.
    """
    grain = gaussian_filter(rng.standard_normal(attenuations[-1].shape, dtype=np.float32), rng.uniform(0.35, 0.8))
    stripes = gaussian_filter1d(rng.standard_normal(attenuations[-1].shape[1]), 1.0)
    images = [_signal(attenuation, device, grain / grain.std(), stripes) for attenuation in attenuations]
    at = np.maximum.accumulate(np.quantile(images[-1], _SHARES)) + 1e-6 * np.arange(len(_SHARES))
    return [np.clip(np.rint(np.interp(image, at, device.tones)), 0, 255).astype(np.uint8) for image in images]


def _signal(attenuation: Float, device: Device, grain: Float, stripes: Float) -> Float:
    """(H, W) what the machine makes of an attenuation before the tone curve."""
    rows = attenuation.shape[0]
    image = gaussian_filter(attenuation, device.blur)
    image = image + device.noise * 6 * (grain * (0.5 + 0.12 * np.clip(image, 0, 10)) + 0.12 * stripes)
    # metal saturates long before the rest is as bright
    limit = np.quantile(image, 0.985)
    image = np.where(image > limit, limit + 2.2 * np.tanh((image - limit) / 4.0), image)
    broad = wide_blur(image, np.full(2, 0.09 * rows))
    image = image - device.flatten * (broad - broad.mean())
    return image + device.sharpen * (image - gaussian_filter(image, 0.006 * rows))


def mark(rng: np.random.Generator, image: Int, device: Device) -> Int:
    """The picture with the letters R at the patient's right (left of the picture) and L, caption and frame."""
    rows, columns = image.shape
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=int(rows * rng.uniform(0.04, 0.08)))
    height, aside = rows * rng.uniform(0.1, 0.85), rng.uniform(0.01, 0.04) * columns
    tone = int(rng.integers(190, 256))
    left, right = device.letters
    if left:
        draw.text((aside, height), left, fill=tone, font=font)
    if right:
        draw.text((columns - aside, height), right, fill=tone, font=font, anchor="ra")
    if device.caption:
        small = ImageFont.load_default(size=max(8, rows // 45))
        draw.text((0.01 * columns, 0.965 * rows), device.caption, fill=tone, font=small)
    out = np.array(picture)
    if device.frame:
        edge = device.frame
        out[:edge], out[-edge:], out[:, :edge], out[:, -edge:] = (0 if rng.random() < 0.7 else 255,) * 4
    return out
