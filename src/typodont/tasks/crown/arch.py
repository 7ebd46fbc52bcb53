"""Where the teeth of the jaw stand around a preparation: from its own scan, or seen from the opposing jaw."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from typodont import anatomy
from typodont.anatomy import arch_order, jaw, number, scan_class, side
from typodont.errors import NoArchError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.records import Scan
from typodont.tasks.scan.models import ScanModels
from typodont.tasks.scan.options import PredictOptions
from typodont.tasks.scan.predict import predict_scan
from typodont.tasks.scan.template import arch_template
from typodont.types import Float, Int

REACH_MM = 10.0
"""How far along the arch a tooth that stands off its mean place says that its neighbours do so, too."""

# From the arch frame of a jaw to that of the other one in bite: occlusal turns over and with it the side.
_TO_OTHER_JAW = np.diag([-1.0, 1.0, -1.0, 1.0])


@dataclass(frozen=True)
class ArchPlaces:
    """The arch frame of a jaw in a scan, and where its teeth stand.

    Args:
        jaw: "upper" or "lower".
        pose: (4, 4) rigid, from the scan's coordinates to the arch frame of `jaw`.
        centres: FDI number -> (3,) centre of a crown that was found, arch frame, mm.
        plausibility: 0..1, of the scan job.
        lower: Probability that it is a lower jaw, as the network sees it.
        labels: (N,) FDI number of every vertex of the scan; None where the jaw was seen from the other one.
        warnings: In words.
    """

    jaw: str
    pose: Float
    centres: dict[int, Float]
    plausibility: float
    lower: float
    labels: Int | None = None
    warnings: tuple[str, ...] = ()

    def place(self, tooth: int) -> Float:
        """(3,) centre of a crown in the scan's coordinates, mm: found, or expected between those that were found."""
        return apply(self._back, self._expected(tooth)[None])[0]

    def mesial(self, tooth: int) -> Float:
        """(3,) unit: from the tooth distal of a tooth to the one mesial of it, in the scan's coordinates."""
        beside = anatomy.neighbours(tooth)
        start = self._expected(beside[1]) if len(beside) == 2 else self._expected(tooth)
        along = self._back[:3, :3] @ (self._expected(beside[0]) - start)
        return along / np.linalg.norm(along)

    def nearest(self, place: Float) -> int:
        """FDI number of the tooth whose place is nearest to (3,), scan coordinates, mm; this says which way the row
        runs there, even where it does not say rightly which tooth it is."""
        return min(arch_order(self.jaw), key=lambda fdi: float(np.linalg.norm(self.place(fdi) - place)))

    @property
    def occlusal(self) -> Float:
        """(3,) unit: away from the gum, in the scan's coordinates."""
        return self.pose[2, :3]

    def from_other_jaw(self) -> ArchPlaces:
        """The same for the opposing jaw, in the same coordinates: its teeth are expected over those of this one."""
        other = anatomy.LOWER if self.jaw == anatomy.UPPER else anatomy.UPPER
        turn = _TO_OTHER_JAW[:3, :3]
        centres = {}
        for fdi, centre in self.centres.items():
            opposite = anatomy.tooth(other, side(fdi), number(fdi))
            centres[opposite] = _usual_place(opposite) + turn @ (centre - _usual_place(fdi))
        pose = _TO_OTHER_JAW @ self.pose
        return replace(self, jaw=other, pose=pose, centres=centres, lower=1 - self.lower, labels=None)

    def _expected(self, tooth: int) -> Float:
        """(3,) arch frame: the usual place, shifted as the teeth nearby are."""
        if tooth in self.centres:
            return self.centres[tooth]
        usual = _usual_place(tooth)
        if not self.centres:
            return usual
        places = np.array([_usual_place(fdi) for fdi in self.centres])
        shifts = np.array(list(self.centres.values())) - places
        weights = np.exp(-np.linalg.norm(places - usual, axis=1) / REACH_MM)
        return usual + weights @ shifts / weights.sum()

    @cached_property
    def _back(self) -> Float:
        return np.linalg.inv(self.pose)


def find_places(mesh: Mesh, models: ScanModels, *, asked_jaw: str | None, name: str) -> ArchPlaces:
    """The teeth of a scan, numbered by the scan job.

    Args:
        mesh: mm, in any pose.
        models: Of the scan job.
        asked_jaw: Which jaw it is, where that is known.
        name: Of the scan, for messages.

    Raises:
        NoArchError: the scan holds no row of teeth that the scan job recognises, or it is inside out.
    """
    result = predict_scan(Scan(mesh, name), models, PredictOptions(jaw=asked_jaw, mirrored="auto"))
    if result.mirrored:
        raise NoArchError(
            f"{name}: the faces of the scan look inward (a mirror image, or faces turned over), expected them to look "
            "outward; export the scan again without mirroring"
        )
    centres = {
        tooth.fdi: apply(result.pose, np.array([tooth.centre]))[0]
        for tooth in result.chart.teeth
        if tooth.centre is not None and jaw(tooth.fdi) == result.jaw
    }
    return ArchPlaces(
        result.jaw, result.pose, centres, result.plausibility, result.lower, result.labels, result.warnings
    )


def _usual_place(tooth: int) -> Float:
    """(3,) in the mean arch of its jaw; a milk tooth stands where its successor does."""
    return arch_template(jaw(tooth))[scan_class(tooth)]


def teeth_between(found: list[int], of_jaw: str) -> list[int]:
    """The numbers of the gaps within a row of teeth."""
    order = arch_order(of_jaw)
    places = [order.index(fdi) for fdi in found if fdi in order]
    if not places:
        return []
    return [order[i] for i in range(min(places), max(places)) if order[i] not in found]
