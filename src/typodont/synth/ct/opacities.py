"""Clouded patches of the lungs as a pneumonia makes them: near the wall, in the back and below, on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from typodont.types import Bool, Float

SHARE = (0.25, 0.5)
"""Of the lungs that is clouded: moderate to severe, as in the second class of the public chest CT."""


def add_opacities(volume: Float, lungs: Bool, rng: np.random.Generator, *, depth: Float) -> Float:
    """The volume with ground glass, and here and there with solid patches, in a quarter to a half of the lungs.

    Args:
        volume: (D, H, W) Hounsfield units.
        lungs: (D, H, W) bool.
        rng: Random numbers.
        depth: (D, H, W) how far to the back, -1..1.
    """
    near_wall = np.exp(-np.asarray(distance_transform_edt(lungs)) / 5)
    height = np.linspace(-1, 1, volume.shape[2])
    liking = 1.2 * smooth_noise(rng, volume.shape, 5) + 1.2 * near_wall + 0.8 * depth - 0.5 * height
    share = rng.uniform(*SHARE)
    cloud = _soft_step(liking, float(np.quantile(liking[lungs], 1 - share)), 0.25)
    solid = _soft_step(liking, float(np.quantile(liking[lungs], 1 - share * rng.uniform(0, 0.35))), 0.15)
    mottled = 1 + 0.25 * smooth_noise(rng, volume.shape, 1)
    glass = np.where(lungs, rng.uniform(200, 420) * cloud * mottled, 0.0)
    clouded = np.minimum(volume + glass, np.maximum(volume, 40.0))
    return np.where(lungs, clouded + (np.maximum(clouded, 20.0) - clouded) * solid, volume)


def smooth_noise(rng: np.random.Generator, shape: Sequence[int], samples: float) -> Float:
    """(D, H, W) noise of mean 0 and deviation 1 whose lumps are about so many samples wide, fewer along z."""
    noise = gaussian_filter(rng.normal(size=shape), (samples, samples, samples / 2.5))
    return (noise - noise.mean()) / noise.std()


def _soft_step(values: Float, edge: float, width: float) -> Float:
    return 0.5 * (1 + np.tanh((values - edge) / width))
