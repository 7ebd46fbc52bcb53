"""Endless, reproducible streams of samples from crown cases, of which there may be more while training runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from typodont.errors import ConfigError


class CaseStream(Dataset[Any]):
    """Item i is sample number i of an endless stream: which case, and how it is varied, follows from (seed, i) and from
    the cases that are there.

    Args:
        list_cases: Gives the folders of all cases that are there by now.
        prepare: Folder of a case and random numbers -> training sample.
        seed: Of the stream.
        relist: Items between two looks at what is there.

    Raises:
        ConfigError: there is no case.
    """

    def __init__(
        self,
        list_cases: Callable[[], list[Path]],
        prepare: Callable[[Path, np.random.Generator], Any],
        *,
        seed: int = 0,
        relist: int = 200,
    ) -> None:
        self.list_cases = list_cases
        self.prepare = prepare
        self.seed = seed
        self.relist = relist
        self._listed, self._cases = 0, list_cases()
        if not self._cases:
            raise ConfigError("no training cases: every source is empty")

    def __getitem__(self, item: int) -> Any:
        if item // self.relist != self._listed:
            self._listed, self._cases = item // self.relist, self.list_cases()
        rng = np.random.default_rng([self.seed, item])
        return self.prepare(self._cases[int(rng.integers(len(self._cases)))], rng)
