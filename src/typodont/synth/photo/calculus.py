"""Calculus: hard deposits at the gum margin, most on the tongue's side of lower front teeth and between teeth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.mark import Mark
from typodont.synth.photo.noise import noise, noise_vectors, rough_noise, smoothstep
from typodont.synth.photo.surface import Surface, linear
from typodont.synth.photo.tooth_solid import ToothPoints, ToothSolid
from typodont.types import Float

_COLORS = (
    linear(226, 200, 150),  # cream
    linear(206, 164, 92),  # yellow
    linear(232, 226, 208),  # chalk
    linear(150, 100, 50),  # brown, smokers
    linear(62, 46, 34),  # dark, from below the gum
)
_COLOR_SHARES = (0.3, 0.3, 0.1, 0.2, 0.1)


@dataclass(frozen=True)
class Calculus(Mark):
    """A crust along the margin of one side of a tooth.

    Args:
        side: +1 toward the cheek or lip, -1 toward the tongue, 0 all around.
        middle, between: mm of its height in the middle of the side and toward the neighbours.
        sharp: how quickly it rises toward the neighbours.
        mesial, distal: 0..1 share of the height on either half.
        thick: mm. color: (3,) linear. opaque: 0..1.
    """

    category = "calculus"
    needs_relief = True

    side: int
    middle: float
    between: float
    sharp: float
    mesial: float
    distal: float
    thick: float
    color: Float
    opaque: float

    def strength(self, points: ToothPoints) -> Float:
        """Height of the crust at this place less the height above the margin, over the height."""
        across, outward = points.across, points.outward
        radius = np.maximum(np.hypot(across, outward), 0.2)
        toward = np.abs(across) / radius
        height = self.middle + (self.between - self.middle) * toward**self.sharp
        height = height * np.where(across > 0, self.mesial, self.distal)
        if self.side:
            height = height * smoothstep(-0.45, 0.05, self.side * outward / radius)
        near = np.flatnonzero((points.rise < 2.2 * height) & (height > 0.05) & (points.rise > -1))
        out = np.full(len(across), -1.0)
        uneven = 1 + 0.33 * rough_noise(points.local[near], 1.1, self.seed)
        grown = height[near] * np.clip(uneven, 0.15, 1.9)
        out[near] = np.minimum((grown - points.rise[near]) / np.maximum(height[near], 0.4), 1.0)
        return np.where((height > 0.12) & (points.up < 0.97), out, -1.0)

    def relief(self, points: ToothPoints, strength: Float) -> Float:
        """A crust with a step at its edge, knobbly."""
        knobs = np.clip(0.8 + 0.35 * noise(points.local, 0.7, self.seed + 4), 0.2, 1.6)
        return self.thick * smoothstep(-0.02, 0.3, strength) * knobs

    def paint(self, surface: Surface, points: ToothPoints, strength: Float) -> None:
        """Dull, spotted, denser toward the gum."""
        spots = noise(points.local, 0.8, self.seed + 1)
        tone = self.color * (1 + 0.16 * spots[:, None])
        dense = smoothstep(0.0, 0.22, strength) * np.clip(self.opaque + 0.12 * spots, 0.1, 1)
        surface.cover(dense, tone, shine=0.55, rough=0.4)
        surface.tilt += (0.28 * dense)[:, None] * noise_vectors(points.local, 0.45, self.seed)


@dataclass(frozen=True)
class Deposits:
    """How one mouth grows calculus: what its deposits have in common.

    Args:
        amount: 0..1. color: (3,) linear. opaque: 0..1. sharp: see `Calculus`.
    """

    amount: float
    color: Float
    opaque: float
    sharp: float


def draw_deposits(rng: np.random.Generator, plaque: float) -> Deposits:
    """Colour and look for a mouth."""
    color = _COLORS[int(rng.choice(len(_COLORS), p=_COLOR_SHARES))]
    return Deposits(plaque, color, rng.uniform(0.45, 1.0), rng.uniform(1.0, 4.0))


def draw_calculus(rng: np.random.Generator, solid: ToothSolid, deposits: Deposits) -> list[Calculus]:
    """The deposits of one tooth: none, one side or both."""
    return [
        _draw_side(rng, side, deposits) for side in (1, -1) if rng.random() < deposits.amount * _likely(solid, side)
    ]


def _likely(solid: ToothSolid, side: int) -> float:
    """How readily calculus forms there: beside the openings of the salivary glands."""
    lower, number = solid.jaw.dentition.jaw == "lower", solid.tooth.number
    if lower and number <= 3:
        return 1.2 if side < 0 else 0.95
    if not lower and number in (6, 7) and side > 0:
        return 0.7
    return 0.35 if number <= 5 else 0.3


def _draw_side(rng: np.random.Generator, side: int, deposits: Deposits) -> Calculus:
    amount = np.clip(deposits.amount + rng.normal(0, 0.2), 0.1, 1.1)
    between = amount * rng.uniform(1.2, 4.5)
    middle = amount * rng.uniform(0.3, 2.0) if rng.random() < 0.65 else 0.05
    halves = np.where(rng.random(2) < 0.8, rng.uniform(0.6, 1.0, 2), rng.uniform(0.0, 0.3, 2))
    color: Float = np.minimum(deposits.color * rng.uniform(0.8, 1.2) * rng.normal(1, 0.05, 3), 0.95)
    return Calculus(
        seed=rng.uniform(0, 50),
        side=side,
        middle=middle,
        between=between,
        sharp=deposits.sharp,
        mesial=halves[0],
        distal=halves[1],
        thick=float(rng.uniform(0.05, 0.25) + 0.45 * max(amount - 0.6, 0) * rng.random()),
        color=color,
        opaque=float(np.clip(deposits.opaque + rng.normal(0, 0.1), 0.35, 1.0)),
    )
