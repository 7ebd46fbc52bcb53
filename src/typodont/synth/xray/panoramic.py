"""A synthetic panoramic radiograph with a mask for every tooth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from typodont.anatomy import JAWS, jaw
from typodont.geometry.registration import rotation_about
from typodont.synth.xray.canvas import Canvas, smooth
from typodont.synth.xray.caster import Unroll
from typodont.synth.xray.device import draw_device, expose, mark
from typodont.synth.xray.disease import add_findings
from typodont.synth.xray.face import draw_face
from typodont.synth.xray.findings import PicturedFinding, find_findings, paste
from typodont.synth.xray.jaws import draw_jaws, find_ridges
from typodont.synth.xray.materials import METAL
from typodont.synth.xray.mouth import Mouth, make_mouth
from typodont.synth.xray.teeth import ToothShadow, cast_shadow
from typodont.types import Bool, Float, Int

ROWS = 512
# How far the front of the occlusal plane hangs down when the head is held as the machines ask, degrees.
_USUAL_TILT = 3.5
# Lower teeth lie on the inner side of the one trough that a machine has and are drawn wider.
_WIDER = {"upper": 1.0, "lower": 1.08}
_STREAM = 7
# How dense teeth look against soft tissue and bone; it differs with the voltage of the tube.
_DENSITY = (0.95, 1.45)

Amount = Literal["usual", "rich"]
_PREFIX: dict[Amount, str] = {"usual": "panoramic", "rich": "findings"}


@dataclass(frozen=True)
class SyntheticPanoramic:
    """A picture and its truth.

    Args:
        name: see `panoramic_name`.
        image: (H, W) uint8, dense is bright, the patient's right at the left.
        teeth: FDI number -> (H, W) mask; masks overlap where teeth do. Milk teeth 51..85; unerupted teeth and roots
            without a crown count, implants and the middles of bridges do not.
        findings: what the picture shows, teeth among it, with a mask each; see `find_findings`.
        patient: whose mouth it is.
        attenuation: (H, W) float32 before the machine, arbitrary unit.
        pixel_mm: height and width of a pixel in the sharp layer.
    """

    name: str
    image: Int
    teeth: dict[int, Bool]
    findings: tuple[PicturedFinding, ...]
    patient: Mouth
    attenuation: Float
    pixel_mm: tuple[float, float]


def make_panoramic(
    seed: int, index: int = 0, *, findings: Amount = "usual", shape: tuple[int, int] | None = None
) -> SyntheticPanoramic:
    """One panoramic radiograph; the same numbers always give the same picture.

    Args:
        seed, index: which picture of which series.
        findings: "usual", or "rich": the same patients with more disease and dental work.
        shape: rows and columns; None: 512 rows and 1.75 to 2.1 times as many columns.
    """
    rng = np.random.default_rng([seed, index, _STREAM])
    mouth = make_mouth(rng)
    if findings == "rich":
        mouth = add_findings(np.random.default_rng([seed, index, _STREAM, 1]), mouth)
    shape = shape or (ROWS, round(ROWS * rng.choice([rng.uniform(1.75, 1.85), rng.uniform(1.85, 2.1)])))
    canvas = _draw_canvas(rng, shape, mouth)
    tilt = float(np.clip(rng.normal(_USUAL_TILT, 3.5), -5, 14))
    position = _position(rng, mouth, tilt)
    unroll = {name: partial(_unroll, mouth, name, position) for name in JAWS}
    shadows = [s for tooth in mouth.teeth if (s := cast_shadow(rng, tooth, unroll[jaw(tooth.fdi)], canvas)) is not None]
    attenuation, diseased = _compose(rng, mouth, unroll, canvas, shadows, tilt)
    device = draw_device(rng)
    sound, shown = expose(rng, attenuation + diseased, attenuation, device=device)
    return SyntheticPanoramic(
        name=panoramic_name(seed, index, findings),
        image=mark(rng, shown, device),
        teeth={s.tooth.fdi: paste(s, s.mask, shape) for s in shadows if s.tooth.seen and s.mask.any()},
        findings=find_findings(shadows, sound.astype(np.float32) - shown),
        patient=mouth,
        attenuation=attenuation.astype(np.float32),
        pixel_mm=canvas.pixel_mm,
    )


def panoramic_name(seed: int, index: int, findings: Amount) -> str:
    """What a picture is called: "panoramic_SEED_INDEX", or "findings_SEED_INDEX" with rich findings."""
    return f"{_PREFIX[findings]}_{seed}_{index:05d}"


def _draw_canvas(rng: np.random.Generator, shape: tuple[int, int], mouth: Mouth) -> Canvas:
    """How much of the head the picture shows: 92 to 122 mm high."""
    height = float(np.clip(rng.normal(101, 5), 93, 120))
    height = max(height, 168 * shape[0] / shape[1]) * float(np.clip(_reach(mouth) / 57, 0.93, 1.2))
    return Canvas(
        shape=shape,
        scale=shape[0] / height,
        middle=(float(rng.normal(0, 1.5)), float(rng.normal(3.0, 2.0)) + 0.2 * (height - 100)),
        front=float(rng.normal(0.02, 0.05)),
        skew=float(rng.normal(0, 0.03)),
        tall=float(np.clip(rng.normal(1.1, 0.03), 1.0, 1.2)),
    )


def _reach(mouth: Mouth) -> float:
    """How far back the teeth go along the trough, mm; machines and crops fit the whole jaw into the picture."""
    ends = []
    for tooth in mouth.teeth:
        place = mouth.troughs[jaw(tooth.fdi)].unroll(tooth.motion[None, :3, 3])[0, 0]
        ends.append(abs(place) * (1.0 if tooth.fdi % 10 == 8 else 1.2 if tooth.fdi % 10 == 7 else 1.0))
    return float(np.max(ends))


def _position(rng: np.random.Generator, mouth: Mouth, tilt: float) -> Float:
    """(4, 4) how the head stands in the machine: chin down by `tilt`, turned, and not quite in the trough."""
    front = float(mouth.troughs["upper"].points[:, 1].max())
    nod = rotation_about(np.array([1.0, 0, 0]), tilt) @ rotation_about(np.array([0, 0, 1.0]), rng.normal(0, 1.5))
    nod = nod @ rotation_about(np.array([0, 1.0, 0]), rng.normal(0, 0.8))
    pivot = np.array([0, front, -mouth.level])
    nod[:3, 3] = pivot - nod[:3, :3] @ pivot + [rng.normal(0, 0.8), rng.normal(0, 1.5), 0]
    return nod


def _unroll(mouth: Mouth, name: str, position: Float, points: Float) -> Float:
    """(n, 3) u, v, depth of points of one jaw, head frame; v counts from the plane between the jaws."""
    places = mouth.troughs[name].unroll(points @ position[:3, :3].T + position[:3, 3])
    places[:, 1] -= mouth.level
    places[:, 0] *= _WIDER[name]
    return places


def _compose(
    rng: np.random.Generator,
    mouth: Mouth,
    unroll: dict[str, Unroll],
    canvas: Canvas,
    shadows: list[ToothShadow],
    tilt: float,
) -> tuple[Float, Float]:
    """(H, W) attenuation of the whole head, and what disease took away from it."""
    ridges = find_ridges(rng, list(mouth.teeth), unroll)
    u = mouth.troughs["lower"].along
    lift = -mouth.troughs["lower"].front_back(u) * np.tan(np.radians(tilt - _USUAL_TILT))
    maxilla, mandible = draw_jaws(rng, ridges, canvas, np.vstack([u, lift]))
    bones = {"upper": maxilla.bone, "lower": mandible.bone}
    teeth = np.zeros(canvas.shape, np.float32)
    metal = np.zeros(canvas.shape, np.float32)
    diseased = np.zeros(canvas.shape, np.float32)
    density = rng.uniform(*_DENSITY)
    for shadow in shadows:
        window = shadow.window
        bone = bones[jaw(shadow.tooth.fdi)]
        amount = np.clip(bone[window] / 2.0, 0, 1)
        bone[window] = bone[window] * (1 - shadow.taken) + shadow.space * amount
        teeth[window] += density * shadow.absorbed
        metal[window] += shadow.metal
        diseased[window] += density * shadow.decayed + shadow.rarefied * amount
    total = draw_face(rng, ridges, canvas, teeth) + maxilla.bone + maxilla.hard + mandible.bone + mandible.hard + teeth
    total += _ghost_of_metal(rng, metal, canvas)
    if mouth.wires:
        total += _wires(mouth, unroll, canvas)
    return total, diseased


def _ghost_of_metal(rng: np.random.Generator, metal: Float, canvas: Canvas) -> Float:
    """Metal of one side throws a blurred, wider and higher shadow on the other."""
    ghost = canvas.soften(np.clip(metal[:, ::-1], 0, 10), (2.5, 9.0))
    return rng.uniform(0, 0.25) * np.roll(ghost, -round(rng.uniform(8, 16) * canvas.scale), axis=0)


def _wires(mouth: Mouth, unroll: dict[str, Unroll], canvas: Canvas) -> Float:
    """Archwires through the brackets of each jaw."""
    out = np.zeros(canvas.shape, np.float32)
    for name in JAWS:
        spots = []
        for tooth in mouth.teeth:
            if jaw(tooth.fdi) == name and "bracket" in tooth.work:
                body = tooth.body
                middle = np.array([[0, 1.1 * body.half[1], body.neck + 0.55 * (body.top - body.neck)]])
                spots.append(unroll[name](middle @ tooth.motion[:3, :3].T + tooth.motion[:3, 3])[0, :2])
        if len(spots) > 3:
            order = np.argsort([spot[0] for spot in spots])
            out += METAL * canvas.line(smooth(np.array(spots)[order], n=300), width=0.45, blur=0.1)
    return out
