"""Write chest-like CT volumes in the layout of the public two-class chest CT, on any number of processes, resumable."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from typodont.formats.nifti import write_nifti
from typodont.synth.ct.chest import SPACING, make_chest
from typodont.synth.series import check_series, make_series

CLASSES = ("CT-0", "CT-23")
"""Healthy lungs; lungs of which a quarter to a half is clouded."""


def write_chests(n: int, seed: int, out: Path, *, jobs: int = 1) -> list[Path]:
    """Make `n` volumes of each class of series `seed` under `out`; those that are there are left as they are.

    No patient is in both classes. Returns the files.

    Raises:
        ConfigError: `n` or `jobs` is below 1, or nibabel is not installed.
    """
    check_series(n, seed, jobs)
    make = partial(_write_pair, seed=seed, out=Path(out))
    pairs = make_series(make, n, jobs=jobs, title="synthetic CT", unit="pair")
    return [path for pair in pairs for path in pair]


def _write_pair(index: int, *, seed: int, out: Path) -> list[Path]:
    paths = [out / name / f"S{seed}N{index:05d}.nii.gz" for name in CLASSES]
    for sick, path in enumerate(paths):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_nifti(make_chest(seed, 2 * index + sick, opacities=bool(sick)), SPACING, path)
    return paths
