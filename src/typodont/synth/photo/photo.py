"""Synthetic intra-oral photographs: one call makes one picture with the exact mask of all that shows in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.geometry.camera import Camera
from typodont.synth.photo.findings import draw_marks
from typodont.synth.photo.lens import Lens, develop, draw_lens, tone
from typodont.synth.photo.light import Flash, Hits, cast, draw_flash, light, openness
from typodont.synth.photo.mouth import Mouth, make_mouth
from typodont.synth.photo.paint import (
    Palette,
    draw_palette,
    paint_funnel,
    paint_gum,
    paint_metal,
    paint_tongue,
    paint_tooth,
)
from typodont.synth.photo.scene import Part, Scene, build_scene
from typodont.synth.photo.surface import Surface
from typodont.synth.photo.tooth_solid import make_solids
from typodont.synth.photo.viewpoint import Viewpoint, draw_kind, draw_viewpoint
from typodont.types import Bool, Float, Int

LEAST_TOOTH_PX, LEAST_FINDING_PX = 60, 14
LEAST_CONTRAST = 0.02
"""Mean change of colour (0..1) that a finding must make to be marked: what nobody can see is no finding."""
_SUBPIXELS = ((-0.3, -0.1), (0.1, -0.3), (0.3, 0.1), (-0.1, 0.3))


@dataclass(frozen=True)
class PhotoFinding:
    """One thing that shows in a photograph.

    Args:
        category: one of `anatomy.PHOTO_FINDINGS`. fdi: number of the tooth. mask: (H, W) where it shows.
    """

    category: str
    fdi: int
    mask: Bool


@dataclass(frozen=True)
class SyntheticPhoto:
    """A made-up photograph with its truth.

    Args:
        name: "photo_SEED_INDEX". patient: "photo_patient_SEED_INDEX".
        image: (H, W, 3) uint8. findings: what shows, teeth first. viewpoint: from where; its camera is known.
        scene: what stood before the camera. quality: of the JPEG in which to keep it.
    """

    name: str
    patient: str
    image: np.ndarray
    findings: tuple[PhotoFinding, ...]
    viewpoint: Viewpoint
    scene: Scene
    quality: int


@dataclass(frozen=True)
class _Shoot:
    """What one exposure needs."""

    scene: Scene
    camera: Camera
    palette: Palette
    flash: Flash
    lens: Lens


def make_photo(seed: int, index: int = 0) -> SyntheticPhoto:
    """One synthetic photograph; the same (seed, index) always gives the same picture."""
    rng = np.random.default_rng([seed, index, 5])
    kind, degrees = draw_kind(rng)
    mouth = make_mouth(rng, open_degrees=degrees)
    viewpoint = draw_viewpoint(rng, mouth, kind)
    palette = draw_palette(rng, mouth.health)
    scene = _draw_scene(rng, mouth, viewpoint, palette)
    shoot = _Shoot(scene, viewpoint.camera, palette, draw_flash(rng), draw_lens(rng))
    image, findings = _expose(rng, shoot)
    return SyntheticPhoto(
        f"photo_{seed}_{index:05d}",
        f"photo_patient_{seed}_{index:05d}",
        image,
        tuple(findings),
        viewpoint,
        scene,
        shoot.lens.quality,
    )


def _draw_scene(rng: np.random.Generator, mouth: Mouth, viewpoint: Viewpoint, palette: Palette) -> Scene:
    solids = [solid for jaw in mouth.jaws for solid in make_solids(jaw)]
    marks = draw_marks(rng, solids, mouth.health, palette.enamel)
    return build_scene(rng, mouth, solids, marks, viewpoint, brackets=bool(rng.random() < 0.12))


def _expose(rng: np.random.Generator, shoot: _Shoot) -> tuple[np.ndarray, list[PhotoFinding]]:
    """The picture, and the masks of what shows in it."""
    width, height = shoot.camera.size
    origins, directions = shoot.camera.rays()
    hits, seen = cast(shoot.scene, origins, directions)
    free = _openness(rng, shoot.scene, hits, seen, (height, width))
    layers = _Layers.of(hits, shoot)
    arriving, shine = light(shoot.scene, hits, layers.surface, free, shoot.camera, shoot.flash)
    radiance = np.zeros((height * width, 3), np.float32)
    radiance[seen] = layers.surface.color * arriving + shine
    on_teeth = np.isin(hits.part, [i for i, part in enumerate(shoot.scene.parts) if part.kind == "tooth"])
    luminance = radiance[seen][on_teeth].mean(axis=1) if on_teeth.any() else radiance[seen].mean(axis=1)
    above = np.full(height * width, -60.0, np.float32)
    above[seen] = (hits.position - shoot.camera.centre.astype(np.float32)) @ shoot.camera.rotation[2]
    findings = _findings(hits, seen, layers, arriving, (height, width), shoot, float(np.quantile(luminance, 0.8)))
    _soften_edges(radiance, hits, seen, free, shoot)
    shape = (height, width)
    image = develop(rng, radiance.reshape(*shape, 3), above.reshape(shape), luminance, shoot.lens)
    return image, findings


def _openness(rng: np.random.Generator, scene: Scene, hits: Hits, seen: Int, shape: tuple[int, int]) -> Float:
    """(n,) openness of every hit, from rays at one hit in four, averaged over the pixels around."""
    chosen = np.flatnonzero((seen % shape[1] % 2 == 0) & (seen // shape[1] % 2 == 0))
    values, counts = np.zeros(shape[0] * shape[1], np.float32), np.zeros(shape[0] * shape[1], np.float32)
    values[seen[chosen]], counts[seen[chosen]] = openness(rng, scene, hits.take(chosen)), 1
    values, counts = (gaussian_filter(layer.reshape(shape), 2.0).ravel()[seen] for layer in (values, counts))
    return np.divide(values, counts, out=np.full(len(seen), 0.5, np.float32), where=counts > 1e-4)


@dataclass(frozen=True)
class _Layers:
    """The visible surface, without (`clean`) and with its findings, and how strong each finding is where.

    Args:
        strengths: (part, mark) -> (indices of hits, strength there).
    """

    clean: Surface
    surface: Surface
    strengths: dict[tuple[int, int], tuple[Int, Float]]

    @classmethod
    def of(cls, hits: Hits, shoot: _Shoot) -> _Layers:
        """Paint all hits."""
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
            if part.solid is None or part.kind != "tooth":
                piece = _paint_other(part, rest[which], extra[which], shoot)
                clean.put(which, piece)
                surface.put(which, piece)
                continue
            points = part.solid.points(rest[which], extra[which])
            bare, marked = paint_tooth(part.solid, part.marks, points, shoot.palette)
            clean.put(which, bare)
            surface.put(which, marked)
            for k, mark in enumerate(part.marks):
                strengths[number, k] = (which, mark.strength(points))
        return cls(clean, surface, strengths)


def _paint_other(part: Part, rest: Float, extra: Float, shoot: _Shoot) -> Surface:
    if part.kind == "gum":
        upper = part.jaw is not None and part.jaw.dentition.jaw == "upper"
        return paint_gum(rest, extra, upper, shoot.palette)
    if part.kind == "funnel":
        funnel = shoot.scene.funnel
        local = funnel.viewpoint.local(rest)[:, :2] - funnel.centre
        angle = np.arctan2(local[:, 1], local[:, 0]) % (2 * np.pi)
        return paint_funnel(rest, extra, angle, funnel.lip, shoot.palette)
    if part.kind == "hollow":
        return Surface.plain(len(rest), 0.6 * shoot.palette.mucosa, shine=0.1, rough=0.4)
    if part.kind == "tongue":
        return paint_tongue(rest, shoot.palette)
    return paint_metal(rest, shoot.palette)


def _soften_edges(radiance: Float, hits: Hits, seen: Int, free: Float, shoot: _Shoot) -> None:
    """Pixels on the outline of a part become the mean of four rays."""
    width, height = shoot.camera.size
    part = np.full(height * width, -1)
    part[seen] = hits.part
    grid = part.reshape(height, width)
    edge = np.zeros((height, width), bool)
    edge[:, 1:] |= grid[:, 1:] != grid[:, :-1]
    edge[1:] |= grid[1:] != grid[:-1]
    edge[:, :-1] |= edge[:, 1:]
    edge[:-1] |= edge[1:]
    pixels = np.flatnonzero(edge)
    openness_map = np.ones(height * width, np.float32)
    openness_map[seen] = free
    across, down = (
        np.concatenate([place + shift for shift in shifts])
        for place, shifts in zip((pixels % width, pixels // width), zip(*_SUBPIXELS, strict=True), strict=True)
    )
    some, hit = cast(shoot.scene, *_rays_at(shoot.camera, across, down))
    layers = _Layers.of(some, shoot)
    arriving, shine = light(
        shoot.scene,
        some,
        layers.surface,
        openness_map[np.tile(pixels, len(_SUBPIXELS))[hit]],
        shoot.camera,
        shoot.flash,
    )
    total = np.zeros((len(across), 3), np.float32)
    total[hit] = layers.surface.color * arriving + shine
    radiance[pixels] = total.reshape(len(_SUBPIXELS), -1, 3).mean(axis=0)


def _rays_at(camera: Camera, x: Float, y: Float) -> tuple[Float, Float]:
    """Origins and unit directions through places of the picture, pixels."""
    across = (x - (camera.size[0] - 1) / 2) * camera.mm_per_pixel
    up = ((camera.size[1] - 1) / 2 - y) * camera.mm_per_pixel
    away = -np.full(len(x), camera.distance)
    directions = (np.stack([across, up, away], axis=1) @ camera.rotation).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    eye = (camera.centre + camera.distance * camera.rotation[2]).astype(np.float32)
    return np.broadcast_to(eye, directions.shape), directions


def _findings(
    hits: Hits, seen: Int, layers: _Layers, arriving: Float, shape: tuple[int, int], shoot: _Shoot, bright: float
) -> list[PhotoFinding]:
    """Masks of the visible parts: teeth, then what is on them; what is too small or too faint to see is left out."""
    gain = shoot.lens.exposure / max(bright, 1e-4)

    def mask(which: Int) -> Bool:
        out = np.zeros(shape[0] * shape[1], bool)
        out[seen[which]] = True
        return out.reshape(shape)

    teeth, others = [], []
    for number, part in enumerate(shoot.scene.parts):
        if part.kind not in ("tooth", "bracket"):
            continue
        which = np.flatnonzero(hits.part == number)
        if part.kind == "bracket" and len(which) >= LEAST_FINDING_PX:
            others.append(PhotoFinding("bracket", part.fdi, mask(which)))
        if part.kind == "tooth" and len(which) >= LEAST_TOOTH_PX:
            teeth.append(PhotoFinding("tooth", part.fdi, mask(which)))
    for (number, k), (which, strength) in layers.strengths.items():
        part = shoot.scene.parts[number]
        there = which[strength > 0.05]
        if len(there) < LEAST_FINDING_PX:
            continue
        before, after = (
            tone(gain * layer.color[there] * arriving[there], shoot.lens) for layer in (layers.clean, layers.surface)
        )
        if np.abs(after - before).mean() >= LEAST_CONTRAST:
            others.append(PhotoFinding(part.marks[k].category, part.fdi, mask(there)))
    return teeth + others
