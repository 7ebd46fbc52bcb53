"""Vessels of the lungs: trees that branch from the root of each lung to its wall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.types import Bool, Float

_ROOT_MM = 34.0
"""Of the vessels from the middle plane."""
_ROOTS, _DEPTH, _STEP_MM = 9, 5, 24.0


def lung_vessels(rng: np.random.Generator, lungs: Bool, spacing: Sequence[float]) -> Float:
    """(D, H, W) float 0..1: how much of each sample is vessel.

    Args:
        rng: Random numbers.
        lungs: (D, H, W) bool.
        spacing: mm along the three axes.
    """
    cells = np.argwhere(lungs).astype(float)
    middle = (np.array(lungs.shape) - 1) / 2
    marks: list[tuple[Float, float]] = []
    for side in (-1.0, 1.0):
        own = cells[(cells[:, 0] - middle[0]) * side > 0] * np.array(spacing)
        if not len(own):
            continue
        root = middle * spacing + np.array([side * _ROOT_MM, 0.0, 0.0])
        for _ in range(_ROOTS):
            goal = own[rng.integers(len(own))]
            _grow(rng, root, goal, own, radius=rng.uniform(3.5, 5.5), depth=_DEPTH, marks=marks)
    return _painted(marks, lungs.shape, spacing)


def _grow(
    rng: np.random.Generator,
    start: Float,
    goal: Float,
    cells: Float,
    *,
    radius: float,
    depth: int,
    marks: list[tuple[Float, float]],
) -> None:
    """One piece towards the goal, then two thinner ones to goals of their own."""
    way = goal - start
    length = float(np.linalg.norm(way))
    if depth == 0 or length < 4:
        return
    end = start + way / length * min(length, _STEP_MM * rng.uniform(0.6, 1.3)) + rng.normal(0, 3, 3)
    steps = max(int(np.linalg.norm(end - start) / 2), 2)
    marks += [(start + share * (end - start), radius) for share in np.linspace(0, 1, steps)]
    for thinner in (0.78, rng.uniform(0.45, 0.75)):
        near = cells[rng.integers(len(cells), size=6)]
        ahead = near[np.argmax((near - end) @ way / (np.linalg.norm(near - end, axis=1) + 20))]
        _grow(rng, end, 0.5 * (goal + ahead), cells, radius=radius * thinner, depth=depth - 1, marks=marks)


def _painted(marks: Sequence[tuple[Float, float]], shape: Sequence[int], spacing: Sequence[float]) -> Float:
    """Marks as the part of each sample that they fill: their volume in its place, blurred by half a sample."""
    filled = np.zeros(shape)
    cell = float(np.prod(spacing))
    for place, radius in marks:
        at = np.rint(place / spacing).astype(int)
        if (at >= 0).all() and (at < shape).all():
            filled[tuple(at)] += 2 * np.pi * radius**2 / cell  # marks lie 2 mm apart along a tube
    return gaussian_filter(filled, (0.6, 0.6, 0.3)).clip(0, 1)
