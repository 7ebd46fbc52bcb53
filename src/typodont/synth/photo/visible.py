"""The truth of a picture: the exact mask of everything that shows in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.exposure import Exposure, Shoot
from typodont.synth.photo.lens import tone
from typodont.types import Bool, Int

LEAST_TOOTH_PX, LEAST_FINDING_PX = 60, 14
LEAST_CONTRAST = 0.02
"""Mean change of colour (0..1) that a finding must make to be marked: what nobody can see is no finding."""
_EDGE = 0.05


@dataclass(frozen=True)
class PhotoFinding:
    """One thing that shows in a photograph.

    Args:
        category: one of `anatomy.findings.PHOTO_FINDINGS`. fdi: number of the tooth. mask: (H, W) where it shows.
    """

    category: str
    fdi: int
    mask: Bool


def visible_findings(exposure: Exposure, shoot: Shoot) -> tuple[PhotoFinding, ...]:
    """Teeth, brackets, then what is on the teeth; what is too small or too faint to see is left out."""
    hits, parts = exposure.hits, shoot.scene.parts
    counts = np.bincount(hits.part, minlength=len(parts))
    found = []
    for kind, least in (("tooth", LEAST_TOOTH_PX), ("bracket", LEAST_FINDING_PX)):
        for number, part in enumerate(parts):
            if part.kind == kind and counts[number] >= least:
                found.append(PhotoFinding(kind, part.fdi, _mask(exposure, np.flatnonzero(hits.part == number))))
    for (number, k), (which, strength) in exposure.layers.strengths.items():
        there = which[strength > _EDGE]
        if len(there) >= LEAST_FINDING_PX and _contrast(exposure, there, shoot) >= LEAST_CONTRAST:
            found.append(PhotoFinding(parts[number].marks[k].category, parts[number].fdi, _mask(exposure, there)))
    return tuple(found)


def _contrast(exposure: Exposure, there: Int, shoot: Shoot) -> float:
    """Mean difference of the picture's values with and without the findings at some hits."""
    gain = shoot.lens.exposure / exposure.bright * exposure.arriving[there]
    layers = exposure.layers
    before, after = (tone(gain * layer.color[there], shoot.lens) for layer in (layers.clean, layers.surface))
    return float(np.abs(after - before).mean())


def _mask(exposure: Exposure, which: Int) -> Bool:
    shape = exposure.image.shape[:2]
    mask = np.zeros(shape[0] * shape[1], bool)
    mask[exposure.pixels[which]] = True
    return mask.reshape(shape)
