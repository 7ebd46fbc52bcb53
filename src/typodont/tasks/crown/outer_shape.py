"""The outer surface made to fit: on the margin line, thick enough, and not into the antagonist or the neighbours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.ndimage import gaussian_filter1d
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.clearance import clearance, within_reach
from typodont.geometry.closed_curve import nearest_on_curve, tangents
from typodont.geometry.connectivity import boundary_loops
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.geometry.self_crossing import self_crossings
from typodont.geometry.smoothing import diffuse, laplacian
from typodont.geometry.surface_cut import attach_line, inside_line, side_of_line
from typodont.geometry.surface_places import Surface
from typodont.types import Float, Int

_INSET_MM = 0.05
_STRIP_MM = 0.12
"""Along the line the surface runs straight; a little of it is cut away there, so that the strip has room."""
_FARTHEST_MM = 2.0
_PULL_MM = 0.8
"""How far from the margin the surface follows when its border is drawn to the line."""
_FINE_MM = 0.25
_ROUNDS = 4
_UNTANGLE_ROUNDS = 40
_WIDER_AFTER = 4
"""Rounds after which one more row of vertices around the crossings is smoothed with them."""
_SPREAD_MM = 0.4
_STEADY_MM = 0.3
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
        Mesh whose vertices 0..K-1 are `line`, its only border; edges of about 0.25 mm or less.

    Raises:
        MeshError: the surface does not pass along the line.
    """
    part = inside_line(outer, side_of_line(outer, line), level=_INSET_MM)
    edges = part.vertices[part.edges]
    if np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1).mean() > _FINE_MM:
        part = subdivide(part)
    drawn = _drawn_to_line(part, line)
    attached = attach_line(inside_line(drawn, side_of_line(drawn, line), level=_STRIP_MM), line)
    _check_strip(attached, len(line))
    return attached


def _check_strip(outer: Mesh, on_line: int) -> None:
    """Refuse a surface that had to be bridged to the line because it does not pass along it.

    Raises:
        MeshError: a bridge is longer than `_FARTHEST_MM`.
    """
    edges = outer.vertices[outer.edges[(outer.edges < on_line).any(axis=1)]]
    longest = float(np.linalg.norm(edges[:, 0] - edges[:, 1], axis=1).max())
    if longest > _FARTHEST_MM:
        raise MeshError(
            f"the outer surface does not pass along the margin line (bridges of {longest:.1f} mm, expected at most "
            f"{_FARTHEST_MM:g}); look whether margin line, tooth number and kind are right"
        )


def _drawn_to_line(part: Mesh, line: Float) -> Mesh:
    """Its border, where it runs along the line, brought to `_INSET_MM` beside it, the surface after it."""
    rim = max(boundary_loops(part), key=len)
    spacing = np.linalg.norm(np.roll(line, -1, axis=0) - line, axis=1).mean()
    normal = gaussian_filter1d(
        part.vertex_normals[rim[KDTree(part.vertices[rim]).query(line)[1]]], _STEADY_MM / spacing, axis=0, mode="wrap"
    )
    inward = np.cross(normal, tangents(line))
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-9)
    beside = line + _INSET_MM * inward
    _, place, _ = nearest_on_curve(beside, part.vertices[rim])
    move = np.zeros_like(part.vertices)
    move[rim] = place - part.vertices[rim]
    return replace(part, vertices=part.vertices + _fading(part, move, rim, _PULL_MM))


def _fading(mesh: Mesh, values: Float, held: Int, length: float) -> Float:
    """(N, 3) `values` at the held vertices, and from there falling to zero over about `length` mm."""
    area, stiffness = laplacian(mesh)
    system = sparse.csc_matrix(stiffness + sparse.diags(np.maximum(area, 1e-9) / length**2))
    free = np.setdiff1d(np.arange(len(values)), held)
    result = values.copy()
    rows = system[free]
    result[free] = splu(sparse.csc_matrix(rows[:, free])).solve(-(rows[:, held] @ values[held]))
    return result


def thick_enough(outer: Mesh, line: Float, inner: Surface, *, least: float, wedge: float) -> Mesh:
    """The outer surface pushed out where it lies less than `least` mm over the inner one.

    Near the margin less is asked, `wedge` mm for every mm from the line. The dent is spread over its surroundings so
    that no edge arises.

    Args:
        outer: as `outer_on_line` gives it; the line stays.
        line: (K, 3) the first vertices of `outer`.
        inner: closed surface of what the restoration leaves free.
    """
    wanted = np.minimum(least, wedge * nearest_on_curve(line, outer.vertices)[0])
    direction = diffuse(outer, outer.vertex_normals, sigma=_SPREAD_MM)
    direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
    for _ in range(_ROUNDS):
        lack = wanted - inner.signed_distance(outer.vertices)
        lack[: len(line)] = 0.0
        if lack.max() < 1e-3:
            break
        push = np.maximum(lack, 0)
        push = np.maximum(push, diffuse(outer, push, sigma=_SPREAD_MM))
        push[: len(line)] = 0.0
        outer = replace(outer, vertices=outer.vertices + push[:, None] * direction)
    return outer


def kept_out_of(outer: Mesh, line: Float, other: Mesh, *, depth: float) -> Mesh:
    """The outer surface moved back to where it reaches `depth` mm into another one, as if ground in.

    Args:
        outer, line: as in `thick_enough`; the line stays.
        other: antagonist or neighbours; open is well.
    """
    other = _beside(outer, other)
    if not len(other.faces):
        return outer
    surface = Surface(other)
    for _ in range(_ROUNDS):
        into = -np.nan_to_num(clearance(outer.vertices, other, cap_mm=_REACH_MM), nan=_REACH_MM) - depth
        into[: len(line)] = 0.0
        deep = into > 1e-4
        if not deep.any():
            break
        vertices = outer.vertices.copy()
        way = surface.nearest(vertices[deep]).points - vertices[deep]
        length = np.linalg.norm(way, axis=1, keepdims=True)
        vertices[deep] += way / np.maximum(length, 1e-9) * into[deep, None]
        outer = replace(outer, vertices=vertices)
    return outer


def _beside(outer: Mesh, other: Mesh) -> Mesh:
    """The part of another surface that is near enough to matter, with more around it, so that its border does not."""
    part = other.submesh(within_reach(other, outer.vertices, 2 * _REACH_MM))
    return Mesh(part.vertices, part.faces)


def untangled(outer: Mesh, line: Float) -> Mesh:
    """A surface without places where it goes through itself: they are smoothed until it does not.

    Args:
        outer: any surface; its first vertices, as many as `line` has, stay.
        line: (K, 3) may be empty.
    """
    for number in range(_UNTANGLE_ROUNDS):
        pairs = self_crossings(outer)
        if not len(pairs):
            break
        ring = np.zeros(len(outer.vertices), dtype=bool)
        ring[outer.faces[pairs.ravel()]] = True
        for _ in range(1 + number // _WIDER_AFTER):
            ring[outer.edges[ring[outer.edges].any(axis=1)]] = True
        ring[: len(line)] = False
        both = np.concatenate([outer.edges, outer.edges[:, ::-1]])
        both = both[ring[both[:, 0]]]
        total = np.stack([np.bincount(both[:, 0], outer.vertices[both[:, 1], k], len(ring)) for k in range(3)], axis=1)
        vertices = outer.vertices.copy()
        vertices[ring] = (total / np.maximum(np.bincount(both[:, 0], minlength=len(ring)), 1)[:, None])[ring]
        outer = replace(outer, vertices=vertices)
    return outer
