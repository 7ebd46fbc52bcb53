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
from typodont.types import Float, Int

_SPARE_MM = 3.0
"""Kept around a region, so that it can be moved and turned without running out of surface."""
_AROUND_MM, _TOP_PERCENT = 8.0, 98.0
"""What stands higher than so many percent of the surface within this distance counts as the top of the teeth."""
ABOVE_MM = 2.0
"""Of a region that lie above the top of the teeth."""


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
    """(D, H, W) uint8 volume of a case: "mm" the region around the preparation, "stretched" its tooth alone.

    Raises:
        MeshError: the case has no axis or no margin, or its scan no vertex of the prepared tooth.
        FrameError: see `mesial_direction`.
    """
    if case.axis is None or case.margin is None:
        raise MeshError(f"{case.name}: found no axis or no margin, expected both to know where the preparation is")
    mesial = mesial_direction(case.scan, case.tooth)
    frame = preparation_frame(case.tooth, case.margin.mean(axis=0), axis=case.axis, mesial=mesial)
    if grid.scale == "mm":
        return site_volume(case.scan, frame, grid)
    own = case.scan.vertex_attributes["label"] == case.tooth
    if not own.any():
        raise MeshError(f"{case.name}: found no vertex of tooth {case.tooth}, expected it among the labels")
    alone = frame.mesh_in(case.scan).submesh(np.all(own[case.scan.faces], axis=1))
    return tooth_volume(alone, grid, name=case.name)


def site_volume(scan: Mesh, frame: PreparationFrame, grid: VolumeGridConfig) -> Int:
    """(D, H, W) uint8 region of a scan around a prepared tooth, in mm; see `region`.

    Args:
        scan: The jaw with the preparation, mm.
        frame: Its origin need only be about the middle of the preparation, at any height.
        grid: Of the scale "mm".
    """
    return region(frame.mesh_in(scan), grid)


def tooth_volume(mesh: Mesh, grid: VolumeGridConfig, *, name: str = "tooth") -> Int:
    """(D, H, W) uint8 of a prepared tooth by itself, z occlusal: "stretched" as published, or its region in "mm".

    Raises:
        MeshError: a surface without height or without faces.
    """
    if grid.scale == "mm":
        middle = (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0)) / 2
        return region(mesh.transformed(_moved(-middle)), grid)
    values, size = voxelised(mesh)
    return on_grid(Volume(values, (size, size, size), SHAPE, name), grid)


def region(placed: Mesh, grid: VolumeGridConfig) -> Int:
    """(D, H, W) uint8: `LEVELS` inside the surface and 0 outside, on `shape` voxels and spare ones around them.

    The region hangs from what stands highest around the origin, so that it lies alike whether the margin is known or
    not: only x, y and the axis of the frame count.

    Args:
        placed: Scan with x mesial, y buccal, z occlusal, the preparation about the origin, mm.
        grid: Of the scale "mm".

    Raises:
        MeshError: no surface there.
    """
    around = np.hypot(placed.vertices[:, 0], placed.vertices[:, 1]) < _AROUND_MM
    near = around & (np.abs(placed.vertices[:, 2]) < _AROUND_MM)
    if not near.any():
        raise MeshError("found no surface around the prepared tooth, expected the scan of it; is the scan in mm?")
    top = float(np.percentile(placed.vertices[near, 2], _TOP_PERCENT))
    hung = placed.transformed(_moved(np.array([0.0, 0.0, grid.shape[2] * grid.voxel_mm / 2 - ABOVE_MM - top])))
    return _filled(hung, grid)


def _filled(hung: Mesh, grid: VolumeGridConfig) -> Int:
    """What lies inside the surface around the middle of the region."""
    spare = round(_SPARE_MM / grid.voxel_mm)
    wide, deep, high = (side + 2 * spare for side in grid.shape)
    x, y, z = (-grid.voxel_mm * (side - 1) / 2 for side in (wide, deep, high))
    near = np.all(np.abs(hung.vertices) < _SPARE_MM - np.array([x, y, z]), axis=1)
    inside = occupancy(
        hung.submesh(np.any(near[hung.faces], axis=1)), Grid((x, y, z), grid.voxel_mm, (wide, deep, high))
    )
    return (LEVELS * inside).astype(np.uint8)


def _moved(by: Float) -> Float:
    """(4, 4) shift."""
    place = np.eye(4)
    place[:3, 3] = by
    return place


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
