"""What a network makes of one unlabelled file, whatever the job."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from typodont.types import Float


@dataclass(frozen=True)
class Look:
    """How unsure a network is of one case, and what the case is like.

    Args:
        uncertainty: 0..1, see `mean_doubt`.
        features: (C,) float32: see `pooled`; means something only beside those of the same network.
    """

    uncertainty: float
    features: Float


@dataclass(frozen=True)
class Looker:
    """How a job looks at its files, with the weights loaded.

    Args:
        suffixes: What counts as input inside a folder.
        look: A file -> what the network makes of it.
        draw: A file -> (h, w, 3) uint8 picture in which doubtful teeth are tinted, see `tinted`.
    """

    suffixes: tuple[str, ...]
    look: Callable[[Path], Look]
    draw: Callable[[Path], np.ndarray]


DOUBT_COLOR = np.array((214, 39, 40), dtype=np.float32)


def doubt(probability: Float) -> Float:
    """(N,) entropy of (N, K) class probabilities as a share of the largest one possible: 0 sure, 1 no idea."""
    safe = np.clip(probability, 1e-9, 1.0)
    return -(probability * np.log(safe)).sum(axis=1) / math.log(probability.shape[1])


def mean_doubt(probability: Float) -> float:
    """Mean doubt over the teeth: every place counts by how probably it is tooth, so that the large gum counts little.

    Args:
        probability: (N, K) of each place (point, face, pixel); class 0 is no tooth.

    Returns:
        0..1; 1 where no place may be a tooth, because then nothing is known about the teeth.
    """
    tooth = 1 - probability[:, 0]
    total = float(tooth.sum())
    return float((tooth * doubt(probability)).sum() / total) if total > 1e-6 else 1.0


def pooled(features: Float, tooth: Float) -> Float:
    """(2 C,) float32: mean and spread over the teeth of (N, C) features, each place weighted by its (N,) tooth."""
    share = (tooth + 1e-6) / (tooth + 1e-6).sum()
    mean = share @ features
    return np.concatenate([mean, np.sqrt(share @ (features - mean) ** 2)]).astype(np.float32)


def tinted(color: Float, amount: Float) -> Float:
    """Colours (..., 3) 0..255, the redder the larger the (...) doubt is."""
    share = np.clip(1.5 * amount, 0, 1)[..., None]
    return color + share * (DOUBT_COLOR - color)
