"""Preparations of plain bodies, whose margin, surface and volume are known exactly, to measure what is built there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.records.crown_case import CrownCase
from typodont.types import Float

if TYPE_CHECKING:
    from manifold3d import Manifold

UP = np.array([0.0, 0.0, 1.0])


def make_stump(
    *,
    radius: float = 3.0,
    height: float = 5.0,
    taper_deg: float = 6.0,
    shoulder: float = 1.0,
    groove: float = 0.0,
    wall: float = 1.5,
    edge: float = 0.15,
) -> CrownCase:
    """A round stump for a full crown: a cone on a flat shoulder, the crown a cylinder.

    Args:
        radius: of the flat top, mm. height: from the shoulder to the top, mm.
        taper_deg: between wall and axis.
        shoulder: width, mm; 0 is a knife edge.
        groove: depth of a ring in the middle of the wall, mm: an undercut.
        wall: thickness of the crown over the top, mm.
        edge: of the triangles, mm.

    Returns:
        Case in which z is the axis, z = 0 the shoulder and the margin its rim; `crown` is closed and goes on below.
    """
    profile = stump_profile(radius=radius, height=height, taper_deg=taper_deg, shoulder=shoulder, groove=groove)
    rim = float(profile[-1, 0])
    root = np.vstack([profile, [0.97 * rim, -3.0]])
    around = int(np.ceil(2 * np.pi * rim / edge))
    angle = np.arange(4 * around) * 2 * np.pi / (4 * around)
    margin = np.stack([rim * np.cos(angle), rim * np.sin(angle), 0 * angle], axis=1)
    top = height + wall
    crown = np.array([[0.0, top], [rim, top], [rim, 0.0], [0.97 * rim, -3.0]])
    if not shoulder:  # thinning out to nothing at 45 degrees would be no knife edge
        crown = np.array([[0.0, top], [rim + 0.5, top], [rim + 0.5, 1.0], [rim, 0.0], [0.97 * rim, -3.0]])
    return CrownCase(
        "stump",
        36,
        _revolved(_fine(root, edge), around),
        kind="crown",
        margin=margin,
        axis=UP,
        crown=_revolved(_fine(crown, 1.5 * edge), around),
    )


def stump_profile(
    *, radius: float = 3.0, height: float = 5.0, taper_deg: float = 6.0, shoulder: float = 1.0, groove: float = 0.0
) -> Float:
    """(n, 2) distance from the axis and height, mm: half a section of `make_stump` from its top to the margin."""
    foot = radius + height * np.tan(np.radians(taper_deg))
    wall = [[radius, height]]
    if groove:
        middle = 0.5 * (radius + foot) - groove
        wall += [[0.5 * (radius + foot), 0.65 * height], [middle, 0.55 * height], [middle, 0.45 * height]]
        wall += [[0.5 * (radius + foot), 0.4 * height]]
    return np.array([[0.0, height], *wall, [foot, 0.0], *([[foot + shoulder, 0.0]] if shoulder else [])])


def make_box_cavity(*, proximal: bool = False, divergence_deg: float = 6.0, edge: float = 0.2) -> CrownCase:
    """A cavity with flat walls in a block, for an inlay: 5 x 3 mm and 2 mm deep, or open to one side with a box there.

    Args:
        proximal: the cavity runs to the side x = 6, where it is 4 mm deep.
        divergence_deg: between each wall and the axis.
        edge: of the triangles, mm.

    Returns:
        Case in which z is the axis and z = 0 the top of the block; `crown` is the whole block, closed.
    """
    from manifold3d import Manifold

    block = Manifold.cube((12.0, 10.0, 8.0), True).translate((0.0, 0.0, -4.0))
    slope = np.tan(np.radians(divergence_deg))
    if not proximal:
        cut = _pocket(-2.5, 2.5, 1.5, 2.0, slope, closed=True)
        x, y = 2.5 + 2 * slope, 1.5 + 2 * slope
        corners = [[-x, -y, 0.0], [x, -y, 0.0], [x, y, 0.0], [-x, y, 0.0]]
    else:
        cut = _pocket(-3.0, 7.0, 1.2, 2.0, slope) + _pocket(4.0, 7.0, 2.0, 4.0, slope)
        left, narrow, step, wide = -3 - 2 * slope, 1.2 + 2 * slope, 4 - 4 * slope, 2 + 4 * slope
        half = [[left, -narrow, 0.0], [step, -narrow, 0.0], [step, -wide, 0.0], [6.0, -wide, 0.0], [6.0, -2.0, -4.0]]
        corners = half + [[x, -y, z] for x, y, z in half[::-1]]
    return CrownCase(
        "box", 36, _mesh(block - cut, edge), kind="inlay", margin=np.array(corners), axis=UP, crown=_mesh(block, edge)
    )


def _pocket(
    low: float, high: float, half_width: float, depth: float, slope: float, *, closed: bool = False
) -> Manifold:
    """A cavity from x = `low` to `high` that widens upward and goes on above the block."""
    from manifold3d import Manifold

    corners = []
    for z in (-depth, 1.0):
        wider = (z + depth) * slope
        for x in (low - wider, high + wider * closed):
            corners += [[x, -half_width - wider, z], [x, half_width + wider, z]]
    return Manifold.hull_points(np.array(corners))


def _mesh(solid: Manifold, edge: float) -> Mesh:
    fine = solid.refine_to_length(edge).to_mesh64()
    return Mesh(np.array(fine.vert_properties)[:, :3], fine.tri_verts.astype(np.int64))


def _fine(profile: Float, edge: float) -> Float:
    """The profile with points at most `edge` apart."""
    points = [profile[:1]]
    for start, end in pairwise(profile):
        n = max(int(np.ceil(np.linalg.norm(end - start) / edge)), 1)
        points.append(start + (end - start) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(points)


def _revolved(profile: Float, around: int) -> Mesh:
    """The surface of a profile (n, 2) that starts on the axis, turned about z; faces look away from it."""
    angle = np.arange(around) * 2 * np.pi / around
    rings = profile[1:, 0, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    height = np.broadcast_to(profile[1:, 1, None, None], (*rings.shape[:2], 1))
    vertices = np.concatenate([[[0.0, 0.0, profile[0, 1]]], np.concatenate([rings, height], axis=2).reshape(-1, 3)])
    here, after = np.arange(around), (np.arange(around) + 1) % around
    row = 1 + around * np.arange(len(profile) - 2)[:, None]
    a, b, c, d = ((row + part).ravel() for part in (here, after, here + around, after + around))
    top = np.stack([np.zeros(around, dtype=int), 1 + here, 1 + after], axis=1)
    return Mesh(vertices, np.concatenate([top, np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)]))
