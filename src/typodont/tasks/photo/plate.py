"""A plate over a cleft palate: follows ridge and palate at a small gap, bridges the cleft, slides off downward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.linalg import spsolve
from skimage import measure

from typodont.errors import ConfigError, MeshError
from typodont.geometry.distance_field import distance_field
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.solids import faults, simplified
from typodont.geometry.surface_places import Surface
from typodont.geometry.voxels import Grid, marching_cubes
from typodont.types import Bool, Float

_STEP_MM = 0.25
_ROUNDED_MM = 0.8
"""Radius of the rim's outer edge: nothing sharp against a cheek."""
_BRIDGE_MM = 8.0
"""Half of the widest opening toward the lip over which the outline runs straight on."""
_TOLERANCE_MM = 0.01
_LEAST_AREA_MM2 = 100.0


@dataclass(frozen=True)
class PlateOptions:
    """What a plate is like.

    Args:
        gap_mm: Between plate and tissue.
        thickness_mm: Of the plate.
        trim_mm: How far inside the border of the covered surface it ends.

    Raises:
        ConfigError: a length that cannot be.

    Source of the gap: Schnabel and others 2023, IJCARS, 10.1007/s11548-023-02858-6.
    """

    gap_mm: float = 0.1
    thickness_mm: float = 2.0
    trim_mm: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.gap_mm <= 2 and 0.5 <= self.thickness_mm <= 5 and 0 <= self.trim_mm <= 5):
            raise ConfigError(f"found {self}, expected a gap of 0 to 2, a thickness of 0.5 to 5, a trim of 0 to 5 mm")


@dataclass(frozen=True)
class Plate:
    """A plate, and how it came out.

    Args:
        mesh: Closed, outward faces, in the frame of the palate.
        gap_mm: (3,) median, 5th and 95th percentile of the distance between tissue and plate, where there is tissue
            that the plate lies against: not over the cleft, not in undercuts.
        thickness_mm: (3,) the same of the plate's thickness, away from its rim.
    """

    mesh: Mesh
    gap_mm: Float
    thickness_mm: Float


def make_plate(palate: Mesh, covered: Bool, bridged: Bool, options: PlateOptions | None = None) -> Plate:
    """A plate that covers a palate as far as told.

    The palate is looked at from below, along the way in which a plate goes in, so that no undercut holds it. Over the
    cleft, and wherever the surface has a hole, it runs on from the edges like a membrane.

    Args:
        palate: mm, arch frame (+z toward the tongue), N vertices.
        covered: (N,) which vertices the plate shall cover. bridged: (N,) those of the cleft, which it spans.
        options: See there.

    Raises:
        MeshError: hardly anything is covered; or the plate would not be a closed solid of one piece.
    """
    options = options or PlateOptions()
    height, open_ = _seen_from_below(palate, covered, bridged)
    inside = _outline(~np.isnan(height) | open_, options.trim_mm)
    if inside.sum() * _STEP_MM**2 < _LEAST_AREA_MM2:
        raise MeshError(
            f"the plate would cover {inside.sum() * _STEP_MM**2:.0f} mm², expected {_LEAST_AREA_MM2:.0f} or more: the "
            "palate faces the wrong way, or hardly any of it is marked as covered"
        )
    smooth, origin = _membrane(np.where(open_, np.nan, height)), palate.vertices.min(axis=0)
    bed = _height_mesh(smooth, origin)
    mesh = _solid_over(bed, inside, origin, options)
    wrong = faults(mesh)
    if wrong:
        raise MeshError(f"the plate is no closed solid: {'; '.join(wrong)}")
    return Plate(mesh, *_measured(mesh, bed, palate, covered & ~bridged, inside, origin, options))


def _seen_from_below(palate: Mesh, covered: Bool, bridged: Bool) -> tuple[Float, Bool]:
    """On a grid over x and y: height of the covered surface, NaN where there is none; and what is to be bridged."""
    low, high = palate.vertices.min(axis=0), palate.vertices.max(axis=0)
    x, y = (np.arange(low[i], high[i] + _STEP_MM, _STEP_MM) for i in (0, 1))
    origins = np.stack([*np.meshgrid(x, y, indexing="ij"), np.full((len(x), len(y)), high[2] + 10)], -1).reshape(-1, 3)
    distance, face = RayScene(palate).first_hit(origins, np.broadcast_to([0.0, 0.0, -1.0], origins.shape))
    hit = face >= 0
    corners = palate.faces[face]
    wanted = (hit & covered[corners].all(axis=1)).reshape(len(x), len(y))
    spanned = (hit & bridged[corners].any(axis=1)).reshape(len(x), len(y))
    height = (high[2] + 10 - distance).reshape(len(x), len(y))
    return np.where(wanted & ~spanned, height, np.nan), spanned


def _outline(wanted: Bool, trim: float) -> Bool:
    """The one region that a plate covers: what is wanted, across clefts and holes, a little inside its border."""
    around = round(_BRIDGE_MM / _STEP_MM)
    room = np.pad(wanted, around + 1)
    closed = _inward(~(_inward(room) < -_BRIDGE_MM)) > _BRIDGE_MM
    closed = np.asarray(ndimage.binary_fill_holes(closed | room), dtype=bool)
    smooth = max(trim, 2 * _STEP_MM)
    trimmed = _inward(_inward(closed) > 2 * smooth) > -smooth  # opened by a disc: no corner is left
    pieces = np.asarray(measure.label(trimmed))
    if pieces.max() > 1:
        trimmed = pieces == 1 + np.argmax(np.bincount(pieces.ravel())[1:])
    return trimmed[around + 1 : -around - 1, around + 1 : -around - 1]


def _membrane(height: Float) -> Float:
    """The heights with every NaN filled so that each is the mean of its neighbours, like a membrane hung at edges."""
    unknown = np.isnan(height)
    place = np.full(np.array(height.shape) + 2, -1)
    place[1:-1, 1:-1] = np.where(unknown, np.cumsum(unknown.ravel()).reshape(height.shape) - 1, -1)
    padded = np.pad(height, 1, constant_values=np.nan)
    rows, columns = np.nonzero(np.pad(unknown, 1))
    own = place[rows, columns]
    count, known = np.zeros(len(own)), np.zeros(len(own))
    links = []
    exists = np.pad(np.ones_like(unknown), 1)
    for step in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        at = rows + step[0], columns + step[1]
        there = exists[at]
        count += there
        known += np.where(there & (place[at] < 0), np.nan_to_num(padded[at]), 0)
        linked = there & (place[at] >= 0)
        links.append(np.stack([own[linked], place[at][linked]]))
    pairs = np.hstack([*links, np.stack([own, own])])
    values = np.r_[-np.ones(pairs.shape[1] - len(own)), count]
    filled = height.copy()
    filled[unknown] = np.asarray(spsolve(csr_array((values, pairs), shape=(len(own), len(own))).tocsc(), known))
    return filled


def _height_mesh(height: Float, origin: Float) -> Mesh:
    """Heights on a grid as a surface that faces +z."""
    rows, columns = height.shape
    x, y = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    vertices = np.stack([origin[0] + _STEP_MM * x, origin[1] + _STEP_MM * y, height], -1).reshape(-1, 3)
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate([np.stack(corners, -1).reshape(-1, 3) for corners in ((a, b, c), (a, c, d))])
    return Mesh(vertices, faces)


def _inward(inside: Bool) -> Float:
    """mm from the outline, positive inside."""
    within, beyond = (np.asarray(ndimage.distance_transform_edt(part)) for part in (inside, ~inside))
    return _STEP_MM * (within - beyond)


def _solid_over(bed: Mesh, inside: Bool, origin: Float, options: PlateOptions) -> Mesh:
    """All that is farther than the gap above the bed, no farther than the thickness more, and inside the outline."""
    top = options.gap_mm + options.thickness_mm
    held = bed.vertices.reshape(*inside.shape, 3)[inside]
    grid = Grid.around(held, _STEP_MM, margin=top + 3 * _STEP_MM)
    distance = distance_field(bed, grid, band=top + 4 * _STEP_MM)
    places = grid.points().reshape(*grid.shape, 3)[:, :, 0, :2]
    at = ((places - origin[:2]) / _STEP_MM).transpose(2, 0, 1)
    rim = -ndimage.map_coordinates(_inward(inside), at, order=1, mode="nearest")[:, :, None]
    outer = distance - top
    rounded = np.minimum(np.maximum(outer, rim) + _ROUNDED_MM, 0) + np.hypot(
        np.maximum(outer + _ROUNDED_MM, 0), np.maximum(rim + _ROUNDED_MM, 0)
    )
    solid = np.maximum(rounded - _ROUNDED_MM, options.gap_mm - distance)
    return simplified(marching_cubes(solid, grid), _TOLERANCE_MM)


def _measured(
    mesh: Mesh, bed: Mesh, palate: Mesh, lies_on: Bool, inside: Bool, origin: Float, options: PlateOptions
) -> tuple[Float, Float]:
    """Gap over the tissue that the plate lies on, and thickness away from the rim; median, 5th and 95th percentile."""
    surface, plate = Surface(palate), Surface(mesh)
    well_in = _inward(inside) > _ROUNDED_MM + options.thickness_mm
    on_bed = np.flatnonzero(well_in.ravel())
    normals = bed.vertex_normals[on_bed]
    below = plate.nearest(bed.vertices[on_bed]).points
    above = plate.nearest(bed.vertices[on_bed] + (options.gap_mm + options.thickness_mm + 0.5) * normals).points
    thick = np.linalg.norm(above - below, axis=1)
    tissue = surface.nearest(bed.vertices[on_bed])
    touches = lies_on[palate.faces[tissue.face]].all(axis=1)
    touches &= np.linalg.norm(tissue.points - bed.vertices[on_bed], axis=1) < 0.5 * _STEP_MM
    gap = np.linalg.norm(surface.nearest(below[touches]).points - below[touches], axis=1)
    return _spread_of(gap), _spread_of(thick)


def _spread_of(values: Float) -> Float:
    return np.quantile(values, [0.5, 0.05, 0.95]) if len(values) else np.full(3, np.nan)
