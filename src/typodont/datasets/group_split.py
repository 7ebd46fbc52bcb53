"""Split a set into sides so that no group is torn apart and every side gets its share of everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from typodont.errors import ConfigError
from typodont.types import Float, Int


def split_groups(groups: Sequence[int], counts: Float, shares: Sequence[float], *, seed: int = 0) -> Int:
    """(n,) the side of every picture, 0, 1, …

    The groups are dealt out one by one, those that hold most of something first, each to the side that lacks most of
    that. So the rare comes first and is shared out well, and what is common fills up the sides at the end.

    Args:
        groups: (n,) the group of every picture, 0, 1, …
        counts: (n, k) how much of each of k things a picture holds.
        shares: Of the sides; they add up to 1.
        seed: Decides between groups that are alike.

    Raises:
        ConfigError: impossible shares, or fewer groups than sides.

    Source: the order is that of iterative stratification (Sechidis, Tsoumakas, Vlahavas: On the Stratification of
    Multi-label Data, 2011), for groups instead of single samples.
    """
    if len(shares) < 2 or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise ConfigError(f"found the shares {list(shares)}, expected two or more over 0 that add up to 1")
    n_groups = max(groups, default=-1) + 1
    if n_groups < len(shares):
        raise ConfigError(f"found {n_groups} patients for {len(shares)} sides, expected one for each at least")
    held = np.zeros((n_groups, 1 + counts.shape[1]))
    np.add.at(held, np.asarray(groups), np.column_stack([np.ones(len(groups)), counts]))
    held /= np.maximum(held.sum(axis=0), 1)  # shares of the whole, so that what is rare weighs as much
    lacking = np.outer(shares, np.ones(held.shape[1]))
    side_of_group = np.zeros(n_groups, dtype=np.int64)
    by_chance = np.random.default_rng(seed).random(n_groups)
    used: set[int] = set()
    order = np.lexsort((by_chance, -held.max(axis=1)))
    for left, group in zip(range(n_groups, 0, -1), order, strict=True):
        empty = [side for side in range(len(shares)) if side not in used]
        open_sides = empty if left == len(empty) else range(len(shares))
        most = int(np.argmax(held[group]))
        side = max(open_sides, key=lambda side: (round(lacking[side, most], 9), lacking[side, 0]))
        side_of_group[group] = side
        used.add(side)
        lacking[side] -= held[group]
    return side_of_group[np.asarray(groups)]
