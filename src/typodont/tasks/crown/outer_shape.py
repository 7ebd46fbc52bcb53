"""The outer surface made to fit: on the margin line, thick enough, and not into the antagonist or the neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from typodont.geometry.clearance import clearance
from typodont.geometry.closed_curve import nearest_on_curve
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.decimation import subdivide
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.smoothing import diffuse, laplacian
from typodont.geometry.surface_cut import attach_line, inside_line, side_of_line
from typodont.types import Bool, Float

_INSET_MM = 0.05
_PULL_MM = 0.8
"""How far from the margin the surface follows when its border is drawn to the line."""
_FINE_MM = 0.16
_ROUNDS = 4
_SPREAD_MM = 0.4
_REACH_MM = 1.5
"""Deeper than this no antagonist is looked for: what lies there is another part of the jaw."""
LEAST_MM = 0.1
"""Of thickness is kept even where the antagonist or a neighbour leaves less room, so that there is no hole."""


def outer_on_line(outer: Mesh, line: Float) -> Mesh:
    """The part of an outer surface inside the margin line, drawn to the line where it passes beside it.

    The border goes exactly to the line, the surface follows with less and less farther in; 2 mm away it stays.

    Args:
        outer: whole tooth, closed, or already open near the line; mm, outward faces.
        line: (K, 3) evenly spaced, counter-clockwise seen from occlusal.

    Returns:
        Mesh whose vertices 0..K-1 are `line`, its only border; edges of about 0.15 mm or less.

    Raises:
        MeshError: the surface does not pass along the line.
    """
    part = inside_line(outer, side_of_line(outer, line), level=_INSET_MM)
    edges = part.vertices[part.edges]
    if np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1).mean() > _FINE_MM:
        part = subdivide(part)
    return attach_line(_drawn_to_line(part, line), line)


def _drawn_to_line(part: Mesh, line: Float) -> Mesh:
    """Border vertices moved along the surface's normals until they are beside the line."""
    distance, foot, _ = nearest_on_curve(line, part.vertices)
    border = np.zeros(len(part.vertices), dtype=bool)
    border[boundary_edges(part)] = True
    border &= distance < 2 * _REACH_MM
    normal = part.vertex_normals
    off = np.einsum("ij,ij->i", part.vertices - foot, normal)[:, None]
    move = _fading(part, np.where(border[:, None], -off * normal, 0.0), border, _PULL_MM)
    return replace(part, vertices=part.vertices + move)


def _fading(mesh: Mesh, values: Float, fixed: Bool, length: float) -> Float:
    """(N, 3) `values` at the fixed vertices, and from there falling to zero over about `length` mm."""
    area, stiffness = laplacian(mesh)
    system = sparse.csc_matrix(stiffness + sparse.diags(np.maximum(area, 1e-9) / length**2))
    free = np.flatnonzero(~fixed)
    held = np.flatnonzero(fixed)
    result = values.copy()
    rows = system[free]
    result[free] = splu(sparse.csc_matrix(rows[:, free])).solve(-(rows[:, held] @ values[held]))
    return result


def thick_enough(outer: Mesh, line: Float, inner: Mesh, *, least: float, wedge: float) -> Mesh:
    """The outer surface pushed out where it lies less than `least` mm over the inner one.

    Near the margin less is asked, `wedge` mm for every mm from the line. The dent is spread over its surroundings so
    that no edge arises.

    Args:
        outer: as `outer_on_line` gives it; the line stays.
        line: (K, 3) the first vertices of `outer`.
        inner: closed surface of what the restoration leaves free.
    """
    wanted = np.minimum(least, wedge * nearest_on_curve(line, outer.vertices)[0])
    for _ in range(_ROUNDS):
        lack = wanted - nearest_places(inner, outer.vertices).distance
        lack[: len(line)] = 0.0
        if lack.max() < 1e-3:
            break
        push = np.maximum(lack, 0)
        push = np.maximum(push, diffuse(outer, push, sigma=_SPREAD_MM))
        push[: len(line)] = 0.0
        direction = diffuse(outer, outer.vertex_normals, sigma=_SPREAD_MM)
        direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
        outer = replace(outer, vertices=outer.vertices + push[:, None] * direction)
    return outer


def kept_out_of(outer: Mesh, line: Float, other: Mesh, *, depth: float) -> Mesh:
    """The outer surface moved back to where it reaches `depth` mm into another one, as if ground in.

    Args:
        outer, line: as in `thick_enough`; the line stays.
        other: antagonist or neighbours; open is well.
    """
    for _ in range(_ROUNDS):
        into = -np.nan_to_num(clearance(outer.vertices, other, cap_mm=_REACH_MM), nan=_REACH_MM) - depth
        into[: len(line)] = 0.0
        deep = into > 1e-4
        if not deep.any():
            break
        vertices = outer.vertices.copy()
        way = nearest_places(other, vertices[deep]).place - vertices[deep]
        length = np.linalg.norm(way, axis=1, keepdims=True)
        vertices[deep] += way / np.maximum(length, 1e-9) * into[deep, None]
        outer = replace(outer, vertices=vertices)
    return outer
