"""Teeth and gum of an arch as one field on a grid, negative inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, label
from skimage.measure import marching_cubes

from typodont.geometry.mesh import Mesh
from typodont.geometry.oriented_points import OrientedPoints
from typodont.synth.brackets import Bracket
from typodont.synth.dentition import Tooth
from typodont.synth.height_map import HeightMap
from typodont.synth.neck import ANGLES, NeckLine
from typodont.types import Bool, Float, Int

_STUB_MM = 4.5
_BAND_MM = 0.9


@dataclass(frozen=True)
class ToothCloud(OrientedPoints):
    """Oriented points of all teeth of an arch, upper part of the roots included.

    Args:
        owner: (P,) index of each point's tooth in the dentition.
    """

    owner: Int


def tooth_cloud(teeth: list[Tooth], necks: list[NeckLine]) -> ToothCloud:
    """Crown surfaces without their underside, carried on downwards as slightly tapering necks."""
    points, normals, owner = [], [], []
    for index, (tooth, neck) in enumerate(zip(teeth, necks, strict=True)):
        wall = Mesh(tooth.vertices, tooth.faces[~tooth.cap[tooth.faces].any(axis=1)])
        used = np.unique(wall.faces)
        stub, stub_normals = _stub(tooth, neck)
        points += [tooth.vertices[used], stub]
        normals += [wall.vertex_normals[used], stub_normals]
        owner.append(np.full(len(used) + len(stub), index))
    return ToothCloud(np.vstack(points), np.vstack(normals), np.concatenate(owner))


def _stub(tooth: Tooth, neck: NeckLine) -> tuple[Float, Float]:
    """Points and normals of the root's upper part, straight below the neck."""
    depths = np.arange(0.35, _STUB_MM, 0.45)
    ring = np.stack([np.cos(ANGLES), np.sin(ANGLES), np.zeros(len(ANGLES))], axis=1)
    radius = np.maximum(neck.radius * (1 - 0.035 * depths[:, None]), 0.5)
    points = radius[..., None] * ring + np.r_[neck.centre, 0]
    points[..., 2] = neck.height - tooth.margin_shift - depths[:, None]
    return points.reshape(-1, 3), np.tile(ring, (len(depths), 1))


@dataclass(frozen=True)
class FieldGrid:
    """Where the field is computed: lowest corner (3,) mm, number of points per axis, distance between them in mm."""

    low: Float
    shape: tuple[int, int, int]
    step: float

    def axis(self, index: int) -> Float:
        """Coordinates along one axis, mm."""
        return self.low[index] + self.step * np.arange(self.shape[index])

    def box(self, centre: Float, radius: float) -> tuple[slice, slice, slice]:
        """The part of the grid within `radius` mm of a point, along each axis."""
        first = np.clip(np.floor((centre - radius - self.low) / self.step), 0, self.shape).astype(int)
        last = np.clip(np.ceil((centre + radius - self.low) / self.step) + 1, 0, self.shape).astype(int)
        x, y, z = (slice(a, b) for a, b in zip(first.tolist(), last.tolist(), strict=True))
        return x, y, z


def arch_surface(
    cloud: ToothCloud, gum: HeightMap, grid: FieldGrid, *, blur: float, brackets: list[Bracket] | None = None
) -> Mesh:
    """The visible surface of teeth and gum, faces outward.

    Args:
        cloud: the teeth. gum: the gum. grid: where to look for the surface.
        blur: mm that the scanner cannot resolve: narrow spaces between teeth close and grooves flatten.
        brackets: bonded to the teeth.
    """
    field = arch_field(cloud, gum, grid)
    for bracket in brackets or []:
        _unite(field, grid, bracket)
    field = gaussian_filter(field, blur / grid.step, truncate=2.5)
    vertices, faces, _, _ = marching_cubes(field, 0.0, spacing=(grid.step,) * 3)
    return Mesh(np.asarray(vertices, np.float64) + grid.low, faces)


def arch_field(cloud: ToothCloud, gum: HeightMap, grid: FieldGrid) -> Float:
    """(nx, ny, nz) distance-like field, negative inside teeth or gum, mm, clipped to -1..1, float32 to save memory."""
    columns = np.stack(np.meshgrid(grid.axis(0), grid.axis(1), indexing="ij"), axis=-1)
    height = gum.at(columns.reshape(-1, 2)).reshape(grid.shape[:2])
    along_x, along_y = np.gradient(height, grid.step)
    slope = np.minimum(np.hypot(along_x, along_y), 6)
    flat = (1 / np.sqrt(1 + slope**2)).astype(np.float32)
    field = (grid.axis(2).astype(np.float32) - height.astype(np.float32)[..., None]) * flat[..., None]
    np.clip(field, -1, 1, out=field)
    near = _near(cloud.points, grid)
    near &= field > -1
    index = np.argwhere(near)
    teeth = cloud.signed_distance(index * grid.step + grid.low).astype(np.float32)
    field[near] = np.minimum(field[near], np.maximum(teeth, -1))
    _fill_inside(field, near, grid.step)
    return field


def _near(points: Float, grid: FieldGrid) -> Bool:
    """Grid points within about 0.9 mm of a point, along each axis."""
    near = np.zeros(grid.shape, dtype=bool)
    cells = np.round((points - grid.low) / grid.step).astype(int)
    near[tuple(cells[((cells >= 0) & (cells < grid.shape)).all(axis=1)].T)] = True
    for axis in range(3):
        grown = np.moveaxis(near.copy(), axis, 0)
        source = np.moveaxis(near, axis, 0)
        for shift in range(1, int(np.ceil(_BAND_MM / grid.step)) + 1):
            grown[shift:] |= source[:-shift]
            grown[:-shift] |= source[shift:]
        near = np.moveaxis(grown, 0, axis)
    return near


def _fill_inside(field: Float, near: Bool, step: float) -> None:
    """Points deep inside a crown, out of reach of its surface, become inside: those that are cut off from the sky."""
    layers = np.flatnonzero(near.any(axis=(0, 1)))
    if not len(layers):
        return
    part = np.s_[:, :, layers[0] : layers[-1] + 2]
    free = ~near[part] & (field[part] > 0)
    regions, _ = label(free)  # type: ignore[misc]
    sky = np.unique(regions[:, :, -1])
    field[part][free & ~np.isin(regions, sky[sky > 0])] = -step


def _unite(field: Float, grid: FieldGrid, bracket: Bracket) -> None:
    box = grid.box(bracket.centre, bracket.REACH_MM)
    places = np.stack(np.meshgrid(*(grid.axis(i)[box[i]] for i in range(3)), indexing="ij"), axis=-1)
    distance = bracket.distance(places.reshape(-1, 3)).reshape(places.shape[:3])
    field[box] = np.minimum(field[box], np.maximum(distance, -1))
