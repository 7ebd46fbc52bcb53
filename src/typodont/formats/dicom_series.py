"""Volumes as DICOM: a CT or cone-beam CT as one file per slice, or as one file with many frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from pydicom.pixels.processing import apply_rescale

from typodont.errors import FormatError
from typodont.formats.dicom import damage_named, decoded, read_dataset
from typodont.formats.voxel_grid import VoxelGrid, along_patient, check_voxels
from typodont.progress import track
from typodont.types import Float

_EXPECTED = "the slices of a CT"


@dataclass(frozen=True)
class _Slice:
    """One slice: where it lies (mm; left, back, head) and what it shows.

    Args:
        values: (rows, columns) float32, Hounsfield units.
        position: (3,) centre of the first sample.
        right, down: (3,) steps to the next column and to the next row.
    """

    values: Float
    position: Float
    right: Float
    down: Float

    @property
    def plane(self) -> tuple[float, ...]:
        """What all slices of one volume have in common."""
        return (*self.values.shape, *np.concatenate([self.right, self.down]).round(3).tolist())


def group_series(files: Sequence[Path]) -> list[list[Path]]:
    """DICOM files by the series that they say they belong to, in the order of the first file of each.

    A file that says none, or cannot be read, is a group of its own.
    """
    groups: dict[str, list[Path]] = {}
    for path in track(files, "look through DICOM files", unit="file"):
        groups.setdefault(_series_uid(path) or str(path), []).append(path)
    return list(groups.values())


def read_series(files: Sequence[Path]) -> VoxelGrid:
    """The volume of a series, Hounsfield units.

    Slices are ordered by where they lie, not by name or number. Pictures of another size or direction than most
    (scouts) and second pictures of one place are left out, and gaps are closed; the warnings name all three.

    Args:
        files: One with many frames, or one per slice.

    Raises:
        FormatError: a file is not readable, has no place in space, or there are fewer than two slices.
    """
    folder = files[0].parent if len(files) > 1 else files[0]
    slices = [one for path in files for one in _read_slices(path)]
    (plane, count), *_ = Counter(one.plane for one in slices).most_common(1)
    notes = [] if count == len(slices) else [f"{len(slices) - count} pictures lie otherwise than the rest; left out"]
    ordered, heights, more = _stacked([one for one in slices if one.plane == plane])
    shape = (len(ordered), *ordered[0].values.shape)
    if len(ordered) < 2:
        raise FormatError(f"{folder}: found a single slice, expected {_EXPECTED}; export the whole series")
    check_voxels(shape, folder)
    step = float(np.median(np.diff(heights)))
    first = ordered[0]
    directions = np.column_stack([step * _normal(first), first.down, first.right])
    values, spacing = along_patient(np.stack([one.values for one in ordered]), directions, folder)
    return VoxelGrid(np.ascontiguousarray(values), spacing, (*notes, *more))


def _stacked(slices: list[_Slice]) -> tuple[list[_Slice], Float, list[str]]:
    """Slices in order, each place once, their heights over the first sample's plane, and what is odd about them."""
    height = np.array([one.position @ _normal(one) for one in slices])
    height, at = np.unique(height.round(3), return_index=True)
    notes = []
    if len(at) < len(slices):
        notes.append(f"{len(slices) - len(at)} slices lie where another one lies; left out")
    gaps = np.diff(height)
    if len(gaps) and np.ptp(gaps) > 0.05 * np.median(gaps):
        notes.append(
            f"distances between slices run from {gaps.min():.2f} to {gaps.max():.2f} mm; slices may be missing, "
            "all are taken as equally far apart"
        )
    return [slices[i] for i in at], height, notes


def _normal(one: _Slice) -> Float:
    normal = np.cross(one.right, one.down)
    return normal / np.linalg.norm(normal)


def _series_uid(path: Path) -> str:
    try:
        with damage_named(path, _EXPECTED):
            tags = ["SOPClassUID", "Rows", "SeriesInstanceUID"]
            dataset = read_dataset(path, stop_before_pixels=True, specific_tags=tags)
            return str(dataset.get("SeriesInstanceUID") or "")
    except FormatError:
        return ""  # reading it will say why


def _read_slices(path: Path) -> list[_Slice]:
    with damage_named(path, _EXPECTED):
        dataset = read_dataset(path)
        if not dataset.get("Rows") or not dataset.get("Columns"):
            raise FormatError(f"{path}: found DICOM without a picture, expected {_EXPECTED}; leave it out")
        n_frames = max(int(dataset.get("NumberOfFrames") or 1), 2)  # one file may be one slice of many
        check_voxels((n_frames, int(dataset.Rows), int(dataset.Columns)), path)
        stored = decoded(dataset, path)
        if "PerFrameFunctionalGroupsSequence" not in dataset:
            if stored.ndim != 2 or "ImagePositionPatient" not in dataset:
                raise FormatError(
                    f"{path}: found a picture that says no place in space, expected {_EXPECTED}; "
                    "export the volume as CT slices or as Enhanced CT"
                )
            return [_slice(stored, dataset, dataset, dataset, dataset)]
        shared = dataset.SharedFunctionalGroupsSequence[0]
        return [
            _slice(
                frame,
                _group(shared, own, "PlanePositionSequence"),
                _group(shared, own, "PlaneOrientationSequence"),
                _group(shared, own, "PixelMeasuresSequence"),
                _group(shared, own, "PixelValueTransformationSequence"),
            )
            for frame, own in zip(stored, dataset.PerFrameFunctionalGroupsSequence, strict=True)
        ]


def _group(shared: pydicom.Dataset, own: pydicom.Dataset, keyword: str) -> pydicom.Dataset:
    """What a frame says of itself, or all frames together; nothing where neither does."""
    sequence = own.get(keyword) or shared.get(keyword)
    return sequence[0] if sequence else pydicom.Dataset()


def _slice(
    stored: np.ndarray,
    place: pydicom.Dataset,
    turn: pydicom.Dataset,
    measures: pydicom.Dataset,
    scale: pydicom.Dataset,
) -> _Slice:
    cosines = np.array(turn.ImageOrientationPatient, dtype=float)
    between_rows, between_columns = (float(mm) for mm in measures.PixelSpacing)
    position = np.array(place.ImagePositionPatient, dtype=float)
    right, down = cosines[:3] * between_columns, cosines[3:] * between_rows
    if not np.isfinite(position).all() or not np.linalg.norm(np.cross(right, down)) > 0:
        raise ValueError("rows and columns that span no plane")  # reported as damage
    return _Slice(np.asarray(apply_rescale(stored, scale), dtype=np.float32), position, right, down)
