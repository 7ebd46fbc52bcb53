"""Cheeks, lips, skin and gloves around the teeth, as one funnel that opens toward the camera; the tongue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.synth.photo.appliance import grid_mesh
from typodont.synth.photo.mouth import Jaw
from typodont.synth.photo.noise import noise, smoothstep
from typodont.synth.photo.viewpoint import Viewpoint
from typodont.types import Bool, Float

_ANGLES = 160
_DEPTHS = 26
_SKIN_MM = 90.0


@dataclass(frozen=True)
class Funnel:
    """The opening of the mouth: a tube about the camera's line of sight that follows the teeth and ends in the lips.

    Args:
        mesh: mouth frame. along: (V,) mm from the lips' inner edge: negative inside the mouth, then lip, then skin.
        angle: (V,) around the opening, 0 at the picture's right. lip: mm of the lip's radius.
        centre: (2,) in the camera's axes, mm. depths, wide, tall: (26,) half widths of the tube by depth.
        power: shape of the opening, 2 an ellipse, more a rectangle. viewpoint: whose axes.
    """

    mesh: Mesh
    along: Float
    angle: Float
    lip: float
    centre: Float
    depths: Float
    wide: Float
    tall: Float
    power: float
    viewpoint: Viewpoint

    def contains(self, points: Float, slack: float) -> Bool:
        """(n,) which (n, 3) points of the mouth frame lie inside the tube or less than `slack` of its width outside."""
        local = self.viewpoint.local(points)
        wide = np.interp(local[:, 2], self.depths, self.wide)
        tall = np.interp(local[:, 2], self.depths, self.tall)
        ratio = np.abs((local[:, :2] - self.centre) / np.stack([wide, tall], axis=1)) ** self.power
        return ratio.sum(axis=1) < (1 + slack) ** self.power

    def behind_lips(self, points: Float) -> Float:
        """(n, 3) points of the mouth frame, those before the lips pushed back behind them, as lips do."""
        beyond = np.maximum(self.viewpoint.local(points)[:, 2] - (self.depths[-1] - 1.5), 0)
        return points - (beyond - 0.5 * np.tanh(beyond))[:, None] * self.viewpoint.camera.rotation[2]


@dataclass(frozen=True)
class LipCleft:
    """A notch where the lip is cleft: its middle and half width, radians around the opening, and its depth, mm."""

    angle: float
    half: float
    deep: float


def make_funnel(
    rng: np.random.Generator, viewpoint: Viewpoint, teeth: Float, lip_clefts: Sequence[LipCleft] = ()
) -> Funnel:
    """Cheeks that clear all teeth (n, 3; mouth frame), lips that leave the target free and stay mostly in the frame."""
    local = viewpoint.local(teeth)
    low, high = viewpoint.target
    centre = 0.5 * (low + high)[:2] + rng.normal(0, 1.0, 2)
    half = 0.5 * (high - low)[:2]
    close, infant = viewpoint.view == "close-up", viewpoint.view == "palate"
    across = infant or viewpoint.kind in ("upper", "lower")
    room = rng.uniform(14, 30, 2) if close else rng.uniform(4, 14, 2) if across else rng.uniform(1.5, 12, 2)
    front = high[2] + (rng.uniform(-6, 2) if across else rng.uniform(2, 8))
    if close:
        front = local[:, 2].max() + rng.uniform(12, 18)
    if infant:
        room = rng.uniform(-4, 5, 2)
        front = high[2] + rng.uniform(1, 5)
    opening = half + room
    depths = np.linspace(min(local[:, 2].min(), low[2]) - rng.uniform(4, 14), front, _DEPTHS)
    clear = rng.uniform(3.5, 8), rng.uniform(6, 12)
    lip_side = smoothstep(front - 7, front - 1, depths)
    widths = []
    for axis in range(2):
        reach = _reach(np.abs(local[:, axis] - centre[axis]), local[:, 2], depths) + clear[axis]
        widths.append(lip_side * opening[axis] + (1 - lip_side) * np.maximum(reach, 0.7 * opening[axis]))
    power = rng.uniform(1.9, 2.5) if infant else rng.uniform(2.1, 3.4)
    lip = rng.uniform(2.0, 4.0) if infant else rng.uniform(2.0, 7.0)
    points, along, angle = _surface(rng, centre, depths, np.array(widths), power, lip)
    for cleft in lip_clefts:
        points = _notched(points, along, angle, centre, cleft)
    mesh = grid_mesh(points @ viewpoint.camera.rotation + viewpoint.camera.centre, closed=True)
    return Funnel(mesh, along.ravel(), angle.ravel(), lip, centre, depths, widths[0], widths[1], power, viewpoint)


def _reach(offset: Float, depth: Float, depths: Float) -> Float:
    """(26,) how far the teeth reach sideways at each depth, mm, widened and softened."""
    step = depths[1] - depths[0]
    cell = np.clip(np.round((depth - depths[0]) / step).astype(int), 0, len(depths) - 1)
    most = np.zeros(len(depths))
    np.maximum.at(most, cell, offset)
    return gaussian_filter1d(maximum_filter1d(most, 2 * int(np.ceil(3 / step)) + 1), 1.0)


def _surface(
    rng: np.random.Generator, centre: Float, depths: Float, widths: Float, power: float, lip: float
) -> tuple[Float, Float, Float]:
    """(n, 160, 3) grid along the camera's axes: a back wall, tube, roll of the lips, skin; its along and angle."""
    angle = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    unit = np.stack([np.sign(cosine) * np.abs(cosine) ** (2 / power), np.sign(sine) * np.abs(sine) ** (2 / power)])
    wave = 1 + 0.035 * _wave(rng, 5) + 0.015 * _wave(rng, 11)
    grow = np.r_[[0.0, 0.4, 0.8], np.ones(len(depths))]
    depth = np.r_[[depths[0]] * 3, depths]
    wide, tall = (np.r_[[values[0]] * 3, values] * grow for values in widths)
    turn = np.linspace(0, np.pi, 12)[1:]
    out = np.r_[lip * (1 - np.cos(turn)), 2 * lip + _SKIN_MM * np.linspace(0.05, 1, 12) ** 1.5]
    rise = np.r_[lip * np.sin(turn), -0.25 * _SKIN_MM * np.linspace(0.05, 1, 12) ** 2]
    wide = np.r_[wide, widths[0, -1] + out]
    tall = np.r_[tall, widths[1, -1] + out]
    depth = np.r_[depth, depths[-1] + rise]
    along = np.r_[
        [depths[0] - depths[-1] - 5] * 3, depths - depths[-1], lip * turn, np.pi * lip + out[len(turn) :] - 2 * lip
    ]
    x = centre[0] + wide[:, None] * unit[0] * wave
    y = centre[1] + tall[:, None] * unit[1] * wave
    z = np.broadcast_to(depth[:, None], x.shape)
    points = np.stack([x, y, z], axis=2)
    bumps = noise(points.reshape(-1, 3), 9.0, rng.uniform(0, 50)).reshape(z.shape)
    points[..., 2] += 0.5 * bumps * (along > 0)[:, None]
    return points, np.repeat(along[:, None], _ANGLES, axis=1), np.repeat(angle[None], len(along), axis=0)


def _notched(points: Float, along: Float, angle: Float, centre: Float, cleft: LipCleft) -> Float:
    """The grid with the lips drawn apart at a cleft; the mouth behind them and the skin far away stay."""
    off = np.abs((angle - cleft.angle + np.pi) % (2 * np.pi) - np.pi) / cleft.half
    share = np.exp(-(off**4)) * smoothstep(-4, 0, along) * smoothstep(cleft.deep + 30, cleft.deep, along)
    outward = points[..., :2] - centre
    outward /= np.maximum(np.linalg.norm(outward, axis=2, keepdims=True), 1e-9)  # the tube is closed at its back
    moved = points.copy()
    moved[..., :2] += (cleft.deep * share)[..., None] * outward
    return moved


def _wave(rng: np.random.Generator, turns: int) -> Float:
    """(160,) a random periodic curve of amplitude about 1."""
    angle = np.linspace(0, 2 * np.pi, _ANGLES, endpoint=False)
    turn = np.arange(1, turns + 1)[:, None]
    waves = rng.normal(size=(turns, 1)) * np.sin(turn * angle + rng.uniform(0, 2 * np.pi, (turns, 1)))
    return waves.sum(axis=0) / np.sqrt(turns)


def make_tongue(rng: np.random.Generator, jaw: Jaw) -> Mesh:
    """A soft hill between the lower teeth, mouth frame."""
    inner = jaw.dentition.curve
    front, half = inner[:, 1].max(), 0.5 * np.ptp(inner[:, 0])
    middle = np.array([np.mean(inner[:, 0]), front - rng.uniform(40, 48), np.median(inner[:, 2]) + rng.uniform(-6, 1)])
    radii = np.array([half * rng.uniform(0.62, 0.78), rng.uniform(28, 34), rng.uniform(9, 14)])
    mesh = tongue_hill(rng, middle, radii)
    return Mesh(apply(jaw.place, mesh.vertices), mesh.faces[:, ::-1])


def tongue_hill(rng: np.random.Generator, middle: Float, radii: Float) -> Mesh:
    """Half an ellipsoid with a furrow along its second axis, rising along the third."""
    turn, rise = np.meshgrid(np.linspace(0, 2 * np.pi, 72, endpoint=False), np.linspace(0, np.pi / 2, 30))
    flat = np.abs(np.cos(rise)) ** 0.7
    points = np.stack([flat * np.cos(turn), flat * np.sin(turn), np.sin(rise)], axis=2) * radii
    furrow = -1.5 * np.exp(-((points[..., 0] / 2.5) ** 2)) * np.sin(rise)
    points[..., 2] += furrow + 0.7 * noise(points.reshape(-1, 3), 6.0, rng.uniform(0, 50)).reshape(turn.shape)
    return grid_mesh(points + middle, closed=True)
