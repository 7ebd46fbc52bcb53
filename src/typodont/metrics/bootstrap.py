"""How sure a figure is: intervals that treat the patient, not the vertex or the arch, as the independent unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from typodont.types import Float


@dataclass(frozen=True)
class Interval:
    """A figure with its confidence interval.

    Args:
        value: the figure itself, NaN where nothing could be measured.
        low: lower end; equals `value` for a single patient, which says nothing about others.
        high: upper end.
        n: measurements behind the figure (arches, or trials).
        n_patients: independent units behind the interval.
    """

    value: float
    low: float
    high: float
    n: int
    n_patients: int


def bootstrap_mean(
    values: Sequence[float], patients: Sequence[Hashable], *, level: float = 0.95, n_draws: int = 2000, seed: int = 0
) -> Interval:
    """Mean of per-arch values with a percentile bootstrap interval over patients; NaN values are left out."""
    return bootstrap_ratio(values, np.ones(len(values)), patients, level=level, n_draws=n_draws, seed=seed)


def bootstrap_ratio(
    numerators: Sequence[float] | Float,
    denominators: Sequence[float] | Float,
    patients: Sequence[Hashable],
    *,
    level: float = 0.95,
    n_draws: int = 2000,
    seed: int = 0,
) -> Interval:
    """Sum of numerators over sum of denominators (a pooled figure such as F1 over all teeth) with its interval.

    Whole patients are drawn with replacement, so both arches of one mouth stay together. Rows with a NaN on
    either side are left out; draws whose denominators sum to 0 are ignored.

    Args:
        numerators: (n,) one per arch.
        denominators: (n,) one per arch, >= 0.
        patients: (n,) who the arch belongs to.
        level: confidence level of the interval.
        n_draws: bootstrap samples.
        seed: same seed, same interval.
    """
    if not len(numerators) == len(denominators) == len(patients):
        raise ValueError(f"{len(numerators)} numerators, {len(denominators)} denominators, {len(patients)} patients")
    top, bottom = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    kept = np.isfinite(top) & np.isfinite(bottom)
    order: dict[Hashable, int] = {}
    owner = np.array([order.setdefault(p, len(order)) for p, k in zip(patients, kept, strict=True) if k], dtype=int)
    if not len(owner) or not bottom[kept].sum():
        return Interval(math.nan, math.nan, math.nan, int(kept.sum()), len(order))
    per_patient_top = np.bincount(owner, weights=top[kept], minlength=len(order))
    per_patient_bottom = np.bincount(owner, weights=bottom[kept], minlength=len(order))
    draws = np.random.default_rng(seed).integers(len(order), size=(n_draws, len(order)))
    sums_top, sums_bottom = per_patient_top[draws].sum(axis=1), per_patient_bottom[draws].sum(axis=1)
    usable = sums_bottom > 0
    low, high = np.quantile(sums_top[usable] / sums_bottom[usable], [(1 - level) / 2, (1 + level) / 2])
    value = per_patient_top.sum() / per_patient_bottom.sum()
    return Interval(float(value), float(low), float(high), int(kept.sum()), len(order))


def bootstrap_figures(
    figures: Callable[[Float], Sequence[float] | Float],
    patients: Sequence[Hashable],
    *,
    level: float = 0.95,
    n_draws: int = 1000,
    seed: int = 0,
) -> list[Interval]:
    """Figures that no sum of cases gives, such as an average precision, with percentile intervals over patients.

    Args:
        figures: From how often each of the n cases counts, (n,) float, to k figures; NaN where one cannot be measured.
        patients: (n,) who the case belongs to; whole patients are drawn.
        level: confidence level of the intervals.
        n_draws: bootstrap samples.
        seed: same seed, same intervals.

    Returns:
        k intervals; draws in which a figure is NaN are ignored for that figure.
    """
    order: dict[Hashable, int] = {}
    owner = np.array([order.setdefault(patient, len(order)) for patient in patients], dtype=int)
    values = np.asarray(figures(np.ones(len(owner))), dtype=float)
    if not len(owner):
        return [Interval(math.nan, math.nan, math.nan, 0, 0) for _ in values]
    draws = np.random.default_rng(seed).multinomial(len(order), np.full(len(order), 1 / len(order)), size=n_draws)
    drawn = np.array([figures(counts[owner].astype(float)) for counts in draws], dtype=float)
    tails = [(1 - level) / 2, (1 + level) / 2]
    found = []
    for value, column in zip(values, drawn.T, strict=True):
        known = column[np.isfinite(column)]
        low, high = np.quantile(known, tails) if len(known) and np.isfinite(value) else (math.nan, math.nan)
        found.append(Interval(float(value), float(low), float(high), len(owner), len(order)))
    return found


def wilson_interval(successes: int, n: int, *, level: float = 0.95) -> Interval:
    """A share with Wilson's score interval, which stays inside 0..1 and is honest at 0 and at n successes.

    For independent trials only: use one trial per patient.

    Source: Wilson, JASA 22 (1927).
    """
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes in {n} trials")
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0, 0)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # The ends are exact at no and at all successes; rounding would otherwise leave 1e-17 there.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(share, low, high, n, n)
