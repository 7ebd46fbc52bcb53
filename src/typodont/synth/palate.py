"""The vault between the sides of an upper arch."""

from __future__ import annotations

import numpy as np

from typodont.synth.dentition import Dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.tissue_style import TissueStyle
from typodont.types import Float


def palate(rng: np.random.Generator, dentition: Dentition, xy: Float, style: TissueStyle, gum: HeightMap) -> Float:
    """(nx, ny) z of the palate, mm, with rugae in its front third and a raphe along its middle."""
    inside = np.maximum(-gum.outside, 0)
    half = np.abs(dentition.curve[0, 0] - dentition.curve[-1, 0]) / 2
    behind = dentition.curve[:, 1].max() - xy[..., 1]
    depth = style.vault_depth * (1 - np.exp(-rng.uniform(1.0, 2.4) * inside / (0.5 * half)))
    depth *= 0.75 + 0.25 * np.clip(behind / 25, 0, 1)
    edge = np.median(dentition.curve[:, 2]) - 1.0
    raphe = -0.4 * np.exp(-((xy[..., 0] / 1.2) ** 2)) * np.clip((inside - 5) / 4, 0, 1)
    return edge - depth + raphe + style.rugae * _rugae(rng, xy[..., 0], behind, inside, gum)


def _rugae(rng: np.random.Generator, x: Float, behind: Float, inside: Float, gum: HeightMap) -> Float:
    """(nx, ny) 0..1 and more on the folds behind the incisors that run to both sides."""
    lines = np.sin(2 * np.pi * (behind + 0.25 * np.abs(x) + rng.uniform(0, 4)) / rng.uniform(3.2, 4.6))
    wobble = gum.noise(rng, 3.0)
    window = np.exp(-(((behind - 14) / 6) ** 2)) * np.clip((inside - 4) / 3, 0, 1) * np.clip(np.abs(x) / 2, 0, 1)
    return window * np.maximum(lines + 4 * wobble / np.abs(wobble).max(), 0)
