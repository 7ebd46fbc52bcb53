"""Mandible and maxilla around the teeth: outlines, cortices, trabeculae, canal and foramina (attenuation)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from typodont.anatomy import jaw
from typodont.geometry.registration import apply
from typodont.synth.xray.canvas import Canvas, smooth
from typodont.synth.xray.caster import Unroll
from typodont.synth.xray.mouth import PictureTooth
from typodont.types import Float

_GRID = np.arange(-75.0, 75.5, 0.5)
_BIOLOGIC_WIDTH_MM = 1.6

# Outline of the mandible's left half from the chin round the angle to the condyle and down the front of the ramus,
# mm from the midline and the plane between the jaws, read off panoramic pictures; angles differ between these two.
_STEEP = ((0, -40), (13, -40.5), (26, -38), (40, -32), (54, -23.5), (66, -14), (76, -3), (82, 10), (85, 26), (85, 40))
_SQUARE = ((0, -40), (13, -40.5), (26, -39), (40, -35), (54, -29), (66, -22), (76, -13), (82.5, 2), (85, 22), (85, 40))
_JOINT = (
    (87, 50),
    (85, 57),
    (79, 60),
    (75, 56),
    (75, 47),
    (71, 42),
    (67, 45),
    (64, 50),
    (60.5, 46),
    (59.5, 34),
    (58.5, 20),
)


@dataclass(frozen=True)
class Ridges:
    """Where the bone ends toward the teeth, over `places` u.

    Args:
        places: (n,) u, mm. upper, lower: (n,) v of the alveolar crest, mm.
        reach: (2,) how far back each jaw's teeth go, mm: upper, lower.
    """

    places: Float
    upper: Float
    lower: Float
    reach: tuple[float, float]

    def crest(self, name: str, u: Float | float) -> Float:
        """v of a jaw's crest at u."""
        return np.asarray(np.interp(u, self.places, self.upper if name == "upper" else self.lower))


def find_ridges(rng: np.random.Generator, teeth: list[PictureTooth], unroll: dict[str, Unroll]) -> Ridges:
    """The crest below healthy necks, lower by each tooth's bone loss, and where teeth are lost."""
    crests, reaches = [], []
    atrophy = rng.gamma(2.0, 1.6)
    for name, away in (("upper", 1), ("lower", -1)):
        spots = []
        for tooth in teeth:
            if jaw(tooth.fdi) != name or tooth.fate == "unerupted":
                continue
            body = tooth.body
            lost = {"healed": 1.0 + atrophy, "pontic": 1.0 + 0.7 * atrophy, "implant": 1.0}.get(tooth.fate, 0)
            level = body.neck - _BIOLOGIC_WIDTH_MM - (lost or tooth.bone_loss)
            ends = np.array([[side * body.half[0] * 1.05, 0, level] for side in (-1, 1)])
            spots.append(unroll[name](apply(tooth.motion, ends))[:, :2])
        spots = np.vstack(spots) if spots else np.array([[0, away * 10.0]])
        order = np.argsort(spots[:, 0])
        line = np.interp(_GRID, spots[order, 0], spots[order, 1])
        crests.append(gaussian_filter1d(line, 2.5) + 0.25 * gaussian_filter1d(rng.standard_normal(len(line)), 3))
        reaches.append(float(np.clip(np.abs(spots[:, 0]).max(), 44, 60)))
    return Ridges(_GRID, crests[0], crests[1], (reaches[0], reaches[1]))


@dataclass(frozen=True)
class Jaws:
    """Attenuation of bone.

    Args:
        bone: (H, W) spongy bone with plates, where teeth take room. hard: (H, W) cortices and lines, which stay.
    """

    bone: Float
    hard: Float


def draw_jaws(rng: np.random.Generator, ridges: Ridges, canvas: Canvas, raise_back: Float) -> tuple[Jaws, Jaws]:
    """Upper and lower jaw.

    Args:
        rng: Shapes differ from person to person.
        ridges: The alveolar crests.
        canvas: The picture.
        raise_back: (2, n) u and how much higher (mm) a place there lies because the head is tilted.
    """
    fine = canvas.grain(rng, (0.28, 0.33)) + 0.8 * canvas.grain(rng, (0.6, 0.8))
    cloud = canvas.grain(rng, 3.5, coarse=4)
    texture = 1 + rng.uniform(0.02, 0.045) * fine + 0.07 * cloud
    return _maxilla(rng, ridges, canvas, texture), _mandible(rng, ridges, canvas, texture, raise_back)


def _mandible(rng: np.random.Generator, ridges: Ridges, canvas: Canvas, texture: Float, raise_back: Float) -> Jaws:
    square, joint = np.clip(rng.normal(0.75, 0.25), 0, 1.1), np.array(_JOINT, float)
    border = (1 - square) * np.array(_STEEP, float) + square * np.array(_SQUARE, float)
    size = np.array([1.05 + 0.03 * rng.standard_normal(), 0.93 + 0.05 * rng.standard_normal()])
    halves, fronts, borders = [], [], []
    for side in (-1, 1):
        jitter = np.array([0.8, 0.9]) * rng.standard_normal((len(border), 2))
        jitter[0] = 0
        under = smooth(border * size + jitter)
        back = joint * [1, 0.93] + [85 * (size[0] - 1), 0] + 0.9 * rng.standard_normal(joint.shape)
        reach = ridges.reach[1] + 4.0
        front = [[max(57.0, reach + 3), ridges.crest("lower", side * reach) + 6], [reach, 0]]
        front[1][1] = float(ridges.crest("lower", side * reach))
        ramus = smooth(np.vstack([under[-1], back, front]))
        half = np.vstack([under, ramus])
        half[:, 1] += np.interp(side * half[:, 0], *raise_back) * np.clip((half[:, 0] - 30) / 30, 0, 1)
        borders.append(half[: len(under)] * [side, 1])
        fronts.append(half[len(under) + 110 :] * [side, 1])
        halves.append(half * [side, 1])
    along = ridges.places[np.abs(ridges.places) < ridges.reach[1] + 4]
    crest = np.column_stack([along, ridges.crest("lower", along)])
    outline = np.vstack([halves[0], crest, halves[1][::-1]])
    inside = canvas.inside(outline)
    body = 0.5 * (canvas.soften(inside.astype(np.float32), 0.35) + canvas.soften(inside.astype(np.float32), 1.6))
    rim = canvas.soften(canvas.rim(inside, width=1.3), 0.3)
    deep = np.vstack([crest + [0, -9], [[100, -9], [100, -70], [-100, -70], [-100, -9]]])
    low = canvas.fill(deep, blur=4)
    cortex = rim * (0.15 + rng.uniform(0.7, 1.3) * low)
    hard = cortex
    for path in fronts:
        hard = hard + 0.35 * canvas.line(path, width=1.0, blur=0.5)
    bone = body * texture * (0.9 + 0.5 * low)
    bone = bone + _canal(rng, ridges, canvas, borders)
    return Jaws(bone.astype(np.float32), hard.astype(np.float32))


def _canal(rng: np.random.Generator, ridges: Ridges, canvas: Canvas, borders: list[Float]) -> Float:
    """The dark course of the mandibular nerve with faint walls, and the mental foramen below the premolars."""
    seen, out = rng.uniform(0.05, 0.5), np.zeros(canvas.shape, np.float32)
    for side, border in zip((-1, 1), borders, strict=True):
        stations = np.array([27.0, 33, 42, 52, 61, 69, 73])
        order = np.argsort(side * border[:, 0])
        floor = np.interp(stations, side * border[order, 0], border[order, 1])
        roof = ridges.crest("lower", side * stations)
        share = np.array([0.42, 0.30, 0.27, 0.30, 0.42, 0.62, 0.85]) + 0.03 * rng.standard_normal()
        height = floor + share * (roof - floor)
        height[-2:] = [floor[-2] + 20, floor[-1] + 30]
        path = smooth(np.column_stack([side * stations, height]))
        out -= 0.9 * seen * canvas.line(path, width=2.6, blur=0.4)
        normal = np.gradient(path, axis=0)[:, ::-1] * [-1, 1]
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        for wall in (-1.5, 1.5):
            out += 0.4 * seen * canvas.line(path + wall * normal, width=0.5, blur=0.25)
        angle = np.linspace(0, 2 * np.pi, 24)[:, None]
        hole = path[0] + np.hstack([1.9 * np.cos(angle), 1.5 * np.sin(angle)])
        out -= 0.7 * seen * canvas.fill(hole, blur=0.4)
    return out


def _maxilla(rng: np.random.Generator, ridges: Ridges, canvas: Canvas, texture: Float) -> Jaws:
    along = ridges.places[np.abs(ridges.places) < ridges.reach[0] + 6]
    crest = np.column_stack([along, ridges.crest("upper", along)])
    rounding = np.clip((np.abs(along) - ridges.reach[0]) / 6, 0, 1) ** 2 * 6
    crest[:, 1] += rounding
    top = np.array([[crest[-1, 0] + 1, 30], [crest[-1, 0] - 2, 70], [crest[0, 0] + 2, 70], [crest[0, 0] - 1, 30]])
    inside = canvas.inside(np.vstack([crest, top]))
    body = canvas.soften(inside.astype(np.float32), 0.4) * _narrow(canvas, ridges.reach[0])
    rim = canvas.rim(inside, width=0.7)
    fade = 1 - canvas.fill(np.array([[-120, 26], [120, 26], [120, 90], [-120, 90]]), blur=9)
    return Jaws((body * texture * (0.35 + 1.1 * fade)).astype(np.float32), (0.2 * rim * fade).astype(np.float32))


def _narrow(canvas: Canvas, reach: float) -> Float:
    """(H, W) 1 over the teeth, falling to nothing behind the tuberosities."""
    middle = np.array([[-reach, -90], [-reach, 90], [reach, 90], [reach, -90]])
    return canvas.fill(middle, blur=5.0)
