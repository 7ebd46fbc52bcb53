"""Which teeth photographs show, which they cannot show, and which are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from typodont.anatomy.landmarks import DENTITION_LANDMARKS, landmark_tooth
from typodont.anatomy.relations import arch_order
from typodont.anatomy.teeth import jaw
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole
from typodont.geometry.rays import RayScene
from typodont.tasks.photo.result import SeenPhoto
from typodont.types import Bool, Float

SEEN, GUESSED, MISSING = "seen", "guessed", "missing"
_LEAST_SEEN = 2
_PLAINLY = 3
"""A tooth with so many landmarks in plain sight of which the network sees next to none is not there."""
_LIFT_MM = 0.5
_ONE_JAW = ("upper", "lower")


def tooth_states(surface: Mesh, landmarks: Float, photos: Sequence[SeenPhoto]) -> dict[int, str]:
    """FDI number -> `SEEN`, `GUESSED` or `MISSING` of the teeth of the jaws that are shown; empty for palates.

    Args:
        surface: The fitted one, with the vertex attribute ``label``, mm.
        landmarks: (L, 3) fitted, same frame.
        photos: With their fitted cameras.
    """
    if len(landmarks) != len(DENTITION_LANDMARKS):
        return {}
    tooth = np.array([landmark_tooth(name) for name in DENTITION_LANDMARKS])
    seen, plain = np.zeros(len(tooth), dtype=int), np.zeros(len(tooth), dtype=int)
    shown: set[str] = set()
    for photo in photos:
        view = photo.found.view
        jaws = (view,) if view in _ONE_JAW else _ONE_JAW
        shown |= set(jaws)
        own = np.array([jaw(int(fdi)) in jaws for fdi in tooth])
        part = surface.submesh(_of_jaws(surface, jaws))
        seen += (photo.found.visible >= 0.5) & own
        plain += in_plain_sight(landmarks, part, photo.camera) & own
    found = {
        int(fdi): _state(int(seen[tooth == fdi].sum()), int(plain[tooth == fdi].sum()))
        for fdi in dict.fromkeys(tooth.tolist())
        if jaw(int(fdi)) in shown
    }
    gaps = {fdi for one in shown for fdi in between_seen(found, arch_order(one))}
    return {fdi: GUESSED if state == MISSING and fdi not in gaps else state for fdi, state in found.items()}


def _state(seen: int, plain: int) -> str:
    if seen >= _LEAST_SEEN:
        return SEEN
    return MISSING if plain >= _PLAINLY else GUESSED


def between_seen(states: Mapping[int, str], order: Sequence[int]) -> set[int]:
    """Teeth of one jaw with a seen tooth on either side of them along the arch.

    Only there can a tooth be said to be missing: at the end of the row a cheek or a glove may hide it, too.
    """
    seen = [place for place, fdi in enumerate(order) if states.get(fdi) == SEEN]
    return set(order[seen[0] : seen[-1] + 1]) if seen else set()


def _of_jaws(surface: Mesh, jaws: tuple[str, ...]) -> Bool:
    """(F,) bool."""
    label = surface.vertex_attributes["label"]
    return np.isin(label[surface.faces[:, 0]], [fdi for fdi in np.unique(label).tolist() if jaw(fdi) in jaws])


def in_plain_sight(points: Float, surface: Mesh, camera: Pinhole) -> Bool:
    """(L,) bool: places of a surface that lie in the picture with nothing between them and the lens."""
    px = camera.project(points)
    inside = ((px >= 0) & (px <= np.array(camera.size) - 1)).all(axis=1)
    way = camera.position - points
    lifted = points + _LIFT_MM * way / np.linalg.norm(way, axis=1, keepdims=True)
    return inside & ~RayScene(surface).occluded(lifted, camera.position - lifted, max_distance=1.0)
