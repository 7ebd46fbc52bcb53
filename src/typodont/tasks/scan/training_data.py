"""Cached training scans: from made-up patients and from labelled files to folders of point pools."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from typodont.anatomy import SCAN_CLASS_OF_FDI
from typodont.datasets.pool_dataset import PoolSource
from typodont.datasets.pool_store import SUFFIX, list_pools, write_pool
from typodont.datasets.scan_faces import make_face_pool
from typodont.datasets.scan_points import PointPool, make_pool
from typodont.errors import ConfigError
from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.records import find_scans, read_labelled_scan
from typodont.synth.scan import make_scan
from typodont.tasks.scan.pose import fit_arch_frame
from typodont.types import Float, Int

MakePool = Callable[..., PointPool]
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class ScanSource:
    """Scans to train on.

    Args:
        kind: "synthetic" makes patients, "labelled" reads scans with labels (Teeth3DS layout, or labels in the mesh),
            "pools" takes a folder of point pools as it is.
        folder: Of the labelled scans or of the pools.
        weight: How often it is drawn, relative to the other sources.
        count: Synthetic scans to make; training starts with the first few and the rest follows.
        seed: Of the synthetic series.
        licence: Of the scans (SPDX name); weights ship only if all sources allow it.
        shippable: Whether weights that have seen these scans may be passed on.
    """

    kind: Literal["synthetic", "labelled", "pools"] = "synthetic"
    folder: Path | None = None
    weight: float = 1.0
    count: int = 2000
    seed: int = 1
    licence: str = "synthetic"
    shippable: bool = True


@contextmanager
def filled_sources(
    sources: Sequence[ScanSource], cache: Path, *, faces: bool, first: int = 100
) -> Iterator[tuple[PoolSource, ...]]:
    """Folders of pools for the sources, which go on growing in the background while the block runs.

    Args:
        sources: What to train on.
        cache: Folder for the pools; what is there from an earlier run is taken.
        faces: Pools of faces instead of points.
        first: How many scans of each source must be there before the block starts.

    Raises:
        ConfigError: a folder is missing or empty, or no scan of it can be used.
    """
    make = make_face_pool if faces else make_pool
    folders, workers = [], []
    for number, source in enumerate(sources):
        folder, target, arguments = _job(source, cache, number, make)
        folders.append(folder)
        if target is not None:
            worker = multiprocessing.get_context("spawn").Process(target=target, args=arguments, daemon=True)
            worker.start()
            workers.append((worker, folder))
    try:
        for worker, folder in workers:
            while len(list_pools(folder)) < first and worker.is_alive():
                time.sleep(_POLL_SECONDS)
        for source, folder in zip(sources, folders, strict=True):
            if not list_pools(folder):
                raise ConfigError(f"no training scans came of {source.kind} {source.folder or ''}; looked in {folder}")
        yield tuple(PoolSource(folder, s.weight) for folder, s in zip(folders, sources, strict=True))
    finally:
        for worker, _ in workers:
            worker.terminate()
            worker.join()


def fill_synthetic(folder: Path, seed: int, count: int, make: MakePool) -> None:
    """Pools of the synthetic scans 0..count of a series; those that are there are kept."""
    for index in range(count):
        path = folder / f"s{seed}_{index:06d}{SUFFIX}"
        if not path.exists():
            scan = make_scan(seed, index)
            labels = scan.mesh.vertex_attributes["label"]
            write_pool(make(scan.mesh, np.random.default_rng([seed, index]), fdi=labels, jaw=scan.jaw), path)


def fill_labelled(folder: Path, source: Path, make: MakePool) -> None:
    """Pools of all labelled scans of a folder, each put upright by its own labels."""
    for files in find_scans(source):
        path = folder / f"{files.mesh.stem}{SUFFIX}"
        if path.exists():
            continue
        scan = read_labelled_scan(files.mesh, files.labels)
        if scan.labels is None or scan.jaw is None:
            continue
        pose = pose_from_labels(scan.mesh, scan.labels, scan.jaw)
        rng = np.random.default_rng(len(scan.mesh.vertices))
        write_pool(make(scan.mesh.transformed(pose), rng, fdi=scan.labels, jaw=scan.jaw), path)


def pose_from_labels(mesh: Mesh, fdi: Int, jaw: str) -> Float:
    """(4, 4) rigid pose to the arch frame from the centres and mean normals of the labelled crowns."""
    area = scatter_sum(mesh.face_areas[:, None] / 3, mesh.faces, len(mesh.vertices))
    numbers = np.unique(fdi[fdi > 0])
    rows = [fdi == number for number in numbers]
    total = np.array([area[row].sum() for row in rows])[:, None]
    centres = np.array([(mesh.vertices[row] * area[row]).sum(axis=0) for row in rows]) / total
    normals = np.array([(mesh.vertex_normals[row] * area[row]).sum(axis=0) for row in rows]) / total
    classes = np.array(SCAN_CLASS_OF_FDI)[numbers]
    return fit_arch_frame(centres, classes, normals, jaw=jaw)[0]


def _job(
    source: ScanSource, cache: Path, number: int, make: MakePool
) -> tuple[Path, Callable[..., None] | None, tuple[object, ...]]:
    """Folder of a source's pools, and what fills it."""
    if source.kind == "synthetic":
        folder = cache / f"synthetic_{source.seed}_{make.__name__}"
        return folder, fill_synthetic, (folder, source.seed, source.count, make)
    if source.folder is None or not source.folder.is_dir():
        raise ConfigError(f"sources.{number}.folder: {source.folder} is no folder; {source.kind} scans need one")
    if source.kind == "pools":
        return source.folder, None, ()
    folder = cache / f"{source.folder.resolve().name}_{make.__name__}"
    return folder, fill_labelled, (folder, source.folder, make)
