"""The colours of a patient; paint of teeth and metal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.mark import Mark
from typodont.synth.photo.mouth import Health
from typodont.synth.photo.noise import noise, noise_vectors, rough_noise, smoothstep
from typodont.synth.photo.surface import Surface, linear
from typodont.synth.photo.tooth_solid import ToothPoints, ToothSolid
from typodont.types import Float

# Body colours of the VITA classical shades A1 to D4, as photographs show them.
_SHADES = (
    (236, 224, 200),
    (228, 211, 180),
    (220, 198, 160),
    (209, 182, 142),
    (196, 166, 124),
    (239, 230, 208),
    (228, 212, 176),
    (214, 192, 146),
    (218, 208, 186),
    (200, 184, 158),
    (214, 200, 178),
    (204, 186, 156),
)
_ROOT, _NECK = linear(218, 180, 128), linear(216, 176, 118)
_CLEAR, _STAIN = linear(176, 178, 180), linear(112, 74, 40)
_SKINS = ((232, 190, 168), (214, 166, 140), (190, 140, 110), (150, 104, 78), (104, 70, 52))
_GLOVES = ((236, 226, 214), (232, 234, 236), (120, 160, 205), (70, 110, 170), (130, 110, 175), (60, 62, 66))


@dataclass(frozen=True)
class Palette:
    """The colours of one patient, linear (3,) each, and how wet, pigmented and clean the mouth is.

    Args:
        enamel: body colour. clear: how far incisal edges let light through, 0..1. neck: how much yellower necks are.
        gum, margin, mucosa, palate, lip, tongue, skin: soft tissues.
        glove: colour of gloved fingers at the lips; None without any. glove_arcs: (k, 2) their middles and half widths,
            radians around the opening.
        retractor: mm of its width, 0 without one. plastic: how much it hides, 0..1. bubbles: of saliva, how many.
        pigment: brown patches of the gum, 0..1. vessels: 0..1. band: mm of attached gum. wet: 0..1.
        health: redness and stain. seed: which patterns.
    """

    enamel: Float
    clear: float
    neck: float
    gum: Float
    margin: Float
    mucosa: Float
    palate: Float
    lip: Float
    tongue: Float
    skin: Float
    glove: Float | None
    glove_arcs: Float
    retractor: float
    plastic: float
    bubbles: int
    pigment: float
    vessels: float
    band: float
    wet: float
    health: Health
    seed: float


def draw_palette(rng: np.random.Generator, health: Health, *, gloves: float = 0.25, retractors: float = 0.5) -> Palette:
    """One patient's colours: teeth A1 to D4, gum from pale pink to dark red, with or without pigment; and how often
    the lips are held by gloved fingers and by a retractor.
    """

    def about(*srgb: float, spread: float = 0.06) -> Float:
        jitter = 1 + spread * (rng.standard_normal() + 0.35 * rng.standard_normal(3))
        return linear(*np.clip(np.array(srgb) * jitter, 12, 250))

    warm = np.array([1.0, rng.uniform(0.88, 1.0), rng.uniform(0.8, 1.0)], dtype=np.float32)
    red = np.clip(0.4 * health.inflamed + rng.normal(0.2, 0.2), 0, 1)
    skin = int(rng.integers(len(_SKINS)))
    gloved = rng.random() < gloves
    arcs = np.column_stack([rng.choice([0, 0.5, 1, 1.5], 3) * np.pi + rng.normal(0, 0.3, 3), rng.uniform(0.3, 0.9, 3)])
    return Palette(
        enamel=about(*_SHADES[int(rng.integers(len(_SHADES)))], spread=0.03) * warm,
        clear=rng.uniform(0.1, 0.75),
        neck=rng.uniform(0.1, 0.6),
        gum=about(224 - 24 * red, 156 - 40 * red, 146 - 36 * red),
        margin=about(204 - 30 * red, 112 - 34 * red, 108 - 30 * red),
        mucosa=about(196 - 20 * red, 100 - 22 * red, 94 - 20 * red),
        palate=about(216, 150, 144),
        lip=about(204, 132, 122),
        tongue=about(204, 122, 118),
        skin=about(*_SKINS[skin], spread=0.05),
        glove=about(*_GLOVES[int(rng.integers(len(_GLOVES)))], spread=0.04) if gloved else None,
        glove_arcs=arcs[: int(rng.integers(1, 4))],
        retractor=float(rng.random() < retractors) * rng.uniform(4, 12),
        plastic=rng.uniform(0.15, 0.6),
        bubbles=int(rng.random() < 0.5) * int(rng.integers(5, 60)),
        pigment=float(np.clip(rng.normal((0.0, 0.0, 0.1, 0.4, 0.6)[skin], 0.15), 0, 0.9)),
        vessels=rng.uniform(0.1, 0.7),
        band=rng.uniform(2.5, 6.0),
        wet=rng.uniform(0.35, 1.0),
        health=health,
        seed=rng.uniform(0, 50),
    )


def paint_tooth(
    solid: ToothSolid, marks: tuple[Mark, ...], points: ToothPoints, palette: Palette
) -> tuple[Surface, Surface]:
    """The tooth without and with its findings."""
    surface = _enamel(solid, points, palette)
    clean = surface.take(np.arange(len(points.rise)))
    for mark in marks:
        strength = mark.strength(points)
        there = np.flatnonzero(strength > 0)
        if len(there):
            piece = surface.take(there)
            mark.paint(piece, points[there], strength[there])
            surface.put(there, piece)
    return clean, surface


def _enamel(solid: ToothSolid, points: ToothPoints, palette: Palette) -> Surface:
    """Body, yellower neck, clear edge, root below the enamel, stain in grooves and between teeth."""
    own = np.random.default_rng([int(1e6 * palette.seed), solid.fdi])
    canine = 0.9 if solid.tooth.number == 3 else 1.0
    milk = linear(244, 240, 230) if solid.tooth.milk else palette.enamel
    body = np.clip(milk * own.normal(1, 0.05) * [1, canine**0.5, canine], 0, 0.95)
    surface = Surface.plain(len(points.rise), body, shine=1.0, rough=own.uniform(0.06, 0.11))
    soft = noise(points.local, 4.0, palette.seed + solid.fdi)
    surface.color *= (1 + 0.04 * soft)[:, None]
    surface.cover(palette.neck * smoothstep(3.5, 0.2, points.enamel + 0.5 * soft), _NECK * body.mean() / _NECK.mean())
    if solid.tooth.number <= 3:
        below = (1 - points.up) * float((solid.sizes[1] - solid.sizes[0])[2])
        mamelons = 0.5 * noise(points.local * [1, 1, 0.2], 1.6, palette.seed)
        surface.cover(
            palette.clear * smoothstep(2.4, 0.3, below + mamelons), _CLEAR * body.mean() / _CLEAR.mean() * 0.85
        )
        surface.cover(0.4 * palette.clear * smoothstep(0.35, 0.1, below), linear(240, 236, 228))
    else:
        surface.cover(0.25 * smoothstep(0.02, -0.12, points.groove), linear(240, 232, 216))
    surface.cover(
        0.85 * smoothstep(0.25, -0.35, points.enamel),
        _ROOT * (own.uniform(0.85, 1.2) * body.mean() / _ROOT.mean()),
        rough=0.25,
    )
    stain = palette.health.stain
    lines = smoothstep(0.03, 0.12, points.groove) * (points.up > 0.5)
    surface.cover(np.clip((0.15 + 0.8 * stain) * lines, 0, 0.9), _STAIN)
    film = smoothstep(
        0.3, 1.4, rough_noise(points.local, 2.5, palette.seed + 9) + 0.5 * np.abs(points.across) - 0.15 * points.rise
    )
    surface.cover(0.55 * stain * film, _STAIN * 1.6, shine=0.8)
    surface.tilt += 0.05 * noise_vectors(points.local, 1.8, palette.seed)
    return surface


def paint_metal(rest: Float, palette: Palette) -> Surface:
    """Steel, a little scratched."""
    surface = Surface.plain(len(rest), linear(120, 120, 122), shine=3.0, rough=0.25)
    surface.tilt += 0.1 * noise_vectors(rest, 0.4, palette.seed)
    return surface


def paint_hollow(rest: Float, palette: Palette) -> Surface:
    """The inner side of gums and teeth: dark."""
    return Surface.plain(len(rest), 0.6 * palette.mucosa, shine=0.1, rough=0.4)
