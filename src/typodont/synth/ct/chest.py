"""One chest on CT: what lies where, in Hounsfield units.

The shapes are the simplest that are recognised: a trunk with fat, ribs, spine and breastbone, two lungs above domes,
heart, great vessels and windpipe, lung vessels that branch. A network learns edges and textures from it, not medicine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.synth.ct.opacities import add_opacities, smooth_noise
from typodont.synth.ct.vessels import lung_vessels
from typodont.types import Bool, Float

SHAPE = (128, 128, 40)
SPACING = (2.8, 2.8, 7.0)
"""Samples and mm along left, back and head: about a tenth of the values of a real chest CT, over the same space."""
AIR, FAT, MUSCLE, BLOOD, BONE, MARROW = -1000.0, -100.0, 50.0, 42.0, 450.0, 180.0


@dataclass(frozen=True)
class Body:
    """Measures of one trunk, mm.

    Args:
        half_width, half_depth: Of the trunk.
        fat: Under the skin.
        lung_height: Of a lung above its dome.
        dome: How far the dome of the diaphragm rises.
        shift: (3,) of the trunk from the middle of the picture.
        tilt: By how much it leans to its left, mm per mm.
    """

    half_width: float
    half_depth: float
    fat: float
    lung_height: float
    dome: float
    shift: Float
    tilt: float


def make_chest(seed: int, index: int, *, opacities: bool) -> Float:
    """(D, H, W) float32 chest of a series in Hounsfield units; axes to the patient's left, back and head.

    The same seed and index give the same patient, healthy or with opacities.

    Args:
        seed: Which series.
        index: Which patient.
        opacities: Whether the lungs have the clouded patches of a pneumonia, over a quarter to a half of them.
    """
    rng = np.random.default_rng([seed, index, 20])
    body = _body(rng)
    x, y, z = _coordinates(body)
    volume = _trunk(body, x, y)
    _ribs(volume, body, rng, x, y, z)
    lungs = _lungs(body, x, y, z)
    air = -870 + 90 * (y / body.half_depth) * rng.uniform(0.5, 1.5) + 25 * smooth_noise(rng, SHAPE, 1.2)
    volume[lungs] = air[lungs]
    vessels = lung_vessels(rng, lungs, SPACING)
    volume = np.where(lungs, np.maximum(volume, air + (BLOOD - air) * vessels), volume)
    if opacities:
        volume = add_opacities(volume, lungs, np.random.default_rng([seed, index, 21]), depth=y / body.half_depth)
    _middle(volume, body, rng, x, y, z)
    _belly(volume, body, rng, x, y, z, lungs=lungs)
    volume = gaussian_filter(volume, rng.uniform(0.3, 0.6))
    noise = gaussian_filter(rng.normal(size=SHAPE), (0.6, 0.6, 0))
    return (volume + rng.uniform(15, 40) / noise.std() * noise).clip(-1024, 1500).astype(np.float32)


def _body(rng: np.random.Generator) -> Body:
    size = rng.uniform(0.88, 1.12)
    return Body(
        half_width=165 * size * rng.uniform(0.93, 1.07),
        half_depth=112 * size * rng.uniform(0.93, 1.1),
        fat=rng.uniform(6, 26),
        lung_height=230 * size * rng.uniform(0.9, 1.1),
        dome=rng.uniform(35, 60),
        shift=rng.uniform(-1, 1, 3) * (8, 8, 15),
        tilt=rng.normal(0, 0.03),
    )


def _coordinates(body: Body) -> tuple[Float, Float, Float]:
    """Left, back and head of every sample, mm from the middle of the trunk; 0 is the middle of the lungs' height."""
    axes = [(np.arange(n) - (n - 1) / 2) * mm for n, mm in zip(SHAPE, SPACING, strict=True)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    return x - body.shift[0] - body.tilt * z, y - body.shift[1], z - body.shift[2]


def _trunk(body: Body, x: Float, y: Float) -> Float:
    """Air, skin, fat and muscle, and the table that the patient lies on."""

    def within(inset: float) -> Bool:
        return np.abs(x / (body.half_width - inset)) ** 2.6 + np.abs(y / (body.half_depth - inset)) ** 2.4 < 1

    volume = np.full(SHAPE, AIR)
    volume[within(0)] = FAT
    volume[within(body.fat)] = MUSCLE
    volume[np.abs(y - body.half_depth - 6) < 2.5] = -300
    return volume


def _lungs(body: Body, x: Float, y: Float, z: Float) -> Bool:
    """Both lungs: half a trunk each, round on top, hollow below, and narrow beside the heart."""
    wall = body.fat + 26
    across, along = x / (body.half_width - wall), y / (body.half_depth - wall)
    height = z / (0.5 * body.lung_height)
    narrow = np.sqrt(np.clip(1 - np.clip(height, 0, None) ** 2.5, 0, None))
    chest = (np.abs(across) / np.clip(narrow, 0.05, None)) ** 2.3 + np.abs(
        along / np.clip(narrow, 0.05, None)
    ) ** 2.2 < 1
    side = np.where(x > 0, 1.0, -1.0)
    dome = -0.5 * body.lung_height + body.dome * np.exp(-(((x - side * 75) / 60) ** 2) - ((y + 5) / 75) ** 2)
    heart = np.where(x > 0, 30 * np.exp(-(((z + 50) / 55) ** 2) - ((y + 35) / 45) ** 2), 0.0)
    return chest & (z > dome) & (np.abs(x) > 22 + heart + 8 * (y > 40)) & (height < 1)


def _ribs(volume: Float, body: Body, rng: np.random.Generator, x: Float, y: Float, z: Float) -> None:
    """Ribs that fall towards the front, the spine with its canal, and the breastbone."""
    wall = body.fat + 17
    shell = np.abs(x / (body.half_width - wall)) ** 2.4 + np.abs(y / (body.half_depth - wall)) ** 2.3
    phase = ((z - 0.35 * (y - 60)) / rng.uniform(25, 30)) % 1.0
    rib = (np.abs(shell - 1) < 0.075) & (np.abs(phase - 0.5) < 0.18) & (np.abs(x) > 18)
    volume[rib] = np.where(np.abs(shell[rib] - 1) < 0.03, MARROW, BONE)
    back = body.half_depth - body.fat - 42
    spine = np.hypot(x / 1.15, y - back)
    disc = (z / rng.uniform(26, 31)) % 1.0 < 0.16
    volume[spine < 19] = np.where(disc[spine < 19], 80.0, np.where(spine[spine < 19] < 16, MARROW, BONE))
    canal = np.hypot(x, y - back - 26)
    volume[canal < 13] = BONE
    volume[canal < 8] = 35
    volume[(np.abs(x) < 5) & (y > back + 34) & (y < back + 55)] = 300
    front = -(body.half_depth - body.fat - 12)
    volume[(np.abs(x) < 18) & (np.abs(y - front) < 6) & (z > -60)] = MARROW + 80


def _middle(volume: Float, body: Body, rng: np.random.Generator, x: Float, y: Float, z: Float) -> None:
    """Heart, aorta, gullet, and the windpipe down to its fork."""
    heart = ((x - 25) / 52) ** 2 + ((y + 30) / 42) ** 2 + ((z + 50) / 52) ** 2 < rng.uniform(0.85, 1.15)
    volume[heart] = BLOOD
    back = body.half_depth - body.fat - 42
    volume[np.hypot(x - 27, y - back + 16) < rng.uniform(10, 13.5)] = BLOOD
    arch = np.abs(np.hypot(z - 30, (y - 5) * 0.6) - 26) < 11
    volume[arch & (np.abs(x - 14) < 11) & (z > 30)] = BLOOD
    volume[np.hypot(x - 5, y - back + 22) < 6] = 30
    fork = rng.uniform(5, 25)
    pipe = np.hypot(x / 1.1, y - 12) < rng.uniform(7, 9.5)
    volume[pipe & (z > fork)] = AIR
    branch = np.hypot(y - 12, (fork - z) - np.abs(x) * 0.9) < 6.5
    volume[branch & (np.abs(x) < 45) & (z < fork + 6)] = AIR


def _belly(volume: Float, body: Body, rng: np.random.Generator, x: Float, y: Float, z: Float, *, lungs: Bool) -> None:
    """Below the domes: liver on the right, stomach with a bubble of gas on the left, fat between."""
    under = (z < -0.5 * body.lung_height + body.dome) & ~lungs & (volume == MUSCLE)
    inner = (np.abs(x) < body.half_width - body.fat - 25) & (np.abs(y) < body.half_depth - body.fat - 30)
    volume[under & inner & (x < 30)] = 60
    volume[under & inner & (x >= 30)] = FAT
    bubble = ((x - 70) / 28) ** 2 + ((y + 15) / 24) ** 2 + ((z + 0.5 * body.lung_height + 10) / 22) ** 2
    stomach = under & (bubble < rng.uniform(0.6, 1.6))
    volume[stomach] = np.where(y[stomach] < rng.uniform(-30, -5), AIR, 30.0)
