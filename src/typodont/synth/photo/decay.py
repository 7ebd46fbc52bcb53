"""Decay: caries that shows as colour, and cavities, where substance is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.mark import Mark, Spot
from typodont.synth.photo.noise import noise, noise_vectors, smoothstep
from typodont.synth.photo.surface import Surface, linear
from typodont.synth.photo.tooth_solid import ToothPoints, ToothSolid
from typodont.types import Float

WHITE, YELLOW_BROWN, BROWN, BLACK = linear(240, 238, 230), linear(176, 122, 62), linear(104, 62, 30), linear(38, 26, 20)
_SOFT_DENTINE = linear(150, 100, 52)
FISSURE_MM = 0.03
"""Grooves at least so deep, against the smoothed crown, hold decay and stain."""


@dataclass(frozen=True)
class Caries(Mark):
    """Decay that has coloured the tooth: a spot, all of it or only where it lies in the grooves.

    Args:
        spot: where. color: (3,) linear, of its core. halo: (3,) around it.
        grooves: only in fissures and close to them. opaque: 0..1.
    """

    category = "caries"

    spot: Spot
    color: Float
    halo: Float
    grooves: bool
    opaque: float

    def strength(self, points: ToothPoints) -> Float:
        """See `Mark`."""
        inside = self.spot.strength(points, self.seed)
        if not self.grooves:
            return inside
        wide = 0.05 * noise(points.local, 0.8, self.seed)
        return np.minimum(inside, (points.groove - FISSURE_MM) / 0.06 + wide + 0.5 * np.maximum(inside - 0.4, 0))

    def paint(self, surface: Surface, points: ToothPoints, strength: Float) -> None:
        """A halo that lets the enamel through, a darker or chalky core, dull."""
        spotty = np.clip(0.85 + 0.2 * noise(points.local, 0.5, self.seed + 3), 0.3, 1)
        edge = smoothstep(0.0, 0.18, strength)
        core = smoothstep(0.12, 0.55, strength) * spotty
        surface.cover(self.opaque * edge * 0.8, self.halo, shine=0.5, rough=0.4)
        surface.cover(self.opaque * core, self.color, shine=0.35, rough=0.45)


@dataclass(frozen=True)
class Cavity(Mark):
    """A hole: walls of soft brown dentine, a darker floor, an undermined rim.

    Args:
        spot: where. depth: mm. floor: (3,) linear colour. rim: 0..1 how dark its edge is stained.
    """

    category = "cavity"
    needs_relief = True

    spot: Spot
    depth: float
    floor: Float
    rim: float

    def strength(self, points: ToothPoints) -> Float:
        """See `Mark`."""
        return self.spot.strength(points, self.seed)

    def relief(self, points: ToothPoints, strength: Float) -> Float:
        """Steep walls, an uneven floor."""
        floor = 1 + 0.25 * noise(points.local, 0.9, self.seed + 5)
        return -self.depth * smoothstep(0.0, 0.4, strength) * np.clip(floor, 0.5, 1.5)

    def paint(self, surface: Surface, points: ToothPoints, strength: Float) -> None:
        """Stained rim, decayed walls and floor."""
        surface.cover(self.rim * smoothstep(0.0, 0.06, strength), BROWN, shine=0.5)
        surface.cover(smoothstep(0.05, 0.2, strength), _SOFT_DENTINE, shine=0.35, rough=0.5)
        dark = smoothstep(0.2, 0.6, strength) * np.clip(0.8 + 0.3 * noise(points.local, 0.7, self.seed + 2), 0, 1)
        surface.cover(dark, self.floor)
        surface.tilt += 0.3 * noise_vectors(points.local, 0.5, self.seed)


def draw_caries(rng: np.random.Generator, solid: ToothSolid) -> Caries | None:
    """One carious place: in the fissures, between the teeth, at the neck, or a white spot."""
    back = solid.tooth.number >= 4
    kind = str(
        rng.choice(
            ("fissure", "proximal", "cervical", "white"), p=(0.5, 0.25, 0.15, 0.1) if back else (0, 0.5, 0.3, 0.2)
        )
    )
    place = _place(rng, solid, kind)
    if place is None:
        return None
    size = {
        "fissure": rng.uniform(0.9, 3.2) * np.ones(3),
        "proximal": rng.uniform(0.6, 1.9) * np.array([0.9, 1.0, 1.2]),
        "cervical": rng.uniform(0.5, 1.1) * np.array([rng.uniform(1.2, 3.2), 1.2, 0.9]),
        "white": rng.uniform(0.5, 1.3) * np.array([rng.uniform(1.2, 3.0), 1.5, 1.0]),
    }[kind]
    dark = [YELLOW_BROWN, BROWN, BLACK][int(rng.choice(3, p=(0.2, 0.45, 0.35)))]
    color, halo = (WHITE, WHITE) if kind == "white" else (dark * rng.uniform(0.7, 1.3), _halo(rng))
    return Caries(
        seed=rng.uniform(0, 50),
        spot=Spot(place, size, rng.uniform(0.2, 0.5)),
        color=color,
        halo=halo,
        grooves=kind == "fissure",
        opaque=rng.uniform(0.35, 0.75) if kind == "white" else rng.uniform(0.6, 1.0),
    )


def draw_cavity(rng: np.random.Generator, solid: ToothSolid) -> Cavity | None:
    """One hole: occlusal, between the teeth, at the neck, or half of the crown."""
    back = solid.tooth.number >= 4
    kind = str(rng.choice(("fissure", "proximal", "cervical"), p=(0.45, 0.4, 0.15) if back else (0.0, 0.65, 0.35)))
    place = _place(rng, solid, kind)
    if place is None:
        return None
    low, high = solid.sizes
    size = rng.uniform(0.12, 0.4) * float((high - low)[0]) * rng.uniform(0.8, 1.25, 3)
    if kind == "cervical":
        size = size * [1.2, 1.0, 0.6]
    floor = (BLACK, BROWN, YELLOW_BROWN)[int(rng.integers(3))] * rng.uniform(0.6, 1.2)
    depth = float(np.clip(rng.uniform(0.5, 1.1) * size.mean(), 0.4, 2.5))
    return Cavity(rng.uniform(0, 50), Spot(place, size, rng.uniform(0.15, 0.35)), depth, floor, rng.uniform(0, 0.9))


def _halo(rng: np.random.Generator) -> Float:
    """Around brown decay: yellow-brown, grey shining through, or chalky."""
    return (YELLOW_BROWN, linear(150, 138, 120), linear(226, 214, 190))[int(rng.choice(3, p=(0.55, 0.25, 0.2)))]


def _place(rng: np.random.Generator, solid: ToothSolid, kind: str) -> Float | None:
    """(3,) a point of the crown where such decay begins; None where gum or shape leave none."""
    points = solid.at_vertices()
    crown = (points.rise > 0.2) & (points.enamel > -0.5)
    fits = {
        "fissure": crown & (points.up > 0.55) & (points.groove > 1.5 * FISSURE_MM) & (np.abs(points.across) < 0.8),
        "proximal": crown & (np.abs(points.across) > 0.78) & (points.up > 0.35) & (points.up < 0.95),
        "cervical": crown & (points.rise < 1.4) & (np.abs(points.across) < 0.6) & (points.outward > 0.2),
        "white": crown & (points.rise < 3.0) & (np.abs(points.across) < 0.6) & (points.outward > 0.2),
    }[kind]
    found = np.flatnonzero(fits)
    return solid.rest[rng.choice(found)] if len(found) else None
