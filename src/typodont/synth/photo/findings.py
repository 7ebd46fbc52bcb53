"""Which findings the teeth of one mouth have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.calculus import draw_calculus, draw_deposits
from typodont.synth.photo.crack import draw_crack
from typodont.synth.photo.decay import draw_caries, draw_cavity
from typodont.synth.photo.filling import draw_filling
from typodont.synth.photo.mark import Mark
from typodont.synth.photo.mouth import Health
from typodont.synth.photo.tooth_solid import ToothSolid
from typodont.types import Float


@dataclass(frozen=True)
class Shares:
    """How often a tooth of one mouth has what; `filled`, `carious`, `holed`, `cracked` are probabilities."""

    filled: float
    carious: float
    holed: float
    cracked: float


def draw_marks(rng: np.random.Generator, solids: list[ToothSolid], health: Health, shade: Float) -> list[list[Mark]]:
    """The findings of every tooth, in the order in which they lie on each other: crack, filling, decay, calculus."""
    deposits = draw_deposits(rng, health.plaque if rng.random() < 0.75 else 0.0)
    shares = Shares(
        filled=0.45 * health.treated**1.5,
        carious=0.45 * health.decay**1.5,
        holed=0.16 * health.decay**2,
        cracked=0.12 if rng.random() < 0.4 else 0.01,
    )
    return [_draw_one(rng, solid, shares, shade) + draw_calculus(rng, solid, deposits) for solid in solids]


def _draw_one(rng: np.random.Generator, solid: ToothSolid, shares: Shares, shade: Float) -> list[Mark]:
    back = 1.0 if solid.tooth.number >= 4 else 0.45
    found = [
        draw_crack(rng, solid) if rng.random() < shares.cracked else None,
        draw_filling(rng, solid, shade) if rng.random() < shares.filled * back else None,
        draw_cavity(rng, solid) if rng.random() < shares.holed * back else None,
        draw_caries(rng, solid) if rng.random() < shares.carious * back else None,
        draw_caries(rng, solid) if rng.random() < 0.4 * shares.carious * back else None,
    ]
    return [mark for mark in found if mark]
