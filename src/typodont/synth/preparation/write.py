"""Write synthetic cases of crowns to disk, on any number of processes, resumable: one folder a case."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.records.crown_case import CASE, write_crown_case
from typodont.synth.preparation.case import make_crown_case
from typodont.synth.preparation.options import CrownOptions
from typodont.synth.series import check_series, make_series


def write_crown_cases(
    n: int, seed: int, out: Path, *, options: CrownOptions | None = None, jobs: int = 1
) -> list[Path]:
    """Make `n` cases of series `seed` under `out`; those that are complete there already are left as they are.

    A case depends only on the seed, its number and the options. One that was broken off while it was written is made
    again.

    Returns:
        The cases' folders, in order.

    Raises:
        ConfigError: `n` or `jobs` is below 1, `seed` below 0, or `out` holds cases of this series made with other
            options.
    """
    check_series(n, seed, jobs)
    options, out = options or CrownOptions(), Path(out)
    _claim(out / f"series_crown_{seed}.json", options)
    make = partial(_write_one, seed=seed, out=out, options=options)
    return make_series(make, n, jobs=jobs, title="synthetic preparations", unit="case")


def _claim(record: Path, options: CrownOptions) -> None:
    """Note the options of a series beside its cases, so that one folder never mixes two kinds under the same names."""
    wanted = asdict(options)
    if not record.exists():
        write_json(wanted, record)
        return
    found = json.loads(record.read_text(encoding="utf-8"))
    if found != wanted:
        raise ConfigError(
            f"{record.parent}: holds cases of this series made with {found}, now asked for {wanted}; "
            "use the same options, another seed or another folder"
        )


def _write_one(index: int, *, seed: int, out: Path, options: CrownOptions) -> Path:
    folder = out / f"crown_{seed}_{index:05d}"
    if (folder / CASE).is_file():
        return folder
    return write_crown_case(make_crown_case(seed, index, options=options), folder)
