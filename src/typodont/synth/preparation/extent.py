"""How much of the jaws a scan shows: whole arch, quadrant or a few teeth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from typodont.synth.dentition import Dentition
from typodont.synth.preparation.site import Site
from typodont.synth.scan_faults import Raggedness
from typodont.types import Bool, Float

_SHARES = {"arch": 0.2, "quadrant": 0.4, "few": 0.4}
_BEYOND_MM = 4.0


@dataclass(frozen=True)
class Extent:
    """A stretch of an arch.

    Args:
        name: "arch", "quadrant" or "few". curve: (n, 3) the arch's curve, its frame. along: (n,) mm on it.
        first, last: mm on the curve between which things are shown.
    """

    name: str
    curve: Float
    along: Float
    first: float
    last: float

    def outside(self, points: Float) -> Float:
        """(n,) mm by which points (n, 2+) of the arch frame lie outside the stretch, negative within."""
        place = self.along[KDTree(self.curve[:, :2]).query(points[:, :2])[1]]
        return np.maximum(self.first - place, place - self.last)

    def shows(self, rng: np.random.Generator, points: Float) -> Bool:
        """(n,) true for what the scan shows, with a ragged end."""
        return Raggedness(rng).below(self.outside(points), points, 0.8)


def draw_extent(rng: np.random.Generator, site: Site, shown: str) -> Extent:
    """A stretch around the prepared tooth; "few" shows one or two teeth on each side."""
    if shown == "any":
        shown = str(rng.choice(list(_SHARES), p=list(_SHARES.values())))
    dentition = site.arch.dentition
    curve = dentition.curve
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(curve[:, :2], axis=0), axis=1))]
    reach = np.array([_reach(curve, along, dentition, index) for index in range(len(dentition.teeth))])
    first, last = along[0] - 1.0, along[-1] + 1.0
    if shown == "few":
        near = [max(0, site.index - int(rng.integers(1, 3))), min(len(reach) - 1, site.index + int(rng.integers(1, 3)))]
        first, last = reach[near[0], 0] - rng.uniform(0, 3), reach[near[1], 1] + rng.uniform(0, 3)
    elif shown == "quadrant":
        middle = float(
            np.mean([reach[i].mean() for i, t in enumerate(dentition.teeth) if t.number == 1] or [along[-1] / 2])
        )
        beyond = rng.uniform(0, 14)
        if site.tooth.side < 0:
            last = max(middle + beyond, reach[site.index, 1] + 4.0)
        else:
            first = min(middle - beyond, reach[site.index, 0] - 4.0)
    return Extent(shown, curve, along, float(first), float(last))


def _reach(curve: Float, along: Float, dentition: Dentition, index: int) -> Float:
    """From where to where a tooth stands on the curve, mm."""
    tooth = dentition.teeth[index]
    place = along[KDTree(curve[:, :2]).query(tooth.vertices[~tooth.cap, :2])[1]]
    return np.quantile(place, [0.02, 0.98])
