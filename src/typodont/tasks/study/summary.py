"""What a study found: curves, differences and labels saved, with intervals, as plain values and as sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from typodont.errors import ConfigError
from typodont.tasks.measured import interval_values, plain
from typodont.tasks.study.config import Arm, StudyConfig
from typodont.tasks.study.curve import labels_for, rising
from typodont.tasks.study.figures import Scores, interval
from typodont.tasks.study.job import StudyJob
from typodont.types import Float

_ROUNDING = 1e-6
"""Less than this above a whole number of labels is that number."""


def main_figure(job: StudyJob, config: StudyConfig) -> str:
    """Name of the figure that the plot and the sentences are about.

    Raises:
        ConfigError: the job has no such figure.
    """
    figure = config.score or next(iter(job.figures))
    if figure not in job.figures:
        raise ConfigError(f"score: found {figure!r}, expected one of {', '.join(job.figures)}")
    return figure


def summarise(scores: Scores, config: StudyConfig, *, error: bool = False) -> dict[str, Any]:
    """Everything about one figure, by arm.

    Args:
        scores: Of all runs.
        config: Of the study.
        error: Less of the figure is better.

    Returns:
        For every arm ``figures`` and ``runs`` (mean of every seed), by share; for all but the first arm also
        ``difference`` (to the first arm at the same share), ``claim`` (`config.claim` of the labels against all labels
        of the first arm), ``needed`` (labels that reach what the first arm reaches with all; None: more than there
        are) and ``worth`` (labels that the first arm needs for the same score; None likewise).
    """
    means, draws = scores.means(), scores.drawn_means(n_draws=config.draws)
    per_run = scores.per_run()
    sign = -1.0 if error else 1.0
    better, better_draws = sign * means, sign * draws
    found: dict[str, Any] = {}
    for number, arm in enumerate(scores.arms):
        found[arm] = {
            "figures": _intervals(means[number], draws[:, number], scores, config.level),
            "runs": [[plain(value) for value in share] for share in per_run[number]],
        }
        if number:
            gain, gains = means[number] - means[0], draws[:, number] - draws[:, 0]
            found[arm] |= {
                "difference": _intervals(gain, gains, scores, config.level),
                "claim": _claim(scores, number, means, draws, config),
                "needed": _needed(scores, number, better, better_draws, config.level, sign=sign),
                "worth": [
                    plain(labels_for(score, scores.labels, better[0])) for score in rising_or_nan(better[number])
                ],
            }
    return found


def rising_or_nan(scores: Float) -> Float:
    """`rising`, or all NaN where one of the scores is missing."""
    return np.full(len(scores), np.nan) if np.isnan(scores).any() else rising(scores)


def _intervals(values: Float, draws: Float, scores: Scores, level: float) -> list[dict[str, Any]]:
    """One for every share; `values` (F,), `draws` (D, F)."""
    pairs = zip(values, draws.T, strict=True)
    return [interval_values(interval(value, drawn, scores, level=level)) for value, drawn in pairs]


def _claim(scores: Scores, number: int, means: Float, draws: Float, config: StudyConfig) -> dict[str, Any] | None:
    """An arm with part of the labels less the first arm with all; None where no run has that part."""
    share = next((n for n, f in enumerate(scores.fractions[:-1]) if math.isclose(f, config.claim)), None)
    if share is None:
        return None
    gain, gains = means[number, share] - means[0, -1], draws[:, number, share] - draws[:, 0, -1]
    found = interval_values(interval(gain, gains, scores, level=config.level))
    return {"fraction": config.claim, "labels": plain(scores.labels[share]), **found}


def _needed(scores: Scores, number: int, means: Float, draws: Float, level: float, *, sign: float) -> dict[str, Any]:
    """Labels for the score of the first arm with all; `sign` is -1 where the scores are errors with the sign turned."""
    labels, target = scores.labels, rising_or_nan(means[0])[-1]
    value = labels_for(target, labels, means[number])
    each = np.array([labels_for(rising_or_nan(draw[0])[-1], labels, draw[number]) for draw in draws])
    found = interval(value, each, scores, level=level)
    reached = float(np.isfinite(each).mean())
    return {
        **interval_values(found),
        "score": plain(sign * target),
        "of": plain(labels[-1]),
        "share_of_draws": plain(reached),
    }


def sentences(job: StudyJob, config: StudyConfig, scores: Scores, found: Mapping[str, Any], figure: str) -> list[str]:
    """The findings about one figure in words, for every arm but the first."""
    lines = []
    title, error = job.figures[figure], figure in job.errors
    for arm in scores.arms[1:]:
        if len(scores.fractions) == 1:
            both = f"{arm} against {scores.arms[0]}, both with {whole(scores.labels[0])} labelled {job.unit}"
            lines.append(_difference(both, title, found[arm]["difference"][0], error=error))
            continue
        lines.append(_labels_saved(job, config, scores, arm, found[arm]["needed"]))
        claim = found[arm]["claim"]
        if claim is not None:
            part = f"{100 * claim['fraction']:g} % of the labels ({whole(claim['labels'])} {job.unit})"
            most = f"{100 * scores.fractions[-1]:g} % ({whole(scores.labels[-1])})"
            lines.append(
                _difference(f"{arm} with {part} against {scores.arms[0]} with {most}", title, claim, error=error)
            )
    return lines


def _labels_saved(
    job: StudyJob, config: StudyConfig, scores: Scores, arm: str, needed: Mapping[str, float | None]
) -> str:
    """How many labels reach with an arm what all reach without, and what that saves."""
    every = whole(scores.labels[-1])
    without = "without" if scores.arms[0] == Arm.name else f"with {scores.arms[0]}"
    if needed["value"] is None:
        if np.isnan(scores.means()).any():
            return f"{arm}: some runs are missing, so nothing can be said about labels saved."
        return f"With {arm}, even {every} labelled {job.unit} do not reach what {every} reach {without}."
    n = whole(needed["value"])
    few = " or fewer" if n <= whole(scores.labels[0]) else ""
    high = f"more than {every}" if needed["high"] is None else f"{whole(needed['high'])}"
    text = f"With {arm}, {n}{few} labelled {job.unit} reach what {every} reach {without}"
    if needed["low"] is not None:
        text += f" ({100 * config.level:g} % interval {whole(needed['low'])} to {high})"
    saved = every - n
    if config.cost_per_label is not None and saved > 0:
        cost = saved * config.cost_per_label
        text += f"; at {config.cost_per_label:g} {config.cost_unit} a label that saves {cost:,.10g} {config.cost_unit}"
    return text + "."


def _difference(what: str, title: str, gain: Mapping[str, float | None], *, error: bool) -> str:
    """A difference with its interval, and whether it is one; of an error less is better."""
    value, low, high = gain["value"], gain["low"], gain["high"]
    if value is None or low is None or high is None:
        return f"{what}: some runs are missing."
    more, less = ("worse", "better") if error else ("better", "worse")
    verdict = more if low > 0 else less if high < 0 else "no difference that this study can tell"
    return f"{what}: {title} {value:+.3f} ({low:+.3f} to {high:+.3f}), {verdict}."


def whole(labels: float) -> int:
    """So many labels that they are enough."""
    return math.ceil(labels - _ROUNDING)
