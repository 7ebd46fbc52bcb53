"""Preparations as volumes, in two ways: stretched to the published grid, or a region with its millimetres kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import affine_transform
from scipy.spatial.transform import Rotation

from typodont.datasets.preparation_frame import PreparationFrame, mesial_direction, preparation_frame
from typodont.datasets.volume_cache import CachedVolume, keep_volume
from typodont.datasets.volume_grid import LEVELS, VolumeGridConfig, on_grid
from typodont.datasets.volume_views import VolumeAugment, part, varied
from typodont.errors import MeshError
from typodont.formats import read_json, read_mesh
from typodont.geometry.mesh import Mesh
from typodont.geometry.occupancy import occupancy
from typodont.geometry.voxels import Grid
from typodont.nets.volume_batch import VolumeBatch, VolumeKinds
from typodont.records.crown_case import CASE, SCAN, CrownCase, read_crown_case
from typodont.records.volume import SHAPE, Volume, voxelised
from typodont.types import Bool, Float, Int

_SPARE_MM = 3.0
"""Kept around a region, so that it can be moved and turned without running out of surface."""
_STRAY_PERCENT = 1.0
"""Of a tooth's vertices at either end that do not count for where its middle is: a few may be another tooth's."""


@dataclass(frozen=True)
class RegionAugment:
    """How a region is moved, as a site that was found by itself may be off.

    Args:
        tilt_deg: Largest turn about the axes across the tooth.
        turn_deg: Largest turn about the long axis.
        shift_mm: Largest shift along each axis.
        mirror: Whether mesial and distal, and cheek and tongue, change places in half of the samples each.
    """

    tilt_deg: float = 15.0
    turn_deg: float = 25.0
    shift_mm: float = 1.0
    mirror: bool = True


@dataclass(frozen=True)
class KindVolume:
    """A volume and of which kind it is.

    Args:
        volume: On its grid.
        kind: Number of the kind.
    """

    volume: CachedVolume
    kind: int

    @property
    def name(self) -> str:
        """Of the volume."""
        return self.volume.name


@dataclass(frozen=True)
class KindSample:
    """What a network for kinds is shown of one volume.

    Args:
        values: (D, H, W) float32 grey values 0..1.
        kind: Number of its kind.
    """

    values: Float
    kind: int


def collate_kinds(samples: Iterable[KindSample]) -> VolumeBatch:
    """A batch of samples."""
    samples = list(samples)
    values = torch.from_numpy(np.stack([sample.values for sample in samples]))[:, None]
    return VolumeBatch(values, VolumeKinds(torch.tensor([sample.kind for sample in samples])))


def case_kind(folder: Path) -> str | None:
    """What is to be made in a crown case, without reading its surfaces; None where the case does not say.

    Raises:
        FormatError: no readable ``case.json``.
    """
    about = read_json(folder / CASE)
    return about.get("kind") if isinstance(about, dict) else None


def keep_case(folder: Path, grid: VolumeGridConfig, cache: Path) -> CachedVolume:
    """The volume of a crown case, made once; see `case_volume`.

    Raises:
        FormatError, MeshError, LabelError, FrameError: the case cannot be used.
    """
    files = (folder / SCAN, folder / CASE)
    return keep_volume(folder.name, files, grid, cache, lambda: case_volume(read_crown_case(folder), grid))


def keep_tooth(path: Path, grid: VolumeGridConfig, cache: Path) -> CachedVolume:
    """The volume of a file with a single prepared tooth, occlusal +z, made once; see `tooth_volume`."""
    return keep_volume(path.stem, (path,), grid, cache, lambda: tooth_volume(read_mesh(path), grid, name=path.stem))


def case_volume(case: CrownCase, grid: VolumeGridConfig) -> Int:
    """(D, H, W) uint8 volume of a case, x mesial, y buccal, z occlusal along its axis.

    Raises:
        MeshError: the case has no axis, or its scan no vertex of the prepared tooth.
        FrameError: see `mesial_direction`.
    """
    if case.axis is None:
        raise MeshError(f"{case.name}: found no axis, expected the direction towards occlusal in {CASE}")
    labels = case.scan.vertex_attributes.get("label", np.zeros(len(case.scan.vertices), dtype=np.int64))
    own = labels == case.tooth
    frame = tooth_frame(
        case.scan, own, case.tooth, axis=case.axis, mesial=mesial_direction(case.scan, case.tooth), name=case.name
    )
    return site_volume(case.scan, own, frame, grid)


def tooth_frame(
    scan: Mesh, own: Bool, tooth: int, *, axis: Float, mesial: Float, name: str = "scan"
) -> PreparationFrame:
    """The frame of a prepared tooth whose margin nobody knows yet: its origin is the middle of the tooth's extent.

    Args:
        scan: In any frame, mm.
        own: (N,) which vertices are the tooth's.
        tooth: FDI number.
        axis, mesial: (3,) towards occlusal and about towards mesial.
        name: For the message.

    Raises:
        MeshError: the tooth has no vertex.
    """
    if not own.any():
        raise MeshError(f"{name}: found no vertex of tooth {tooth}, expected the prepared tooth among the labels")
    points = scan.vertices[own]
    first = preparation_frame(tooth, points.mean(axis=0), axis=axis, mesial=mesial)
    low, high = np.percentile(first.points_in(points), [_STRAY_PERCENT, 100 - _STRAY_PERCENT], axis=0)
    middle = first.points_back((low + high)[None] / 2)[0]
    return preparation_frame(tooth, middle, axis=axis, mesial=mesial)


def site_volume(scan: Mesh, own: Bool, frame: PreparationFrame, grid: VolumeGridConfig) -> Int:
    """(D, H, W) uint8 of a prepared tooth: of "mm" the region around it, see `region`; of "stretched" the tooth alone.

    Args:
        scan: In any frame, mm.
        own: (N,) which vertices are the tooth's.
        frame: From `tooth_frame`.
        grid: See there.
    """
    placed = frame.mesh_in(scan)
    if grid.scale == "mm":
        return region(placed, grid)
    return tooth_volume(placed.submesh(np.all(own[placed.faces], axis=1)), grid)


def tooth_volume(mesh: Mesh, grid: VolumeGridConfig, *, name: str = "tooth") -> Int:
    """(D, H, W) uint8 of a prepared tooth by itself, z occlusal: "stretched" as published, or its region in "mm".

    Raises:
        MeshError: a surface without height or without faces.
    """
    if grid.scale == "mm":
        low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
        place = np.eye(4)
        place[:3, 3] = -(low + high) / 2
        return region(mesh.transformed(place), grid)
    values, size = voxelised(mesh)
    return on_grid(Volume(values, (size, size, size), SHAPE, name), grid)


def region(placed: Mesh, grid: VolumeGridConfig) -> Int:
    """(D, H, W) uint8: `LEVELS` inside the surface and 0 outside, on `shape` voxels and spare ones around the origin.

    Args:
        placed: Scan in the frame of the prepared tooth, mm.
        grid: Of the scale "mm".

    Raises:
        MeshError: no surface there.
    """
    spare = round(_SPARE_MM / grid.voxel_mm)
    wide, deep, high = (side + 2 * spare for side in grid.shape)
    start = [-grid.voxel_mm * (side - 1) / 2 for side in (wide, deep, high)]
    cells = Grid((start[0], start[1], start[2]), grid.voxel_mm, (wide, deep, high))
    near = np.all(np.abs(placed.vertices) < -np.array(start) + _SPARE_MM, axis=1)
    if not near.any():
        raise MeshError("found no surface around the prepared tooth, expected the scan of it; is the scan in mm?")
    inside = occupancy(placed.submesh(np.any(near[placed.faces], axis=1)), cells)
    return (LEVELS * inside).astype(np.uint8)


def moved_region(
    sample: KindVolume, rng: np.random.Generator, *, augment: RegionAugment, grid: VolumeGridConfig
) -> KindSample:
    """A region turned, shifted and mirrored."""
    tilt, turn = augment.tilt_deg, augment.turn_deg
    angles = rng.uniform(-1, 1, size=3) * (tilt, tilt, turn)
    across = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    if augment.mirror:
        across = across * np.where(rng.random(3) < (0.5, 0.5, 0.0), -1, 1)
    shift = rng.uniform(-1, 1, size=3) * augment.shift_mm / grid.voxel_mm
    stored = sample.volume.read()
    middle = (np.array(stored.shape) - 1) / 2
    offset = middle + shift - across @ ((np.array(grid.shape) - 1) / 2)
    values = affine_transform(stored.astype(np.float32) / LEVELS, across, offset, output_shape=grid.shape, order=1)
    return KindSample(values, sample.kind)


def plain_region(sample: KindVolume, *, grid: VolumeGridConfig) -> KindSample:
    """A region as it lies."""
    return KindSample(middle_of(sample.volume.read(), grid), sample.kind)


def middle_of(stored: Int, grid: VolumeGridConfig) -> Float:
    """`shape` float32 grey values 0..1 in the middle of a stored volume."""
    start = [(n - side) // 2 for n, side in zip(stored.shape, grid.shape, strict=True)]
    return part(stored, start, grid.shape)


def turned_volume(sample: KindVolume, rng: np.random.Generator, *, augment: VolumeAugment) -> KindSample:
    """A stretched volume, varied."""
    stored = sample.volume.read()
    return KindSample(varied(stored.astype(np.float32) / LEVELS, rng, augment), sample.kind)


def plain_volume(sample: KindVolume) -> KindSample:
    """A stretched volume as it is."""
    return KindSample(sample.volume.read().astype(np.float32) / LEVELS, sample.kind)
