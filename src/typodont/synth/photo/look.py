"""With what a mouth is photographed: a telephone in a parent's hand, or the camera of a clinic.

The two differ in light, colours, noise and lens on purpose: what was learned from pictures of one look can be tried on
the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.lens import Lens


@dataclass(frozen=True)
class Look:
    """A kind of camera and the hands that hold it.

    Args:
        name: "phone" or "clinic".
        nearest: mm from the lens to the nearest part of the target, from, to.
        unsteady: spread of the direction about the one that is meant, as a tangent. roll: spread, degrees.
        wider: what the target fills is multiplied by this, from, to.
        bend: spread of the lens's distortion in the picture's corners, as a share of their distance from the middle.
        cut: how often the picture was cut, so that its middle is not on the line of sight.
        exif: how often the focal length is in the file.
        lamps: how often the light is a ring, twin lamps, one lamp beside the lens, the chair's lamp.
        mirror, retractor, glove: how often there is one (a glove also on the fingers before the mouth).
        things: how many fingers and instruments reach into the picture, on the average.
    """

    name: str
    nearest: tuple[float, float]
    unsteady: float
    roll: float
    wider: tuple[float, float]
    bend: float
    cut: float
    exif: float
    lamps: tuple[float, float, float, float]
    mirror: float
    retractor: float
    glove: float
    things: float


PHONE = Look(
    name="phone",
    nearest=(50.0, 250.0),
    unsteady=0.11,
    roll=6.0,
    wider=(0.8, 1.12),
    bend=0.018,
    cut=0.25,
    exif=0.6,
    lamps=(0.06, 0.0, 0.76, 0.18),
    mirror=0.25,
    retractor=0.25,
    glove=0.45,
    things=0.8,
)
CLINIC = Look(
    name="clinic",
    nearest=(180.0, 420.0),
    unsteady=0.05,
    roll=3.0,
    wider=(0.95, 1.1),
    bend=0.003,
    cut=0.1,
    exif=0.9,
    lamps=(0.55, 0.42, 0.0, 0.03),
    mirror=0.65,
    retractor=0.75,
    glove=0.35,
    things=0.12,
)
LOOKS = {look.name: look for look in (PHONE, CLINIC)}
ANY = "any"
"""Each picture has one of the looks, telephones twice as often."""


def draw_look(rng: np.random.Generator, name: str) -> Look:
    """The look of this name; drawn for `ANY`."""
    drawn = PHONE if rng.random() < 2 / 3 else CLINIC
    return drawn if name == ANY else LOOKS[name]


def draw_look_lens(rng: np.random.Generator, look: Look) -> Lens:
    """A telephone that hunts for focus, moves and guesses the light; or a macro lens with everything set."""
    return _phone_lens(rng) if look is PHONE else _clinic_lens(rng)


def _phone_lens(rng: np.random.Generator) -> Lens:
    warm, green = rng.normal(0, 0.09), rng.normal(0, 0.03)
    shaken = rng.random() < 0.3
    return Lens(
        focus=rng.normal(0, 7),
        blur=rng.uniform(0.0, 0.12),
        sharp=rng.uniform(4, 15),
        soft=rng.uniform(0.35, 0.8) if rng.random() < 0.75 else rng.uniform(0.8, 1.9),
        exposure=float(np.exp(rng.uniform(np.log(0.4), np.log(1.0)))),
        balance=np.array([1 + warm, 1 + green, 1 - warm], dtype=np.float32),
        contrast=rng.uniform(0.1, 1.0),
        saturation=rng.normal(1.0, 0.1),
        vignette=rng.uniform(0, 0.45),
        noise=float(np.exp(rng.uniform(np.log(0.003), np.log(0.025)))),
        quality=int(rng.integers(48, 94)),
        shake=(rng.normal(0, 2.2), rng.normal(0, 2.2)) if shaken else (0.0, 0.0),
    )


def _clinic_lens(rng: np.random.Generator) -> Lens:
    warm = rng.normal(0, 0.025)
    return Lens(
        focus=rng.normal(2, 3),
        blur=rng.uniform(0.0, 0.05),
        sharp=rng.uniform(8, 18),
        soft=rng.uniform(0.3, 0.55),
        exposure=float(np.exp(rng.uniform(np.log(0.55), np.log(0.95)))),
        balance=np.array([1 + warm, 1.0, 1 - warm], dtype=np.float32),
        contrast=rng.uniform(0.0, 0.5),
        saturation=rng.normal(0.9, 0.05),
        vignette=rng.uniform(0, 0.15),
        noise=rng.uniform(0.0005, 0.003),
        quality=int(rng.integers(86, 97)),
    )
