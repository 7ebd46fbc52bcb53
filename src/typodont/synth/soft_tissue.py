"""The gum of a made-up arch as a height map: margins with papillae, ridge, palate or floor, vestibule, model base.

The map covers the arch frame's (x, y) plane; its value is the z of the gum surface. Teeth are kept apart from it, so
that a point of the scan belongs to a tooth exactly where the tooth stands out of this surface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from typodont.synth.dentition import Dentition, Tooth
from typodont.types import Bool, Float

NECK_ANGLES = 48
ANGLES = np.linspace(-np.pi, np.pi, NECK_ANGLES, endpoint=False)
DEEP = -60.0


@dataclass
class HeightMap:
    """z over a regular (x, y) grid.

    Args:
        origin: (2,) mm of the first cell. step: mm. values: (nx, ny) z in mm.
        reached: (nx, ny) mm from the nearest neck line, in the plane; negative under a tooth is not kept apart.
        outside: (nx, ny) signed mm across the arch: positive on the cheek side.
    """

    origin: Float
    step: float
    values: Float
    reached: Float
    outside: Float

    def at(self, points: Float, name: str = "values") -> Float:
        """(n,) map values under (n, 2+) points, bilinear; edge values beyond the grid."""
        cells = ((points[:, :2] - self.origin) / self.step).T
        return map_coordinates(getattr(self, name), cells, order=1, mode="nearest")


@dataclass
class NeckLine:
    """The gum margin of one tooth around its neck centre, arch frame.

    Args:
        centre: (2,) mm. radius: (A,) mm by angle. height: (A,) z in mm by angle.
    """

    centre: Float
    radius: Float
    height: Float

    def points(self) -> Float:
        """(A, 3) points of the margin."""
        ring = self.centre + self.radius[:, None] * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
        return np.column_stack([ring, self.height])


def neck_line(tooth: Tooth) -> NeckLine:
    """Where the crown's wall meets the closed underside, seen from above, shifted by the tooth's gum level."""
    cap = tooth.vertices[tooth.cap]
    centre = cap[:, :2].mean(axis=0)
    offset = cap[:, :2] - centre
    angle, radius = np.arctan2(offset[:, 1], offset[:, 0]), np.hypot(offset[:, 0], offset[:, 1])
    order = np.argsort(angle)
    rim_radius, rim_height = np.empty(NECK_ANGLES), np.empty(NECK_ANGLES)
    wrapped = np.concatenate([angle[order] - 2 * np.pi, angle[order], angle[order] + 2 * np.pi])
    radii, heights = np.tile(radius[order], 3), np.tile(cap[order, 2], 3)
    starts, stops = np.searchsorted(wrapped, ANGLES - 0.2), np.searchsorted(wrapped, ANGLES + 0.2)
    for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        stop = max(stop, start + 3)
        edge = start + np.argsort(radii[start:stop])[-3:]
        rim_radius[i], rim_height[i] = radii[edge].mean(), heights[edge].mean()
    kernel = np.array([0.1, 0.2, 0.4, 0.2, 0.1])
    smooth = [np.convolve(np.r_[v[-2:], v, v[:2]], kernel, mode="valid") for v in (rim_radius, rim_height)]
    return NeckLine(centre, smooth[0], smooth[1] + tooth.margin_shift)


@dataclass(frozen=True)
class TissueStyle:
    """Shape of the gum of one arch; drawn once per arch by `draw_tissue_style`."""

    cheek_slope: float
    tongue_slope: float
    cheek_depth: float
    floor_depth: float
    vault_depth: float
    collar_drop: float
    blend: float
    rugae: float
    bump: float
    resorption: float
    papilla: float


def draw_tissue_style(rng: np.random.Generator, jaw: str) -> TissueStyle:
    """Random gum form; vault 12 to 22 mm deep, vestibule 6 to 12 mm, thin to thick margins."""
    upper = jaw == "upper"
    return TissueStyle(
        cheek_slope=rng.uniform(1.6, 5.0),
        tongue_slope=rng.uniform(0.9, 2.4) if upper else rng.uniform(1.6, 5.0),
        cheek_depth=rng.uniform(6, 13),
        floor_depth=rng.uniform(8, 18),
        vault_depth=rng.uniform(11, 22),
        collar_drop=rng.uniform(0.1, 0.8),
        blend=rng.uniform(0.25, 0.7),
        rugae=rng.uniform(0.2, 0.9),
        bump=rng.uniform(0.05, 0.35),
        resorption=rng.uniform(-0.3, 3.0),
        papilla=rng.uniform(0.2, 1.9),
    )


def make_gum(
    rng: np.random.Generator, dentition: Dentition, necks: list[NeckLine], style: TissueStyle, *, step: float = 0.35
) -> HeightMap:
    """The gum's height map of one arch, about 14 mm wider than its teeth on every side."""
    plane = np.vstack([neck.points()[:, :2] for neck in necks] + [dentition.curve[:, :2]])
    low, high = plane.min(axis=0) - 14, plane.max(axis=0) + 14
    axes = [np.arange(a, b, step) for a, b in zip(low, high, strict=True)]
    xy = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    empty = np.full(xy.shape[:2], DEEP)
    gum = HeightMap(low, step, empty, np.full_like(empty, 99.0), np.zeros_like(empty))
    ridge = _ridge(dentition, necks, xy, style, gum)
    layers = [ridge]
    for neck in necks:
        layers.append(_collar(neck, xy, style, gum))
    layers += [_papilla(rng, a, b, xy, style) for a, b in zip(necks[:-1], necks[1:], strict=True)]
    if dentition.jaw == "upper":
        layers.append(_palate(rng, dentition, xy, style, gum))
    total = np.zeros_like(empty)
    top = np.maximum.reduce(layers)
    for layer in layers:
        total += np.exp(np.maximum(layer - top, -40) / style.blend)
    surface = top + np.minimum(style.blend * np.log(total), 0.8)
    even = gaussian_filter(surface, rng.uniform(0.8, 2.0) / step)
    surface += np.clip((gum.reached - 0.8) / 2.0, 0, 1) * (even - surface)
    rough = gaussian_filter(rng.standard_normal(empty.shape), 2.2 / step)
    fine = gaussian_filter(rng.standard_normal(empty.shape), 0.8 / step)
    fade = np.clip(gum.reached / 2.0, 0, 1)
    gum.values = surface + fade * (style.bump * rough / rough.std() + 0.25 * style.bump * fine / fine.std())
    return gum


def add_flaps(rng: np.random.Generator, gum: HeightMap, count: int) -> None:
    """Cheek, lip, tongue or a swollen pad caught by the scanner: bulges of soft tissue, most of them behind the teeth."""
    nx, ny = gum.values.shape
    xs = gum.origin[0] + gum.step * np.arange(nx)[:, None]
    ys = gum.origin[1] + gum.step * np.arange(ny)[None, :]
    near = (gum.reached > 1.5) & (gum.reached < 10)
    back = near & (ys < ys.min() + 0.35 * np.ptp(ys))
    for _ in range(count):
        places = np.argwhere(back if rng.random() < 0.6 else near)
        x, y = places[rng.integers(len(places))] * gum.step + gum.origin
        angle, long, short = rng.uniform(0, np.pi), rng.uniform(3, 11), rng.uniform(1.5, 5)
        u = ((xs - x) * np.cos(angle) + (ys - y) * np.sin(angle)) / long
        v = ((ys - y) * np.cos(angle) - (xs - x) * np.sin(angle)) / short
        bulge = rng.uniform(2, 11) * np.exp(-(u**2) - v**2)
        gum.values = gum.values + bulge * np.clip((gum.reached - 0.3) / rng.uniform(0.8, 3.0), 0, 1)


def _ridge(dentition: Dentition, necks: list[NeckLine], xy: Float, style: TissueStyle, gum: HeightMap) -> Float:
    """The jaw's ridge under all teeth, as wide as their necks, lower and narrower in gaps; fills `gum.outside`."""
    curve = dentition.curve
    tangent = np.gradient(curve[:, :2], axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    outward = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    tree = cKDTree(curve[:, :2])

    def across_of(points: Float) -> tuple[Float, Float]:
        _, nearest = tree.query(points)
        return nearest, np.einsum("ni,ni->n", points - curve[nearest, :2], outward[nearest])

    nearest, across = across_of(xy.reshape(-1, 2))
    beyond = np.abs(np.einsum("ni,ni->n", xy.reshape(-1, 2) - curve[nearest, :2], tangent[nearest]))
    places, cheek, tongue, level = [], [], [], []
    for neck in necks:
        place, reach = across_of(neck.points()[:, :2])
        places.append(int(np.median(place)))
        cheek.append(reach.max())
        tongue.append(-reach.min())
        level.append(np.quantile(neck.height, 0.35))
    order = np.argsort(places)
    index = np.arange(len(curve))
    places, cheek, tongue, level = (np.asarray(v, dtype=float)[order] for v in (places, cheek, tongue, level))
    widths = [np.interp(index, places, values) for values in (cheek, tongue)]
    height = np.interp(index, places, level) - 0.5
    step = np.linalg.norm(curve[1, :2] - curve[0, :2])
    mid = np.argmin(np.abs(curve[:, 0]))
    for start, stop in dentition.gaps:
        along = (index - mid) * step
        inside = 1 / (1 + np.exp(-(np.minimum(along - start, stop - along)) / 0.8))
        height = height - style.resorption * inside
        widths = [width * (1 - 0.3 * inside) for width in widths]
    cheek_width, tongue_width, height = (gaussian_filter(v, 2.0 / step) for v in (*widths, height))
    side = np.where(across > 0, across - cheek_width[nearest], -across - tongue_width[nearest])
    slope = np.where(across > 0, style.cheek_slope, style.tongue_slope)
    depth = np.where(across > 0, style.cheek_depth, style.floor_depth)
    side = np.hypot(np.maximum(side, 0), np.maximum(beyond - 0.5, 0) * 0.7) + np.minimum(side, 0)
    drop = 0.5 * (np.hypot(side, 0.8) + side) * slope
    drop = depth * np.tanh(drop / depth)
    gum.outside = across.reshape(xy.shape[:2])
    return (height[nearest] - drop).reshape(xy.shape[:2])


def _collar(neck: NeckLine, xy: Float, style: TissueStyle, gum: HeightMap) -> Float:
    """The gum around one tooth: at the margin's height on the neck, rolling off and falling away from it."""
    layer = np.full(xy.shape[:2], DEEP)
    first = np.maximum(((neck.centre - 13 - gum.origin) / gum.step).astype(int), 0)
    last = ((neck.centre + 13 - gum.origin) / gum.step).astype(int)
    window = np.s_[first[0] : last[0], first[1] : last[1]]
    offset = xy[window] - neck.centre
    angle = np.arctan2(offset[..., 1], offset[..., 0])
    radius = np.interp(angle, ANGLES, neck.radius, period=2 * np.pi)
    height = np.interp(angle, ANGLES, neck.height, period=2 * np.pi)
    away = np.hypot(offset[..., 0], offset[..., 1]) - radius
    slope = np.where(gum.outside[window] > 0, style.cheek_slope, style.tongue_slope)
    out = np.maximum(away, 0)
    roll = style.collar_drop * (1 - np.exp(-out / 0.35))
    inward = np.minimum(away, 0)
    layer[window] = height + 2 * inward - roll - slope * np.maximum(out - 0.5, 0) * out / (out + 0.8) - 0.15 * out
    gum.reached[window] = np.minimum(gum.reached[window], away)
    return layer


def _papilla(rng: np.random.Generator, first: NeckLine, second: NeckLine, xy: Float, style: TissueStyle) -> Float:
    """The gum that fills the space between two neighbouring teeth up to near their contact."""
    between = second.centre - first.centre
    distance = np.linalg.norm(between)
    along = between / distance
    angle = np.arctan2(along[1], along[0])
    reach = [np.interp(a, ANGLES, n.radius, period=2 * np.pi) for a, n in ((angle, first), (angle + np.pi, second))]
    room = distance - sum(reach)
    if room > 5:
        return np.full(xy.shape[:2], DEEP)
    heights = [np.interp(a, ANGLES, n.height, period=2 * np.pi) for a, n in ((angle, first), (angle + np.pi, second))]
    top = min(heights) + style.papilla * rng.uniform(0.6, 1.3) * np.clip(1.5 - room / 3, 0, 1)
    middle = first.centre + along * (reach[0] + 0.5 * room)
    offset = xy - middle
    u = offset @ along
    v = offset @ np.array([-along[1], along[0]])
    return top - (u / (0.5 * max(room, 0.6))) ** 2 * 1.2 - (v / 2.2) ** 2 * 1.5


def _palate(rng: np.random.Generator, dentition: Dentition, xy: Float, style: TissueStyle, gum: HeightMap) -> Float:
    """The vault between the sides of an upper arch, with rugae in its front third; far below elsewhere."""
    inside = np.maximum(-gum.outside, 0)
    half = np.abs(dentition.curve[0, 0] - dentition.curve[-1, 0]) / 2
    front = dentition.curve[:, 1].max()
    steep = rng.uniform(1.0, 2.4)
    depth = style.vault_depth * (1 - np.exp(-steep * inside / (0.5 * half)))
    depth *= 0.75 + 0.25 * np.clip((front - xy[..., 1]) / 25, 0, 1)
    edge = np.median(dentition.curve[:, 2]) - 1.0
    behind = front - xy[..., 1]
    lines = np.sin(2 * np.pi * (behind + 0.25 * np.abs(xy[..., 0]) + rng.uniform(0, 4)) / rng.uniform(3.2, 4.6))
    window = (
        np.exp(-(((behind - 14) / 6) ** 2)) * np.clip((inside - 4) / 3, 0, 1) * np.clip(np.abs(xy[..., 0]) / 2, 0, 1)
    )
    wobble = gaussian_filter(rng.standard_normal(xy.shape[:2]), 3 / gum.step)
    ruga = style.rugae * window * np.maximum(lines + 4 * wobble / (np.abs(wobble).max() + 1e-9), 0)
    raphe = -0.4 * np.exp(-((xy[..., 0] / 1.2) ** 2)) * np.clip((inside - 5) / 4, 0, 1)
    vault = edge - depth + ruga + raphe
    return np.where(gum.outside < 0, vault, DEEP)


def add_base(rng: np.random.Generator, gum: HeightMap, jaw: str) -> tuple[HeightMap, Bool]:
    """Turn the gum into a trimmed orthodontic model: outside the scanned band a fan falls to the base's outline.

    Returns the new map and (nx, ny) true inside the outline.
    """
    nx, ny = gum.values.shape
    noise = gaussian_filter(rng.standard_normal((nx, ny)), 2.0 / gum.step)
    noise2 = gaussian_filter(rng.standard_normal((nx, ny)), 0.7 / gum.step)
    ragged = 1.0 * noise / noise.std() + 0.5 * noise2 / noise2.std()
    cheek, tongue = rng.uniform(1.2, 5.0), rng.uniform(2.0, 9.0)
    if jaw == "upper" and rng.random() < 0.6:
        tongue = rng.uniform(10, 30)
    scanned = gum.reached < np.where(gum.outside > 0, cheek, tongue) + ragged
    xs = gum.origin[0] + gum.step * np.arange(nx)[:, None]
    ys = gum.origin[1] + gum.step * np.arange(ny)[None, :]
    near = np.argwhere(gum.reached < 0) * gum.step + gum.origin
    low, high = near.min(axis=0), near.max(axis=0)
    outline = _outline(rng, jaw, xs, ys, low, high)
    outline -= max(outline[gum.reached < 1.5].max() + 1.5, 0)
    distance, (ix, iy) = distance_transform_edt(~scanned, return_indices=True)
    distance = distance * gum.step
    border = gum.values[ix, iy]
    level = np.quantile(gum.values[scanned], 0.3) - rng.uniform(3, 12)
    share = distance / (distance + np.maximum(-outline, 0) + 1e-6)
    fan = border + (level - border) * share ** rng.uniform(0.7, 1.3)
    tongue_room = (gum.outside < 0) & ~scanned
    if jaw == "lower" or rng.random() < 0.3:
        flat = level - rng.uniform(-1, 5)
        fan = np.where(tongue_room, border + (flat - border) * (1 - np.exp(-distance / rng.uniform(3, 9))), fan)
    values = np.where(scanned, gum.values, gaussian_filter(np.where(scanned, gum.values, fan), 0.5))
    return HeightMap(gum.origin, gum.step, values, gum.reached, gum.outside), outline < 0


def _outline(rng: np.random.Generator, jaw: str, xs: Float, ys: Float, low: Float, high: Float) -> Float:
    """Signed distance-like field (negative inside) of the base seen from above: pentagon or rounded front, flat back."""
    middle = 0.5 * (low[0] + high[0])
    half = 0.5 * (high[0] - low[0]) + rng.uniform(5, 12)
    x = np.abs(xs - middle)
    front, back = high[1] + rng.uniform(5, 11), low[1] - rng.uniform(4, 10)
    sides = x - half + rng.uniform(0.1, 0.35) * np.maximum(ys - 0.5 * (front + back), 0)
    corner = np.maximum(x * 0.7 + (back - ys) * 0.7 - rng.uniform(0.55, 0.7) * half, back - ys)
    if jaw == "upper" or rng.random() < 0.3:
        angle = rng.uniform(0.45, 0.75)
        tip = (ys - front) * np.cos(angle) + x * np.sin(angle)
    else:
        radius = half * rng.uniform(0.8, 1.1)
        tip = np.hypot(x, np.maximum(ys - (front - radius), 0)) - radius
    return np.maximum.reduce([sides + 0 * ys, tip, corner + 0 * x])
