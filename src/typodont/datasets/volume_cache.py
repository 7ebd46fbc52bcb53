"""Volumes read and put on a grid once, and kept as files that a loader can take parts of."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from typodont.atomic import atomic_path
from typodont.datasets.volume_grid import VolumeGridConfig, on_grid
from typodont.errors import TypodontError
from typodont.progress import track
from typodont.records.volume import VolumeFiles, read_volume
from typodont.types import Int

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CachedVolume:
    """A volume on the grid of a `VolumeGridConfig`.

    Args:
        name: Of the volume.
        path: ``.npy`` file with (D, H, W) uint8.
        source: Its first file.
    """

    name: str
    path: Path
    source: Path

    def read(self) -> Int:
        """(D, H, W) uint8, read from the disk only where it is looked at."""
        return np.load(self.path, mmap_mode="r", allow_pickle=False)


def cache_volumes(
    volumes: Sequence[VolumeFiles], config: VolumeGridConfig, folder: Path, *, processes: int = 1
) -> list[CachedVolume]:
    """Put volumes on a grid, in several processes; what an earlier run has made is taken from the folder.

    What cannot be read is named in the log and passed over. A file that was changed since is read again.
    """
    work = partial(_cached, config=config, folder=folder)
    show = partial(track, description="read volumes", total=len(volumes), unit="volume")
    if processes <= 1:
        results = list(show(map(work, volumes)))
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            results = list(show(pool.map(work, volumes)))
    for reason in (result for result in results if isinstance(result, str)):
        logger.warning("%s", reason)
    return [result for result in results if isinstance(result, CachedVolume)]


def _cached(volume: VolumeFiles, *, config: VolumeGridConfig, folder: Path) -> CachedVolume | str:
    """The volume on the grid, or why it was passed over."""
    try:
        return keep_volume(
            volume.name,
            volume.files,
            config,
            folder,
            lambda: on_grid(read_volume(volume, voxel_mm=config.surface_mm), config),
        )
    except TypodontError as error:
        return f"{error}; passed over"


def keep_volume(
    name: str, files: Sequence[Path], config: VolumeGridConfig, folder: Path, make: Callable[[], Int]
) -> CachedVolume:
    """The volume that `make` makes, (D, H, W) uint8; taken from the folder where it was made of these files before.

    Args:
        name: Of the volume.
        files: What it is made of.
        config: On which grid.
        folder: Where volumes are kept.
        make: Called only where there is none yet.
    """
    path = folder / f"{name}_{_key(files, config)}.npy"
    if not path.exists():
        values = make()
        with atomic_path(path) as temporary:
            np.save(temporary, values, allow_pickle=False)
    return CachedVolume(name, path, files[0])


def _key(files: Sequence[Path], config: VolumeGridConfig) -> str:
    """Says whether two volumes on a grid are the same without reading them."""
    states = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr((states, asdict(config))).encode()).hexdigest()[:16]
