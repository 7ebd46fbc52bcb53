"""From light to a file: focus, exposure, white balance, tone, noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import convolve, gaussian_filter

from typodont.types import Float


@dataclass(frozen=True)
class Lens:
    """One camera with its settings.

    Args:
        focus: mm by which the plane of focus lies before (+) or behind (-) the middle of the target.
        blur: pixels of blur per mm out of focus. sharp: mm on both sides that stay sharp. soft: pixels, everywhere.
        exposure: luminance of bright teeth, linear. balance: (3,) gains. contrast: 0 flat to 1 steep.
        saturation: 1 as it was. vignette: loss of light at the corners. noise: of the sensor. quality: of the JPEG.
        shake: (2,) pixels by which the hand moves to the right and down during the exposure.
    """

    focus: float
    blur: float
    sharp: float
    soft: float
    exposure: float
    balance: Float
    contrast: float
    saturation: float
    vignette: float
    noise: float
    quality: int
    shake: tuple[float, float] = (0.0, 0.0)


def draw_lens(rng: np.random.Generator) -> Lens:
    """From a telephone in a hurry to a camera on its settings for teeth."""
    warm = rng.normal(0, 0.06)
    return Lens(
        focus=rng.normal(0, 4),
        blur=rng.uniform(0.0, 0.12),
        sharp=rng.uniform(4, 15),
        soft=rng.uniform(0.35, 0.9) if rng.random() < 0.85 else rng.uniform(0.9, 1.8),
        exposure=float(np.exp(rng.uniform(np.log(0.45), np.log(0.95)))),
        balance=np.array([1 + warm, 1 + rng.normal(0, 0.02), 1 - warm], dtype=np.float32),
        contrast=rng.uniform(0.0, 0.8),
        saturation=rng.normal(0.97, 0.08),
        vignette=rng.uniform(0, 0.35),
        noise=rng.uniform(0.001, 0.012),
        quality=int(rng.integers(62, 96)),
    )


def develop(rng: np.random.Generator, radiance: Float, height: Float, bright: float, lens: Lens) -> np.ndarray:
    """(H, W, 3) uint8 picture of linear light.

    Args:
        rng: draws the noise of the sensor.
        radiance: (H, W, 3) float32. height: (H, W) mm above the plane through the target's middle.
        bright: linear luminance that the exposure brings to `Lens.exposure`.
        lens: the camera.
    """
    picture = _shaken(_out_of_focus(radiance, height, lens), lens.shake)
    h, w = height.shape
    y, x = np.ogrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    gain = lens.exposure / bright
    picture = picture * (gain * (1 - lens.vignette * 0.5 * (x**2 + y**2)))[..., None] * lens.balance
    picture += (
        rng.standard_normal(picture.shape, dtype=np.float32)
        * np.float32(lens.noise)
        * np.sqrt(np.maximum(picture, 0.01))
    )
    return (255 * tone(picture, lens) + 0.5).astype(np.uint8)


def _shaken(picture: Float, shake: tuple[float, float]) -> Float:
    """Smeared along a straight line as long as `shake`, pixels."""
    length = float(np.hypot(*shake))
    if length < 0.5:
        return picture
    reach = int(np.ceil(0.5 * length)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for place in np.linspace(-0.5, 0.5, 4 * reach + 1):
        x, y = reach + place * shake[0], reach + place * shake[1]
        kernel[round(y), round(x)] += 1
    return np.stack([convolve(picture[..., i], kernel / kernel.sum()) for i in range(3)], axis=2)


def tone(picture: Float, lens: Lens) -> Float:
    """(…, 3) values 0..1 as a file holds them: highlights roll off softly, shadows by the camera's contrast."""
    light = np.maximum(picture, 0)
    light = np.where(light < 0.7, light, 0.7 + 0.3 * np.tanh((light - 0.7) / 0.3))
    encoded = light ** np.float32(1 / 2.2)
    curve = encoded * encoded * (3 - 2 * encoded)
    encoded = encoded + np.float32(0.55 * lens.contrast) * (curve - encoded)
    grey = encoded.mean(axis=-1, keepdims=True)
    return np.clip(grey + np.float32(lens.saturation) * (encoded - grey), 0, 1)


def _out_of_focus(radiance: Float, height: Float, lens: Lens) -> Float:
    """Blurred by the distance from the plane of focus, between three levels."""
    off = np.maximum(np.abs(height - lens.focus) - lens.sharp, 0)
    sigma = np.hypot(lens.soft, np.minimum(lens.blur * off, 5.0))
    levels = [lens.soft, 1.6, 3.0, 5.2]
    blurred = [np.stack([gaussian_filter(radiance[..., i], s) for i in range(3)], axis=2) for s in levels]
    out = blurred[0]
    for low, high, image in zip(levels[:-1], levels[1:], blurred[1:], strict=True):
        share = np.clip((sigma - low) / max(high - low, 0.1), 0, 1)[..., None]
        out = out + share * (image - out)
    return out.astype(np.float32)
