"""What a bur with a round end leaves standing: places of a surface that a ball cannot touch."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.mesh import Mesh
from typodont.geometry.sampling import sample_surface
from typodont.geometry.surface_places import Surface
from typodont.types import Bool, Float

_SPACING_MM = 0.06
"""Mean distance between the places at which the ball is tried."""
_PUSHES = 12
_FITS_MM = 1e-3
"""By how much the ball may run into the surface: triangles differ from what they stand for by as much."""


def bur_leftover(mesh: Mesh, faces: Bool, radius: float, *, seed: int = 0) -> Float:
    """Height of material that a ball of `radius` cannot take away, over each vertex of a part of a closed surface.

    This is the closing of the solid by the ball: whatever it can never sweep stays. Where the surface bulges or
    bends inward more gently than the ball there is none; in the edge between two walls that meet at a right angle
    0.41 of the radius stays, in a corner of three 0.73. The ball is put on many places of the surface; one that does
    not fit is pushed off what it runs into until it does. Only the ball counts: whether the shaft of the bur gets
    there is another question.

    Args:
        mesh: Closed surface with N vertices, outward faces, mm.
        faces: (F,) the part to mill.
        radius: Of the ball, mm.
        seed: Of the places that are tried.

    Returns:
        (N,) float, mm, good to about 0.01 mm; NaN at vertices that are not of the part, infinite where the ball gets
        nowhere near.
    """
    leftover = np.full(len(mesh.vertices), np.nan)
    rows = np.unique(mesh.faces[faces])
    if not len(rows):
        return leftover
    part = Mesh(mesh.vertices, mesh.faces[faces])
    tries = int(part.face_areas.sum() / _SPACING_MM**2) + 100
    places, normals, _ = sample_surface(part, tries, np.random.default_rng(seed), smooth_normals=False)
    centres = _pushed_off(mesh, places + radius * normals, radius)
    if not len(centres):
        leftover[rows] = np.inf
        return leftover
    distance, _ = KDTree(centres).query(mesh.vertices[rows])
    leftover[rows] = np.maximum(distance - radius, 0)
    return leftover


def _pushed_off(mesh: Mesh, centres: Float, radius: float) -> Float:
    """(m, 3) where balls that began at `centres` (n, 3) touch the surface and run into nothing; the stuck ones drop.

    In a slot that is narrower than the ball, some are pushed into the solid: these drop, too.
    """
    surface = Surface(mesh)
    fitting = []
    for _ in range(_PUSHES):
        places = surface.nearest(centres)
        distance = surface.signed_distance(centres, places)
        fits = np.abs(distance) >= radius - _FITS_MM
        fitting.append(centres[fits & (distance > 0)])
        centres, nearest, distance = centres[~fits], places.points[~fits], np.abs(distance[~fits])
        if not len(centres):
            break
        away = (centres - nearest) / np.maximum(distance, 1e-9)[:, None]
        centres = nearest + radius * away
    return np.concatenate(fitting)
