"""A volume: grey values on a grid in mm, from a CT or from a surface."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from typodont.errors import ConfigError, FormatError, MeshError
from typodont.formats import SUFFIXES, read_mesh
from typodont.formats.nifti import NIFTI_SUFFIXES
from typodont.formats.voxel_grid import MAX_VOXELS
from typodont.geometry.mesh import Mesh
from typodont.geometry.occupancy import occupancy
from typodont.geometry.voxels import Grid
from typodont.records.radiograph import DICOM_SUFFIXES, is_dicom
from typodont.types import Float

VOLUME_SUFFIXES = (*NIFTI_SUFFIXES, *DICOM_SUFFIXES, *SUFFIXES)
CT, SHAPE = "ct", "shape"
SLICES = 64
"""Of a surface in the published crown study, from its lowest to its highest point."""


@dataclass(frozen=True)
class Volume:
    """Grey values on a regular grid.

    Args:
        values: (D, H, W) float32: Hounsfield units of a "ct", 1 inside the surface of a "shape" and 0 outside.
            The axes of a CT run to the patient's left, back and head, those of a shape along x, y and z of its file.
        spacing: Between samples along the three axes, mm.
        kind: See `values`.
        name: Of the file without its suffix, or of the folder of a series.
        files: Where it comes from.
        warnings: What is unusual about the files, for people.
    """

    values: Float
    spacing: tuple[float, float, float]
    kind: Literal["ct", "shape"]
    name: str
    files: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()


class VolumeFiles(NamedTuple):
    """One volume on disk: a NIfTI file, a surface, a DICOM file with many frames, or the DICOM files of a series."""

    kind: Literal["ct", "shape"]
    files: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Of the file without its suffix, or of the folder of a series."""
        first = self.files[0]
        if len(self.files) > 1:
            return first.parent.name
        suffix = next((s for s in VOLUME_SUFFIXES[::-1] if first.name.lower().endswith(s)), "")
        return first.name[: len(first.name) - len(suffix)]


def find_volumes(places: Iterable[Path]) -> list[VolumeFiles]:
    """Every volume of some files and folders, those below included, in the order of their paths.

    DICOM is known by its content, also without suffix, and put together by series; of all other files only the names
    are looked at. Hidden files and folders are skipped. A file that is named itself, or cannot be opened, is kept, so
    that reading it says what is wrong.

    Raises:
        ConfigError: no such file or folder, or nothing there.
    """
    places = [Path(place) for place in places]
    found: list[VolumeFiles] = []
    dicom: list[Path] = []
    for path in sorted({path for place in places for path in _files_of(place)}):
        name = path.name.lower()
        if name.endswith(SUFFIXES):
            found.append(VolumeFiles(SHAPE, (path,)))
        elif name.endswith(NIFTI_SUFFIXES):
            found.append(VolumeFiles(CT, (path,)))
        elif path in places or _may_be_dicom(path):
            dicom.append(path)
    if dicom:
        from typodont.formats.dicom_series import group_series

        found += [VolumeFiles(CT, tuple(files)) for files in group_series(dicom)]
    if not found:
        where = ", ".join(str(place) for place in places)
        raise ConfigError(f"{where}: no volumes there; expected DICOM series or {', '.join(VOLUME_SUFFIXES)}")
    return sorted(found, key=lambda volume: volume.files[0])


def read_volume(volume: VolumeFiles, *, voxel_mm: float | None = None) -> Volume:
    """A volume from its files.

    Args:
        volume: From `find_volumes`.
        voxel_mm: Size of the voxels that a surface is cut into, see `voxelised`. A CT keeps its own.

    Raises:
        FormatError: not readable.
        MeshError: a surface that is none, or too large for such voxels.
        ConfigError: NIfTI without nibabel.
    """
    first = volume.files[0]
    if volume.kind == SHAPE:
        try:
            values, size = voxelised(read_mesh(first), voxel_mm)
        except MeshError as error:
            raise MeshError(error if str(first) in str(error) else f"{first}: {error}") from None
        return Volume(values, (size, size, size), SHAPE, volume.name, volume.files)
    if first.name.lower().endswith(NIFTI_SUFFIXES):
        from typodont.formats.nifti import read_nifti

        grid = read_nifti(first)
    else:
        from typodont.formats.dicom_series import read_series

        grid = read_series(volume.files)
    return Volume(grid.values, grid.spacing, CT, volume.name, volume.files, grid.warnings)


def voxelised(mesh: Mesh, voxel_mm: float | None = None) -> tuple[Float, float]:
    """What lies inside a surface, (D, H, W) float32 0 or 1 along x, y and z, and the voxels' size, mm.

    The grid ends at the surface's lowest and highest points. For open surfaces see `geometry.occupancy`.

    Args:
        mesh: Surface, mm, outward faces.
        voxel_mm: Size of a voxel; None: 64 slices from the lowest to the highest point along z.

    Raises:
        MeshError: flat along z, or too large for such voxels.
    """
    points = mesh.vertices[np.unique(mesh.faces)]
    size = np.ptp(points, axis=0)
    spacing = voxel_mm or float(size[2]) / (SLICES - 1)
    if spacing <= 0:
        raise MeshError("found a surface without any height along z, expected one with an inside")
    if np.prod(size / spacing + 1) > MAX_VOXELS / 10:
        raise MeshError(
            f"found a surface of {' × '.join(f'{side:.4g}' for side in size)} mm, too large for voxels of "
            f"{spacing:.3g} mm; is it in mm? take larger voxels otherwise"
        )
    return occupancy(mesh, Grid.around(points, spacing)).astype(np.float32), spacing


def _files_of(place: Path) -> list[Path]:
    """The file itself, or the files of a folder and those below, hidden ones left out."""
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise ConfigError(f"{place}: found no such file or folder, expected volumes; check the path")
    below = [path for path in place.rglob("*") if path.is_file()]
    return [path for path in below if not any(part.startswith(".") for part in path.relative_to(place).parts)]


def _may_be_dicom(path: Path) -> bool:
    try:
        return is_dicom(path)
    except FormatError:
        return True
