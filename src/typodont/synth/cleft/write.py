"""Write scans of infant jaws to disk, on any number of processes, resumable."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from typodont.anatomy.landmarks import PALATE_LANDMARKS
from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.formats import write_mesh
from typodont.geometry.registration import apply
from typodont.synth.cleft.scan import make_maxilla_scan
from typodont.synth.scan_options import SUFFIXES
from typodont.synth.series import check_series, make_series


def write_palates(n: int, seed: int, out: Path, *, suffix: str = "stl", jobs: int = 1) -> list[Path]:
    """Make `n` scans of series `seed` under `out`: NAME.SUFFIX and NAME_truth.json; those that are there are kept.

    The truth holds the anatomy by numbers, the landmarks in the file's coordinates, and the pose from there to the
    arch frame. A scan depends only on the seed and its number.

    Returns:
        The mesh files, in order.

    Raises:
        ConfigError: `n` or `jobs` is below 1, `seed` below 0, or no such format.
    """
    check_series(n, seed, jobs)
    if suffix not in SUFFIXES:
        raise ConfigError(f"suffix: found {suffix!r}, expected one of {', '.join(SUFFIXES)}")
    make = partial(_write_one, seed=seed, out=Path(out), suffix=suffix)
    return make_series(make, n, jobs=jobs, title="palates", unit="scan")


def _write_one(index: int, *, seed: int, out: Path, suffix: str) -> Path:
    name = f"palate_{seed}_{index:05d}"
    path, truth = out / f"{name}.{suffix}", out / f"{name}_truth.json"
    if path.exists() and truth.exists():
        return path
    scan = make_maxilla_scan(seed, index)
    write_mesh(scan.mesh, path)
    landmarks = apply(scan.place, scan.maxilla.landmarks).round(4).tolist()
    write_json(
        {
            "anatomy": asdict(scan.maxilla.anatomy),
            "landmarks": dict(zip(PALATE_LANDMARKS, landmarks, strict=True)),
            "pose": np.linalg.inv(scan.place).tolist(),
        },
        truth,
    )
    return path
