"""Along which way a restoration comes off a preparation with the least undercut."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from typodont.errors import MeshError
from typodont.geometry.curvature import tangent_frame
from typodont.geometry.mesh import Mesh
from typodont.types import Float

SHARPNESS = 30.0
"""How much more walls count the more they turn away: e times as much for every 1.9 degrees."""

PULL = 1.5
"""What the square of the lean (its tangent) from the rough axis costs; a wall that is just undercut costs its share of
the surface many times over."""

MOST_COUNTED_DEG = 6.0
"""What is undercut by more than about this counts no more: a chip or a bulge does not turn the axis."""

MOST_LEAN_DEG = 35.0


def insertion_axis(surface: Mesh, rough: Float, *, most_lean_deg: float = MOST_LEAN_DEG) -> Float:
    """(3,) unit vector to occlusal along which a restoration comes off the surface with the least undercut.

    The walls of a preparation taper, so a whole cone of axes has no undercut at all; this is about its middle, from
    which every wall stays as far as it can, each counted by its area. Where walls leave it open, as those of an onlay
    on one side do, the axis stays near the rough one.

    Args:
        surface: The preparation inside its margin, outward faces, mm.
        rough: (3,) about occlusal, of any length.
        most_lean_deg: The axis is looked for up to this angle from it.

    Raises:
        MeshError: the surface has no area.
    """
    area = surface.face_areas
    if not area.sum() > 0:
        raise MeshError("cannot look for the insertion axis of a preparation without surface")
    start = np.asarray(rough, dtype=float) / np.linalg.norm(rough)
    across = np.concatenate(tangent_frame(start[None]))
    share, normals = area / area.sum(), surface.face_normals
    flat = np.exp(-SHARPNESS * np.sin(np.radians(MOST_COUNTED_DEG)))
    reach = np.tan(np.radians(most_lean_deg))

    def axis_of(lean: Float) -> Float:
        axis = start + lean @ across
        return axis / np.linalg.norm(axis)

    def undercut(lean: Float) -> float:
        beyond = max(float(np.linalg.norm(lean)) - reach, 0.0)
        walls = (share / (flat + np.exp(SHARPNESS * (normals @ axis_of(lean))))).sum()
        return float(walls + PULL * (lean @ lean)) + 1e4 * beyond**2

    options = {"xatol": 1e-3, "fatol": 1e-6, "initial_simplex": _simplex()}
    found = minimize(undercut, np.zeros(2), method="Nelder-Mead", options=options)
    return axis_of(found.x)


def _simplex() -> Float:
    """(3, 2) first guesses: the rough axis and two that lean by 8 degrees."""
    lean = np.tan(np.radians(8.0))
    return np.array([[0.0, 0.0], [lean, 0.0], [0.0, lean]])
