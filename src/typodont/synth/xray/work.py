"""What decay takes from the shadow of a tooth and what the dentist's work adds to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from typodont.synth.xray.caster import Caster
from typodont.synth.xray.decay import draw_decay
from typodont.synth.xray.materials import CERAMIC, COMPOSITE, DENTINE, GUTTA_PERCHA, METAL
from typodont.synth.xray.mouth import PictureTooth
from typodont.synth.xray.restoration import Filling, draw_filling, draw_post, draw_root_filling
from typodont.synth.xray.shapes import box
from typodont.types import Bool, Float

# A pixel belongs to a part of dental work, or to decay, where the beam runs through this much of it, mm.
_PART_MM, _DECAY_MM = 0.25, 0.5
# Attenuation by which a filling must differ from its tooth to be seen.
_CONTRAST = 0.25


@dataclass
class Work:
    """Arrays (h, w) as in `ToothShadow`; holes: mm of beam where the tooth is gone."""

    absorbed: Float
    metal: Float
    decayed: Float
    holes: Float
    marks: dict[str, Bool] = field(default_factory=dict)


def cast_work(
    rng: np.random.Generator, tooth: PictureTooth, caster: Caster, sound: Float, *, crown: Float, outer: Float
) -> Work:
    """A tooth with its decay and the dentist's work.

    Args:
        rng: Draws shapes and materials.
        tooth: Whose work it is.
        caster: Projects it.
        sound: (h, w) attenuation without any.
        crown, outer: (h, w) mm of beam inside the crown, and inside the tooth.
    """
    words, front = tooth.work, tooth.fdi % 10 < 4
    work = Work(sound, np.zeros_like(sound), np.zeros_like(sound), np.zeros_like(sound))
    filled = {"filling", "tooth-coloured filling"} & words
    filling = draw_filling(rng, tooth.body, front=front) if filled else Filling([])
    if "decay" in words:
        _decay(rng, tooth, caster, work, filling, outer)
    if "root filling" in words:
        _fill_roots(rng, tooth, caster, work, post="post" in words)
    if filled:
        _fill(rng, caster, work, filling, crown, metal="filling" in words)
    if "crown" in words:
        _crown(rng, tooth, caster, work)
    if "bracket" in words:
        middle = np.array([0, 1.1 * tooth.body.half[1], tooth.body.neck + 0.55 * (tooth.body.top - tooth.body.neck)])
        work.metal = work.metal + METAL * caster.cast([box(middle, np.array([1.3, 0.8, 1.4]))])
    work.absorbed = work.absorbed + work.metal
    return work


def _decay(
    rng: np.random.Generator, tooth: PictureTooth, caster: Caster, work: Work, filling: Filling, outer: Float
) -> None:
    """Less mineral along the beam; marked where enough of the beam runs through what is soft or gone."""
    front = tooth.fdi % 10 < 4
    left, soft = np.ones_like(outer), np.zeros_like(outer)
    for spot in draw_decay(rng, tooth.body, front=front, bone_loss=tooth.bone_loss, floors=filling.floors):
        inside = np.minimum(caster.cast([spot.shape]), outer)
        left = left * (1 - spot.loss * inside / np.maximum(outer, 0.1))
        soft = np.maximum(soft, inside)
        if spot.loss == 1:
            work.holes = np.maximum(work.holes, inside)
    after = work.absorbed * np.power(left, 0.8)
    work.decayed, work.absorbed = work.absorbed - after, after
    work.marks["caries"] = (soft > np.minimum(_DECAY_MM, 0.3 * outer)) & (outer > 0)


def _fill_roots(rng: np.random.Generator, tooth: PictureTooth, caster: Caster, work: Work, *, post: bool) -> None:
    filled = np.clip(0.8 * caster.cast(draw_root_filling(rng, tooth.body)), 0, 1.0)
    work.absorbed = work.absorbed + GUTTA_PERCHA * filled * rng.uniform(0.35, 1.0)
    mark = filled > 0.6 * _PART_MM
    if post:
        pin = caster.cast([draw_post(tooth.body)])
        work.metal = work.metal + METAL * np.clip(pin, 0, 1.3)
        mark |= pin > _PART_MM
    work.marks["root_filling"] = mark


def _fill(rng: np.random.Generator, caster: Caster, work: Work, filling: Filling, crown: Float, *, metal: bool) -> None:
    depth = np.minimum(caster.cast(filling.shapes), crown)
    if metal:
        added = METAL * depth
        work.metal = work.metal + added
    else:
        # old composites are darker than dentine, new ones brighter than enamel
        added = (COMPOSITE - DENTINE) * depth * (rng.uniform(0.6, 2.5) if rng.random() < 0.93 else -0.4)
        work.absorbed = work.absorbed + np.maximum(added, -0.5 * work.absorbed)
    work.marks["filling"] = (depth > _PART_MM) & (np.abs(added) > _CONTRAST)


def _crown(rng: np.random.Generator, tooth: PictureTooth, caster: Caster, work: Work) -> None:
    """An artificial crown; what lies in the tooth under it is covered by it."""
    shell = caster.shell()
    if rng.random() < 0.15:  # glass ceramic, which lets the stump shine through
        shell_only = np.maximum(shell - caster.cast([tooth.body.dentine]), 0.25 * shell)
        work.absorbed = work.absorbed + 0.35 * CERAMIC * shell_only
    else:
        work.absorbed = work.absorbed + CERAMIC * np.clip(shell, 0, 5) * rng.uniform(0.4, 1.0)
        work.metal = work.metal + METAL * np.clip(shell, 0, 4) * (rng.random() < 0.7)
    over = shell > _PART_MM
    for name in ("filling", "caries", "root_filling"):
        if name in work.marks:
            work.marks[name] &= ~over
    work.marks["crown"] = over
