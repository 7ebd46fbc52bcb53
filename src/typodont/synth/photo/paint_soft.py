"""Paint of soft tissues: gum and mucosa, lips and skin with what holds them, tongue."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.synth.photo.noise import noise, noise_vectors, rough_noise, smoothstep
from typodont.synth.photo.paint import Palette
from typodont.synth.photo.scene import Part
from typodont.synth.photo.soft import Funnel
from typodont.synth.photo.surface import Surface, linear
from typodont.types import Float

_BLOOD, _PIGMENT = linear(150, 44, 52), linear(98, 58, 48)
_PLASTIC = linear(214, 216, 214)


def paint_gum(part: Part, rest: Float, away: Float, palette: Palette) -> Surface:
    """Red margins, pale attached gum, dark mucosa beyond it with vessels, brown patches; palate on the upper inside.

    Args:
        part: The gum. rest: (n, 3) arch frame, mm.
        away: (n,) mm from the nearest margin, negative on the tongue's side.
        palette: The patient's colours.
    """
    inside, away = away < 0, np.abs(away)
    uneven = rough_noise(rest, 5.0, palette.seed)
    surface = Surface.plain(len(rest), palette.gum, shine=palette.wet, rough=0.08)
    beyond = smoothstep(-1.6, 1.6, away - palette.band + 0.8 * uneven)
    if part.jaw is not None and part.jaw.dentition.jaw == "upper":
        surface.cover(smoothstep(2, 6, away) * inside, palette.palate)
        beyond = beyond * ~inside
    surface.cover(beyond, palette.mucosa)
    inflamed = palette.health.inflamed * np.clip(0.8 + 0.5 * noise(rest, 7.0, palette.seed + 1), 0, 1.2)
    surface.cover(np.clip((0.2 + 0.8 * inflamed) * smoothstep(2.2, 0.2, away + 0.4 * uneven), 0, 1), palette.margin)
    patches = smoothstep(0.1, 1.4, rough_noise(rest, 3.5, palette.seed + 2) + 0.4 - 0.1 * away)
    surface.cover(palette.pigment * patches, _PIGMENT)
    thread = np.abs(noise(rest, 5.0, palette.seed + 3) + 0.3 * noise(rest, 1.5, palette.seed + 4))
    vessels = smoothstep(0.09, 0.02, thread) * (0.15 + 0.85 * beyond)
    surface.cover(0.45 * palette.vessels * vessels, _BLOOD)
    surface.color *= (1 + 0.06 * uneven + 0.03 * noise(rest, 0.6, palette.seed + 5))[:, None]
    stipple = (0.10 * (1 - beyond) * (away > 1))[:, None]
    surface.tilt += stipple * noise_vectors(rest, 0.7, palette.seed) + 0.13 * noise_vectors(rest, 2.0, palette.seed + 6)
    _bubbles(part, surface, rest, away, palette)
    return surface


def paint_infant(rest: Float, raw: Float, palette: Palette) -> Surface:
    """An infant's palate: pale ridges and shelves; the vestibule, the septum and what a cleft lays open red and wet.

    Args:
        rest: (n, 3) arch frame, mm. raw: (n,) 0 on ridges, 1 deep in a cleft.
        palette: The patient's colours.
    """
    uneven = rough_noise(rest, 5.0, palette.seed)
    surface = Surface.plain(len(rest), palette.gum, shine=0.5 + 0.7 * palette.wet, rough=0.08)
    surface.cover(smoothstep(-0.5, 1.5, noise(rest, 9.0, palette.seed + 1)), palette.palate)
    surface.cover(0.85 * smoothstep(0.25, 0.95, raw + 0.06 * uneven), palette.mucosa)
    surface.cover(0.3 * smoothstep(0.75, 1.0, raw + 0.1 * uneven), _BLOOD)
    thread = np.abs(noise(rest, 4.0, palette.seed + 3) + 0.3 * noise(rest, 1.2, palette.seed + 4))
    surface.cover(0.4 * palette.vessels * smoothstep(0.08, 0.02, thread) * (0.25 + 0.75 * raw), _BLOOD)
    surface.color *= (1 + 0.06 * uneven + 0.03 * noise(rest, 0.5, palette.seed + 5))[:, None]
    surface.tilt += 0.08 * noise_vectors(rest, 0.7, palette.seed) + 0.12 * noise_vectors(rest, 2.0, palette.seed + 6)
    milk = smoothstep(1.5, 2.2, rough_noise(rest, 6.0, palette.seed + 9))
    surface.cover(0.5 * milk, linear(238, 232, 222), shine=0.8)
    return surface


def _bubbles(part: Part, surface: Surface, rest: Float, away: Float, palette: Palette) -> None:
    """Small bubbles of saliva along the margins: each a half-sphere that catches the light."""
    if part.jaw is None or not palette.bubbles:
        return
    rng = np.random.default_rng(int(1e6 * palette.seed))
    margin = np.vstack([neck.points() for neck in part.jaw.necks])
    middles = margin[rng.integers(len(margin), size=palette.bubbles)] + rng.normal(0, 0.6, (palette.bubbles, 3))
    radii = rng.uniform(0.2, 0.55, palette.bubbles)
    near = np.flatnonzero(away < 2.5)
    distance, which = map(np.asarray, KDTree(middles).query(rest[near], distance_upper_bound=0.55))
    hit = np.isfinite(distance)
    near, which, distance = near[hit], which[hit], distance[hit]
    on = distance < radii[which]
    near, which = near[on], which[on]
    bulge = (rest[near] - middles[which]) / radii[which, None]
    surface.tilt[near] += 0.9 * bulge @ part.jaw.place[:3, :3].T
    surface.rough[near], surface.shine[near] = 0.06, 1.2
    surface.color[near] += 0.15 * (0.6 - surface.color[near])


def paint_funnel(funnel: Funnel, rest: Float, along: Float, palette: Palette) -> Surface:
    """Mucosa inside, lips, skin beyond them; over them gloved fingers or a retractor.

    Args:
        funnel: Which. rest: (n, 3) mouth frame, mm. along: (n,) mm from the lips' inner edge outward.
        palette: The patient's colours.
    """
    surface = Surface.plain(len(rest), palette.mucosa, shine=palette.wet, rough=0.1)
    surface.color *= (1 + 0.08 * rough_noise(rest, 8.0, palette.seed))[:, None]
    deep = smoothstep(-8, -28, along)
    surface.shine *= 1 - 0.9 * deep
    surface.color *= (1 - 0.35 * deep)[:, None]
    thread = np.abs(noise(rest, 7.0, palette.seed + 3))
    surface.cover(0.25 * palette.vessels * smoothstep(0.08, 0.02, thread), _BLOOD)
    local = funnel.viewpoint.local(rest)[:, :2] - funnel.centre
    angle = np.arctan2(local[:, 1], local[:, 0]) % (2 * np.pi)
    wobble = noise(rest, 12.0, palette.seed + 1)
    place = along / funnel.lip
    surface.cover(smoothstep(0.4, 1.6, place + 0.2 * wobble), palette.lip, rough=0.2)
    ring = np.column_stack([np.cos(angle), np.sin(angle), 0.02 * along]) * 30
    wrinkles = noise(ring, 2.2, palette.seed + 2) * smoothstep(0.3, 1.5, place)
    surface.color *= (1 + 0.07 * wrinkles)[:, None]
    skin = smoothstep(2.4, 3.1, place + 0.3 * wobble)
    pores = (1 + 0.05 * noise(rest, 0.6, palette.seed) + 0.06 * wobble)[:, None]
    surface.cover(skin, palette.skin * pores, shine=0.3, rough=0.35)
    surface.tilt += (0.12 + 0.05 * skin)[:, None] * noise_vectors(rest, 2.0, palette.seed)
    surface.tilt += (0.25 * wrinkles * (1 - skin))[:, None] * noise_vectors(ring, 2.2, palette.seed + 2)
    if palette.retractor > 0:
        _retractor(surface, angle, along, palette)
    _gloves(surface, rest, angle, along, palette)
    return surface


def _retractor(surface: Surface, angle: Float, along: Float, palette: Palette) -> None:
    """Clear plastic that holds the corners of the mouth: a pale band that lets the lip through, with bright edges."""
    from_corner = np.minimum(angle % np.pi, np.pi - angle % np.pi)
    band = smoothstep(-2.0, -1.2, along) * smoothstep(palette.retractor + 0.6, palette.retractor, along)
    band = band * smoothstep(1.05, 0.98, from_corner)
    rim = smoothstep(0.8, 0.2, np.abs(along + 1.2)) + smoothstep(0.8, 0.2, np.abs(along - palette.retractor + 0.4))
    surface.cover(band * np.clip(palette.plastic + 0.3 * rim, 0, 0.95), _PLASTIC, shine=1.6, rough=0.07)
    surface.tilt *= (1 - band)[:, None]


def _gloves(surface: Surface, rest: Float, angle: Float, along: Float, palette: Palette) -> None:
    """Gloved fingers that pull the lips, where there are any: folds of latex."""
    if palette.glove is None:
        return
    wobble = noise(rest, 12.0, palette.seed + 1)
    middle, half = palette.glove_arcs.T
    turn = np.abs((angle[:, None] - middle + np.pi) % (2 * np.pi) - np.pi) - half
    over = smoothstep(0.03, -0.03, turn.min(axis=1) + 0.08 * wobble) * smoothstep(-0.5, 0.3, along)
    folds = rough_noise(rest, 7.0, palette.seed + 7)
    creases = smoothstep(0.25, 0.0, np.abs(folds))
    surface.cover(over, palette.glove * (1 + 0.06 * folds - 0.12 * creases)[:, None], shine=0.7, rough=0.2)
    surface.tilt += (0.2 * over)[:, None] * noise_vectors(rest, 9.0, palette.seed + 8)


def paint_tongue(rest: Float, palette: Palette) -> Surface:
    """Rough with papillae, coated toward the back."""
    surface = Surface.plain(len(rest), palette.tongue, shine=0.8 * palette.wet, rough=0.16)
    coat = smoothstep(-0.3, 1.8, rough_noise(rest, 9.0, palette.seed + 2))
    surface.cover(0.4 * coat, linear(222, 190, 178))
    fine = noise(rest, 0.8, palette.seed)
    surface.color *= (1 + 0.06 * fine)[:, None]
    surface.tilt += 0.22 * noise_vectors(rest, 0.9, palette.seed)
    return surface
