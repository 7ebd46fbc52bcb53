"""Which cases to label, from how unsure the network is of each and how far they lie apart: arrays only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from typodont.types import Float


@dataclass(frozen=True)
class Choice:
    """A case in its place of the ranking.

    Args:
        index: Of the case.
        distance: To the nearest case that is labelled or stands before it; 1 is usual between two cases of the pool.
            NaN where there is none yet.
        gain: What is expected of its labels: uncertainty times distance (uncertainty alone where there is none).
    """

    index: int
    distance: float
    gain: float


def choose(uncertainty: Float, features: Float, labelled: Float, n: int) -> list[Choice]:
    """All cases, those to label first in front; the first `n` are far from one another, too.

    Greedy: the case with the largest product of uncertainty and distance to everything labelled or chosen before
    comes next. After the first `n` the rest follows by what the gain is then.

    Args:
        uncertainty: (N,) of each case, 0..1.
        features: (N, C) of each case.
        labelled: (M, C) of the cases with labels; M may be 0.
        n: How many are to be chosen together.

    Source: greedy k-centre of Sener and Savarese (ICLR 2018), each distance weighted by the uncertainty.
    """
    features, labelled = comparable(features, labelled)
    nearest = np.full(len(features), np.inf)
    for known in labelled:
        nearest = np.minimum(nearest, _distances(features, known))
    left = list(range(len(features)))
    order: list[Choice] = []
    while left and len(order) < n:
        best = max(left, key=lambda index: _gain(uncertainty[index], nearest[index]))
        order.append(_choice(best, uncertainty, nearest))
        left.remove(best)
        nearest = np.minimum(nearest, _distances(features, features[best]))
    rest = [_choice(index, uncertainty, nearest) for index in left]
    return order + sorted(rest, key=lambda choice: -choice.gain)


def comparable(features: Float, labelled: Float) -> tuple[Float, Float]:
    """Both with every column at unit spread, scaled so that two cases of the pool are usually 1 apart."""
    everything = np.concatenate([features, labelled.reshape(-1, features.shape[1])])
    middle, spread = everything.mean(axis=0), everything.std(axis=0)
    alive = spread > 1e-6 * max(1.0, float(np.abs(middle).max()))
    unit = np.where(alive, spread, np.inf) * math.sqrt(2 * max(int(alive.sum()), 1))
    scaled = (everything - middle) / unit
    return scaled[: len(features)], scaled[len(features) :]


def _distances(features: Float, case: Float) -> Float:
    return np.linalg.norm(features - case, axis=1)


def _gain(uncertainty: float, nearest: float) -> float:
    return uncertainty * (nearest if math.isfinite(nearest) else 1.0)


def _choice(index: int, uncertainty: Float, nearest: Float) -> Choice:
    distance = float(nearest[index])
    gain = _gain(float(uncertainty[index]), distance)
    return Choice(index, distance if math.isfinite(distance) else math.nan, gain)
