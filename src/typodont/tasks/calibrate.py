"""Confidence that means what it says: raw tooth scores to the share of teeth that are right at such a score."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from typodont.atomic import write_json
from typodont.errors import ConfigError, WeightsError
from typodont.types import Bool, Float

LOWEST, HIGHEST = 0.01, 0.995

Stated = tuple[float, bool]
"""A predicted tooth: its confidence, and whether it is there with that number."""


@dataclass(frozen=True)
class Calibration:
    """A rising piecewise linear curve from raw score to probability.

    Args:
        score: (k,) rising raw scores.
        probability: (k,) rising probabilities.
        n_teeth: How many teeth it was fitted on; 0 is the identity.
        source: What those were.
    """

    score: tuple[float, ...] = (0.0, 1.0)
    probability: tuple[float, ...] = (0.0, 1.0)
    n_teeth: int = 0
    source: str = "not calibrated"

    def __call__(self, raw: Float) -> Float:
        """(n,) float: probabilities, kept off 0 and 1."""
        return np.clip(np.interp(raw, self.score, self.probability), LOWEST, HIGHEST)


def fit_calibration(raw: Float, right: Bool, *, source: str, bins: int = 12) -> Calibration:
    """Isotonic regression of "this tooth was right" on the raw score.

    Args:
        raw: (n,) float: raw scores of predicted teeth, 0..1.
        right: (n,) bool: right number and an overlap (IoU) of one half or more with the true tooth.
        source: What the teeth came from, for the card.
        bins: The rising steps are brought down to about this many corners of a line.

    Source: pool-adjacent-violators (Ayer and colleagues 1955).
    """
    order = np.argsort(raw, kind="stable")
    edges = np.linspace(0, len(raw), min(4 * bins, max(2, len(raw) // 10)) + 1).astype(int)
    groups = [order[a:b] for a, b in pairwise(edges) if b > a]
    mean_score = [float(np.mean(raw[g])) for g in groups]
    # one made-up right and one made-up wrong tooth keep small groups off 0 and 1
    share = [float((right[g].sum() + 0.5) / (len(g) + 1)) for g in groups]
    level, corner = rising(share, [float(len(g)) for g in groups]), mean_score
    keep = np.unique(np.linspace(0, len(level) - 1, min(bins, len(level))).astype(int))
    # below the lowest score that was seen nothing is known: the line falls to 0, not on as it was
    scores = (0.0, *(round(corner[i], 4) for i in keep))
    return Calibration(scores, (0.0, *(round(level[i], 4) for i in keep)), len(raw), source)


def cross_fitted(cases: Sequence[Sequence[Stated]], *, folds: int = 5) -> list[list[Stated]]:
    """The teeth of every case with the probability that a curve gives them which was fitted on other cases.

    What a curve promises is measured honestly only on cases that it has not seen.

    Args:
        cases: (raw score, whether right) of every tooth, case by case (a picture or a patient).
        folds: Every so many-th case is left out together.

    Raises:
        ConfigError: fewer than two cases have teeth.
    """
    if sum(map(bool, cases)) < 2:
        raise ConfigError("confidences cannot be calibrated: two or more labelled cases with predicted teeth needed")
    # Cases without teeth are in no fold, so that every fold leaves teeth to fit on.
    place = {case: i % folds for i, case in enumerate(i for i, teeth in enumerate(cases) if teeth)}
    curves = {}
    for fold in set(place.values()):
        others = [tooth for case, own in place.items() if own != fold for tooth in cases[case]]
        curves[fold] = fit_calibration(*_columns(others), source="other cases")
    return [_restated(teeth, curves[place[i]]) if teeth else [] for i, teeth in enumerate(cases)]


def calibration_of(cases: Sequence[Sequence[Stated]], *, source: str) -> Calibration:
    """The curve fitted on all teeth of all cases."""
    return fit_calibration(*_columns([tooth for teeth in cases for tooth in teeth]), source=source)


def _columns(teeth: Sequence[Stated]) -> tuple[Float, Bool]:
    return np.array([raw for raw, _ in teeth]), np.array([right for _, right in teeth], dtype=bool)


def _restated(teeth: Sequence[Stated], curve: Calibration) -> list[Stated]:
    raw, right = _columns(teeth)
    return list(zip(curve(raw).tolist(), right.tolist(), strict=True))


def rising(values: list[float], weights: list[float]) -> list[float]:
    """The rising sequence nearest to `values` in weighted least squares."""
    blocks: list[list[float]] = []  # mean, weight, length
    for value, weight in zip(values, weights, strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            last, before = blocks.pop(), blocks.pop()
            total = last[1] + before[1]
            blocks.append([(last[0] * last[1] + before[0] * before[1]) / total, total, last[2] + before[2]])
    return [block[0] for block in blocks for _ in range(int(block[2]))]


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write as JSON."""
    write_json(asdict(calibration), path)


def read_calibration(path: Path) -> Calibration:
    """Read from JSON; without a file the raw scores stand for themselves.

    Raises:
        WeightsError: the file is damaged.
    """
    if not path.exists():
        return Calibration()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        curve = {name: tuple(float(x) for x in values[name]) for name in ("score", "probability")}
        calibration = Calibration(**curve, n_teeth=int(values["n_teeth"]), source=str(values["source"]))
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{path}: no readable calibration ({error})") from None
    if len(calibration.score) != len(calibration.probability) or len(calibration.score) < 2:
        raise WeightsError(f"{path}: a calibration needs two or more scores with as many probabilities")
    if np.any(np.diff(calibration.score) < 0) or np.any(np.diff(calibration.probability) < 0):
        raise WeightsError(f"{path}: a calibration must rise")
    return calibration
