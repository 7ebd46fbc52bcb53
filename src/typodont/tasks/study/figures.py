"""The scores of all runs of a study in one array, and what follows from it with intervals over cases and seeds."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.metrics import Interval
from typodont.tasks.study.job import Case
from typodont.tasks.study.plan import SCORES, Run
from typodont.types import Float


@dataclass(frozen=True)
class Scores:
    """One figure of all runs.

    Args:
        arms: Names.
        labels: (F,) float: labelled cases at every share, mean over the seeds, rising.
        fractions: (F,) shares.
        seeds: S seeds.
        patients: Of the C held-out cases.
        values: (A, F, S, C) float; NaN where a case has nothing to measure, or a run is missing.
    """

    arms: tuple[str, ...]
    labels: Float
    fractions: tuple[float, ...]
    seeds: tuple[int, ...]
    patients: tuple[str, ...]
    values: Float

    def per_run(self) -> Float:
        """(A, F, S) float: mean over the cases of every run; NaN for a missing one."""
        return _ratio(np.nansum(self.values, axis=-1), np.isfinite(self.values).sum(axis=-1))

    def means(self) -> Float:
        """(A, F) float: mean over seeds and cases."""
        return _ratio(np.nansum(self.values, axis=(-2, -1)), np.isfinite(self.values).sum(axis=(-2, -1)))

    def drawn_means(self, *, n_draws: int = 2000, seed: int = 0) -> Float:
        """(D, A, F) float: `means` of D bootstrap samples.

        A sample draws seeds and patients anew, the same ones for all arms and shares, so that differences between
        them are differences on the same cases.
        """
        rng = np.random.default_rng(seed)
        names = sorted(set(self.patients))
        owner = np.searchsorted(names, self.patients)
        of_seeds = rng.multinomial(len(self.seeds), np.full(len(self.seeds), 1 / len(self.seeds)), size=n_draws)
        of_cases = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=n_draws)[:, owner]
        there = np.isfinite(self.values)
        total, count = (
            np.einsum("afsc,ds,dc->daf", part, of_seeds, of_cases, optimize=True)
            for part in (np.where(there, self.values, 0.0), there.astype(float))
        )
        return _ratio(total, count)


def read_scores(runs: Sequence[Run], cases: Sequence[Case], figure: str) -> Scores:
    """One figure of all runs that are done."""
    arms = tuple(dict.fromkeys(run.arm for run in runs))
    fractions = tuple(sorted({run.fraction for run in runs if run.fraction is not None}))
    seeds = tuple(dict.fromkeys(run.seed for run in runs))
    values = np.full((len(arms), len(fractions), len(seeds), len(cases)), np.nan)
    labels = np.zeros((len(fractions), len(seeds)))
    for run in runs:
        if run.fraction is None:
            continue
        share, seed = fractions.index(run.fraction), seeds.index(run.seed)
        labels[share, seed] = run.labels
        if run.done:
            found = json.loads((run.folder / SCORES).read_text(encoding="utf-8"))["cases"]
            mine = [found.get(case.name, {}).get(figure) for case in cases]
            values[arms.index(run.arm), share, seed] = [math.nan if value is None else value for value in mine]
    return Scores(arms, labels.mean(axis=1), fractions, seeds, tuple(case.patient for case in cases), values)


def interval(value: float, draws: Float, scores: Scores, *, level: float = 0.95) -> Interval:
    """A figure with the ends between which its bootstrap samples lie; infinite ends are kept."""
    known = draws[~np.isnan(draws)]
    if math.isnan(value) or not len(known):
        return Interval(math.nan, math.nan, math.nan, 0, 0)
    ordered = np.sort(known)  # by rank, because interpolating towards an infinite value gives no number
    low, high = (ordered[round(share * (len(known) - 1))] for share in ((1 - level) / 2, (1 + level) / 2))
    return Interval(float(value), float(low), float(high), len(scores.patients), len(set(scores.patients)))


def _ratio(total: Float, count: Float) -> Float:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)
