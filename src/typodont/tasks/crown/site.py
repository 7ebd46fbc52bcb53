"""Where a restoration goes: the prepared tooth in its jaw, which way is up and mesial, and what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from typodont import anatomy
from typodont.datasets.preparation_frame import PreparationFrame, preparation_frame
from typodont.errors import NoArchError, NoPreparationError, TypodontError
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.arch import ArchPlaces, find_places
from typodont.tasks.crown.bite import check_bite
from typodont.tasks.crown.jaws import split_jaws
from typodont.tasks.scan.find import GOOD
from typodont.tasks.scan.models import ScanModels
from typodont.types import Bool, Float

WIDTH_MM = 7.0
"""Beside the middle of the preparation, across the arch, a neighbour lies within this distance."""

NEIGHBOUR_MM = (2.5, 12.0)
"""Along the arch, a neighbour's surface begins and ends at these distances from the middle of the preparation."""

ABOVE_MM = 1.0
"""Teeth, not gum, are what rises above the margin by more than minus this."""

Search = Callable[[Mesh, ArchPlaces], tuple[int, list[str]]]
"""From a jaw and its teeth to the prepared one, and what should be said about it; see `search`."""

Look = Callable[[Mesh, ArchPlaces, int], Float | None]
"""From a jaw, its teeth and the number of one to where that one is prepared, (3,) mm, if anywhere; see `search`."""

MOVED_MM = 4.0
"""A preparation farther than this from where the scan job expects the tooth stands somewhere else."""

ON_SCAN_MM = 8.0
"""The middle of a margin that was drawn on the scan has some of it within this distance."""

SAME_WAY = 0.5
"""Cosine above which two opinions on where mesial is agree."""


@dataclass(frozen=True)
class Site:
    """A prepared tooth in its surroundings, in the coordinates of the scan, mm.

    Args:
        tooth: FDI number.
        scan: The jaw with the preparation.
        antagonist: The opposing jaw in bite; None where there is none.
        centre: (3,) about the middle of the preparation.
        axis: (3,) unit, about occlusal.
        mesial: (3,) unit, about mesial, along the arch.
        places: Where the teeth of the jaw stand, for what is said about them.
        warnings: In words.
    """

    tooth: int
    scan: Mesh
    antagonist: Mesh | None
    centre: Float
    axis: Float
    mesial: Float
    places: ArchPlaces
    warnings: tuple[str, ...] = field(default=())

    @property
    def frame(self) -> PreparationFrame:
        """The frame of the prepared tooth as far as it is known here."""
        return preparation_frame(self.tooth, self.centre, axis=self.axis, mesial=self.mesial)

    @property
    def sure(self) -> bool:
        """Whether the scan itself shows where the tooth stands; few teeth or the antagonist say it roughly at best."""
        return self.places.labels is not None and self.places.plausibility >= GOOD

    def at(self, centre: Float, axis: Float | None = None) -> Site:
        """The site moved to a better centre and axis, once the margin is known."""
        return replace(self, centre=centre, axis=self.axis if axis is None else axis)

    def moved_to(self, centre: Float, why: str) -> Site:
        """The site in another place than the scan job says, where the row of teeth may run another way."""
        off = float(np.linalg.norm(centre - self.centre))
        said = f"the scan does not show well which teeth it holds; {self.tooth} is taken to stand {why}, {off:.0f} mm "
        said += "from where the teeth around it suggest; look whether the number is right"
        mesial = self.places.mesial(self.places.nearest(centre))
        return replace(self, centre=centre, mesial=mesial, warnings=(*self.warnings, said))

    def neighbours(self) -> dict[str, Mesh]:
        """Surface of the teeth on the "mesial" and the "distal" side, as far as there are any.

        By the numbers that the scan job gave, where it numbered that tooth; else by their place: what rises beside the
        preparation above its middle, and is some other tooth as far as the scan job numbered any.
        """
        beside = anatomy.neighbours(self.tooth)
        found = {}
        for name, fdi in zip(("mesial", "distal"), (*beside, None), strict=False):
            faces = None if fdi is None else self._numbered(fdi)
            faces = self._beside(1.0 if name == "mesial" else -1.0) if faces is None else faces
            if faces.any():
                found[name] = self.scan.submesh(faces)
        return found

    def _numbered(self, fdi: int) -> Bool | None:
        """(F,) bool: faces of a tooth by its number; None where the scan job did not find it beside the preparation."""
        labels = self.places.labels
        if labels is None:
            return None
        faces = np.sum(labels[self.scan.faces] == _number(fdi), axis=1) >= 2
        return faces if faces.any() else None

    def _beside(self, sign: float) -> Bool:
        """(F,) bool: faces of what rises beside the preparation, mesial (1) or distal (-1) of it."""
        place = self.frame.points_in(self.scan.vertices)
        along, across, height = sign * place[:, 0], np.abs(place[:, 1]), place[:, 2]
        near = (along > NEIGHBOUR_MM[0]) & (along < NEIGHBOUR_MM[1]) & (across < WIDTH_MM) & (height > -ABOVE_MM)
        if self.places.labels is not None:  # behind the last tooth there is gum, and the rest of that tooth itself
            near &= ~np.isin(self.places.labels, (0, _number(self.tooth)))
        return np.all(near[self.scan.faces], axis=1)


def find_site(
    scan: Mesh,
    models: ScanModels,
    *,
    tooth: int | None = None,
    antagonist: Mesh | None = None,
    search: Search | None = None,
    look: Look | None = None,
    drawn: Float | None = None,
    name: str = "scan",
) -> Site:
    """The site of a restoration in a scan in any pose, whole or in part.

    Args:
        scan: Jaw with the preparation, or both jaws in bite where no antagonist is given.
        models: Of the scan job.
        tooth: FDI number of the prepared tooth; None looks for it.
        antagonist: Opposing jaw in the same coordinates.
        search: Looks for the prepared tooth of a jaw; needed where no tooth is named.
        look: Looks where a tooth is prepared that the scan does not show well.
        drawn: (M, 3) margin line drawn by hand, mm, which says where that is.
        name: Of the scan, for messages.

    Raises:
        NoArchError: neither the scan nor the antagonist shows a row of teeth.
        FrameError: the antagonist is not in bite with the scan.
    """
    both = split_jaws(scan) if antagonist is None else None
    if tooth is None:
        assert search is not None
        tooth, said = _searched(both or (scan,), models, search, name)
    else:
        said = []
    jaw = anatomy.jaw(tooth)
    if both is not None:
        scan, antagonist, own, other = _told_apart(both, models, jaw, name)
    else:
        own, other = _places(scan, models, jaw, name), None
    if antagonist is not None and (own is None or own.plausibility < GOOD):
        other = other or _places(antagonist, models, _other(jaw), name)
    places, doubts = _agreed(own, other, tooth, name)
    warnings = (*said, *doubts)
    site = Site(tooth, scan, antagonist, places.place(tooth), places.occlusal, places.mesial(tooth), places, warnings)
    if not site.sure:
        site = _on_preparation(site, look, drawn)
    if antagonist is not None:
        check_bite(site.frame, scan, antagonist, name=name)
    return site


def _on_preparation(site: Site, look: Look | None, drawn: Float | None) -> Site:
    """The site moved to where the margin was drawn or something is ground, where that is somewhere else."""
    if drawn is not None:
        centre, why = drawn.mean(axis=0), "inside the margin line that was drawn"
        if np.linalg.norm(site.scan.vertices - centre, axis=1).min() > ON_SCAN_MM:
            return site  # somewhere else altogether, which is refused later
    else:
        centre, why = None if look is None else look(site.scan, site.places, site.tooth), "where something is ground"
    if centre is None or np.linalg.norm(centre - site.centre) < MOVED_MM:
        return site
    return site.moved_to(centre, why)


def _searched(jaws: Sequence[Mesh], models: ScanModels, search: Search, name: str) -> tuple[int, list[str]]:
    """The prepared tooth of one of some jaws, the first jaw that has one."""
    refused: TypodontError | None = None
    for mesh in jaws:
        try:
            return search(mesh, find_places(mesh, models, asked_jaw=None, name=name))
        except (NoArchError, NoPreparationError) as error:
            refused = refused or error
    assert refused is not None
    raise refused


def _places(mesh: Mesh, models: ScanModels, jaw: str | None, name: str) -> ArchPlaces | None:
    try:
        return find_places(mesh, models, asked_jaw=jaw, name=name)
    except NoArchError:
        return None


def _told_apart(
    both: tuple[Mesh, Mesh], models: ScanModels, jaw: str, name: str
) -> tuple[Mesh, Mesh, ArchPlaces | None, ArchPlaces | None]:
    """Of two jaws the one that is `jaw`, then the other one, with what was seen in each."""
    seen = [_places(mesh, models, None, name) for mesh in both]
    lower = [0.5 if found is None else found.lower for found in seen]
    first_is_lower = lower[0] * (1 - lower[1]) >= lower[1] * (1 - lower[0])
    mine = 0 if first_is_lower == (jaw == anatomy.LOWER) else 1
    places = [
        found if found is None or (found.jaw == jaw) == (i == mine) else _places(mesh, models, _other(found.jaw), name)
        for i, (mesh, found) in enumerate(zip(both, seen, strict=True))
    ]
    return both[mine], both[1 - mine], places[mine], places[1 - mine]


def _agreed(own: ArchPlaces | None, other: ArchPlaces | None, tooth: int, name: str) -> tuple[ArchPlaces, list[str]]:
    """What is believed where the scan and the antagonist both say something about the row of teeth."""
    if own is None and other is None:
        raise NoArchError(
            f"{name}: no row of teeth found around tooth {tooth}; expected a scan of the preparation with at least its "
            "neighbours, better a quadrant"
        )
    if own is None:
        assert other is not None
        seen = other.from_other_jaw()
        said = "the scan shows too few teeth to number; the place of the preparation is taken from the antagonist"
        return seen, [said]
    if other is None:
        return own, []
    seen = other.from_other_jaw()
    if own.mesial(tooth) @ seen.mesial(tooth) > SAME_WAY or own.plausibility >= other.plausibility:
        return own, []
    said = "scan and antagonist disagree about where mesial is; the antagonist shows more teeth and is believed"
    return seen, [said]


def _number(fdi: int) -> int:
    """The number by which the scan job knows a tooth."""
    return anatomy.successor(fdi) if anatomy.is_milk(fdi) else fdi


def _other(jaw: str) -> str:
    return anatomy.LOWER if jaw == anatomy.UPPER else anatomy.UPPER
