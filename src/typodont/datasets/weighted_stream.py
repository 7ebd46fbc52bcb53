"""An endless stream of labelled pictures from several sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from typodont.errors import ConfigError


class WeightedStream(Dataset[Any]):
    """Item i is picture i of an endless stream: which one, and how it is varied, follows from (seed, i) alone.

    Args:
        sources: Samples with the weight of their source.
        prepare: A sample and random numbers -> what the loader collates.
        seed: Of the whole stream.

    Raises:
        ConfigError: there is no sample.
    """

    def __init__(
        self,
        sources: Sequence[tuple[Sequence[Any], float]],
        prepare: Callable[[Any, np.random.Generator], Any],
        *,
        seed: int = 0,
    ) -> None:
        self.samples = [samples for samples, weight in sources if samples and weight > 0]
        weights = np.array([weight for samples, weight in sources if samples and weight > 0])
        if not self.samples:
            raise ConfigError("no training pictures: every source is empty or has the weight 0")
        self.weights = weights / weights.sum()
        self.prepare = prepare
        self.seed = seed

    def __getitem__(self, item: int) -> Any:
        rng = np.random.default_rng([self.seed, item])
        samples = self.samples[int(rng.choice(len(self.samples), p=self.weights))]
        return self.prepare(samples[int(rng.integers(len(samples)))], rng)
