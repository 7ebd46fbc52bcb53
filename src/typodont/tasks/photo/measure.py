"""Lengths of a fitted mouth in mm, each with the interval that the truth lies in nine times of ten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from typodont.anatomy.landmarks import DENTITION_TEETH
from typodont.geometry.deformable import Deformable
from typodont.tasks.photo.posterior import Posterior

NINE_OF_TEN = 1.6449
"""Standard deviations on both sides of the mean that hold 90 % of a normal distribution."""

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Length:
    """A measured length, mm.

    Args:
        name: What it is, for example ``"upper inter-canine width"``.
        mm: Value. sigma_mm: Standard deviation.
    """

    name: str
    mm: float
    sigma_mm: float

    @property
    def interval(self) -> tuple[float, float]:
        """The ends between which the truth lies nine times of ten, mm."""
        return max(self.mm - NINE_OF_TEN * self.sigma_mm, 0.0), self.mm + NINE_OF_TEN * self.sigma_mm


def dentition_lengths(teeth: Sequence[int]) -> dict[str, Weights]:
    """Widths of these teeth, and widths and depths of their arches, as sums of landmarks whose length is asked for.

    Arch width is taken between canine cusps and between first molars' fossae; depth from between the central
    incisors to the line between the distal contacts of the first molars.
    """
    present = set(teeth)
    found: dict[str, Weights] = {}
    for jaw, quadrants in (("upper", (1, 2)), ("lower", (4, 3))):
        right, left = (10 * quadrant for quadrant in quadrants)
        for name, tooth, point in (("inter-canine", 3, "cusp"), ("inter-molar", 6, "fossa")):
            if {right + tooth, left + tooth} <= present:
                found[f"{jaw} {name} width"] = {f"{right + tooth} {point}": 1, f"{left + tooth} {point}": -1}
        if {right + 1, left + 1, right + 6, left + 6} <= present:
            found[f"{jaw} arch depth"] = {
                f"{right + 1} mesial": 0.5,
                f"{left + 1} mesial": 0.5,
                f"{right + 6} distal": -0.5,
                f"{left + 6} distal": -0.5,
            }
    for fdi in DENTITION_TEETH:
        if fdi in present:
            found[f"{fdi} width"] = {f"{fdi} mesial": 1, f"{fdi} distal": -1}
    return found


def palate_lengths() -> dict[str, Weights]:
    """Widths of clefts at named sites, and width and depth of an infant's upper arch, as `dentition_lengths`.

    Alveolar clefts are taken between the ridges' ends, the palatal one between the shelves' edges; where nothing is
    cleft they are near 0. Depth is from the interincisal ridge to the line between the tuberosities.
    """
    across = {f"{side} alveolar cleft": f"{side} premaxilla ridge at cleft" for side in ("right", "left")}
    found: dict[str, Weights] = {
        name: {f"{name.split()[0]} ridge at cleft": 1, other: -1} for name, other in across.items()
    }
    for site in ("front", "middle", "back"):
        found[f"palatal cleft, {site}"] = {f"right shelf edge {site}": 1, f"left shelf edge {site}": -1}
    found["inter-tuberosity width"] = {"right tuberosity": 1, "left tuberosity": -1}
    found["arch depth"] = {"interincisal ridge": 1, "right tuberosity": -0.5, "left tuberosity": -0.5}
    return found


def measure(posterior: Posterior, model: Deformable, lengths: Mapping[str, Weights]) -> list[Length]:
    """The lengths of named sums of landmarks, with the spread that the open parameters give them.

    Args:
        posterior: Of the fit. model: Its shape model.
        lengths: Name -> landmark -> weight; the weights of one sum to 0, so that no frame matters.

    Raises:
        KeyError: a landmark that the model does not have.
    """
    points, by_theta = model.landmarks(posterior.theta)
    place = {name: i for i, name in enumerate(model.names)}
    root = posterior.root
    found = []
    for name, weights in lengths.items():
        rows, share = [place[landmark] for landmark in weights], np.array(list(weights.values()))
        across = share @ points[rows]
        length = float(np.linalg.norm(across))
        along = across / max(length, 1e-9)
        slope = np.einsum("i,c,ick->k", share, along, by_theta[rows]) @ root
        misfit = posterior.misfit_mm * float(np.linalg.norm(share))
        found.append(Length(name, length, float(np.hypot(np.linalg.norm(slope), misfit))))
    return found
