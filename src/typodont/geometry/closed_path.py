"""A closed line on a surface: first where values change their sign, then the cheapest way round close to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.closed_curve import even_points, smooth_curve, tangents
from typodont.geometry.connectivity import label_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Places, Surface
from typodont.types import Bool, Float, Int

GAP_MM = 1.5
"""Across a hole of the surface up to this wide, a contour goes on straight."""


@dataclass(frozen=True)
class Strip:
    """The surface on both sides of a closed curve, unrolled to a rectangle: S places along it, T across.

    Args:
        places: S * T places on the surface, along the curve first.
        offset: (T,) float: way over the surface from the curve, mm; positive to the left of the curve, which is inside
            where it runs counter-clockwise.
        along: (S, 3) unit directions of the curve; across: (S, 3) unit directions to its left on the surface.
    """

    places: Places
    offset: Float
    along: Float
    across: Float

    @property
    def points(self) -> Float:
        """(S, T, 3) float: the places, mm."""
        return self.places.points.reshape(len(self.along), len(self.offset), 3)


def one_region(mesh: Mesh, values: Float, *, largest_hole_mm2: float) -> Bool:
    """(N,) bool: the largest connected part of a mesh in which (N,) values are positive, its small holes filled.

    Raises:
        MeshError: no value is positive.
    """
    inside = values > 0
    if not inside.any():
        raise MeshError("found no surface with positive values, expected one region of it")
    edges = mesh.edges
    area = np.bincount(mesh.faces.ravel(), np.repeat(mesh.face_areas / 3, 3), minlength=len(mesh.vertices))
    part = label_components(len(mesh.vertices), edges, mask=inside)
    size = np.bincount(part[inside], area[inside])
    region = part == int(size.argmax())
    rest = label_components(len(mesh.vertices), edges, mask=~region)
    size = np.bincount(rest[~region], area[~region]) if not region.all() else np.zeros(1)
    return region | ((rest >= 0) & (size[rest] < largest_hole_mm2))


def zero_contour(mesh: Mesh, values: Float) -> Float:
    """The longest closed line along which (N,) values change their sign, with the positive ones to its left.

    Seen from outside it runs counter-clockwise around the positive region. Where the surface has a gap, the line goes
    straight across it.

    Returns:
        (M, 3) float, mm; the last point joins the first.

    Raises:
        MeshError: the sign never changes, or the line runs into a border with more than `GAP_MM` to cross.
    """
    start, end, points = _crossings(mesh, values)
    if not len(start):
        raise MeshError("the values have the same sign everywhere, expected a line along which it changes")
    chains = [points[chain] for chain in _chains(start, end)]
    chain = max(_joined(chains), key=lambda line: np.linalg.norm(np.diff(line, axis=0), axis=1).sum())
    gap = float(np.linalg.norm(chain[-1] - chain[0]))
    if gap > GAP_MM:
        raise MeshError(
            f"the line runs into the edge of the surface and leaves a gap of {gap:.1f} mm, expected a closed one; "
            "scan the surface all around it"
        )
    return chain[:-1] if gap == 0 else chain


def unroll(surface: Surface, curve: Float, *, half_width: float, step: float, spacing: float, smooth: float) -> Strip:
    """The strip of a surface around a closed curve, walked out from the curve step by step over the surface.

    Args:
        surface: With the curve on it, or near it.
        curve: (M, 3) mm.
        half_width: How far to walk on each side, mm.
        step: Distance of places across, mm.
        spacing: Distance of places along, mm, before the surface bends.
        smooth: The curve is blurred along itself by so much first, mm, so that neighbouring rows do not cross.
    """
    along_curve = smooth_curve(even_points(curve, spacing=spacing), smooth)
    middle = surface.nearest(along_curve)
    way = tangents(middle.points)
    across = _unit(np.cross(surface.normals(middle), way))
    n = round(half_width / step)
    sides = {sign: _walk(surface, middle, sign * across, way, steps=n, step=step) for sign in (1.0, -1.0)}
    walked = [*reversed(sides[-1.0]), middle, *sides[1.0]]
    places = Places(*(_woven([getattr(place, name) for place in walked]) for name in ("points", "face", "weights")))
    return Strip(places, step * np.arange(-n, n + 1), way, across)


def closed_shortest_path(cost: Float, *, bend: float) -> Int:
    """(S,) int: the column of each row so that costs and bends add up to the least, the last row next to the first.

    Args:
        cost: (S, T) float.
        bend: Cost of a step sideways by one column; it grows with the square.

    Source: dynamic programming, once for every column of the first row.
    """
    n_rows, n_columns = cost.shape
    column = np.arange(n_columns)
    turn = bend * (column[:, None] - column[None, :]) ** 2
    # total[a, j]: least cost of a way that began in column a and now is in column j
    total = np.where(np.eye(n_columns, dtype=bool), cost[0], np.inf)
    came_from = np.zeros((n_rows, n_columns, n_columns), dtype=np.int16)
    for row in range(1, n_rows):
        ways = total[:, :, None] + turn[None]
        came_from[row] = ways.argmin(axis=1)
        total = ways.min(axis=1) + cost[row]
    closing = total + turn.T
    first, last = np.unravel_index(int(closing.argmin()), closing.shape)
    path = np.empty(n_rows, dtype=np.int64)
    path[-1] = last
    for row in range(n_rows - 1, 0, -1):
        path[row - 1] = came_from[row, first, path[row]]
    return path


def without_folds(points: Float, along: Float) -> Float:
    """(n, 3) of the points (M, 3) of a closed line those that come after the ones before them along (M, 3) directions.

    Rows of a strip around a bent curve can cross at their ends; a line through them would run back and forth there.
    """
    keep = np.arange(len(points))
    while len(keep) > 3:
        ahead = np.einsum("ij,ij->i", points[np.roll(keep, -1)] - points[keep], along[keep])
        if (ahead > 0).all():
            break
        keep = keep[ahead > 0] if (ahead > 0).any() else keep[:3]
    return points[keep]


def _crossings(mesh: Mesh, values: Float) -> tuple[Int, Int, Float]:
    """Pieces of the zero line, one for each face that it crosses.

    Returns:
        start, end (P,) int: crossed edges by number, positive values to the left; points (E, 3): where each is crossed.
    """
    positive = values > 0
    corners = positive[mesh.faces]
    mixed = np.flatnonzero(corners.any(axis=1) & ~corners.all(axis=1))
    count = corners[mixed].sum(axis=1)
    odd = np.where(count == 1, corners[mixed].argmax(axis=1), (~corners[mixed]).argmax(axis=1))
    a, b, c = (mesh.faces[mixed, (odd + k) % 3] for k in range(3))
    pairs = np.sort(np.stack([np.stack([a, b], axis=1), np.stack([a, c], axis=1)]), axis=2)
    flat = pairs.reshape(-1, 2)
    _, first, number = np.unique(flat[:, 0] * len(mesh.vertices) + flat[:, 1], return_index=True, return_inverse=True)
    number = number.reshape(2, -1)
    low, high = flat[first].T
    share = values[low] / (values[low] - values[high])
    points = mesh.vertices[low] + share[:, None] * (mesh.vertices[high] - mesh.vertices[low])
    return np.where(count == 1, number[0], number[1]), np.where(count == 1, number[1], number[0]), points


def _chains(start: Int, end: Int) -> list[Int]:
    """Edges in the order in which directed pieces follow each other; a closed line ends with its first edge."""
    following = dict(zip(start.tolist(), end.tolist(), strict=True))
    heads = [edge for edge in following if edge not in set(end.tolist())]
    chains = []
    while following:
        here = heads.pop() if heads else next(iter(following))
        chain = [here]
        while here in following:
            here = following.pop(here)
            chain.append(here)
        chains.append(np.array(chain))
    return chains


def _joined(chains: list[Float]) -> list[Float]:
    """Open lines put together where the end of one lies near the start of another."""
    done = [chain for chain in chains if (chain[0] == chain[-1]).all()]
    loose = [chain for chain in chains if not (chain[0] == chain[-1]).all()]
    while loose:
        line = loose.pop()
        while loose:
            gaps = np.linalg.norm(np.array([other[0] for other in loose]) - line[-1], axis=1)
            nearest = int(gaps.argmin())
            if gaps[nearest] > min(GAP_MM, np.linalg.norm(line[0] - line[-1])):
                break
            line = np.concatenate([line, loose.pop(nearest)])
        done.append(line)
    return done


def _walk(surface: Surface, middle: Places, across: Float, way: Float, *, steps: int, step: float) -> list[Places]:
    """Places 1, 2 ... steps away from the middle; each walker goes on across the curve in the plane of the surface."""
    places, heading, walked = middle, across, []
    for _ in range(steps):
        normal = surface.normals(places)
        heading = heading - np.einsum("ij,ij->i", heading, way)[:, None] * way
        heading = _unit(heading - np.einsum("ij,ij->i", heading, normal)[:, None] * normal)
        before = places.points
        places = surface.nearest(before + step * heading)
        moved = places.points - before
        length = np.linalg.norm(moved, axis=1, keepdims=True)
        heading = np.where(length > 0.2 * step, moved / np.maximum(length, 1e-12), heading)
        walked.append(places)
    return walked


def _woven(columns: list[np.ndarray]) -> np.ndarray:
    """(S * T, ...) from T arrays (S, ...): all of the first place along the curve first."""
    return np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])


def _unit(vectors: Float) -> Float:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
