"""What goes wrong while a tooth is ground: walls that undercut, margins that chip."""

from __future__ import annotations

from typing import Any

import numpy as np

from typodont.synth.preparation.carve import Preparation
from typodont.types import Float

_WALL = 0.35  # |z| of a wall's normal at most
_INSIDE_MM = 0.8


def draw_flaws(rng: np.random.Generator, preparation: Preparation) -> tuple[Float, dict[str, Any]]:
    """An undercut in a wall, a chip or two in the margin, or both: balls (B, 4) for `carve`, and remarks about them."""
    kind = rng.random()
    undercuts = [_undercut(rng, preparation)] if kind < 0.6 else []
    chips = [_chip(rng, preparation) for _ in range(int(rng.integers(1, 3)))] if kind > 0.45 else []
    depths = [[round(depth, 3) for _, depth in flaws] for flaws in (undercuts, chips)]
    return np.array([ball for ball, _ in undercuts + chips]), {"undercuts": depths[0], "chips": depths[1]}


def _undercut(rng: np.random.Generator, preparation: Preparation) -> tuple[Float, float]:
    """A shallow hollow in a steep wall: its ball and its depth in mm."""
    shape = preparation.shape
    wall = np.argwhere((np.abs(preparation.removed) < 0.1) & (shape.depth < -_INSIDE_MM))
    wall = wall[((wall > 0) & (wall < np.array(shape.grid.shape) - 1)).all(axis=1)]
    normal = _gradient(preparation.removed, wall)
    steep = np.flatnonzero(np.abs(normal[:, 2]) < _WALL)
    at = int(rng.choice(steep if len(steep) else np.arange(len(wall))))
    radius, depth = rng.uniform(0.8, 2.0), rng.uniform(0.08, 0.3)
    place = shape.grid.low + shape.grid.step * wall[at]
    return np.r_[place - (radius - depth) * normal[at], radius], depth


def _chip(rng: np.random.Generator, preparation: Preparation) -> tuple[Float, float]:
    """A piece broken out of the margin: its ball and its depth in mm."""
    shape = preparation.shape
    place = preparation.margin[rng.integers(len(preparation.margin))]
    cell = np.round((place - shape.grid.low) / shape.grid.step).astype(int)
    cell = np.clip(cell, 1, np.array(shape.grid.shape) - 2)
    normal = _gradient(shape.depth, cell[None])[0]
    radius, depth = rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.3)
    return np.r_[place + (radius - depth) * normal, radius], depth


def _gradient(field: Float, cells: np.ndarray) -> Float:
    """(n, 3) unit direction in which a field grows at inner cells (n, 3)."""
    slope = np.stack(
        [field[tuple((cells + step).T)] - field[tuple((cells - step).T)] for step in np.eye(3, dtype=int)], axis=1
    ).astype(np.float64)
    return slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9)
