"""Fillings: amalgam in the fissures of back teeth, composite anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.mark import Mark, Spot
from typodont.synth.photo.noise import noise, noise_vectors, smoothstep
from typodont.synth.photo.surface import Surface, linear
from typodont.synth.photo.tooth_solid import ToothPoints, ToothSolid
from typodont.types import Float

_METALS = (linear(92, 92, 94), linear(60, 60, 64), linear(128, 126, 122))


@dataclass(frozen=True)
class Filling(Mark):
    """Metal or composite in a tooth.

    Args:
        spots: which together are the filling. metal: amalgam instead of composite.
        color: (3,) linear. line: 0..1 how dark the edge is stained.
    """

    category = "filling"

    spots: tuple[Spot, ...]
    metal: bool
    color: Float
    line: float

    def strength(self, points: ToothPoints) -> Float:
        """See `Mark`; a filling reaches only where enamel or root show."""
        return np.max([spot.strength(points, self.seed) for spot in self.spots], axis=0)

    def paint(self, surface: Surface, points: ToothPoints, strength: Float) -> None:
        """Scratched metal, or composite of another shade with a stained edge."""
        inside = smoothstep(0.0, 0.05, strength)
        if self.metal:
            tarnish = 1 + 0.25 * noise(points.local, 1.0, self.seed)[:, None]
            surface.cover(inside, self.color * np.clip(tarnish, 0.4, 1.6), shine=2.2, rough=0.32)
            surface.tilt += (0.22 * inside)[:, None] * noise_vectors(points.local, 0.35, self.seed)
        else:
            surface.cover(0.85 * inside, self.color, shine=0.8, rough=0.25)
        edge = inside * (1 - smoothstep(0.06, 0.14, strength))
        surface.cover(self.line * edge, linear(70, 50, 36))


def draw_filling(rng: np.random.Generator, solid: ToothSolid, shade: Float) -> Filling | None:
    """One filling of a tooth whose enamel has the linear colour `shade` (3,)."""
    points = solid.at_vertices()
    back = solid.tooth.number >= 4
    crown = (points.rise > 0.2) & (points.enamel > -0.3)
    occlusal = back and rng.random() < 0.8
    if occlusal:
        fits = crown & (points.groove > 0.02) & (points.up > 0.6) & (np.abs(points.across) < 0.75)
    else:
        at_neck = rng.random() < 0.35
        side = (points.rise < 2.0) & (points.outward > 0.2) if at_neck else np.abs(points.across) > 0.7
        fits = crown & side & (points.up < 0.95)
    found = np.flatnonzero(fits)
    if len(found) < 5:
        return None
    metal = bool(occlusal and rng.random() < 0.6)
    count = int(rng.integers(2, 6)) if occlusal else 1
    chosen = solid.rest[rng.choice(found, count)]
    radius = rng.uniform(0.8, 1.5) if occlusal else rng.uniform(0.7, 1.9)
    spots = tuple(Spot(place, radius * rng.uniform(0.7, 1.3, 3), rng.uniform(0.05, 0.18)) for place in chosen)
    return Filling(
        rng.uniform(0, 50),
        spots,
        metal,
        _METALS[int(rng.integers(3))] if metal else _composite(rng, shade),
        float(rng.random() < 0.5) * rng.uniform(0.2, 0.9),
    )


def _composite(rng: np.random.Generator, shade: Float) -> Float:
    """Near the tooth's own shade, but never quite: chalkier, greyer or yellower."""
    other = (linear(240, 236, 226), linear(196, 186, 168), linear(214, 182, 128))[int(rng.integers(3))]
    share = rng.uniform(0.3, 0.8)
    return (1 - share) * shade + share * other
