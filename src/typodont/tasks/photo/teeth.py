"""Which teeth photographs show, which they cannot show, and which are missing."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from typodont.anatomy.landmarks import DENTITION, DENTITION_TEETH
from typodont.anatomy.relations import arch_order
from typodont.anatomy.teeth import jaw
from typodont.geometry.mesh import Mesh
from typodont.tasks.photo.gum import gum_likeness, seen_teeth
from typodont.tasks.photo.result import SeenPhoto

SEEN, GUESSED, MISSING = "seen", "guessed", "missing"
_GUM = 0.6
"""From this likeness to gum on, the place of a tooth shows none. Chosen on 150 synthetic photographs that no training
saw: of 28 teeth so called missing 25 are; at 0.5, 28 of 35."""
_ONE_JAW = ("upper", "lower")


def tooth_states(surface: Mesh, photos: Sequence[SeenPhoto]) -> dict[int, str]:
    """FDI number -> `SEEN`, `GUESSED` or `MISSING` of the teeth of the jaws that are shown; empty for palates.

    Whether the network sees landmarks of a tooth does not tell hidden from missing, and it often takes a gap for the
    tooth that usually stands there. A tooth is missing where all photographs that show its place show gum there, and
    teeth stand on either side. What is merely not seen is guessed.

    Args:
        surface: The fitted one, with the vertex attributes ``label`` and ``cap``, mm.
        photos: With their fitted cameras.
    """
    if photos[0].found.subject != DENTITION:
        return {}
    shown = {one for photo in photos for one in _jaws(photo)}
    seen = {fdi for photo in photos for fdi in seen_teeth(photo.found) if jaw(fdi) in _jaws(photo)}
    gum = _like_gum(surface, photos)
    missing = {fdi for one in shown for fdi in between(seen - gum, arch_order(one))} & gum
    states = {fdi: SEEN if fdi in seen else GUESSED for fdi in DENTITION_TEETH if jaw(fdi) in shown}
    return states | dict.fromkeys(missing, MISSING)


def between(standing: Set[int], order: Sequence[int]) -> set[int]:
    """Teeth of one jaw with a standing tooth on either side of them along the arch.

    Only there can a tooth be said to be missing: at the end of the row a cheek, as red as gum, may hide it.
    """
    places = [place for place, fdi in enumerate(order) if fdi in standing]
    return set(order[places[0] : places[-1]]) - standing if places else set()


def _like_gum(surface: Mesh, photos: Sequence[SeenPhoto]) -> set[int]:
    """Teeth whose places look like gum in all photographs that show them."""
    found: dict[int, list[float]] = {}
    for photo in photos:
        label = surface.vertex_attributes["label"]
        own = np.isin(label, [fdi for fdi in DENTITION_TEETH if jaw(fdi) in _jaws(photo)])
        part = surface.submesh(np.all(own[surface.faces], axis=1))
        for fdi, likeness in gum_likeness(part, photo.found, photo.camera, photo.picture.image).items():
            found.setdefault(fdi, []).append(likeness)
    return {fdi for fdi, values in found.items() if min(values) > _GUM}


def _jaws(photo: SeenPhoto) -> tuple[str, ...]:
    """That a photograph shows."""
    return (photo.found.view,) if photo.found.view in _ONE_JAW else _ONE_JAW
