"""A stream that shows every sample once before it shows any of them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from typodont.errors import ConfigError


class PassStream(Dataset[Any]):
    """Pass after pass over all samples, every time in another order; item i follows from (seed, i) alone.

    Args:
        samples: All samples.
        prepare: A sample and random numbers -> what the loader collates.
        seed: Of the orders and of what `prepare` does.

    Raises:
        ConfigError: there is no sample.
    """

    def __init__(
        self, samples: Sequence[Any], prepare: Callable[[Any, np.random.Generator], Any], *, seed: int = 0
    ) -> None:
        if not samples:
            raise ConfigError("no training pictures: every source is empty")
        self.samples = samples
        self.prepare = prepare
        self.seed = seed

    def __getitem__(self, item: int) -> Any:
        number, place = divmod(item, len(self.samples))
        order = np.random.default_rng([self.seed, 0, number]).permutation(len(self.samples))
        return self.prepare(self.samples[order[place]], np.random.default_rng([self.seed, 1, item]))
