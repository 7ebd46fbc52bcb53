"""Many synthetic things of one series, on any number of processes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

from typodont.errors import ConfigError
from typodont.progress import track

Made = TypeVar("Made")


def check_series(n: int, seed: int, jobs: int) -> None:
    """Refuse what cannot be a series.

    Raises:
        ConfigError: `n` or `jobs` is below 1, or `seed` below 0.
    """
    for name, value, least in (("n", n, 1), ("jobs", jobs, 1), ("seed", seed, 0)):
        if value < least:
            raise ConfigError(f"{name}: found {value}, expected {least} or more")


def make_series(make: Callable[[int], Made], n: int, *, jobs: int, title: str, unit: str) -> list[Made]:
    """`make` of 0 to n - 1, in order, with a progress bar.

    Args:
        make: Number -> what is made; with several processes it must be possible to send it to them.
        n: How many.
        jobs: Processes.
        title, unit: Of the progress bar.
    """
    show = partial(track, description=title, total=n, unit=unit)
    if jobs == 1:
        return list(show(map(make, range(n))))
    with ProcessPoolExecutor(min(jobs, n), mp_context=get_context("spawn")) as pool:
        return list(show(pool.map(make, range(n))))
