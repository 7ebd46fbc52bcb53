"""What makes the spreads of a network mean what they say: factors, and how much of the landmarks is new evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from typodont.atomic import write_json
from typodont.errors import WeightsError
from typodont.metrics import circle_coverage
from typodont.types import Bool, Float, Int

SEEN, HIDDEN, ALL = "seen", "hidden", "all"
FIT_LEVELS = (0.5, 0.68, 0.8, 0.9, 0.95)
"""Shares that the circles shall hold; the factor is the one that comes nearest to all of them."""
FEWEST = 200
"""Landmarks without which a group has no factor of its own."""
FEWEST_SHAPES = 10
"""The same for photographs with shapes."""
_HELD = 0.9
_WINSOR = 3.0
"""Spreads beyond which an error is no larger: one tooth taken for another would outweigh all others."""
_LEAST_SHARE = 0.05
_LOG_RANGE = np.log(0.2), np.log(5.0)


@dataclass(frozen=True)
class SigmaCalibration:
    """What to multiply spreads by.

    Args:
        factor: By group: "VIEW seen", "VIEW hidden" as the network takes a landmark for, and "seen", "hidden" for
            views that are not there; 1 where nothing is known.
        independent: What share of the landmarks counts as independent, see `independent_share`.
        shape: By view, and "all": what to multiply the spreads of fitted shapes by, see `widening_factors`.
        photos: How many it was fitted on; 0 changes nothing.
        source: What those were.
    """

    factor: Mapping[str, float] = field(default_factory=dict)
    independent: float = 1.0
    shape: Mapping[str, float] = field(default_factory=dict)
    photos: int = 0
    source: str = "not calibrated"

    def factors(self, view: str, visible: Float) -> Float:
        """(L,) for landmarks of a view with these probabilities (L,) to be seen."""
        seen, hidden = (self.factor.get(f"{view} {kind}", self.factor.get(kind, 1.0)) for kind in (SEEN, HIDDEN))
        return np.where(visible >= 0.5, seen, hidden)

    def widening(self, views: Sequence[str]) -> float:
        """For a shape fitted to photographs of these views: the largest of theirs."""
        return max(self.shape.get(view, self.shape.get(ALL, 1.0)) for view in views)


def best_factor(error: Float, sigma: Float) -> float:
    """The factor with which circles of the spreads (n,) hold what they should of the errors (n,)."""

    def gap(log_factor: float) -> float:
        return float(np.abs(circle_coverage(error, sigma * np.exp(log_factor), FIT_LEVELS) - FIT_LEVELS).sum())

    grid = np.linspace(_LOG_RANGE[0], _LOG_RANGE[1], 81)  # the gap is a staircase, on which a search needs a good start
    start = grid[int(np.argmin([gap(value) for value in grid]))]
    step = grid[1] - grid[0]
    found = minimize_scalar(gap, bounds=(start - step, start + step), method="bounded").x
    return float(np.exp(min((start, found), key=gap)))


def independent_share(residuals: Float, sigma: Float, taken: Bool, kin: Int) -> float:
    """What share of the landmarks is new evidence.

    Errors of points of one tooth are alike, and a fit that took each for a measurement of its own would be too sure.
    The share is one over how much more the sums of neighbours' errors vary than if each went its own way. What all
    landmarks of a photograph have in common counts for nothing, because the camera explains it.

    Args:
        residuals: (P, L, 2) from the true place to the found one, in P photographs; NaN where there is none.
        sigma: (P, L) stated spreads, the same unit.
        taken: (P, L) landmarks that the network takes for seen.
        kin: (L,) neighbours have the same number.

    Returns:
        Between `_LEAST_SHARE` and 1; 1 where too little is known.
    """
    known = np.isfinite(residuals).all(axis=2) & taken
    scaled = (np.where(known[..., None], residuals, 0) / sigma[..., None]).clip(-_WINSOR, _WINSOR)
    count = known.sum(axis=1)
    scaled = (scaled - scaled.sum(axis=1, keepdims=True) / np.maximum(count, 1)[:, None, None]) * known[..., None]
    sums = np.stack([scaled[:, kin == one].sum(axis=1) for one in np.unique(kin)], axis=1)
    alone = float((scaled**2).sum())
    return float(np.clip(alone / max(float((sums**2).sum()), 1e-12), _LEAST_SHARE, 1)) if count.sum() >= FEWEST else 1.0


def fit_sigma_calibration(
    residuals: Float, sigma: Float, taken: Bool, views: Sequence[str], kin: Int, *, source: str
) -> SigmaCalibration:
    """What photographs with known landmarks ask for.

    Args:
        residuals, sigma, taken, kin: See `independent_share`.
        views: Of each photograph.
        source: What the photographs are.
    """
    error = np.linalg.norm(residuals, axis=2)
    known = np.isfinite(error)
    view = np.array(views)
    factor = {}
    for kind, members in ((SEEN, taken), (HIDDEN, ~taken)):
        groups = {kind: known & members}
        groups |= {f"{one} {kind}": known & members & (view == one)[:, None] for one in dict.fromkeys(views)}
        enough = {name: group for name, group in groups.items() if group.sum() >= FEWEST}
        factor |= {name: round(best_factor(error[group], sigma[group]), 4) for name, group in sorted(enough.items())}
    independent = independent_share(residuals, sigma, taken, kin)
    return SigmaCalibration(factor, round(independent, 4), photos=len(residuals), source=source)


def widening_factors(ratios: Mapping[str, Sequence[Float]]) -> dict[str, float]:
    """The factors with which intervals of 90 % around fitted vertices hold nine of ten of them.

    Args:
        ratios: View -> for each photograph (n,) how far true coordinates lie from the fitted ones, in stated spreads.

    Returns:
        By view, where there are `FEWEST_SHAPES` photographs, and for `ALL` of them; empty where there are too few.
    """
    groups = {ALL: [one for photos in ratios.values() for one in photos], **ratios}
    wide = float(norm.ppf(0.5 + _HELD / 2))
    return {
        name: round(float(np.quantile(np.concatenate(photos), _HELD)) / wide, 4)
        for name, photos in groups.items()
        if len(photos) >= FEWEST_SHAPES
    }


def calibration_beside(weights: Path) -> Path:
    """Where the calibration of a weights file lies."""
    return weights.with_name(weights.name.removesuffix(".safetensors") + ".calibration.json")


def write_sigma_calibration(calibration: SigmaCalibration, path: Path) -> None:
    """Write as JSON."""
    write_json(asdict(calibration), path)


def read_sigma_calibration(path: Path) -> SigmaCalibration:
    """Read from JSON; without a file the spreads stand for themselves.

    Raises:
        WeightsError: the file is damaged.
    """
    if not path.exists():
        return SigmaCalibration()
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        factor = {str(name): float(value) for name, value in values["factor"].items()}
        shape = {str(name): float(value) for name, value in values["shape"].items()}
        independent = float(values["independent"])
        calibration = SigmaCalibration(factor, independent, shape, int(values["photos"]), str(values["source"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path}: no readable calibration of spreads ({error}); delete it or fit it anew") from None
    if not all(value > 0 for value in (*factor.values(), *shape.values())) or not 0 < independent <= 1:
        raise WeightsError(
            f"{path}: found factors {factor}, {shape} and a share of {independent}, expected numbers above 0 and a "
            "share up to 1"
        )
    return calibration
