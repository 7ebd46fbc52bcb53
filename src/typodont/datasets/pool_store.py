"""Point pools on disk: one small file a scan, so that an epoch of training touches no mesh."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from typodont.atomic import atomic_path
from typodont.datasets.scan_points import PointPool
from typodont.errors import FormatError

SUFFIX = ".pool.npz"


def write_pool(pool: PointPool, path: Path) -> None:
    """Write a pool; real numbers are kept as float16 (0.03 mm at the far end of an arch)."""
    values = {field.name: getattr(pool, field.name) for field in fields(pool)}
    arrays = {name: np.asarray(value) for name, value in values.items() if value is not None}
    small = {name: array.astype(np.float16) if array.dtype == np.float32 else array for name, array in arrays.items()}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **small)


def read_pool(path: Path) -> PointPool:
    """Read a pool.

    Raises:
        FormatError: not a pool file, or one of another version.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            values = {name: arrays[name] for name in arrays.files}
        values = {name: v.astype(np.float32) if v.dtype == np.float16 else v for name, v in values.items()}
        jaw = int(values.pop("jaw"))
        return PointPool(**values, jaw=jaw)
    except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            f"{path}: no point pool of this version ({error}); delete it, it will be made again"
        ) from None


def list_pools(folder: Path, names: Container[str] | None = None) -> list[Path]:
    """The pool files of a folder, by name; with `names` only those of these scans; empty where there is no folder."""
    found = sorted(Path(folder).glob("*" + SUFFIX))
    return found if names is None else [path for path in found if pool_name(path) in names]


def pool_name(path: Path) -> str:
    """The name of the scan in a pool file."""
    return path.name.removesuffix(SUFFIX)
