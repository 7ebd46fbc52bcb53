"""The sound tooth as a distance field in the frame in which it is ground, with its gum and neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from skimage.measure import marching_cubes

from typodont.geometry.mesh import Mesh
from typodont.geometry.oriented_points import OrientedPoints
from typodont.synth.preparation.site import Site
from typodont.synth.tooth_field import FieldGrid
from typodont.types import Float

STEP_MM = 0.125
ANGLES = np.linspace(-np.pi, np.pi, 96, endpoint=False)
_AROUND_MM, _BELOW_MM, _ABOVE_MM = 1.7, 2.6, 1.0
_BAND_MM = 1.3


@dataclass(frozen=True)
class Stand:
    """The frame in which a tooth is ground: x mesial, y buccal, z against the way of insertion.

    Args:
        origin: (3,) on the tooth's long axis at the mean height of its gum margin, arch frame, mm.
        axes: (3, 3) rows x, y, z in the arch frame; left-handed for teeth at x > 0 of the arch frame.
    """

    origin: Float
    axes: Float

    def local(self, points: Float) -> Float:
        """(n, 3) points of the arch frame in this frame."""
        return (points - self.origin) @ self.axes.T

    def placed(self, points: Float) -> Float:
        """(n, 3) points of this frame in the arch frame."""
        return points @ self.axes + self.origin

    @property
    def matrix(self) -> Float:
        """(4, 4) from this frame to the arch frame; a reflection for left-handed axes."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = self.axes.T, self.origin
        return matrix


def draw_stand(rng: np.random.Generator, site: Site, *, tilt: float) -> Stand:
    """The tooth's own axes, tilted by about `tilt` degrees in any direction."""
    tooth, neck = site.tooth, site.arch.necks[site.index]
    x, y, z = tooth.axes
    lean = np.tan(np.radians(np.clip(rng.normal(0, tilt, 2), -2.5 * tilt, 2.5 * tilt)))
    z = z + lean[0] * x + lean[1] * y
    z /= np.linalg.norm(z)
    x = x - (x @ z) * z
    x /= np.linalg.norm(x)
    y = y - (y @ z) * z - (y @ x) * x
    y /= np.linalg.norm(y)
    return Stand(neck.points().mean(axis=0), np.stack([x, y, z]))


@dataclass(frozen=True)
class ToothShape:
    """A tooth before it is ground, in its stand's frame, mm.

    Args:
        number: 1..8. jaw: "upper" or "lower". stand: its frame.
        grid: where the fields are given.
        depth: (nx, ny, nz) signed distance from the tooth's surface, negative inside; worn flat where it touches
            neighbours. gum, others: the same of the gum and of the neighbours.
        neighbours: whether there is one mesially, distally.
    """

    number: int
    jaw: str
    stand: Stand
    grid: FieldGrid
    depth: Float
    gum: Float
    others: Float
    neighbours: tuple[bool, bool]

    def sample(self, values: Float, points: Float) -> Float:
        """(n,) values of one of the fields at (n, 3) points, trilinear."""
        cells = ((points - self.grid.low) / self.grid.step).T
        return map_coordinates(values, cells, order=1, mode="nearest")

    @cached_property
    def surface(self) -> Mesh:
        """The sound tooth with the root's upper part, open where the grid ends; faces outward in the arch frame."""
        vertices, faces, _, _ = marching_cubes(self.depth, 0.0, spacing=(self.grid.step,) * 3)
        if np.linalg.det(self.stand.axes) < 0:
            faces = faces[:, ::-1]
        return Mesh(np.asarray(vertices, np.float64) + self.grid.low, faces)

    @cached_property
    def gum_line(self) -> Float:
        """(A,) height at which the gum meets the tooth, by the angle around z."""
        vertices = self.surface.vertices
        height = self.sample(self.gum, vertices)
        a, b = self.surface.edges.T
        crossing = np.flatnonzero((height[a] > 0) != (height[b] > 0))
        a, b = a[crossing], b[crossing]
        share = (height[a] / (height[a] - height[b]))[:, None]
        return by_angle(vertices[a] + share * (vertices[b] - vertices[a]))

    @cached_property
    def top(self) -> Float:
        """(nx, ny) height of the highest point of the tooth over each column; NaN beside it."""
        inside = self.depth < 0
        last = inside.shape[2] - 1 - inside[:, :, ::-1].argmax(axis=2)
        index = np.minimum(last, inside.shape[2] - 2)
        below, above = (np.take_along_axis(self.depth, (index + k)[..., None], axis=2)[..., 0] for k in (0, 1))
        share = np.clip(below / np.minimum(below - above, -1e-6), 0, 1)
        return np.where(inside.any(axis=2), self.grid.low[2] + self.grid.step * (index + share), np.nan)

    def smooth_top(self, sigma: float) -> Float:
        """(nx, ny) `top` blurred by `sigma` mm and carried on beside the tooth."""
        known = np.isfinite(self.top)
        blurred = gaussian_filter(np.where(known, self.top, 0.0), sigma / self.grid.step)
        weight = gaussian_filter(known.astype(float), sigma / self.grid.step)
        far = gaussian_filter(np.where(known, self.top, 0.0), 2.0 / self.grid.step)
        far_weight = gaussian_filter(known.astype(float), 2.0 / self.grid.step)
        mean = float(self.top[known].mean())
        beside = (far + 1e-3 * mean) / (far_weight + 1e-3)
        return np.where(weight > 0.05, blurred / np.maximum(weight, 0.05), beside)

    def over(self, heights: Float, points: Float) -> Float:
        """(n,) values of an (nx, ny) map over (n, 2+) points, bilinear."""
        cells = ((points[:, :2] - self.grid.low[:2]) / self.grid.step).T
        return map_coordinates(heights, cells, order=1, mode="nearest")

    def radius(self, height: Float) -> Float:
        """(A,) distance of the tooth's surface from the z axis at a height (A,) of each angle."""
        reach = np.arange(0.3, 9.0, 0.1)
        ring = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
        rays = reach[None, :, None] * ring[:, None]
        places = np.concatenate([rays, np.broadcast_to(height[:, None, None], (*rays.shape[:2], 1))], axis=2)
        depth = self.sample(self.depth, places.reshape(-1, 3)).reshape(len(ANGLES), -1)
        outside = depth > 0
        outside[:, -1] = True
        first = np.maximum(outside.argmax(axis=1), 1)
        row = np.arange(len(ANGLES))
        below, above = depth[row, first - 1], depth[row, first]
        return reach[first - 1] + 0.1 * np.clip(below / np.minimum(below - above, -1e-6), 0, 1)


def by_angle(points: Float) -> Float:
    """(A,) heights of a ring of points (n, 3) around z, smoothed, at `ANGLES`."""
    angle = np.arctan2(points[:, 1], points[:, 0])
    away = np.angle(np.exp(1j * (angle[:, None] - ANGLES[None, :])))
    weight = np.exp(-0.5 * (away / 0.09) ** 2) + 1e-9 * np.exp(-np.abs(away))
    return (weight * points[:, 2:]).sum(axis=0) / weight.sum(axis=0)


def at_angle(values: Float, angle: Float) -> Float:
    """(n,) values given at `ANGLES` at other angles, linear."""
    return np.interp(angle, ANGLES, values, period=2 * np.pi)


def make_shape(rng: np.random.Generator, site: Site, *, tilt: float = 3.0) -> ToothShape:
    """Measure the tooth of a site on a grid that holds its crown, the gum around it and the neighbours' near sides."""
    stand = draw_stand(rng, site, tilt=tilt)
    arch, tooth = site.arch, site.tooth
    crown = stand.local(tooth.vertices[~tooth.cap])
    margin = stand.local(arch.necks[site.index].points())
    low = np.r_[crown[:, :2].min(axis=0) - _AROUND_MM, margin[:, 2].min() - _BELOW_MM]
    high = np.r_[crown[:, :2].max(axis=0) + _AROUND_MM, crown[:, 2].max() + _ABOVE_MM]
    step = 2 * STEP_MM
    shape = np.ceil((high - low) / step).astype(int) + 1
    coarse = FieldGrid(low, (int(shape[0]), int(shape[1]), int(shape[2])), step)
    places = stand.placed(np.stack(np.meshgrid(*map(coarse.axis, range(3)), indexing="ij"), axis=-1).reshape(-1, 3))
    depth = _distance(arch.points[site.index], places, coarse)
    touching = [i for i in (site.mesial, site.distal) if i is not None]
    others = np.full(coarse.shape, 9.0)
    slack = rng.uniform(0.0, 0.01)
    for index in touching:
        other = _distance(arch.points[index], places, coarse)
        depth, other = _worn(depth, other, slack), _worn(other, depth, slack)
        others = np.minimum(others, other)
    gum = arch.gum.height_above(places).reshape(coarse.shape)
    depth, gum, others = map(_finer, (depth, gum, others))
    grid = FieldGrid(low, depth.shape, STEP_MM)
    beside = (site.mesial is not None, site.distal is not None)
    return ToothShape(tooth.number, arch.dentition.jaw, stand, grid, depth, gum, others, beside)


def _distance(points: OrientedPoints, places: Float, grid: FieldGrid) -> Float:
    """(nx, ny, nz) signed distance at the places of a grid; beyond `_BAND_MM` steps counted along the grid."""
    distance, _ = points.tree.query(places, distance_upper_bound=_BAND_MM)
    near = np.isfinite(distance)
    field = np.zeros(len(places))
    field[near] = points.signed_distance(places[near], k=6, width=0.2)
    field, near = field.reshape(grid.shape), near.reshape(grid.shape)
    beyond, nearest = distance_transform_edt(~near, sampling=grid.step, return_indices=True)  # type: ignore[misc]
    edge = field[tuple(nearest)]
    return edge + np.where(edge < 0, -beyond, beyond)


def _worn(depth: Float, other: Float, slack: float) -> Float:
    """A tooth cut off half-way where it passes into its neighbour: two flat facets with `slack` mm between them."""
    return np.maximum(depth, 0.5 * (depth - other) + 0.5 * slack)


def _finer(field: Float) -> Float:
    """(2 nx - 1, 2 ny - 1, 2 nz - 1) float32: the field on a grid twice as fine, cubic between the old points."""
    field = field.astype(np.float32)
    for axis in range(3):
        old = np.moveaxis(field, axis, 0)
        padded = np.concatenate([2 * old[:1] - old[1:2], old, 2 * old[-1:] - old[-2:-1]])
        new = np.empty((2 * len(old) - 1, *old.shape[1:]), np.float32)
        new[::2] = old
        new[1::2] = (9 * (padded[1:-2] + padded[2:-1]) - padded[:-3] - padded[3:]) / 16
        field = np.moveaxis(new, 0, axis)
    return np.ascontiguousarray(field)
