"""Endless, reproducible streams of training scans drawn from folders of cached pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Dataset, Sampler

from typodont.datasets.pool_store import list_pools, read_pool
from typodont.datasets.scan_points import PointPool
from typodont.errors import ConfigError


@dataclass(frozen=True)
class PoolSource:
    """A folder of cached pools and how often it is drawn, relative to the other sources; `names`: only these scans."""

    folder: Path
    weight: float = 1.0
    names: frozenset[str] | None = None

    def files(self) -> list[Path]:
        """Those that are there by now."""
        return list_pools(self.folder, self.names)


class PoolDataset(Dataset[Any]):
    """Item i is scan number i of an endless stream: which scan, and how it is varied, follows from (seed, i) alone.

    Folders may grow while training runs: they are listed anew every `relist` items. A source that is still empty is
    passed over.

    Args:
        sources: Folders of pools with weights.
        prepare: Turns a pool into a training sample with the random numbers of that item.
        seed: Of the whole stream.
        relist: Items between two looks at the folders.

    Raises:
        ConfigError: no source holds a pool.
    """

    def __init__(
        self,
        sources: Sequence[PoolSource],
        prepare: Callable[[PointPool, np.random.Generator], Any],
        *,
        seed: int = 0,
        relist: int = 1000,
    ) -> None:
        self.sources = tuple(sources)
        self.prepare = prepare
        self.seed = seed
        self.relist = relist
        self._listed = -1
        self._files: list[list[Path]] = []
        self._list(0)

    def __getitem__(self, item: int) -> Any:
        if item // self.relist != self._listed:
            self._list(item // self.relist)
        rng = np.random.default_rng([self.seed, item])
        weights = np.array([s.weight if f else 0.0 for s, f in zip(self.sources, self._files, strict=True)])
        files = self._files[int(rng.choice(len(weights), p=weights / weights.sum()))]
        return self.prepare(read_pool(files[int(rng.integers(len(files)))]), rng)

    def _list(self, number: int) -> None:
        self._files = [source.files() for source in self.sources]
        self._listed = number
        if not any(files and source.weight > 0 for source, files in zip(self.sources, self._files, strict=True)):
            folders = ", ".join(str(source.folder) for source in self.sources)
            raise ConfigError(f"no training scans: none of {folders} holds a file ending .pool.npz")


class StreamSampler(Sampler[int]):
    """The next `size` item numbers of a stream; `position` tells how many items were consumed before."""

    def __init__(self, size: int, position: Callable[[], int]) -> None:
        self.size = size
        self.position = position

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[int]:
        start = self.position()
        return iter(range(start, start + self.size))
