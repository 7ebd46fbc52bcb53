"""One factor a group of landmarks that makes the spreads of a network mean what they say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from typodont.atomic import write_json
from typodont.errors import WeightsError
from typodont.metrics import circle_coverage
from typodont.types import Bool, Float

SEEN, HIDDEN = "seen", "hidden"
FIT_LEVELS = (0.5, 0.68, 0.8, 0.9, 0.95)
"""Shares that the circles shall hold; the factor is the one that comes nearest to all of them."""
FEWEST = 200
"""Landmarks without which a group has no factor of its own."""
_LOG_RANGE = np.log(0.2), np.log(5.0)


@dataclass(frozen=True)
class SigmaCalibration:
    """What to multiply spreads by.

    Args:
        factor: By group: "VIEW seen", "VIEW hidden" as the network takes a landmark for, and "seen", "hidden" for
            views that are not there; 1 where nothing is known.
        photos: How many it was fitted on; 0 changes nothing.
        source: What those were.
    """

    factor: Mapping[str, float] = field(default_factory=dict)
    photos: int = 0
    source: str = "not calibrated"

    def factors(self, view: str, visible: Float) -> Float:
        """(L,) for landmarks of a view with these probabilities (L,) to be seen."""
        seen, hidden = (self.factor.get(f"{view} {kind}", self.factor.get(kind, 1.0)) for kind in (SEEN, HIDDEN))
        return np.where(visible >= 0.5, seen, hidden)


def best_factor(error: Float, sigma: Float) -> float:
    """The factor with which circles of the spreads (n,) hold what they should of the errors (n,)."""

    def gap(log_factor: float) -> float:
        return float(np.abs(circle_coverage(error, sigma * np.exp(log_factor), FIT_LEVELS) - FIT_LEVELS).sum())

    grid = np.linspace(_LOG_RANGE[0], _LOG_RANGE[1], 81)  # the gap is a staircase, on which a search needs a good start
    start = grid[int(np.argmin([gap(value) for value in grid]))]
    step = grid[1] - grid[0]
    found = minimize_scalar(gap, bounds=(start - step, start + step), method="bounded").x
    return float(np.exp(min((start, found), key=gap)))


def fit_sigma_calibration(
    errors: Sequence[Float], sigmas: Sequence[Float], seen: Sequence[Bool], views: Sequence[str], *, source: str
) -> SigmaCalibration:
    """The factors that photographs with known landmarks ask for.

    Args:
        errors: (L,) distance from the truth of every landmark of each photograph; NaN where there is none.
        sigmas: (L,) as the network states them, the same unit.
        seen: (L,) whether the network takes the landmark for seen.
        views: Of each photograph.
        source: What the photographs are.
    """
    error, sigma, taken = np.concatenate(errors), np.concatenate(sigmas), np.concatenate(seen)
    view = np.repeat(np.array(views), [len(part) for part in errors])
    known = np.isfinite(error)
    factor = {}
    for kind, members in ((SEEN, taken), (HIDDEN, ~taken)):
        groups = {kind: known & members} | {f"{one} {kind}": known & members & (view == one) for one in set(views)}
        enough = {name: group for name, group in groups.items() if group.sum() >= FEWEST}
        factor |= {name: round(best_factor(error[group], sigma[group]), 4) for name, group in sorted(enough.items())}
    return SigmaCalibration(factor, len(errors), source)


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
        calibration = SigmaCalibration(factor, int(values["photos"]), str(values["source"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path}: no readable calibration of spreads ({error}); delete it or fit it anew") from None
    if not all(value > 0 for value in factor.values()):
        raise WeightsError(f"{path}: found factors {factor}, expected numbers above 0")
    return calibration
