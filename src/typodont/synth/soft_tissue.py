"""The gum of a made-up arch as a height map: margins with papillae, ridge, palate or floor, vestibule.

The map covers the arch frame's (x, y) plane; its value is the z of the gum surface. Teeth are kept apart from it, so
that a point of the scan belongs to a tooth exactly where the tooth stands out of this surface.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.synth.dentition import Dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.neck import NeckLine
from typodont.synth.palate import palate
from typodont.synth.ridge import ridge
from typodont.synth.tissue_style import TissueStyle
from typodont.types import Float

DEEP = -60.0
_ROOM_MM = 14.0
_COLLAR_MM = 13.0


def make_gum(
    rng: np.random.Generator, dentition: Dentition, necks: list[NeckLine], style: TissueStyle, *, step: float = 0.35
) -> HeightMap:
    """The gum's height map of one arch, about 14 mm wider than its teeth on every side."""
    plane = np.vstack([neck.points()[:, :2] for neck in necks] + [dentition.curve[:, :2]])
    low, high = plane.min(axis=0) - _ROOM_MM, plane.max(axis=0) + _ROOM_MM
    empty = np.full([len(np.arange(a, b, step)) for a, b in zip(low, high, strict=True)], DEEP)
    gum = HeightMap(low, step, empty, np.full_like(empty, 99.0), np.zeros_like(empty))
    xy = gum.plane
    layers = [ridge(dentition, necks, xy, style, gum)]
    layers += [_collar(neck, xy, style, gum) for neck in necks]
    layers += [_papilla(rng, a, b, xy, style) for a, b in pairwise(necks)]
    if dentition.jaw == "upper":
        layers.append(np.where(gum.outside < 0, palate(rng, dentition, xy, style, gum), DEEP))
    gum.values = _blend(layers, style.blend)
    _finish(rng, gum, style)
    return gum


def _blend(layers: list[Float], width: float) -> Float:
    """The upper envelope of the layers with soft transitions of about `width` mm."""
    top = np.maximum.reduce(layers)
    total = np.zeros_like(top)
    for layer in layers:
        total += np.exp(np.maximum(layer - top, -40) / width)
    return top + np.minimum(width * np.log(total), 0.8)


def _finish(rng: np.random.Generator, gum: HeightMap, style: TissueStyle) -> None:
    """Even out the gum away from the margins and give it its unevenness."""
    even = gaussian_filter(gum.values, rng.uniform(0.8, 2.0) / gum.step)
    gum.values = gum.values + np.clip((gum.reached - 0.8) / 2.0, 0, 1) * (even - gum.values)
    fade = style.bump * np.clip(gum.reached / 2.0, 0, 1)
    gum.values += fade * (gum.noise(rng, 2.2) + 0.25 * gum.noise(rng, 0.8))


def _collar(neck: NeckLine, xy: Float, style: TissueStyle, gum: HeightMap) -> Float:
    """The gum around one tooth: at the margin's height on the neck, rolling off and falling away; fills `reached`."""
    layer = np.full(xy.shape[:2], DEEP)
    first = np.maximum(((neck.centre - _COLLAR_MM - gum.origin) / gum.step).astype(int), 0)
    last = ((neck.centre + _COLLAR_MM - gum.origin) / gum.step).astype(int)
    window = np.s_[first[0] : last[0], first[1] : last[1]]
    offset = xy[window] - neck.centre
    angle = np.arctan2(offset[..., 1], offset[..., 0])
    away = np.hypot(offset[..., 0], offset[..., 1]) - neck.radius_at(angle)
    slope = np.where(gum.outside[window] > 0, style.cheek_slope, style.tongue_slope)
    out, inward = np.maximum(away, 0), np.minimum(away, 0)
    roll = style.collar_drop * (1 - np.exp(-out / 0.35))
    fall = slope * np.maximum(out - 0.5, 0) * out / (out + 0.8) + 0.15 * out
    layer[window] = neck.height_at(angle) + 2 * inward - roll - fall
    gum.reached[window] = np.minimum(gum.reached[window], away)
    return layer


def _papilla(rng: np.random.Generator, first: NeckLine, second: NeckLine, xy: Float, style: TissueStyle) -> Float:
    """The gum that fills the space between two neighbouring teeth up to near their contact."""
    between = second.centre - first.centre
    distance = np.linalg.norm(between)
    along = between / distance
    angle = np.arctan2(along[1], along[0])
    reach = float(first.radius_at(angle)), float(second.radius_at(angle + np.pi))
    room = distance - sum(reach)
    if room > 5:
        return np.full(xy.shape[:2], DEEP)
    margin = min(float(first.height_at(angle)), float(second.height_at(angle + np.pi)))
    top = margin + style.papilla * rng.uniform(0.6, 1.3) * np.clip(1.5 - room / 3, 0, 1)
    offset = xy - (first.centre + along * (reach[0] + 0.5 * room))
    u, v = offset @ along, offset @ np.array([-along[1], along[0]])
    return top - (u / (0.5 * max(room, 0.6))) ** 2 * 1.2 - (v / 2.2) ** 2 * 1.5


def add_flaps(rng: np.random.Generator, gum: HeightMap, count: int) -> None:
    """Cheek, lip, tongue or a swollen pad caught by the scanner: bulges of the gum, most of them behind the teeth."""
    near = (gum.reached > 1.5) & (gum.reached < 10)
    back = near & (gum.y < gum.y.min() + 0.35 * np.ptp(gum.y))
    for _ in range(count):
        places = np.argwhere(back if rng.random() < 0.6 else near)
        x, y = places[rng.integers(len(places))] * gum.step + gum.origin
        angle, long, short = rng.uniform(0, np.pi), rng.uniform(3, 11), rng.uniform(1.5, 5)
        u = ((gum.x - x) * np.cos(angle) + (gum.y - y) * np.sin(angle)) / long
        v = ((gum.y - y) * np.cos(angle) - (gum.x - x) * np.sin(angle)) / short
        bulge = rng.uniform(2, 11) * np.exp(-(u**2) - v**2)
        gum.values = gum.values + bulge * np.clip((gum.reached - 0.3) / rng.uniform(0.8, 3.0), 0, 1)
