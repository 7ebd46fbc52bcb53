"""Cracks in the enamel: a dark thread from the edge or a fissure down the crown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from typodont.synth.photo.mark import Mark
from typodont.synth.photo.noise import noise, smoothstep
from typodont.synth.photo.surface import Surface, linear
from typodont.synth.photo.tooth_solid import ToothPoints, ToothSolid
from typodont.types import Float

_COLORS = (linear(60, 45, 34), linear(120, 92, 62), linear(150, 140, 126))


@dataclass(frozen=True)
class Crack(Mark):
    """A thread.

    Args:
        path: (m, 3) points along it, the tooth's frame, close together, mm. width: half of it, mm.
        color: (3,) linear. opaque: 0..1.
    """

    category = "crack"

    path: Float
    width: float
    color: Float
    opaque: float

    def strength(self, points: ToothPoints) -> Float:
        """1 along the thread, 0 a little beside it."""
        distance = np.asarray(KDTree(self.path).query(points.local, distance_upper_bound=2.5 * self.width)[0])
        wide = self.width * np.clip(1 + 0.3 * noise(points.local, 1.0, self.seed), 0.4, 1.6)
        return np.where(np.isfinite(distance), 1 - np.minimum(distance, 99) / wide, -1.0)

    def paint(self, surface: Surface, points: ToothPoints, strength: Float) -> None:
        """Dark in its middle."""
        surface.cover(self.opaque * smoothstep(0.0, 0.7, strength), self.color, shine=0.6)


def draw_crack(rng: np.random.Generator, solid: ToothSolid) -> Crack | None:
    """A crack down the front of an incisor or across a molar; None where the crown shows too little."""
    points = solid.at_vertices()
    crown = np.flatnonzero((points.rise > 0.3) & (points.enamel > 0))
    if len(crown) < 50:
        return None
    low, high = solid.sizes
    if solid.tooth.number <= 3 or rng.random() < 0.4:
        start = np.array([rng.uniform(low[0], high[0]) * 0.6, high[1], high[2]])
        length = rng.uniform(0.35, 0.95) * (high[2] - low[2])
        line = np.linspace(0, 1, 120)[:, None] * [0.25 * length * rng.normal(), 0.0, -length]
    else:
        start = np.array([low[0], rng.uniform(-0.25, 0.25) * (high[1] - low[1]), high[2]])
        length = rng.uniform(0.5, 1.0) * (high[0] - low[0])
        line = np.linspace(0, 1, 120)[:, None] * [length, 0.3 * length * rng.normal(), 0.0]
    wander = np.cumsum(rng.normal(0, 0.05, (120, 3)), axis=0)
    rest = solid.rest[crown]
    path = rest[np.asarray(KDTree(rest).query(start + line + wander)[1])]
    return Crack(
        rng.uniform(0, 50),
        _dense(path),
        rng.uniform(0.07, 0.16),
        _COLORS[int(rng.integers(3))],
        rng.uniform(0.5, 0.95),
    )


def _dense(path: Float) -> Float:
    """The path through its different points, softened, with a point every 0.04 mm about."""
    keep = np.r_[True, np.linalg.norm(np.diff(path, axis=0), axis=1) > 0]
    path = path[keep]
    for _ in range(2):
        path = np.vstack([path[:1], 0.25 * path[:-2] + 0.5 * path[1:-1] + 0.25 * path[2:], path[-1:]])
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    places = np.arange(0, along[-1], 0.04) if along[-1] > 0 else np.zeros(1)
    return np.stack([np.interp(places, along, path[:, i]) for i in range(3)], axis=1)
