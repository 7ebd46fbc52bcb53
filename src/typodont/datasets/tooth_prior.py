"""The atlas tooth of a preparation's type, made to fit its place: what the outer surface probably was.

Everything here is in the preparation frame (x mesial, y buccal, z occlusal, mm).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation
from skimage.measure import points_in_poly

from typodont.anatomy.teeth import is_milk, jaw, number
from typodont.geometry.mesh import Mesh
from typodont.synth.atlas import ToothTemplate, load_atlas
from typodont.synth.crowns import CROWN_FORM, MILK_FORM
from typodont.types import Bool, Float, Int

N_MODES = 8

# How far each part of the fit may usually be off, mm: the margin lies on the tooth, what is left of the tooth lies on
# it, neighbours and antagonist touch it.
_MARGIN_MM, _LEFT_MM, _TOUCH_MM = 0.1, 0.15, 0.15

_GROUND_MM, _GROUND_SPREAD_MM, _GROUND_COUNTS = (0.9, 1.5), 0.4, 20
"""What is ground away for a crown at the walls and at the top, how much that varies, and as how many measurements it
counts."""

# Standard deviations of what is fitted: turns (rad), place (mm), logarithm of the sizes along x, y and z, modes.
_SPREAD = np.r_[np.full(3, 0.12), np.full(3, 3.0), np.full(3, 0.1), np.ones(N_MODES)]

_REACH = (2.0, 2.0, 1.5, 1.5, 1.0, 1.0, 0.8, 0.8, 0.6, 0.6)
"""How far the surface is looked for around a point in each round of the fit, mm."""

_TOUCHING = 12
"""Places that count as the contact with one neighbour, or with the antagonist."""

_FINALISTS = 3
"""So many of the starts are followed to the end: the one that stands best after the first rounds may be stuck."""

_STUCK = 2.0
"""It is where another one ends with so many times less cost; smaller differences say little of which is right."""

_STARTS = [(x, y) for x in (-2.5, 0.0, 2.5) for y in (-2.0, 0.0, 2.0)]
"""Where the middle of the tooth may lie beside that of the margin of a partial crown, mm."""


@dataclass(frozen=True)
class Surroundings:
    """What a tooth is fitted to; points with the normals of the surfaces that they lie on, preparation frame, mm.

    Args:
        margin: (M, 3) the margin line. around: (A, 3) of the scan outside the margin.
        around_normals: (A, 3). ground: (G, 3) of the scan inside it. ground_normals: (G, 3).
        opposing: (O, 3) of the antagonist. opposing_normals: (O, 3).
        partial: Whether the margin leaves part of the crown standing, as those of inlays and onlays do.
    """

    margin: Float
    around: Float
    around_normals: Float
    ground: Float
    ground_normals: Float
    opposing: Float
    opposing_normals: Float
    partial: bool

    @cached_property
    def middle(self) -> Float:
        """(3,) of the margin."""
        return self.margin.mean(axis=0)


def fit_tooth(tooth: int, surroundings: Surroundings) -> Mesh:
    """The atlas tooth as the margin, the rest of the tooth, its neighbours and the antagonist suggest it; closed.

    Args:
        tooth: FDI number.
        surroundings: See there.

    Returns:
        Closed mesh in the preparation frame, mm, faces outward.
    """
    shape = _Shape.of(tooth)
    begun = [_fitted(shape, start, surroundings, _REACH[:4]) for start in _starts(shape, surroundings)]
    likely = sorted(begun, key=lambda fit: fit.cost)[:_FINALISTS]
    fits = [_fitted(shape, fit.values, surroundings, _REACH[4:]) for fit in likely]
    lowest = min(fits, key=lambda fit: fit.cost)
    best = lowest if fits[0].cost > _STUCK * lowest.cost else fits[0]
    return Mesh(shape.vertices(best.values), shape.template.faces)


def inside_margin(points: Float, margin: Float) -> Bool:
    """(n,) whether points of the scan lie inside the margin, seen along the axis; preparation frame.

    What is inside a margin can be seen from occlusal, or the crown could not be seated; what lies more than 2 mm below
    it is another surface.
    """
    seen = points_in_poly(points[:, :2], margin[:, :2])
    return seen & (points[:, 2] > margin[:, 2].min() - 2.0)


@dataclass(frozen=True)
class _Fit:
    values: Float
    cost: float


@dataclass(frozen=True)
class _Shape:
    """A template with its sizes, and what a vertex does when one of the fitted values changes."""

    template: ToothTemplate
    size: Float

    @classmethod
    def of(cls, tooth: int) -> _Shape:
        where, n, stretch = jaw(tooth), number(tooth), (1.0, 1.0, 1.0)
        if is_milk(tooth):
            n, stretch = MILK_FORM[where, n]
        template = load_atlas()[where, n]
        across, along = CROWN_FORM.get((where, n), (1.0, 1.02))
        return cls(template, np.array(stretch) * [across, across, along])

    @cached_property
    def neck(self) -> Float:
        """(3,) middle of the visible surface's lower border."""
        rim = self.template.cap[self.template.faces].any(axis=1) & ~self.template.cap[self.template.faces].all(axis=1)
        ring = np.unique(self.template.faces[rim])
        return (self.template.vertices[ring[~self.template.cap[ring]]] * self.size).mean(axis=0)

    @cached_property
    def shown(self) -> Int:
        """Vertices that are not hidden under the gum."""
        return np.flatnonzero(~self.template.cap)

    def vertices(self, values: Float) -> Float:
        """(V, 3) of the fitted values: turn, place, logarithm of sizes, modes."""
        return self._own(values) @ Rotation.from_rotvec(values[:3]).as_matrix().T + values[3:6]

    def normals(self, vertices: Float) -> Float:
        """(V, 3) outward."""
        return Mesh(vertices, self.template.faces).vertex_normals

    def along(self, values: Float, rows: Int, normals: Float) -> Float:
        """(n, P) how far vertices `rows` move along `normals` (n, 3) when each value changes."""
        turn = Rotation.from_rotvec(values[:3]).as_matrix()
        own = self._own(values)[rows]
        local = normals @ turn
        stretched = local * self.size * np.exp(values[6:9])
        modes = np.einsum("mvi,vi->vm", self.template.modes[:N_MODES][:, rows], stretched)
        return np.column_stack([np.cross(own @ turn.T, normals), normals, own * local, modes])

    def _own(self, values: Float) -> Float:
        return self.template.instance(values[9:]) * self.size * np.exp(values[6:9])


def _starts(shape: _Shape, surroundings: Surroundings) -> list[Float]:
    """First values: the neck in the margin; a partial crown's margin may lie anywhere on the tooth, so several."""
    start = np.zeros(len(_SPREAD))
    start[3:6] = surroundings.middle - shape.neck
    if not surroundings.partial:
        return [start]
    flat = np.linalg.norm(surroundings.around[:, :2] - surroundings.middle[:2], axis=1) < 5.0
    top = np.quantile(surroundings.around[flat, 2], 0.99) if flat.any() else surroundings.margin[:, 2].max()
    start[5] = top - (shape.template.vertices[:, 2] * shape.size[2]).max()
    return [start + np.r_[0, 0, 0, shift, np.zeros(len(start) - 5)] for shift in _STARTS]


def _fitted(shape: _Shape, start: Float, surroundings: Surroundings, reaches: tuple[float, ...]) -> _Fit:
    """Gauss-Newton with the nearest places looked up anew in every round."""
    values, cost = start, np.inf
    for reach in reaches:
        vertices = shape.vertices(values)
        normals = shape.normals(vertices)
        pulls = _pulls(shape, vertices, normals, surroundings, reach)
        rows = np.concatenate([pull.vertex for pull in pulls])
        error = np.concatenate([pull.error * pull.weight for pull in pulls])
        weight = np.concatenate([pull.weight for pull in pulls])
        jacobian = shape.along(values, rows, normals[rows]) * weight[:, None]
        offset = values - start
        offset[6:] = values[6:]  # sizes and modes are drawn to the mean, wherever this round began
        square = jacobian.T @ jacobian + np.diag(_SPREAD**-2)
        step = np.linalg.solve(square, jacobian.T @ error - offset / _SPREAD**2)
        values = values + np.clip(step, -2 * _SPREAD, 2 * _SPREAD)
        cost = float(error @ error) + sum(pull.missing for pull in pulls)
    return _Fit(values, cost)


@dataclass(frozen=True)
class _Pull:
    """Template vertices that are drawn along their normals.

    Args:
        vertex: (n,) which. error: (n,) how far outward each should go, mm. weight: (n,) 1 / mm.
        missing: What the places that found no vertex add to the cost.
    """

    vertex: Int
    error: Float
    weight: Float
    missing: float = 0.0


def _pulls(shape: _Shape, vertices: Float, normals: Float, surroundings: Surroundings, reach: float) -> list[_Pull]:
    tree = KDTree(vertices[shape.shown])
    own = _Nearest(tree, shape.shown, vertices, normals)
    s = surroundings
    pulls = [_lies_on(own, s.margin, None, reach=max(reach, 1.0), spread=_MARGIN_MM, counts=30)]
    if s.partial:
        pulls.append(_lies_on(own, s.around, s.around_normals, reach=reach, spread=_LEFT_MM, counts=60))
    else:
        pulls.append(_lies_over(own, s.ground, s.ground_normals))
    for side in (-1, 1):
        there = side * (s.around[:, 0] - vertices[:, 0].mean()) > 0.25 * np.ptp(vertices[:, 0])
        pulls.append(_touches(own, s.around[there], s.around_normals[there]))
    return [*pulls, _touches(own, s.opposing, s.opposing_normals)]


@dataclass(frozen=True)
class _Nearest:
    """The shown vertices of the tooth to be looked up."""

    tree: KDTree
    shown: Int
    vertices: Float
    normals: Float

    def of(self, points: Float, reach: float) -> tuple[Int, Int, Float]:
        """Rows of the points with a vertex within reach, that vertex, and how far outward of it they lie."""
        far, index = self.tree.query(points, distance_upper_bound=reach)
        rows = np.flatnonzero(np.isfinite(far))
        vertex = self.shown[index[rows]]
        return rows, vertex, np.einsum("ni,ni->n", points[rows] - self.vertices[vertex], self.normals[vertex])


def _lies_on(
    own: _Nearest, points: Float, normals: Float | None, *, reach: float, spread: float, counts: float
) -> _Pull:
    """Points that lie on the tooth; those whose normals look elsewhere belong to something else.

    Args:
        own: The tooth. points: (n, 3). normals: (n, 3) or None.
        reach: Farther points do not count, mm. spread: mm. counts: As how many independent measurements all count.
    """
    rows, vertex, error = own.of(points, reach)
    if normals is not None:
        alike = np.einsum("ni,ni->n", normals[rows], own.normals[vertex]) > 0.6
        rows, vertex, error = rows[alike], vertex[alike], error[alike]
    share = np.sqrt(counts / max(len(points), 1)) / spread
    weight = share / (1 + (error / (0.5 * reach)) ** 2)  # what is far off counts less
    missing = (len(points) - len(rows)) * (share * reach) ** 2
    return _Pull(vertex, error, weight, 0.0 if normals is not None else missing)


def _lies_over(own: _Nearest, points: Float, normals: Float) -> _Pull:
    """The ground stump lies about as deep in the tooth as is usually ground away; more so at the top."""
    rows, vertex, error = own.of(points, 4.0)
    alike = np.einsum("ni,ni->n", normals[rows], own.normals[vertex]) > 0.6
    rows, vertex, error = rows[alike], vertex[alike], error[alike]
    up = np.clip(normals[rows, 2], 0, 1)
    usual = _GROUND_MM[0] + (_GROUND_MM[1] - _GROUND_MM[0]) * up
    weight = np.full(len(rows), np.sqrt(_GROUND_COUNTS / max(len(rows), 1)) / _GROUND_SPREAD_MM)
    return _Pull(vertex, error + usual, weight)


def _touches(own: _Nearest, points: Float, normals: Float) -> _Pull:
    """The tooth just reaches points that look at it: the nearest are drawn onto it, and it withdraws from all others
    that lie in it; what is more than 1.5 mm away is left alone."""
    rows, vertex, error = own.of(points, 2.5)
    facing = np.einsum("ni,ni->n", normals[rows], own.normals[vertex]) < -0.3
    vertex, error = vertex[facing], error[facing]
    order = np.argsort(error)[:_TOUCHING]
    if not len(order) or error[order[0]] > 1.5:
        return _Pull(vertex[:0], error[:0], error[:0])
    deep = order if error[order[-1]] > 0 else np.argsort(error)[: 4 * _TOUCHING]
    return _Pull(vertex[deep], error[deep], np.full(len(deep), 1 / (_TOUCH_MM * np.sqrt(len(deep) / 4))))
