"""Where a tooth stands in a real radiograph, read off its outline; two outlines make a map from tooth to tooth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.stats import theilslopes

from typodont.types import Bool, Float

_LEVELS = 48
_LEAST_ROWS = 8
_NARROWEST = 1.5
"""Half a tooth's width in pixels is taken as at least this, so that pointed ends do not spread a map."""
_MOST_SQUEEZED = 0.75
_STEEPEST, _SHORTEST = 1.0, 0.75
"""Slope of an axis from which on a tooth lies rather than stands: 45 degrees; and so does one so short and wide."""


@dataclass(frozen=True)
class ToothFrame:
    """The axis of a tooth in a picture and how far it reaches to both sides; all lengths in pixels.

    Height 0 is at the end of the roots, 1 at the top of the crown; across, -1 is the distal and 1 the mesial border at
    that height. So a place in one tooth has its place in every other one.

    Args:
        foot: (2,) row and column on the axis at height 0.
        up: (2,) row and column from there to height 1.
        mesial: (2,) unit vector, perpendicular to `up`.
        sides: (2, 48) distal and mesial border at even heights, from the axis in the direction of `mesial`.
    """

    foot: Float
    up: Float
    mesial: Float
    sides: Float

    @property
    def length(self) -> float:
        """From the end of the roots to the top of the crown."""
        return float(np.linalg.norm(self.up))

    @property
    def top(self) -> Float:
        """(2,) row and column of the top of the crown on the axis."""
        return self.foot + self.up

    @property
    def width(self) -> float:
        """Of the crown at its widest."""
        return float((self.sides[1] - self.sides[0])[_LEVELS // 2 :].max())

    def local(self, points: Float) -> tuple[Float, Float]:
        """Height and place across of (..., 2) rows and columns."""
        away = points - self.foot
        height = away @ self.up / self.length**2
        low, high = self._sides_at(height)
        half = np.maximum(0.5 * (high - low), _NARROWEST)
        return height, (away @ self.mesial - 0.5 * (low + high)) / half

    def points(self, height: Float, across: Float) -> Float:
        """(..., 2) rows and columns of heights and places across."""
        low, high = self._sides_at(height)
        half = np.maximum(0.5 * (high - low), _NARROWEST)
        aside = 0.5 * (low + high) + across * half
        return self.foot + height[..., None] * self.up + aside[..., None] * self.mesial

    def moved(self, to: ToothFrame) -> ToothFrame | None:
        """A tooth of the same form where another frame is, as long and at most as wide; None where it is too narrow."""
        scale = to.length / self.length
        squeezed = min(1.0, to.width / (scale * self.width))
        if squeezed < _MOST_SQUEEZED:
            return None
        return replace(to, sides=self.sides * scale * squeezed)

    def _sides_at(self, height: Float) -> tuple[Float, Float]:
        at = np.linspace(0, 1, _LEVELS)
        return np.interp(height, at, self.sides[0]), np.interp(height, at, self.sides[1])


def frame_between(foot: Float, top: Float, *, width: float, mesial_right: bool) -> ToothFrame:
    """A frame with straight sides from one point (row, column) to another."""
    up = top - foot
    sides = np.outer([-0.5, 0.5], np.full(_LEVELS, width))
    return ToothFrame(foot, up, _across(up, mesial_right), sides)


def frame_of(mask: Bool, *, upper: bool, mesial_right: bool) -> ToothFrame | None:
    """The frame of an upright tooth; None where it lies on its side or is only a few rows high.

    The axis is the line through the middles of the rows, which a hooked root or a torn outline hardly moves.

    Args:
        mask: (H, W) where the tooth is, square pixels.
        upper: Whether its crown points down.
        mesial_right: Whether the midline is at the right of it in the picture.
    """
    points = np.argwhere(mask)
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) < _LEAST_ROWS:
        return None
    first, last = mask[rows].argmax(axis=1), mask.shape[1] - mask[rows, ::-1].argmax(axis=1) - 1
    fit: Any = theilslopes(0.5 * (first + last), rows)  # its type stubs do not know what it gives
    slope = float(fit[0])
    if abs(slope) > _STEEPEST:
        return None
    up = np.array([1.0, slope]) / np.hypot(1.0, slope) * (1 if upper else -1)
    mesial = _across(up, mesial_right)
    middle = points.mean(axis=0)
    heights, across = (points - middle) @ up, (points - middle) @ mesial
    low, high = float(heights.min()) - 0.5, float(heights.max()) + 0.5
    frame = ToothFrame(middle + low * up, (high - low) * up, mesial, _borders((heights - low) / (high - low), across))
    return frame if frame.length > _SHORTEST * frame.width else None


def _across(up: Float, mesial_right: bool) -> Float:
    """The unit vector perpendicular to an axis that points to the midline."""
    across = np.array([-up[1], up[0]]) / np.linalg.norm(up)
    return across if (across[1] > 0) == mesial_right else -across


def _borders(heights: Float, across: Float) -> Float:
    """(2, 48) the least and the greatest place across at each level, half a pixel out."""
    level = np.clip((heights * _LEVELS).astype(int), 0, _LEVELS - 1)
    low, high = np.full(_LEVELS, np.inf), np.full(_LEVELS, -np.inf)
    np.minimum.at(low, level, across - 0.5)
    np.maximum.at(high, level, across + 0.5)
    known = np.flatnonzero(np.isfinite(low))
    at = np.arange(_LEVELS)
    return gaussian_filter1d([np.interp(at, known, low[known]), np.interp(at, known, high[known])], 0.7, mode="nearest")
