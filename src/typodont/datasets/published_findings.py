"""Training pictures as the published study of findings on photographs made them: whole, and only their tones varied.

Source: benjamin-ahlbrecht/Tooth-and-Cavity-Instance-Segmentation (2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torchvision.transforms.v2 import RandomPhotometricDistort

from typodont.datasets.finding_samples import FindingSample, FindingView, plain_view
from typodont.errors import ConfigError
from typodont.types import Float, Int

_DISTORT = RandomPhotometricDistort(p=0.5)
"""Brightness, contrast, saturation, hue and order of the channels, each in half of the pictures."""


def distorted_view(sample: FindingSample, rng: np.random.Generator) -> FindingView:
    """The whole picture with other tones; (c, H, W) float32 values 0..1."""
    with torch.random.fork_rng(devices=[]):  # torchvision's transforms take torch's own random numbers
        torch.manual_seed(int(rng.integers(2**32)))
        layers = _DISTORT(torch.from_numpy(sample.picture.layers))
    return replace(plain_view(sample), layers=_values(layers.numpy()))


def undistorted_view(sample: FindingSample) -> FindingView:
    """The whole picture as it is, for validation; (c, H, W) float32 values 0..1."""
    return replace(plain_view(sample), layers=_values(sample.picture.layers))


def check_all_labelled(samples: Sequence[FindingSample], categories: Sequence[str]) -> None:
    """Refuse pictures in which not everything is labelled: what has no label there would be learnt as background.

    Raises:
        ConfigError: names the first such picture and what it lacks.
    """
    for sample in samples:
        if not sample.judged.all():
            lacks = ", ".join(name for name, judged in zip(categories, sample.judged, strict=True) if not judged)
            raise ConfigError(
                f"{sample.name}: {lacks} is not labelled in this picture, but the published training takes everything "
                "without a label as background; expected `categories` that every source labels, or the stage 'light'"
            )
        if sample.packed_ignored:
            raise ConfigError(
                f"{sample.name}: found regions to ignore, but the published training takes everything without a label "
                "as background; expected pictures without such regions, or the stage 'light'"
            )


def _values(layers: Int) -> Float:
    return layers.astype(np.float32) / 255
