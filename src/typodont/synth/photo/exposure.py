"""One exposure: rays into the scene, paint on what they meet, light on the paint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.geometry.camera import Camera
from typodont.synth.photo.lens import Lens, develop
from typodont.synth.photo.light import Flash, Hits, cast, light, openness
from typodont.synth.photo.mirror import Mirror
from typodont.synth.photo.paint import Palette, paint_hollow, paint_metal, paint_tooth
from typodont.synth.photo.paint_soft import paint_funnel, paint_gum, paint_infant, paint_tongue
from typodont.synth.photo.scene import Part, Scene
from typodont.synth.photo.surface import Surface
from typodont.synth.photo.things import KINDS as THINGS
from typodont.synth.photo.things import paint_thing
from typodont.types import Bool, Float, Int

_SUBPIXELS = np.array([(-0.3, -0.1), (0.1, -0.3), (0.3, 0.1), (-0.1, 0.3)])
_BEYOND_MM = -60.0


@dataclass(frozen=True)
class Shoot:
    """What one exposure needs."""

    scene: Scene
    camera: Camera
    palette: Palette
    flash: Flash
    lens: Lens
    mirror: Mirror | None = None


@dataclass(frozen=True)
class Layers:
    """The visible surface, without (`clean`) and with its findings, and how strong each finding is where.

    Args:
        strengths: (part, mark) -> (indices of hits, strength there).
    """

    clean: Surface
    surface: Surface
    strengths: dict[tuple[int, int], tuple[Int, Float]]


@dataclass(frozen=True)
class Exposure:
    """A picture and all that is known about its pixels.

    Args:
        image: (H, W, 3) uint8. hits: what was seen. pixels: (n,) flat index of each hit's pixel.
        layers: their paint. arriving: (n, 3) light on them. bright: luminance of well lit teeth, linear.
    """

    image: np.ndarray
    hits: Hits
    pixels: Int
    layers: Layers
    arriving: Float
    bright: float


def expose(rng: np.random.Generator, shoot: Shoot) -> Exposure:
    """Take the picture."""
    width, height = shoot.camera.size
    shape = (height, width)
    hits, pixels = cast(shoot.scene, *shoot.camera.rays())
    inside = np.full(shape, 1.0) if shoot.mirror is None else shoot.mirror.inside(shape)
    on_mirror = inside.ravel()[pixels] > 0
    hits, pixels = hits.take(np.flatnonzero(on_mirror)), pixels[on_mirror]
    free = _openness(rng, shoot.scene, hits, pixels, shape)
    layers = paint(hits, shoot)
    arriving, shine = light(shoot.scene, hits, layers.surface, free, shoot.camera, shoot.flash)
    radiance = np.zeros((height * width, 3), np.float32)
    radiance[pixels] = layers.surface.color * arriving + shine
    bright = _bright(radiance[pixels], hits, shoot.scene)
    _soften_edges(radiance, hits, pixels, free, shoot, inside > 0)
    depth = np.full(height * width, _BEYOND_MM, np.float32)
    depth[pixels] = (hits.position - shoot.camera.centre.astype(np.float32)) @ shoot.camera.rotation[2]
    radiance, depth = radiance.reshape(*shape, 3), depth.reshape(shape)
    if shoot.mirror is not None:
        radiance = shoot.mirror.frame(radiance, inside, bright)
        depth = np.where(inside > 0, depth, 0)
    return Exposure(develop(rng, radiance, depth, bright, shoot.lens), hits, pixels, layers, arriving, bright)


def _bright(radiance: Float, hits: Hits, scene: Scene) -> float:
    """What the exposure is set by: well lit teeth, an infant's palate, or what there is."""
    on_teeth = np.array([part.kind in ("tooth", "palate") for part in scene.parts])[hits.part]
    luminance = radiance[on_teeth if on_teeth.sum() > 50 else slice(None)].mean(axis=1)
    return max(float(np.quantile(luminance, 0.8)), 1e-3)


def _openness(rng: np.random.Generator, scene: Scene, hits: Hits, pixels: Int, shape: tuple[int, int]) -> Float:
    """(n,) openness of every hit, from rays at one hit in four, averaged over the pixels around."""
    chosen = np.flatnonzero((pixels % shape[1] % 2 == 0) & (pixels // shape[1] % 2 == 0))
    values, counts = np.zeros(shape[0] * shape[1], np.float32), np.zeros(shape[0] * shape[1], np.float32)
    values[pixels[chosen]], counts[pixels[chosen]] = openness(rng, scene, hits.take(chosen)), 1
    values, counts = (gaussian_filter(layer.reshape(shape), 2.0).ravel()[pixels] for layer in (values, counts))
    return np.divide(values, counts, out=np.full(len(pixels), 0.5, np.float32), where=counts > 1e-4)


def paint(hits: Hits, shoot: Shoot) -> Layers:
    """Paint all hits, part by part."""
    n = len(hits.part)
    clean = Surface.plain(n, np.zeros(3), shine=0, rough=0.3)
    surface = clean.take(np.arange(n))
    rest = hits.vertex_values(shoot.scene, shoot.scene.rest)
    extra = hits.vertex_values(shoot.scene, shoot.scene.extra)
    strengths: dict[tuple[int, int], tuple[Int, Float]] = {}
    order = np.argsort(hits.part, kind="stable")
    bounds = np.searchsorted(hits.part[order], np.arange(len(shoot.scene.parts) + 1))
    for number, part in enumerate(shoot.scene.parts):
        which = order[bounds[number] : bounds[number + 1]]
        if not len(which):
            continue
        if part.solid is None:
            bare = marked = _paint_other(part, rest[which], extra[which], shoot)
        else:
            points = part.solid.points(rest[which], extra[which])
            bare, marked = paint_tooth(part.solid, part.marks, points, shoot.palette)
            for k, mark in enumerate(part.marks):
                strengths[number, k] = (which, mark.strength(points))
        clean.put(which, bare)
        surface.put(which, marked)
    return Layers(clean, surface, strengths)


def _paint_other(part: Part, rest: Float, extra: Float, shoot: Shoot) -> Surface:
    if part.kind == "gum":
        return paint_gum(part, rest, extra, shoot.palette)
    if part.kind == "palate":
        return paint_infant(rest, extra, shoot.palette)
    if part.kind == "funnel":
        return paint_funnel(shoot.scene.funnel, rest, extra, shoot.palette)
    if part.kind == "tongue":
        return paint_tongue(rest, shoot.palette)
    if part.kind == "hollow":
        return paint_hollow(rest, shoot.palette)
    if part.kind in THINGS:
        return paint_thing(part.kind, rest, extra, shoot.palette)
    return paint_metal(rest, shoot.palette)


def _soften_edges(radiance: Float, hits: Hits, pixels: Int, free: Float, shoot: Shoot, inside: Bool) -> None:
    """Pixels on the outline of a part become the mean of four rays."""
    width, height = shoot.camera.size
    part = np.full(height * width, -1)
    part[pixels] = hits.part
    grid = part.reshape(height, width)
    edge = np.zeros((height, width), bool)
    edge[:, 1:] |= grid[:, 1:] != grid[:, :-1]
    edge[1:] |= grid[1:] != grid[:-1]
    edge[:, :-1] |= edge[:, 1:]
    edge[:-1] |= edge[1:]
    chosen = np.flatnonzero(edge & inside)
    open_at = np.ones(height * width, np.float32)
    open_at[pixels] = free
    across = np.asarray(chosen % width + _SUBPIXELS[:, :1], np.float64).ravel()
    down = np.asarray(chosen // width + _SUBPIXELS[:, 1:], np.float64).ravel()
    some, hit = cast(shoot.scene, *shoot.camera.rays_at(across, down))
    surface = paint(some, shoot).surface
    near_free = open_at[np.tile(chosen, len(_SUBPIXELS))[hit]]
    arriving, shine = light(shoot.scene, some, surface, near_free, shoot.camera, shoot.flash)
    total = np.zeros((len(across), 3), np.float32)
    total[hit] = surface.color * arriving + shine
    radiance[chosen] = total.reshape(len(_SUBPIXELS), -1, 3).mean(axis=0)
