"""What gets between a camera and a mouth: fingers, spatulas, the handles of mirrors, feeding tubes."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from typodont.synth.photo.appliance import grid_mesh
from typodont.synth.photo.noise import noise_vectors, rough_noise, smoothstep
from typodont.synth.photo.paint import Palette
from typodont.synth.photo.scene import Part
from typodont.synth.photo.soft import Funnel
from typodont.synth.photo.surface import Surface, linear
from typodont.types import Float

KINDS = ("finger", "spatula", "handle", "feeding tube")
_SHARES = (0.62, 0.2, 0.18)
_LENGTH_MM = 85.0
_SIDES = 24
_WOOD, _STEEL, _NAIL = linear(224, 192, 146), linear(128, 128, 132), linear(236, 196, 184)
_TUBES = (linear(232, 232, 224), linear(206, 222, 236), linear(236, 220, 190))


def draw_things(rng: np.random.Generator, funnel: Funnel, mean: float) -> list[Part]:
    """Fingers and instruments that reach into the opening from its rim, `mean` of them on the average, 3 at most."""
    count = min(int(rng.poisson(mean)), 3)
    return [_draw_thing(rng, funnel, str(rng.choice(KINDS[:3], p=_SHARES))) for _ in range(count)]


def _draw_thing(rng: np.random.Generator, funnel: Funnel, kind: str) -> Part:
    wide, thick = {
        "finger": (rng.uniform(6.0, 9.5), rng.uniform(5.5, 8.0)),
        "spatula": (rng.uniform(6.0, 10.0), 0.9),
        "handle": (rng.uniform(1.2, 3.5),) * 2,
    }[kind]
    reach = rng.uniform(-3, 10) if kind == "finger" else rng.uniform(-2, 16)
    outward, rim = _place(rng, funnel)
    slope = rng.uniform(0.0, 0.25)
    along = np.r_[outward, slope] / np.hypot(1, slope)
    tip = np.r_[rim - reach * outward, funnel.depths[-1] + thick + rng.uniform(-3, 2)]
    s = np.r_[wide * (1 - np.cos(np.linspace(0, np.pi / 2, 8))), np.linspace(wide, _LENGTH_MM, 30)[1:]]
    round_tip = np.sqrt(np.clip(1 - (1 - np.minimum(s / wide, 1)) ** 2, 0, 1))
    knuckles = 1 + (0.07 * np.cos(2 * np.pi * s / 24) if kind == "finger" else 0.0)
    bow = rng.normal(0, 0.002) * s**2
    up = np.array([0.0, 0, 1]) - along[2] * along
    up /= np.linalg.norm(up)
    across = np.cross(up, along)
    line = tip + s[:, None] * along + bow[:, None] * across
    return _sleeve(funnel, kind, line, s, (across, up), (wide * round_tip * knuckles, thick * round_tip * knuckles))


def _place(rng: np.random.Generator, funnel: Funnel) -> tuple[Float, Float]:
    """A direction in the picture (2,), and where it leaves the opening (2,), mm in the camera's axes."""
    angle = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(angle), np.sin(angle)])
    half = np.array([funnel.wide[-1], funnel.tall[-1]])
    rim = funnel.centre + direction / np.sum(np.abs(direction / half) ** funnel.power) ** (1 / funnel.power)
    turned = angle + rng.normal(0, 0.35)
    return np.array([np.cos(turned), np.sin(turned)]), rim


def draw_feeding_tube(rng: np.random.Generator, funnel: Funnel, deep: Float) -> Part:
    """A tube of 5 to 8 Charrière from the throat over the palate to a corner of the mouth and along the cheek.

    Args:
        rng: draws it.
        funnel: lips and cheeks.
        deep: (n, 3) points of the palate along the camera's axes about its centre, mm; the tube stays before them.
    """
    radius = rng.uniform(0.8, 1.4)
    outward, rim = _place(rng, funnel)
    front = funnel.depths[-1]
    back = deep[deep[:, 1] < np.quantile(deep[:, 1], 0.15)]
    start = np.r_[back[:, 0].mean() + rng.normal(0, 5), back[:, 1].mean(), deep[:, 2].min()]
    middle = np.r_[0.5 * (start[:2] + rim) + rng.normal(0, 3, 2), np.quantile(deep[:, 2], 0.9) + rng.uniform(0, 3)]
    knots = np.array(
        [
            start,
            middle,
            [*rim, front + radius],
            [*(rim + 12 * outward), front + radius + funnel.lip],
            [*(rim + 60 * outward), front + radius - 2.0],
        ]
    )
    run = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))]
    s = np.linspace(0, run[-1], 120)
    line = CubicSpline(run, knots)(s)
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.cross([0.31, 0.13, 0.94], tangent)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    half = np.full(len(s), radius)
    return _sleeve(funnel, "feeding tube", line, s, (across, np.cross(tangent, across)), (half, half))


def _sleeve(
    funnel: Funnel, kind: str, line: Float, s: Float, axes: tuple[Float, Float], half: tuple[Float, Float]
) -> Part:
    """An oval tube along (n, 3) points of the camera's axes; its paint knows the place along, across and up, mm."""
    turn = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)
    wide, thick = half[0][:, None] * np.cos(turn), half[1][:, None] * np.sin(turn)
    points = line[:, None] + wide[..., None] * np.broadcast_to(axes[0], line.shape)[:, None]
    points = points + thick[..., None] * np.broadcast_to(axes[1], line.shape)[:, None]
    camera = funnel.viewpoint.camera
    mesh = grid_mesh(points @ camera.rotation + camera.centre, closed=True)
    rest = np.stack([np.broadcast_to(s[:, None], wide.shape), wide, thick], axis=2).reshape(-1, 3)
    share = np.repeat(np.sin(turn)[None], len(s), axis=0).ravel()
    return Part(kind, mesh, rest, share)


def paint_thing(kind: str, rest: Float, facing: Float, palette: Palette) -> Surface:
    """Skin or a glove, wood, steel, plastic.

    Args:
        kind: One of `KINDS`. rest: (n, 3) along, across, up, mm.
        facing: (n,) 1 on the side of the camera, -1 on the other.
        palette: The colours of hands and gloves.
    """
    own = np.random.default_rng([int(1e6 * palette.seed), KINDS.index(kind)])
    if kind == "finger":
        return _paint_finger(rest, facing, palette)
    if kind == "spatula":
        wooden = own.random() < 0.7
        surface = Surface.plain(len(rest), _WOOD if wooden else _STEEL, shine=0.3 if wooden else 2.5, rough=0.3)
        grain = rough_noise(rest * [0.1, 1, 1], 1.2, palette.seed)
        surface.color *= (1 + (0.07 if wooden else 0.02) * grain)[:, None]
        return surface
    if kind == "handle":
        surface = Surface.plain(len(rest), _STEEL, shine=3.0, rough=0.2)
        surface.tilt += 0.08 * noise_vectors(rest, 0.5, palette.seed)
        return surface
    surface = Surface.plain(len(rest), _TUBES[int(own.integers(len(_TUBES)))], shine=1.5, rough=0.1)
    surface.cover(0.35 * smoothstep(0.4, -0.4, facing), palette.mucosa)
    return surface


def _paint_finger(rest: Float, facing: Float, palette: Palette) -> Surface:
    """A bare finger with its nail and creases, or latex in folds."""
    folds = rough_noise(rest, 7.0, palette.seed + 7)
    if palette.glove is not None:
        surface = Surface.plain(len(rest), palette.glove, shine=0.7, rough=0.2)
        surface.color *= (1 + 0.06 * folds)[:, None]
        surface.tilt += 0.25 * noise_vectors(rest, 7.0, palette.seed + 8)
        return surface
    surface = Surface.plain(len(rest), palette.skin, shine=0.35, rough=0.3)
    creases = smoothstep(0.25, 0.0, np.abs(np.mod(rest[:, 0] + 6, 24) - 12) / 12 + 0.08 * folds)
    surface.color *= (1 + 0.05 * folds - 0.14 * creases)[:, None]
    nail = smoothstep(0.8, 0.4, np.abs(rest[:, 1]) / 5.0) * smoothstep(13, 12, rest[:, 0]) * (facing > 0.3)
    surface.cover(0.8 * nail, np.clip(0.6 * palette.skin + 0.4 * _NAIL, 0, 0.95), shine=0.9, rough=0.15)
    surface.tilt += ((0.15 * (1 - nail))[:, None] * noise_vectors(rest, 1.5, palette.seed)).astype(np.float32)
    return surface
