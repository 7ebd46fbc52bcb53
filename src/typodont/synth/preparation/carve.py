"""Grind a tooth: which places are gone, where the margin line runs, and what surface was lost.

Whatever is ground away is also free above, so that a restoration can be seated along z; only flaws, balls that are
taken out afterwards, may undercut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.geometry.connectivity import label_components
from typodont.geometry.mesh import Mesh
from typodont.synth.preparation.cut import Cut, smooth_min
from typodont.synth.preparation.tooth_shape import ToothShape
from typodont.types import Float, Int

_INSIDE_MM = 0.4
_BISECTIONS = 12
_FLAW_EDGE_MM = 0.08
NO_FLAWS = np.empty((0, 4))


@dataclass(frozen=True)
class Preparation:
    """A ground tooth in its stand's frame, mm.

    Args:
        shape: the sound tooth. cut: what was ground away.
        flaws: (B, 4) centre and radius of balls taken out of the tooth besides.
        removed: (nx, ny, nz) signed distance from what was ground away, negative inside it, on the shape's grid; large
            outside the tooth.
        remarks: how it was ground.
        crown: the sound surface that was lost, open at the margin.
        margin: (M, 3) the margin line, counter-clockwise seen from occlusal, unless the stand is left-handed.
    """

    shape: ToothShape
    cut: Cut
    flaws: Float
    removed: Float
    crown: Mesh
    margin: Float
    remarks: dict[str, Any]

    def is_prepared(self, points: Float) -> np.ndarray:
        """(n,) true for points of the ground tooth that lie on a ground surface rather than on a sound one."""
        return -self.shape.sample(self.removed, points) > self.shape.sample(self.shape.depth, points)


def carve(
    shape: ToothShape, cut: Cut, flaws: Float = NO_FLAWS, remarks: dict[str, Any] | None = None
) -> Preparation | None:
    """The ground tooth; None where what is lost is not one piece with one margin line round it.

    Args:
        shape: the sound tooth. cut: what is ground away.
        flaws: see `Preparation`. remarks: of the flaws, besides those of the cut.
    """

    def on_surface(places: Float) -> Float:
        return _besides(cut.distance(places, np.zeros(len(places))), places, flaws)

    split = _split(shape.surface, on_surface)
    if split is None:
        return None
    removed = np.full(shape.depth.shape, 9.0, np.float32)
    inside = np.nonzero(shape.depth < _INSIDE_MM)
    places = np.stack([shape.grid.axis(i)[inside[i]] for i in range(3)], axis=1)
    removed[inside] = cut.distance(places, shape.depth[inside].astype(np.float64))
    removed = np.minimum.accumulate(removed, axis=2)
    removed[inside] = _besides(removed[inside], places, flaws)
    return Preparation(shape, cut, flaws, removed, *split, {**cut.remarks, **(remarks or {})})


def _besides(removed: Float, places: Float, flaws: Float) -> Float:
    """(n,) signed distance from what was ground away, flaws included."""
    for ball in flaws:
        removed = smooth_min(removed, np.linalg.norm(places - ball[:3], axis=1) - ball[3], _FLAW_EDGE_MM)
    return removed


def _split(surface: Mesh, distance: Callable[[Float], Float]) -> tuple[Mesh, Float] | None:
    """The part of the surface where a distance is negative, cut exactly, and its only border."""
    lost = distance(surface.vertices) < 0
    faces = surface.faces
    count = lost[faces].sum(axis=1)
    edges = surface.edges
    crossing = edges[lost[edges[:, 0]] != lost[edges[:, 1]]]
    if not len(crossing):
        return None
    new = _crossings(surface.vertices, crossing, lost, distance)
    n = len(surface.vertices)
    key = crossing[:, 0] * n + crossing[:, 1]

    def between(a: Int, b: Int) -> Int:
        low, high = np.minimum(a, b), np.maximum(a, b)
        return n + np.searchsorted(key, low * n + high)

    kept = [faces[count == 3]]
    one = _alone_first(faces[count == 1], lost)
    kept.append(np.stack([one[:, 0], between(one[:, 0], one[:, 1]), between(one[:, 0], one[:, 2])], axis=1))
    two = _alone_first(faces[count == 2], ~lost)
    ab, ac = between(two[:, 0], two[:, 1]), between(two[:, 0], two[:, 2])
    kept += [np.stack([ab, two[:, 1], two[:, 2]], axis=1), np.stack([ab, two[:, 2], ac], axis=1)]
    whole = Mesh(np.vstack([surface.vertices, new]), np.vstack(kept))
    return _one_piece(whole, n)


def _crossings(vertices: Float, edges: Int, lost: np.ndarray, distance: Callable[[Float], Float]) -> Float:
    """(E, 3) where a distance is zero on edges of the tooth, by bisection."""
    inner = np.where(lost[edges[:, 0]], edges[:, 0], edges[:, 1])
    outer = edges.sum(axis=1) - inner
    low, high = vertices[inner].copy(), vertices[outer].copy()
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        gone = distance(middle) < 0
        low[gone], high[~gone] = middle[gone], middle[~gone]
    return 0.5 * (low + high)


def _alone_first(faces: Int, alone: np.ndarray) -> Int:
    """Faces turned round until the corner for which `alone` is true comes first."""
    first = alone[faces].argmax(axis=1)
    return np.take_along_axis(faces, (first[:, None] + np.arange(3)) % 3, axis=1)


def _one_piece(mesh: Mesh, n_old: int) -> tuple[Mesh, Float] | None:
    """The largest piece of what was lost with its border; None where others are more than crumbs or have more borders.

    Vertices from `n_old` on lie on the border.
    """
    piece = label_components(len(mesh.vertices), mesh.edges)[mesh.faces[:, 0]]
    if (piece != 0).mean() > 0.02:
        return None
    crown = mesh.submesh(piece == 0)
    crown = Mesh(crown.vertices, crown.faces)
    border = _border(crown)
    return None if border is None else (crown, crown.vertices[border])


def _border(mesh: Mesh) -> Int | None:
    """(M,) vertices round the only border, in the direction of its half-edges reversed; None for several borders."""
    half = mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    n = len(mesh.vertices)
    key, reverse = half[:, 0] * n + half[:, 1], half[:, 1] * n + half[:, 0]
    open_edges = half[~np.isin(key, reverse)]
    following = np.full(n, -1)
    following[open_edges[:, 0]] = open_edges[:, 1]
    if len(np.unique(open_edges[:, 0])) != len(open_edges):
        return None
    start = at = int(open_edges[0, 0])
    ring = []
    while True:
        ring.append(at)
        at = int(following[at])
        if at == start or at < 0 or len(ring) > len(open_edges):
            break
    return np.array(ring) if len(ring) == len(open_edges) else None
