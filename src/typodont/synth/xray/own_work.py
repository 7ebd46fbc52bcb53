"""What is already in the teeth of a real radiograph that nobody marked: found by its brightness, to be left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter
from skimage.measure import label

from typodont.types import Bool, Float

# Contrasts of the part of the picture that teeth span, above the median of all teeth and above what lies around, from
# which on a tooth is not bare any more. Nineteen of twenty teeth of people without any dental work stay below.
_BRIGHT, _SHARP = 1.45, 0.6
# Beside teeth it must be this bright as well as sharp: implants, bridges, wires, fillings of teeth without an outline.
_BRIGHT_BESIDE = 0.9
# Rows of a picture for which the following numbers of pixels are meant.
_ROWS = 512
_LEAST_PIXELS = 20
_AROUND, _SPILL, _MARGIN = 4.0, 4.0, 40.0


@dataclass(frozen=True)
class OwnWork:
    """What a picture shows that its labels say nothing about.

    Args:
        touched: For every tooth whether something dense is in it or before it: filling, crown, root filling, bracket.
        region: (H, W) all touched teeth, and what is bright beside teeth, with a margin.
        bright: (H, W) brightness above the median of all teeth, in contrasts of the part that teeth span.
    """

    touched: tuple[bool, ...]
    region: Bool
    bright: Float


def find_own_work(grey: Float, teeth: Sequence[Bool]) -> OwnWork:
    """Which teeth of a radiograph are bare, and where there is dental work.

    Rather too much counts as work than too little: a bare tooth that is left alone costs nothing.

    Args:
        grey: (H, W) any unit, bright is dense, square pixels.
        teeth: (H, W) mask of every tooth.
    """
    scale = grey.shape[0] / _ROWS
    least = max(1, round(_LEAST_PIXELS * scale**2))
    all_teeth = np.logical_or.reduce(list(teeth))
    span = _span(all_teeth, _MARGIN * scale)
    low, high = np.quantile(grey[span], (0.16, 0.84))
    smooth = gaussian_filter(grey, scale)
    bright = (smooth - np.median(smooth[all_teeth])) / (high - low)
    sharp = (smooth - gaussian_filter(grey, _AROUND * scale)) / (high - low)
    touched = tuple(_most(bright[m], least) > _BRIGHT or _most(sharp[m], least) > _SHARP for m in teeth)
    region = np.zeros_like(all_teeth)
    outstanding = (bright > _BRIGHT_BESIDE) & (sharp > _SHARP)
    region[span] = _large((outstanding | _beside(bright > _BRIGHT, outstanding))[span], least)
    region |= np.logical_or.reduce([mask & is_touched for mask, is_touched in zip(teeth, touched, strict=True)])
    grown = binary_dilation(region, iterations=max(1, round(_SPILL * scale)))
    return OwnWork(touched, np.asarray(grown, dtype=bool), bright)


def _most(values: Float, count: int) -> float:
    """Mean of the `count` greatest."""
    return float(np.sort(values)[-count:].mean())


def _beside(mask: Bool, other: Bool) -> Bool:
    """The pieces of a mask that another one touches: the middle of metal is as bright as its border but not sharp."""
    numbered = np.asarray(label(mask))
    return np.isin(numbered, np.unique(numbered[other & mask])) & mask


def _large(mask: Bool, least: int) -> Bool:
    """Without the pieces of fewer pixels."""
    numbered = np.asarray(label(mask))
    return (np.bincount(numbered.ravel())[numbered] >= least) & mask


def _span(mask: Bool, margin: float) -> tuple[slice, slice]:
    """The rows and columns of a mask and a margin around it: where work is, also where teeth are missing."""
    sides = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    top, left = (max(int(side[0] - margin), 0) for side in sides)
    bottom, right = (int(side[-1] + margin) + 1 for side in sides)
    return slice(top, bottom), slice(left, right)
