"""A preparation as the network for outer surfaces reads it: distances on a grid around it, and what it is to learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, label
from scipy.spatial import KDTree

from typodont.anatomy.teeth import LOWER, jaw, number
from typodont.datasets.preparation_frame import PreparationFrame
from typodont.datasets.tooth_prior import Surroundings, fit_tooth, inside_margin
from typodont.errors import MeshError
from typodont.geometry.closed_curve import even_points
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.distance_field import distance_field, near_field
from typodont.geometry.mesh import Mesh
from typodont.geometry.voxels import Grid
from typodont.records.crown_case import KINDS, CrownCase, Kind
from typodont.types import Bool, Float, Int

BAND_MM = 1.6
"""Distances are cut off here."""

LEVELS = 127
"""Stored numbers of a distance of `BAND_MM`."""

CHANNELS = ("scan", "antagonist", "prior", "inside", "margin")
"""Signed distances to the scan, the antagonist and the fitted atlas tooth; 1 where the nearest place of the scan lies
inside the margin, else -1 (0 beyond the band); plain distance to the margin line."""

N_TYPES = 16
"""Tooth types: 1..8 of the upper jaw, then of the lower one."""

# How much a voxel counts in the loss: near the surface that is to be found, near what of the tooth the scan shows, and
# where the surface is only thought to go on beyond its border, or far off.
ON_CROWN, ON_TOOTH, BEYOND = 255, 50, 10


@dataclass(frozen=True)
class RegionGrid:
    """The part of the preparation frame that the network sees.

    Args:
        size: Samples along each axis. voxel_mm: between them.
        below: How far the region reaches below the middle of the margin, mm; across, the middle is in the middle.
    """

    size: int = 80
    voxel_mm: float = 0.2
    below: float = 4.0

    @classmethod
    def of_voxels(cls, voxel_mm: float) -> RegionGrid:
        """The same 16 mm in voxels of another size."""
        return cls(size=round(16.0 / voxel_mm), voxel_mm=voxel_mm)

    @property
    def grid(self) -> Grid:
        """In the preparation frame, mm."""
        half = 0.5 * (self.size - 1) * self.voxel_mm
        return Grid((-half, -half, -self.below), self.voxel_mm, (self.size, self.size, self.size))


@dataclass(frozen=True)
class Region:
    """What the network reads of one preparation.

    Args:
        fields: (5, D, H, W) int8: `CHANNELS`, distances in units of `BAND_MM` / `LEVELS`, in the preparation frame.
        tooth_type: 0..15, see `N_TYPES`.
        kind: Place in `records.crown_case.KINDS`.
    """

    fields: Int
    tooth_type: int
    kind: int


@dataclass(frozen=True)
class RegionTruth:
    """What the network is to find in a region.

    Args:
        distance: (D, H, W) float16 signed distance to the sound tooth, mm, cut off at `BAND_MM`.
        weight: (D, H, W) uint8: how much each voxel counts, see `ON_CROWN`.
    """

    distance: Float
    weight: Int


@dataclass(frozen=True)
class Preparation:
    """The surfaces of a case in its preparation frame, mm.

    Args:
        tooth: FDI number. kind: what is made.
        scan: cut to the region. antagonist: likewise; without faces where there is none.
        margin: (M, 3) closed curve.
        inside: (F,) faces of the scan inside the margin.
    """

    tooth: int
    kind: Kind
    scan: Mesh
    antagonist: Mesh
    margin: Float
    inside: Bool


def preparation_at(
    scan: Mesh,
    antagonist: Mesh | None,
    margin: Float,
    *,
    kind: Kind,
    tooth: int,
    frame: PreparationFrame,
    region: RegionGrid,
) -> Preparation:
    """Cut what the network sees out of the scans.

    Args:
        scan: Preparation, neighbours, gum; mm, scan coordinates. antagonist: same coordinates, or None.
        margin: (M, 3) closed curve, scan coordinates.
        kind, tooth, frame, region: See there.

    Raises:
        MeshError: the scan has nothing in the region.
    """
    margin = frame.points_in(margin)
    near = _cut(frame.mesh_in(_plain(scan)), region)
    if not len(near.faces):
        raise MeshError(f"tooth {tooth}: the scan has no surface around the margin; expected both in one frame, in mm")
    middles = near.vertices[near.faces].mean(axis=1)
    empty = Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64))
    opposing = empty if antagonist is None else _cut(frame.mesh_in(_plain(antagonist)), region)
    return Preparation(tooth, kind, near, opposing, margin, inside_margin(middles, margin))


def make_region(preparation: Preparation, prior: Mesh, region: RegionGrid) -> Region:
    """The fields of a preparation.

    Args:
        preparation: See there.
        prior: The atlas tooth in its place, of `prior_of`.
        region: See there.
    """
    grid = region.grid
    scan, near, found = near_field(preparation.scan, grid, band=BAND_MM)
    inside = np.zeros(grid.shape, dtype=np.float32)
    inside[near] = np.where(preparation.inside[found.face], BAND_MM, -BAND_MM)
    fields = [
        scan,
        distance_field(preparation.antagonist, grid, band=BAND_MM, every=2),
        distance_field(prior, grid, band=BAND_MM, every=2),
        np.where(np.abs(scan) < BAND_MM, inside, 0),
        _distance_to_curve(preparation.margin, grid),
    ]
    stored = np.rint(np.stack(fields) * (LEVELS / BAND_MM)).astype(np.int8)
    return Region(stored, tooth_type(preparation.tooth), KINDS.index(preparation.kind))


def prior_of(preparation: Preparation) -> Mesh:
    """The atlas tooth fitted to a preparation; closed, preparation frame, mm."""
    scan, antagonist = preparation.scan, preparation.antagonist
    outside = np.ones(len(scan.vertices), dtype=bool)
    outside[scan.faces[preparation.inside]] = False
    surroundings = Surroundings(
        margin=preparation.margin,
        around=scan.vertices[outside],
        around_normals=scan.vertex_normals[outside],
        ground=scan.vertices[~outside],
        ground_normals=scan.vertex_normals[~outside],
        opposing=antagonist.vertices,
        opposing_normals=antagonist.vertex_normals,
        partial=preparation.kind != "crown",
    )
    return fit_tooth(preparation.tooth, surroundings)


def make_truth(case: CrownCase, frame: PreparationFrame, region: RegionGrid) -> RegionTruth:
    """What is to be found for a case whose sound tooth is known.

    The tooth is put together from the truth inside the margin and the scanned tooth around it.

    Args:
        case: With `crown`, and tooth numbers and the prepared part on the scan.
        frame, region: See there.

    Raises:
        MeshError: the case has no truth, or its scan no ``label`` and ``prepared``.
    """
    crown, tooth, is_crown = _sound_tooth(case, frame, region)
    grid = region.grid
    distance, near, found = near_field(tooth, grid, band=BAND_MM)
    rim = KDTree(_border_points(crown if len(crown.faces) else tooth, 0.5 * region.voxel_mm))
    beyond = rim.query(found.place, distance_upper_bound=0.5 * region.voxel_mm)[0] < np.inf
    far = np.abs(found.distance) > 0.5 * BAND_MM
    weight = np.full(grid.shape, BEYOND, dtype=np.uint8)
    weight[near] = np.where(beyond | far, BEYOND, np.where(is_crown[found.face], ON_CROWN, ON_TOOTH))
    distance = _without_bubbles(distance)
    return RegionTruth(distance.astype(np.float16), weight)


def tooth_type(tooth: int) -> int:
    """0..15: the teeth 1..8 of the upper jaw, then those of the lower one; milk teeth count by their number."""
    return number(tooth) - 1 + (8 if jaw(tooth) == LOWER else 0)


def _sound_tooth(case: CrownCase, frame: PreparationFrame, region: RegionGrid) -> tuple[Mesh, Mesh, Bool]:
    """Truth inside the margin, that with the scanned tooth around it, and which faces of the latter are truth."""
    labels, prepared = (case.scan.vertex_attributes.get(name) for name in ("label", "prepared"))
    if case.crown is None or labels is None or prepared is None:
        raise MeshError(
            f"{case.name}: found no truth to learn from, expected the sound surface (crown.ply) and a scan with the "
            "vertex attributes 'label' and 'prepared'; `typodont synth crown` makes such cases"
        )
    standing = ((labels == case.tooth) & (prepared == 0))[case.scan.faces].all(axis=1)
    crown = _cut(frame.mesh_in(_plain(case.crown)), region)
    rest = _cut(frame.mesh_in(_plain(case.scan.submesh(standing))), region)
    tooth = Mesh(np.vstack([crown.vertices, rest.vertices]), np.vstack([crown.faces, rest.faces + len(crown.vertices)]))
    return crown, tooth, np.arange(len(tooth.faces)) < len(crown.faces)


def _without_bubbles(distance: Float) -> Float:
    """Signed distances with what is outside, but shut in by what is inside, turned to the inside.

    Deep below an open surface the nearest place may be a border whose normal says little about the side.
    """
    regions, _ = label(distance > 0)  # type: ignore[misc]
    free = np.unique(np.concatenate([np.take(regions, i, axis).ravel() for i in (0, -1) for axis in range(3)]))
    return np.where((distance > 0) & ~np.isin(regions, free), -distance, distance)


def _distance_to_curve(curve: Float, grid: Grid) -> Float:
    """(D, H, W) mm, cut off at `BAND_MM`."""
    points = even_points(curve, spacing=0.5 * grid.spacing)
    cells = np.rint((points - grid.origin) / grid.spacing).astype(int)
    cells = cells[((cells >= 0) & (cells < grid.shape)).all(axis=1)]
    away = np.ones(grid.shape, dtype=bool)
    away[tuple(cells.T)] = False
    field = np.minimum(np.asarray(distance_transform_edt(away)) * grid.spacing, BAND_MM)
    close = field < BAND_MM
    field[close] = np.minimum(KDTree(points).query(grid.points()[close.ravel()])[0], BAND_MM)
    return field


def _border_points(mesh: Mesh, step: float) -> Float:
    """(n, 3) points on the open border of a mesh, `step` mm apart or less."""
    start, end = mesh.vertices[boundary_edges(mesh).T]
    return _filled(start, end, step)


def _filled(start: Float, end: Float, step: float) -> Float:
    """(n, 3) points on straight pieces from `start` to `end` (m, 3)."""
    longest = float(np.linalg.norm(end - start, axis=1).max(initial=0.0))
    shares = np.linspace(0, 1, max(int(np.ceil(longest / step)), 1), endpoint=False)[:, None, None]
    return (start + shares * (end - start)).reshape(-1, 3)


def _cut(mesh: Mesh, region: RegionGrid) -> Mesh:
    """The faces with a vertex in the region or within `BAND_MM` of it."""
    low = np.array(region.grid.origin)
    high = low + region.voxel_mm * (region.size - 1)
    within: Bool = np.all((mesh.vertices > low - BAND_MM) & (mesh.vertices < high + BAND_MM), axis=1)
    return _plain(mesh.submesh(np.any(within[mesh.faces], axis=1)))


def _plain(mesh: Mesh) -> Mesh:
    return Mesh(mesh.vertices, mesh.faces)
