"""What an X-ray sees of one tooth: enamel, dentine, pulp, dental work, and the space it takes from the bone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.anatomy.findings import IMPACTED_TOOTH, TOOTH
from typodont.synth.xray.canvas import Canvas, away_from
from typodont.synth.xray.caster import Caster, Unroll
from typodont.synth.xray.materials import DENTINE, ENAMEL, METAL, PULP
from typodont.synth.xray.mouth import PictureTooth
from typodont.synth.xray.restoration import draw_implant
from typodont.synth.xray.shapes import blob
from typodont.synth.xray.work import cast_work
from typodont.types import Bool, Float

# A pixel belongs to a tooth where the beam runs through this much of it, mm.
_MASK_MM = 0.3


@dataclass(frozen=True)
class ToothShadow:
    """One tooth on the picture; all arrays (h, w) cover the rows and columns from `corner` on.

    Args:
        tooth: whose. corner: row, column.
        absorbed: attenuation of tooth and dental work.
        taken: 0..1, share of the bone's depth that the tooth takes.
        space: attenuation that ligament, follicle, lamina dura and disease change in bone.
        metal: attenuation of metal alone, part of `absorbed`.
        mask: where the tooth is.
        decayed: attenuation that decay took away from `absorbed`.
        rarefied: the part of `space` that disease took away, 0 or more.
        marks: category of `XRAY_FINDINGS` -> where that is, whether or not the picture shows it.
    """

    tooth: PictureTooth
    corner: tuple[int, int]
    absorbed: Float
    taken: Float
    space: Float
    metal: Float
    mask: Bool
    decayed: Float
    rarefied: Float
    marks: dict[str, Bool] = field(default_factory=dict)

    @property
    def fdi(self) -> int:
        """The tooth's number."""
        return self.tooth.fdi

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the picture that the arrays cover."""
        (row, column), (height, width) = self.corner, self.mask.shape
        return slice(row, row + height), slice(column, column + width)


def cast_shadow(rng: np.random.Generator, tooth: PictureTooth, unroll: Unroll, canvas: Canvas) -> ToothShadow | None:
    """The picture of one tooth; None where it lies outside the picture or nothing is left of it."""
    if tooth.fate == "healed":
        return None
    caster = Caster.around(tooth, unroll, canvas)
    if caster is None:
        return None
    if tooth.fate in ("implant", "pontic"):
        return _artificial(rng, tooth, caster)
    crown, roots = caster.crown(), caster.roots()
    if tooth.fate == "stump":
        crown = crown * 0
    outer = np.maximum(crown, roots)
    if tooth.fate == "socket":
        space = _around(outer > _MASK_MM, canvas, ligament=0.0, lamina=0.6) - 0.8 * np.clip(roots / 3, 0, 1)
        nothing = outer * 0
        return ToothShadow(tooth, caster.corner, nothing, nothing, space, nothing, outer < 0, nothing, nothing)
    sound = _harden(_natural(tooth, caster, crown=crown, outer=outer))
    work = cast_work(rng, tooth, caster, sound, crown=crown, outer=outer)
    mask = outer - work.holes > _MASK_MM
    wide = 1.2 * (1 - 0.8 * tooth.body.formed) if tooth.fate == "unerupted" else 0.2
    space = _around(outer > _MASK_MM, canvas, ligament=wide, lamina=0.16)
    lesion, rarefied = _cast_lesion(rng, tooth, caster) if "lesion" in tooth.work else (outer < 0, outer * 0)
    return ToothShadow(
        tooth,
        caster.corner,
        absorbed=caster.blur(work.absorbed),
        taken=caster.blur(np.clip(outer / 9, 0, 0.9)),
        space=caster.blur(space - rarefied),
        metal=caster.blur(work.metal),
        mask=mask,
        decayed=caster.blur(work.decayed),
        rarefied=caster.blur(rarefied),
        marks={_word(tooth): mask, **work.marks, "periapical_lesion": lesion},
    )


def _word(tooth: PictureTooth) -> str:
    return IMPACTED_TOOTH if tooth.impacted else TOOTH


def _natural(tooth: PictureTooth, caster: Caster, *, crown: Float, outer: Float) -> Float:
    """Attenuation of enamel, dentine and pulp."""
    dentine = np.minimum(caster.cast([tooth.body.dentine]), crown)
    enamel = crown - dentine
    canals = caster.cast(tooth.body.canals)
    chamber = np.minimum(caster.cast([tooth.body.chamber]), 0.6 * dentine)
    pulp = np.minimum(np.maximum(canals, chamber), 0.7 * outer)
    return ENAMEL * enamel + DENTINE * (outer - enamel - pulp) + PULP * pulp


def _harden(absorbed: Float) -> Float:
    """Beam hardening and exposure control: thick teeth are hardly brighter than thin ones."""
    return 2.3 * np.power(absorbed / 4.0, 0.8)


def _around(mask: Bool, canvas: Canvas, *, ligament: float, lamina: float) -> Float:
    """Dark space of `ligament` mm around a tooth, then the bright line of the socket's wall."""
    away = away_from(mask) / canvas.scale
    space = -0.3 * ((away > 0) & (away < ligament + 0.1)) if ligament else np.zeros(mask.shape)
    wall = np.exp(-(((away - ligament - 0.35) / 0.25) ** 2)) * ~mask
    return gaussian_filter(space + lamina * wall, 0.15 * canvas.scale).astype(np.float32)


def _cast_lesion(rng: np.random.Generator, tooth: PictureTooth, caster: Caster) -> tuple[Bool, Float]:
    """A dark round area in the bone around one apex: where it is, and how much bone is gone; its rim may be dense."""
    root = tooth.body.roots[int(rng.integers(len(tooth.body.roots)))]
    apex = root.vertices[root.vertices[:, 2].argmin()]
    size = rng.uniform(1.1, 2.2) if rng.random() < 0.65 else rng.uniform(2.2, 4.2)
    radii = size * rng.uniform(0.8, 1.2, 3) * [1, 0.7, 1]
    inside = caster.cast([blob(rng, apex - [0, 0, rng.uniform(-0.2, 0.5) * size], radii, rough=0.2)])
    # only what is eaten away of the plates and the spongy bone between them, with a border from sharp to blurred
    gone = rng.uniform(0.45, 1.3) * np.clip(inside / (1.6 * size), 0, 1) ** rng.uniform(0.5, 1.0)
    gone = gaussian_filter(gone, rng.uniform(0.1, 0.5) * caster.canvas.scale)
    if rng.random() < 0.4:
        away = away_from(inside > 0) / caster.canvas.scale
        gone = gone - rng.uniform(0.1, 0.35) * np.exp(-(((away - 0.4) / 0.35) ** 2)) * (inside == 0)
    return inside > 0.35 * size, gone.astype(np.float32)


def _artificial(rng: np.random.Generator, tooth: PictureTooth, caster: Caster) -> ToothShadow:
    """An implant with or without its crown, or the middle of a bridge: no tooth, so the mask stays empty.

    What the implant carries belongs to it; an artificial crown is marked as such as well.
    """
    covered = "cover screw" in tooth.work
    shell = caster.shell() * (not covered)
    metal = METAL * np.clip(shell, 0, 4) * 0.8
    marks = {} if covered else {"crown": shell > _MASK_MM}
    if tooth.fate == "implant":
        screw = caster.cast(draw_implant(rng, tooth.body, covered=covered))
        metal = np.maximum(metal, 0.8 * METAL * screw)
        marks["implant"] = (screw > _MASK_MM) | (shell > _MASK_MM)
    metal = caster.blur(metal)
    none = np.zeros_like(metal)
    return ToothShadow(tooth, caster.corner, metal, none, none, metal, metal < 0, none, none, marks)
