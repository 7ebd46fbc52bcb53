"""A scan of a preparation: fine at the ground tooth, coarser elsewhere, with the faults of a real scan.

Two solids are joined: the jaw on a coarse grid, and a plug around the prepared tooth on a fine one, whose surface runs
into that of the jaw where they meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manifold3d import CrossSection, Manifold, Mesh64
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import KDTree
from skimage.measure import marching_cubes

from typodont.geometry.mesh import Mesh
from typodont.synth.preparation.carve import Preparation
from typodont.synth.preparation.site import Arch
from typodont.synth.preparation.tooth_shape import ANGLES, Stand, at_angle
from typodont.synth.tooth_field import FieldGrid, ToothCloud, arch_field
from typodont.types import Bool, Float

_JAW_STEP_MM = 0.42
_DEEP_MM, _AWAY_MM = 8.0, 10.0  # of gum below and beside the margins that a scan can show
_BLEND_MM = 0.8
_RIM_MM = 0.25
_ROUNDED_MM = 0.16
_NEAR_ANGLE, _NOWHERE = 0.1, 99.0
_SULCUS_DEPTH_MM = 0.35
_LAP_MM = 0.02  # by which the plug is larger than its hole: equal walls would stay as hair cracks
_CORNERS = 4.0  # exponent of the plug's outline: between an ellipse (2) and a box


@dataclass(frozen=True)
class JawField:
    """Teeth and gum of a jaw on a coarse grid, arch frame; negative inside, -1..1 mm."""

    grid: FieldGrid
    values: Float

    def at(self, points: Float) -> Float:
        """(n,) values at (n, 3) points, trilinear."""
        return map_coordinates(self.values, ((points - self.grid.low) / self.grid.step).T, order=1, mode="nearest")

    def holds(self, points: Float) -> Bool:
        """(n,) true for points that are not on the sides of the grid, where the solid is closed artificially."""
        high = self.grid.low + self.grid.step * (np.array(self.grid.shape) - 2)
        return np.asarray(((points > self.grid.low + self.grid.step) & (points < high)).all(axis=1))

    def solid(self) -> Manifold:
        """What is inside, closed where the grid ends."""
        return _solid(closed_surface(self.values, self.grid))


def jaw_field(arch: Arch, extent_outside: Float, *, blur: float) -> JawField:
    """The part of a jaw that a scan shows.

    Args:
        arch: the jaw.
        extent_outside: (nx, ny) mm by which the cells of the gum's map lie outside what is shown.
        blur: mm that the scanner cannot resolve.
    """
    gum = arch.gum
    margin = np.vstack([neck.points() for neck in arch.necks])
    shown = np.argwhere((extent_outside < 2.0) & (np.abs(gum.reached) < _AWAY_MM))
    low = np.r_[shown.min(axis=0) * gum.step + gum.origin + 1.0, margin[:, 2].min() - _DEEP_MM]
    points = np.vstack([p.points for p in arch.points])
    high = np.r_[shown.max(axis=0) * gum.step + gum.origin - 1.0, points[:, 2].max() + 1.2]
    x, y, z = np.ceil((high - low) / _JAW_STEP_MM).astype(int).tolist()
    grid = FieldGrid(low, (x, y, z), _JAW_STEP_MM)
    normals = np.vstack([p.normals for p in arch.points])
    owner = np.repeat(np.arange(len(arch.points)), [len(p.points) for p in arch.points])
    near = ((points > grid.low - 1.5) & (points < high + 1.5)).all(axis=1)
    field = arch_field(ToothCloud(points[near], normals[near], owner[near]), gum, grid)
    return JawField(grid, gaussian_filter(field, blur / grid.step, truncate=2.5))


def closed_surface(field: Float, grid: FieldGrid) -> Mesh:
    """The zero level of a field, closed along the sides of its grid; faces outward."""
    padded = np.pad(field, 1, constant_values=1.0)
    vertices, faces, _, _ = marching_cubes(padded, 0.0, spacing=(grid.step,) * 3)
    return Mesh(np.asarray(vertices, np.float64) + grid.low - grid.step, faces)


def scan_solid(jaw: JawField, preparation: Preparation, gum: Float, *, blur: float, sharpness: float) -> Mesh:
    """Jaw and plug joined to one closed surface, arch frame.

    Args:
        jaw: the jaw with the sound tooth.
        preparation: the ground tooth. gum: its gum, on the same grid, from `opened_gum`.
        blur: mm that the scanner cannot resolve at the preparation.
        sharpness: 0..1, how far the grid's rounding of the margin's edge is undone.
    """
    shape = preparation.shape
    grid, stand = shape.grid, shape.stand
    axes = [grid.axis(i) for i in range(3)]
    ends = np.array([axis[[0, -1]] for axis in axes[:2]])
    middle, half = ends.mean(axis=1), 0.5 * np.ptp(ends, axis=1) - _RIM_MM
    bottom = axes[2][0] + _RIM_MM
    ground = np.maximum(shape.depth, -preparation.removed)
    field = np.minimum(np.minimum(ground, shape.others), gum)
    field = gaussian_filter(field, blur / grid.step, truncate=3.0)
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    inward = (1 - _roundness(x, y, middle, half)) * half.min()
    weight = np.clip(np.minimum(inward, z - bottom) / _BLEND_MM, 0, 1).astype(np.float32)
    rim = np.nonzero(weight < 1)
    places = stand.placed(np.stack([axes[i][rim[i]] for i in range(3)], axis=1))
    w = weight[rim]
    field[rim] = w * np.clip(field[rim], -1, 1) + (1 - w) * jaw.at(places)
    plug = _sharpen(closed_surface(field, grid), preparation.margin, sharpness).transformed(stand.matrix)
    top = axes[2][-1] + 8.0
    hole = _prism(stand, middle, half - _LAP_MM, bottom + _LAP_MM, top)
    prism = _prism(stand, middle, half, bottom, top)
    joined = (jaw.solid() - hole) + (_solid(plug) ^ prism)
    return _mesh(joined)


def opened_gum(preparation: Preparation, sulcus: float) -> Float:
    """(nx, ny, nz) the gum's field, pushed away by `sulcus` mm from the tooth down to a little below the margin."""
    shape = preparation.shape
    near = (shape.depth < sulcus) & (shape.gum < 0.3)
    index = np.nonzero(near)
    if not len(index[0]):
        return shape.gum
    line = _lowest(preparation.margin)
    x, y, z = (shape.grid.axis(i)[index[i]] for i in range(3))
    below = at_angle(line, np.arctan2(y, x)) - _SULCUS_DEPTH_MM - z
    moat = np.maximum(shape.depth[index] - sulcus, below)
    gum = shape.gum.copy()
    gum[index] = np.maximum(gum[index], -moat)
    return gum


def _sharpen(mesh: Mesh, margin: Float, amount: float) -> Mesh:
    """The mesh with its vertices nearest the margin moved towards it: the grid alone would round the edge off."""
    distance, nearest = map(np.asarray, KDTree(mesh.vertices).query(margin))
    order = np.argsort(-distance)  # where several points want a vertex the nearest gets it
    near = order[distance[order] < _ROUNDED_MM]
    vertices = mesh.vertices.copy()
    vertices[nearest[near]] += amount * (margin[near] - vertices[nearest[near]])
    return Mesh(vertices, mesh.faces)


def thin_out(mesh: Mesh, tolerance: float) -> Mesh:
    """A closed surface with fewer triangles, moved by less than `tolerance` mm: large ones where it is flat."""
    return _mesh(_solid(mesh).simplify(tolerance))


def _lowest(margin: Float) -> Float:
    """(A,) height of the margin's lowest point near each angle, far up where it has none."""
    away = np.angle(np.exp(1j * (np.arctan2(margin[:, 1], margin[:, 0])[:, None] - ANGLES)))
    return np.where(np.abs(away) < _NEAR_ANGLE, margin[:, 2:], _NOWHERE).min(axis=0)


def _roundness(x: Float, y: Float, middle: Float, half: Float) -> Float:
    """1 on the plug's outline, less inside."""
    return (np.abs((x - middle[0]) / half[0]) ** _CORNERS + np.abs((y - middle[1]) / half[1]) ** _CORNERS) ** (
        1 / _CORNERS
    )


def _prism(stand: Stand, middle: Float, half: Float, bottom: float, top: float) -> Manifold:
    """The plug's upright outline as a solid, arch frame."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    scale = (np.abs(c) ** _CORNERS + np.abs(s) ** _CORNERS) ** (-1 / _CORNERS)
    outline = CrossSection([middle + half * np.stack([c, s], axis=1) * scale[:, None]])
    upright = Manifold.extrude(outline, top - bottom).translate((0, 0, bottom))
    return _solid(_mesh(upright).transformed(stand.matrix))


def _solid(mesh: Mesh) -> Manifold:
    solid = Manifold(Mesh64(vert_properties=mesh.vertices, tri_verts=mesh.faces.astype(np.uint64)))
    if solid.is_empty():
        raise RuntimeError(f"the scan's solid is not closed: {solid.status()}")
    return solid


def _mesh(solid: Manifold) -> Mesh:
    out = solid.to_mesh64()
    return Mesh(np.asarray(out.vert_properties)[:, :3], np.asarray(out.tri_verts).astype(np.int64))
