"""Volumes as NIfTI (``.nii``, ``.nii.gz``); needs the extra ``volume``."""

from __future__ import annotations

import gzip
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from typodont.atomic import atomic_path
from typodont.errors import ConfigError, FormatError
from typodont.formats.voxel_grid import VoxelGrid, along_patient, check_voxels
from typodont.types import Float

NIFTI_SUFFIXES = (".nii", ".nii.gz")
_MM_PER_UNIT = {"mm": 1.0, "meter": 1000.0, "micron": 0.001}
_FROM_RIGHT_FRONT_HEAD = np.diag([-1.0, -1.0, 1.0])
"""NIfTI counts to the right and to the front, everything else in here to the left and to the back, as DICOM does."""
_DAMAGE = (OSError, EOFError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError, zlib.error)
"""What nibabel raises for damaged files, beside its own errors."""


def read_nifti(path: Path) -> VoxelGrid:
    """The volume of a NIfTI file, scaled as the file says.

    Values that are not finite become the smallest of the others, which is air on a CT, and are named in the warnings.

    Raises:
        FormatError: not readable as NIfTI, not one volume, too large, or without usable axes.
        ConfigError: nibabel is not installed.
    """
    nibabel: Any = _nibabel()
    damage = (*_DAMAGE, nibabel.filebasedimages.ImageFileError, nibabel.spatialimages.HeaderDataError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd headers
            image = nibabel.load(path)
            shape = tuple(int(n) for n in image.shape)
            while len(shape) > 3 and shape[-1] == 1:
                shape = shape[:-1]
            check_voxels(shape, path)
            values = image.get_fdata(dtype=np.float32, caching="unchanged").reshape(shape)
            unit = image.header.get_xyzt_units()[0] if hasattr(image.header, "get_xyzt_units") else "mm"
    except damage as error:
        raise FormatError(
            f"{path}: cannot be read as NIfTI ({error}), expected a volume as .nii or .nii.gz; export it again"
        ) from None
    directions = _FROM_RIGHT_FRONT_HEAD @ image.affine[:3, :3] * _MM_PER_UNIT.get(unit, 1.0)
    values, notes = _finite(values, path)
    values, spacing = along_patient(values, directions, path)
    return VoxelGrid(np.ascontiguousarray(values), spacing, notes)


def write_nifti(values: Float, spacing: tuple[float, float, float], path: Path) -> None:
    """Write a volume as NIfTI in whole numbers (16 bit), whole or not at all; its middle becomes the origin.

    Args:
        values: (D, H, W) along the patient's left, back and head, for example Hounsfield units.
        spacing: Between samples along the three axes, mm.
        path: Ends in ``.nii`` or ``.nii.gz``.

    Raises:
        ConfigError: nibabel is not installed.
    """
    nibabel: Any = _nibabel()
    directions = _FROM_RIGHT_FRONT_HEAD @ np.diag(spacing)
    affine = np.eye(4)
    affine[:3, :3] = directions
    affine[:3, 3] = -directions @ ((np.array(values.shape) - 1) / 2)
    image = nibabel.Nifti1Image(np.rint(values).astype(np.int16), affine)
    image.header.set_xyzt_units("mm")
    written = image.to_bytes()
    with atomic_path(path) as temporary:
        temporary.write_bytes(gzip.compress(written, mtime=0) if path.suffix == ".gz" else written)


def _finite(values: Float, path: Path) -> tuple[Float, tuple[str, ...]]:
    finite = np.isfinite(values)
    if finite.all():
        return values, ()
    if not finite.any():
        raise FormatError(f"{path}: found no finite value, expected grey values; export it again")
    lowest = float(values.min(where=finite, initial=np.inf))
    n_bad = int((~finite).sum())
    return np.where(finite, values, np.float32(lowest)), (f"{n_bad} values are not finite; taken as {lowest:g}",)


def _nibabel() -> Any:
    try:
        import nibabel
    except ImportError:
        raise ConfigError("NIfTI volumes need nibabel: pip install 'typodont[volume]'") from None
    return nibabel
