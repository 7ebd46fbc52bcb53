"""How far a run has come, in steps or in minutes, how its validation goes, and the learning rate that follows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, Literal

_NOTICEABLE = 1e-4
"""A figure is better than the best one only by more than this share of it, as in torch's ReduceLROnPlateau."""


@dataclass(frozen=True)
class ScheduleConfig:
    """Length of a run and its learning rate.

    Args:
        max_steps: The run ends after so many optimiser steps.
        max_minutes: The run ends after so many minutes of training, resumed parts included; None: no such limit.
            Where it is given, the learning rate follows the clock, else the steps.
        max_epochs: The run ends after so many passes over the training data; None: no such limit.
        peak: Highest learning rate.
        warmup_steps: Steps of linear rise.
        shape: "cosine" falls to `final` times the peak, "constant" stays at the peak, "exponential" is multiplied by
            `decay` every `decay_steps`, "plateau" whenever `watch` has not become better in more than `patience`
            validations.
        watch: Figure of the validation that "plateau" and `stop_after` go by. Where either is used, the weights that
            are kept are those of its best validation.
        better: Which values of `watch` are.
        patience: See `shape`.
        stop_after: The run ends when `watch` has not become better in so many validations; None: no such end.
    """

    max_steps: int = 20000
    max_minutes: float | None = None
    max_epochs: float | None = None
    peak: float = 2e-3
    warmup_steps: int = 200
    shape: Literal["cosine", "constant", "exponential", "plateau"] = "cosine"
    final: float = 0.01
    decay: float = 0.99
    decay_steps: int = 1000
    watch: str = "loss"
    better: Literal["lower", "higher"] = "lower"
    patience: int = 3
    stop_after: int | None = None

    @property
    def watches(self) -> bool:
        """Whether the run goes by a figure of its validation."""
        return self.shape == "plateau" or self.stop_after is not None


class Clock:
    """Minutes of training so far, carried over when a run is resumed."""

    def __init__(self) -> None:
        self.before = 0.0
        self._start = time.monotonic()

    def minutes(self) -> float:
        return self.before + (time.monotonic() - self._start) / 60

    def restart(self, before: float) -> None:
        self.before = before
        self._start = time.monotonic()


class Watch:
    """How the validation figure of a schedule has gone so far.

    Args:
        config: See `ScheduleConfig`.
    """

    def __init__(self, config: ScheduleConfig) -> None:
        self.config = config
        self.best: float | None = None
        self.validations_since_best = 0
        self.validations_since_cut = 0
        self.cuts = 0

    def see(self, figure: float) -> bool:
        """Take in the next value; whether it is the best so far. NaN never is."""
        if self._is_better(figure):
            self.best = figure
            self.validations_since_best = self.validations_since_cut = 0
            return True
        self.validations_since_best += 1
        self.validations_since_cut += 1
        if self.validations_since_cut > self.config.patience:
            self.cuts += 1
            self.validations_since_cut = 0
        return False

    @property
    def gave_up(self) -> bool:
        """Whether the run has to end."""
        return self.config.stop_after is not None and self.validations_since_best >= self.config.stop_after

    def state(self) -> dict[str, Any]:
        """What a resumed run needs to go on; see `restore`."""
        return {name: value for name, value in vars(self).items() if name != "config"}

    def restore(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def _is_better(self, figure: float) -> bool:
        if self.best is None:
            return not math.isnan(figure)
        gain = figure - self.best if self.config.better == "higher" else self.best - figure
        return gain > _NOTICEABLE * abs(self.best)


def progress(config: ScheduleConfig, step: int, minutes: float) -> float:
    """Share of the run that is done, 0..1."""
    by_steps = step / max(config.max_steps, 1)
    return min(by_steps if config.max_minutes is None else max(minutes / config.max_minutes, by_steps), 1.0)


def rate_factor(config: ScheduleConfig, step: int, minutes: float, *, cuts: int = 0) -> float:
    """Learning rate as a share of the peak; `cuts` counts those of `Watch`."""
    rise = min((step + 1) / max(config.warmup_steps, 1), 1.0)
    if config.shape == "constant":
        return rise
    if config.shape == "plateau":
        return rise * config.decay**cuts
    if config.shape == "exponential":
        return rise * config.decay ** (step // config.decay_steps)
    wave = 0.5 * (1 + math.cos(math.pi * progress(config, step, minutes)))
    return rise * (config.final + (1 - config.final) * wave)
