"""Cached training scans: from made-up patients and from labelled files to folders of point pools."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from typodont.anatomy import SCAN_CLASS_OF_FDI
from typodont.datasets.pool_dataset import PoolSource
from typodont.datasets.pool_store import SUFFIX, list_pools, pool_name, write_pool
from typodont.datasets.scan_faces import make_face_pool
from typodont.datasets.scan_points import PointPool, make_pool
from typodont.errors import ConfigError, TypodontError
from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.progress import track
from typodont.records import ScanFiles, check_case_names, find_scans, read_case_names, read_labelled_scan, read_scan
from typodont.synth.scan import make_scan
from typodont.tasks.scan.look import guess_pose
from typodont.tasks.scan.pose import fit_arch_frame
from typodont.training.weights import load_weights, shipped_weights
from typodont.types import Float, Int

logger = logging.getLogger(__name__)

Found = TypeVar("Found")
MakePool = Callable[..., PointPool]
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class ScanSource:
    """Scans to train on.

    Args:
        kind: "synthetic" makes patients, "labelled" reads scans with labels (Teeth3DS layout, or labels in the mesh),
            "unlabelled" reads any scans, "pools" takes a folder of point pools as it is.
        folder: Of the scans or of the pools.
        weight: How often it is drawn, relative to the other sources.
        count: Synthetic scans to make; training starts with the first few and the rest follows.
        seed: Of the synthetic series.
        licence: Of the scans (SPDX name); weights ship only if all sources allow it.
        shippable: Whether weights that have seen these scans may be passed on.
        names: Text file with the scans to take, one a line (stem of the file; ``s1_000000`` is the first one of the
            synthetic series 1); None: all.
    """

    kind: Literal["synthetic", "labelled", "unlabelled", "pools"] = "synthetic"
    folder: Path | None = None
    weight: float = 1.0
    count: int = 2000
    seed: int = 1
    licence: str = "synthetic"
    shippable: bool = True
    names: Path | None = None


@contextmanager
def filled_sources(
    sources: Sequence[ScanSource], cache: Path, *, faces: bool, first: int = 100, processes: int = 1
) -> Iterator[tuple[PoolSource, ...]]:
    """Folders of pools for the sources, which go on growing in the background while the block runs.

    Args:
        sources: What to train on.
        cache: Folder for the pools; what is there from an earlier run is taken.
        faces: Pools of faces instead of points.
        first: How many scans of each source must be there before the block starts.
        processes: That make the pools of one source.

    Raises:
        ConfigError: a folder is missing or empty, no scan of it can be used, or a name is not in it.
    """
    make = make_face_pool if faces else make_pool
    pools, workers = [], []
    for number, source in enumerate(sources):
        names = _names(source)
        folder, target, arguments = _job(source, cache, number, make)
        pools.append(PoolSource(folder, source.weight, names))
        if target is None or _is_full(source, folder, names):
            continue
        for part in range(processes):
            wanted = Wanted(names, part, processes)
            worker = multiprocessing.get_context("spawn").Process(target=target, args=(*arguments, wanted), daemon=True)
            worker.start()
            workers.append((worker, pools[-1]))
    try:
        for worker, filled in workers:
            while len(filled.files()) < first and worker.is_alive():
                time.sleep(_POLL_SECONDS)
        for source, filled in zip(sources, pools, strict=True):
            if not filled.files():
                raise ConfigError(
                    f"no training scans came of {source.kind} {source.folder or ''}; looked in {filled.folder}"
                )
        yield tuple(pools)
    finally:
        for worker, _ in workers:
            worker.terminate()
            worker.join()


@dataclass(frozen=True)
class Wanted:
    """Which scans of a source one process makes pools of; what is there already is kept.

    Args:
        names: Of the scans; None: all.
        part, parts: Which of several processes that fill one folder this is, and how many they are.
    """

    names: frozenset[str] | None = None
    part: int = 0
    parts: int = 1

    def missing(self, folder: Path, scans: Mapping[str, Found]) -> list[tuple[Found, Path]]:
        """Those of the scans, given by name, whose pools this process has to make, and where they go."""
        mine = list(scans.items())[self.part :: self.parts]
        paths = [(scan, folder / f"{name}{SUFFIX}") for name, scan in mine if self.names is None or name in self.names]
        return [(scan, path) for scan, path in paths if not path.exists()]


def fill_synthetic(folder: Path, seed: int, count: int, make: MakePool, wanted: Wanted | None = None) -> None:
    """Pools of the synthetic scans 0..count of a series."""
    series = {synthetic_name(seed, index): index for index in range(count)}
    for index, path in (wanted or Wanted()).missing(folder, series):
        scan = make_scan(seed, index)
        labels = scan.mesh.vertex_attributes["label"]
        write_pool(make(scan.mesh, np.random.default_rng([seed, index]), fdi=labels, jaw=scan.jaw), path)


def synthetic_name(seed: int, index: int) -> str:
    """Name of a synthetic scan."""
    return f"s{seed}_{index:06d}"


def fill_labelled(folder: Path, source: Path, make: MakePool, wanted: Wanted | None = None) -> None:
    """Pools of the labelled scans of a folder, each put upright by its own labels."""
    for files, path in (wanted or Wanted()).missing(folder, _by_name(source)):
        scan = read_labelled_scan(files.mesh, files.labels)
        if scan.labels is None or scan.jaw is None:
            continue
        pose = pose_from_labels(scan.mesh, scan.labels, scan.jaw)
        rng = np.random.default_rng(len(scan.mesh.vertices))
        write_pool(make(scan.mesh.transformed(pose), rng, fdi=scan.labels, jaw=scan.jaw), path)


def fill_unlabelled(folder: Path, source: Path, make: MakePool, wanted: Wanted | None = None) -> None:
    """Pools of the scans of a folder, each put upright by the shipped pose network; what cannot be read is told."""
    pose_net = load_weights(shipped_weights("scan", "pose"))[0]
    for files, path in track((wanted or Wanted()).missing(folder, _by_name(source)), f"read {source}", unit="scan"):
        rng = np.random.default_rng([0, *files.mesh.stem.encode()])
        try:
            mesh = read_scan(files.mesh).mesh
            pose = guess_pose(pose_net, mesh, rng)[0].matrix
            write_pool(make(mesh.transformed(pose), rng), path)
        except TypodontError as error:
            logger.warning("%s; passed over", error)


def _by_name(folder: Path) -> dict[str, ScanFiles]:
    return {files.mesh.stem: files for files in find_scans(folder)}


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


def _names(source: ScanSource) -> frozenset[str] | None:
    """The scans of a source that are asked for; None: all."""
    if source.names is None:
        return None
    names = read_case_names(source.names)
    if source.kind == "synthetic" or (source.folder is not None and source.folder.is_dir()):
        where = source.folder or f"the synthetic series {source.seed}"
        check_case_names(names, scan_names(source), path=source.names, where=where)
    return names  # what is wrong with the folder is told where it is opened


def scan_names(source: ScanSource) -> list[str]:
    """The names of all scans of a source, whether they can be used or not."""
    if source.kind == "synthetic" or source.folder is None:
        return [synthetic_name(source.seed, index) for index in range(source.count)]
    if source.kind == "pools":
        return [pool_name(path) for path in list_pools(source.folder)]
    return [files.mesh.stem for files in find_scans(source.folder)]


def _is_full(source: ScanSource, folder: Path, names: frozenset[str] | None) -> bool:
    """Whether all pools are there; a new process that finds nothing to do costs seconds."""
    wanted = scan_names(source) if names is None else names
    return all((folder / f"{name}{SUFFIX}").exists() for name in wanted)


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
    fill = fill_labelled if source.kind == "labelled" else fill_unlabelled
    folder = cache / f"{source.folder.resolve().name}_{source.kind}_{make.__name__}"
    return folder, fill, (folder, source.folder, make)
