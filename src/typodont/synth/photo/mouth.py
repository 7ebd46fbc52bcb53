"""Who sits in the chair: both arches with their gums, how far the mouth is open, how well it is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from typodont.geometry.registration import rotation_about
from typodont.synth.arch_form import draw_arch_form
from typodont.synth.dentition import Dentition, make_dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.neck import NeckLine, neck_line
from typodont.synth.patient import close_bite
from typodont.synth.soft_tissue import make_gum
from typodont.synth.tissue_style import draw_tissue_style
from typodont.synth.tooth_plan import ArchStyle
from typodont.types import Float

# From the incisors to the hinge of the jaw, mm (Bonwill's triangle: about 100 mm on each side), and its height above
# the occlusal plane.
_HINGE_BEHIND, _HINGE_ABOVE = 92.0, 35.0


@dataclass(frozen=True)
class Health:
    """How a mouth is kept; 0 is perfect, 1 is neglected.

    Args:
        plaque: hard deposits. decay: carious teeth. inflamed: red, swollen margins. stain: coffee, tobacco.
        recession: mm by which the gum has gone back on the average. treated: fillings.
    """

    plaque: float
    decay: float
    inflamed: float
    stain: float
    recession: float
    treated: float


@dataclass(frozen=True)
class Jaw:
    """One arch with its gum.

    Args:
        dentition, necks: teeth and the gum margin of each, arch frame. gum: height map, arch frame.
        place: (4, 4) from the arch frame to the mouth frame, which is the upper arch frame: x to the patient's left,
            y to the front, z down.
    """

    dentition: Dentition
    necks: list[NeckLine]
    gum: HeightMap
    place: Float


@dataclass(frozen=True)
class Mouth:
    """Both jaws of a patient, as far open as they are, and how they are kept."""

    upper: Jaw
    lower: Jaw
    health: Health
    open_degrees: float

    @property
    def jaws(self) -> tuple[Jaw, Jaw]:
        """Upper, lower."""
        return self.upper, self.lower

    def opened(self, degrees: float) -> Mouth:
        """Opened by so many degrees more."""
        place = _open(self.upper.dentition, degrees) @ self.lower.place
        return replace(self, lower=replace(self.lower, place=place), open_degrees=self.open_degrees + degrees)


def draw_health(rng: np.random.Generator) -> Health:
    """From well kept to neglected; what belongs together is drawn together."""
    neglect = rng.beta(1.1, 1.4)
    age = rng.random()

    def about(value: float) -> float:
        return float(np.clip(value + rng.normal(0, 0.22), 0, 1))

    return Health(
        plaque=about(0.25 + 0.7 * neglect),
        decay=about(0.15 + 0.65 * neglect),
        inflamed=about(0.1 + 0.5 * neglect),
        stain=about(0.5 * neglect + 0.2 * age),
        recession=max(0.0, rng.normal(-0.5, 0.7) + 2.0 * age * neglect + 0.4 * age),
        treated=about(0.6 * age),
    )


def make_mouth(
    rng: np.random.Generator, *, open_degrees: float = 0.0, mixed: float = 0.1, gum_step: float = 0.35
) -> Mouth:
    """Two dentitions of one person with their gums, the lower one turned open about the hinge of the jaw.

    Args:
        rng: draws the person.
        open_degrees: 0 is in bite.
        mixed: how often milk teeth are left.
        gum_step: mm between the points of the gums.
    """
    health = draw_health(rng)
    style = ArchStyle(
        mixed=float(rng.random() < mixed),
        erupting=float(rng.random() < 0.1),
        wisdom=float(rng.random() < 0.25),
        no_second_molars=float(rng.random() < 0.08),
        crowding_sd=float(rng.uniform(0.2, 1.1)),
        form=draw_arch_form(rng),
    )
    upper, lower = (_recede(rng, make_dentition(rng, name, style), health) for name in ("upper", "lower"))
    closed = close_bite(rng, upper, lower)
    above, below = (_jaw(rng, dentition, health, gum_step) for dentition in (upper, lower))
    return Mouth(above, replace(below, place=closed), health, 0.0).opened(open_degrees)


def _jaw(rng: np.random.Generator, dentition: Dentition, health: Health, gum_step: float) -> Jaw:
    necks = [neck_line(tooth) for tooth in dentition.teeth]
    style = draw_tissue_style(rng, dentition.jaw)
    # the scans' vestibules are shallow where the scanner ends; a photograph shows the gum down to the fold
    style = replace(
        style,
        cheek_depth=rng.uniform(9, 15),
        cheek_slope=rng.uniform(2.2, 6.0),
        papilla=style.papilla * float(np.clip(1 - 0.35 * health.recession, 0.05, 1)),
    )
    return Jaw(dentition, necks, make_gum(rng, dentition, necks, style, step=gum_step), np.eye(4))


def _recede(rng: np.random.Generator, dentition: Dentition, health: Health) -> Dentition:
    """The gum margins lower on the teeth, most where it is thin: lower front teeth and canines."""
    teeth = []
    for tooth in dentition.teeth:
        thin = 1.3 if tooth.number <= 3 else 0.9
        back = 0.0 if tooth.milk else health.recession * thin * rng.uniform(0.5, 1.4)
        teeth.append(replace(tooth, margin_shift=tooth.margin_shift - min(back, 4.0)))
    return replace(dentition, teeth=teeth)


def _open(upper: Dentition, degrees: float) -> Float:
    """(4, 4) turn about the axis through the joints, mouth frame."""
    tips = np.vstack([tooth.vertices for tooth in upper.teeth])
    pivot = np.array([0.0, tips[:, 1].max() - _HINGE_BEHIND, tips[:, 2].max() - _HINGE_ABOVE])
    turn = rotation_about(np.array([1.0, 0, 0]), degrees)
    motion = turn.copy()
    motion[:3, 3] = pivot - turn[:3, :3] @ pivot
    return motion
