"""Mouths with all permanent teeth but the wisdom teeth, closed in bite: what a dentition model is learnt from."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np

from typodont.synth.arch_form import draw_arch_form
from typodont.synth.arch_landmarks import arch_landmarks
from typodont.synth.dentition import Dentition, make_dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.neck import neck_line
from typodont.synth.patient import close_bite
from typodont.synth.soft_tissue import make_gum
from typodont.synth.tissue_style import draw_tissue_style
from typodont.synth.tooth_plan import ArchStyle, plan_teeth
from typodont.types import Float

_GUM_STEP_MM = 0.7


@dataclass(frozen=True)
class CompleteMouth:
    """Two arches of 14 permanent teeth each with their gums.

    Args:
        upper, lower: each in its own arch frame. upper_gum, lower_gum: their gums.
        bite: (4, 4) from the lower arch frame to the upper one.
    """

    upper: Dentition
    lower: Dentition
    upper_gum: HeightMap
    lower_gum: HeightMap
    bite: Float

    def landmarks(self) -> Float:
        """(L, 3) all landmarks of a dentition, upper arch frame, mm."""
        above = arch_landmarks(self.upper, self.upper_gum)
        return np.where(np.isnan(above), arch_landmarks(self.lower, self.lower_gum, place=self.bite), above)


def make_complete_mouth(seed: int, index: int = 0) -> CompleteMouth:
    """One mouth; the same seed and index always give the same one."""
    rng = np.random.default_rng([seed, index, 28])
    style = ArchStyle(
        mixed=0.0,
        erupting=0.0,
        wisdom=0.0,
        no_second_molars=0.0,
        crowding_sd=float(rng.uniform(0.2, 1.1)),
        form=draw_arch_form(rng),
    )
    recession = max(0.0, float(rng.normal(-0.2, 0.7)))
    upper, lower = (_recede(rng, _complete_arch(rng, jaw, style), recession) for jaw in ("upper", "lower"))
    return CompleteMouth(upper, lower, _gum(rng, upper), _gum(rng, lower), close_bite(rng, upper, lower))


def _complete_arch(rng: np.random.Generator, jaw: str, style: ArchStyle) -> Dentition:
    """An arch whose plan, looked at before the crowns are drawn, has no gap and goes to both second molars."""
    while True:
        plan = plan_teeth(deepcopy(rng), style)
        if len(plan) == 14 and not any(slot.missing for slot in plan):
            return make_dentition(rng, jaw, style)
        rng.random()


def _recede(rng: np.random.Generator, dentition: Dentition, recession: float) -> Dentition:
    """The gum's margins lower on the teeth by about so many mm."""
    teeth = [
        replace(tooth, margin_shift=tooth.margin_shift - recession * rng.uniform(0.5, 1.4)) for tooth in dentition.teeth
    ]
    return replace(dentition, teeth=teeth)


def _gum(rng: np.random.Generator, dentition: Dentition) -> HeightMap:
    necks = [neck_line(tooth) for tooth in dentition.teeth]
    return make_gum(rng, dentition, necks, draw_tissue_style(rng, dentition.jaw), step=_GUM_STEP_MM)
