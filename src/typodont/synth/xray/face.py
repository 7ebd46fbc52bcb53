"""Everything in a panoramic picture that is neither tooth nor jaw: soft tissue, air, skull, spine, ghosts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from typodont.synth.xray.canvas import Canvas, smooth
from typodont.synth.xray.jaws import Ridges
from typodont.types import Float


def draw_face(rng: np.random.Generator, ridges: Ridges, canvas: Canvas, teeth: Float) -> Float:
    """(H, W) attenuation of the head without jaws and teeth; both sides differ a little, as nobody sits straight.

    Args:
        rng: People differ.
        ridges: Where the jaws' bone ends.
        canvas: The picture.
        teeth: (H, W) attenuation of the teeth; the air between the jaws does not darken them.
    """
    between = 1 - np.clip(teeth / 1.5, 0, 0.85)
    face = _soft_tissue(rng, canvas) + _spine(rng, canvas) + _air(rng, ridges, canvas) * between
    palate = rng.normal(29.0, 2.0)
    face += _midface(rng, ridges, canvas, palate) + _skull(rng, canvas, palate)
    return face + _hyoid(rng, canvas)


def _sides(rng: np.random.Generator, points: Sequence[tuple[float, float]], spread: float) -> list[Float]:
    """Both sides' copies of points of the left side, shaken by `spread` mm."""
    return [(np.array(points) + spread * rng.standard_normal((len(points), 2))) * [side, 1] for side in (-1, 1)]


def _places(canvas: Canvas) -> tuple[Float, Float]:
    """(1, W) u and (H, 1) v of the pixels, as if the front were not widened."""
    rows, columns = canvas.shape
    u = (np.arange(columns) - 0.5 * (columns - 1)) / canvas.scale + canvas.middle[0]
    v = canvas.middle[1] - (np.arange(rows) - 0.5 * (rows - 1)) * canvas.pixel_mm[0]
    return u[None].astype(np.float32), v[:, None].astype(np.float32)


def _soft_tissue(rng: np.random.Generator, canvas: Canvas) -> Float:
    """Cheeks, lips, tongue and neck: even in the middle, less below the chin and toward the corners."""
    u, v = _places(canvas)
    chin = -44 + 0.35 * np.abs(u) ** 1.0 - 3 * np.cos(u / 15)
    neck = 1 / (1 + np.exp(-(v - chin + rng.normal(3, 2)) / 5))
    flank = np.exp(-((np.clip(np.abs(u) - 62, 0, None) / rng.uniform(25, 45)) ** 2))
    cheek = np.exp(-((u / 66) ** 4) - ((v - 2) / 26) ** 4)
    soft = 1.2 + rng.uniform(1.2, 2.0) * neck + 1.2 * flank + rng.uniform(0.3, 0.8) * cheek
    return soft + 0.13 * canvas.grain(rng, (6, 10), coarse=3) + 0.05 * canvas.grain(rng, (1.2, 14), coarse=3)


def _spine(rng: np.random.Generator, canvas: Canvas) -> Float:
    """The neck's vertebrae, crossed by the beam at the front: a bright band with blurred edges, weaker higher up."""
    u, v = _places(canvas)
    half = rng.uniform(16, 25) + 0.10 * np.clip(-v, 0, 60)
    edge = rng.uniform(1.5, 6)
    band = 1 / (1 + np.exp((np.abs(u - rng.normal(0, 2)) - half) / edge))
    strength = rng.uniform(0.3, 1.6) / (1 + np.exp((v + rng.uniform(2, 20)) / 7)) + rng.uniform(0.1, 0.6)
    waves = 1 + 0.10 * np.sin(2 * np.pi * v / rng.uniform(14, 19) + rng.uniform(0, 6)) * (v < -5)
    return (band * strength * waves).astype(np.float32)


def _air(rng: np.random.Generator, ridges: Ridges, canvas: Canvas) -> Float:
    """The gap between the teeth and lips, the air over the tongue, and the throat behind the jaws."""
    along = np.linspace(-62, 62, 80)
    upper, lower = ridges.crest("upper", along), ridges.crest("lower", along)
    mouth = np.vstack([np.column_stack([along, upper]), np.column_stack([along, lower])[::-1]])
    air = rng.uniform(0.8, 1.2) * canvas.fill(mouth, blur=1.5)
    gap = rng.uniform(2.0, 4.5) * np.cos(along / 40) ** 2
    middle = 0.5 * (upper + lower)
    slit = np.vstack([np.column_stack([along, middle + gap]), np.column_stack([along, middle - gap])[::-1]])
    air -= rng.uniform(0.3, 0.9) * canvas.fill(slit, blur=1.6)
    along = along[np.abs(along) < 47]
    if rng.random() < 0.6:
        roof = ridges.crest("upper", along) + rng.uniform(12, 17)
        over = roof - rng.uniform(3, 9) * np.cos(along / 32)
        tongue = np.vstack([np.column_stack([along, roof]), np.column_stack([along, over])[::-1]])
        air -= rng.uniform(0.2, 1.1) * canvas.fill(tongue, blur=rng.uniform(0.7, 2.0))
    for side in _sides(rng, [(58, 34), (66, 34), (70, 14), (80, -8), (86, -26), (76, -26), (66, 0), (60, 16)], 2.5):
        air -= rng.uniform(0.1, 0.6) * canvas.fill(smooth(side, closed=True), blur=2.0)
    return air


def _midface(rng: np.random.Generator, ridges: Ridges, canvas: Canvas, palate: float) -> Float:
    """Sinuses with their walls, nasal cavity with septum and conchae, hard palate."""
    out = np.zeros(canvas.shape, np.float32)
    floor = rng.normal(palate - 7, 2.5)
    dark, wall = rng.uniform(0.25, 0.7), rng.uniform(0.3, 0.8)
    sinus = [
        (21, 48),
        (20, 34),
        (25, floor + 3),
        (36, floor - 1),
        (47, floor + 1),
        (55, floor + 9),
        (57, 42),
        (52, 62),
        (34, 66),
    ]
    for side in _sides(rng, sinus, 0.8):
        outline = smooth(side, closed=True)
        out -= dark * canvas.fill(outline, blur=0.5)
        out += 1.3 * wall * canvas.line(np.vstack([outline, outline[:1]]), width=0.8, blur=0.3)
    cavity = [(2.0, palate + 3), (11, palate + 2), (15.5, palate + 9), (13, 50), (6, 70), (2.0, 70)]
    for side in _sides(rng, cavity, 0.6):
        outline = smooth(side, closed=True)
        out -= rng.uniform(0.4, 1.1) * canvas.fill(outline, blur=0.6)
        out += 0.4 * canvas.line(outline, width=0.7, blur=0.4)
    for side in _sides(
        rng, [(5, palate + 6), (11, palate + 6), (13, palate + 12), (9, palate + 17), (5, palate + 14)], 0.8
    ):
        out += rng.uniform(0.4, 0.9) * canvas.fill(smooth(side, closed=True), blur=0.8)
    septum = np.array([[0, palate - 3], [rng.normal(0, 1), palate + 12], [rng.normal(0, 1), 75]])
    out += 0.9 * canvas.line(smooth(septum), width=2.4, blur=0.7)
    for drop, strength in ((0.0, 1.0), (rng.uniform(2, 5), 0.7), (rng.uniform(-6, -3), 0.4)):
        ends, bow = rng.uniform(40, 58), rng.normal(1.5, 2.0)
        line = [(-ends, palate - drop - bow), (-20, palate - drop), (20, palate - drop), (ends, palate - drop - bow)]
        fade = canvas.fill(np.array([[-ends, -90], [-ends, 90], [ends, 90], [ends, -90]]) * [0.8, 1], blur=6)
        out += strength * rng.uniform(0.8, 1.7) * fade * canvas.line(smooth(np.array(line)), width=1.6, blur=0.6)
    return out


def _skull(rng: np.random.Generator, canvas: Canvas, palate: float) -> Float:
    """Zygoma and arch, pterygoid plates, skull base, smeared shadows of the other side, and earlobes."""
    _, v = _places(canvas)
    out = np.zeros(canvas.shape, np.float32)
    lines = {
        0.8: [(40, 58), (42, 42), (46, 35), (51, 35), (55, 41), (66, 46), (84, 48), (100, 50)],
        0.5: [(44, 62), (48, 50), (60, 53), (82, 55), (100, 57)],
        0.7: [(46, 62), (47, 48), (46.5, 36), (49, 26)],
        0.55: [(52, 60), (50, 46), (52, 38), (58, 36)],
        0.45: [(61, 66), (62, 48), (60, 34), (58, 27)],
        0.4: [(22, 60), (34, 54), (48, 55), (58, 62)],
    }
    for strength, points in lines.items():
        for side in _sides(rng, points, 1.6):
            out += strength * rng.uniform(0.8, 1.7) * canvas.line(smooth(side), width=1.1, blur=0.5)
    for side in _sides(rng, [(40, 44), (46, 36), (54, 40), (70, 46), (98, 49), (98, 58), (66, 58), (46, 62)], 2):
        out += rng.uniform(0.2, 0.6) * canvas.fill(smooth(side, closed=True), blur=1.5)
    for side in _sides(rng, [(84, 62), (92, 56), (104, 52), (112, 70), (86, 75)], 2):
        out += rng.uniform(0.5, 1.2) * canvas.fill(smooth(side, closed=True), blur=1.5)
    high = 1 / (1 + np.exp(-(v - palate + 2) / 5))
    out += high * (0.2 * canvas.grain(rng, (1.4, 12), coarse=3) + 0.35 * canvas.grain(rng, (2.5, 5), coarse=3))
    out += high * rng.uniform(0.5, 1.0)
    ghost = [(40, 2), (60, 16), (84, 30), (92, 12), (74, -10), (50, -12)]
    for side in _sides(rng, ghost, 4):
        out += rng.uniform(0.1, 0.6) * canvas.fill(smooth(side, closed=True), blur=(3.0, 8.0))
    for side in _sides(rng, [(86, 12), (92, -4), (99, 2), (98, 22), (90, 26)], 2.5):
        out += rng.uniform(0.0, 0.5) * canvas.fill(smooth(side, closed=True), blur=1.2)
    return out


def _hyoid(rng: np.random.Generator, canvas: Canvas) -> Float:
    """The tongue bone's horns low at both sides."""
    drop, seen = rng.normal(-3, 4), rng.uniform(0.3, 1.1)
    out = np.zeros(canvas.shape, np.float32)
    bone = [(54, -36), (64, -33), (78, -36), (92, -40), (92, -45), (78, -43), (68, -45), (58, -42)]
    for side in _sides(rng, bone, 1.2):
        inside = canvas.inside(smooth(side + [0, drop], closed=True))
        out += seen * (0.5 * canvas.soften(inside.astype(np.float32), 0.5) + 0.7 * canvas.rim(inside, width=0.8))
    return canvas.soften(out, (0.2, 0.5))
