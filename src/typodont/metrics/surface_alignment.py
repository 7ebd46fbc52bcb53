"""One surface laid on another before their distance is measured: as it stands, moved, or moved and scaled."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, fit_rigid
from typodont.geometry.sampling import sample_surface
from typodont.types import Float

AlignmentKind = Literal["none", "rigid", "similarity"]
"""What is taken out before surfaces are compared: nothing; turn and shift; turn, shift and size."""

_SAMPLES = 3000
_STEPS = 60
_SETTLED_MM = 1e-3


def align_surface(found: Mesh, truth: Mesh, kind: AlignmentKind, *, start: Float | None = None, seed: int = 0) -> Float:
    """The motion that lays a made surface on the true one, before an error is stated.

    An error after a similarity says how good the shape is, one after a rigid motion says how good the millimetres are:
    they are different claims and must not be mixed. Nearest places are looked for in both directions, because a surface
    that is free to shrink would otherwise shrink onto a part of the other one.

    Args:
        found: Moved surface, mm.
        truth: Where it shall lie, mm.
        kind: See `AlignmentKind`.
        start: (4, 4) first guess, for example from points that belong together; only the nearest fit is found.
        seed: Of the places that are compared.

    Returns:
        (4, 4) `found` to `truth`; for "rigid" and "none" its size is 1 whatever that of `start`.

    Source: point-to-point ICP, Besl and McKay 1992, with the scale of Umeyama 1991.
    """
    if kind == "none":
        return np.eye(4)
    rng = np.random.default_rng(seed)
    source, target = (sample_surface(mesh, _SAMPLES, rng, smooth_normals=False)[0] for mesh in (found, truth))
    scale = kind == "similarity"
    matrix = _first(start, source, scale=scale)
    tree = KDTree(target)
    moved = apply(matrix, source)
    for _ in range(_STEPS):
        near = np.asarray(tree.query(moved)[1])
        back = np.asarray(KDTree(moved).query(target)[1])
        matrix = fit_rigid(np.vstack([source, source[back]]), np.vstack([target[near], target]), scale=scale)
        before, moved = moved, apply(matrix, source)
        if np.abs(moved - before).max() < _SETTLED_MM:
            break
    return matrix


def _first(start: Float | None, source: Float, *, scale: bool) -> Float:
    """The first guess; one that is larger or smaller than life keeps its place but not its size where none is free."""
    if start is None:
        return np.eye(4)
    return np.asarray(start, dtype=float) if scale else fit_rigid(source, apply(np.asarray(start), source))
