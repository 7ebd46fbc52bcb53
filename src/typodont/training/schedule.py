"""How far a run has come, in steps or in minutes, and the learning rate that follows from it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ScheduleConfig:
    """Length of a run and its learning rate.

    Args:
        max_steps: The run ends after so many optimiser steps.
        max_minutes: The run ends after so many minutes of training, resumed parts included; None: no such limit.
            Where it is given, the learning rate follows the clock, else the steps.
        peak: Highest learning rate.
        warmup_steps: Steps of linear rise.
        shape: "cosine" falls to `final` times the peak, "constant" stays at the peak, "exponential" is multiplied by
            `decay` every `decay_steps`.
    """

    max_steps: int = 20000
    max_minutes: float | None = None
    peak: float = 2e-3
    warmup_steps: int = 200
    shape: Literal["cosine", "constant", "exponential"] = "cosine"
    final: float = 0.01
    decay: float = 0.99
    decay_steps: int = 1000


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


def progress(config: ScheduleConfig, step: int, minutes: float) -> float:
    """Share of the run that is done, 0..1."""
    by_steps = step / max(config.max_steps, 1)
    return min(by_steps if config.max_minutes is None else max(minutes / config.max_minutes, by_steps), 1.0)


def rate_factor(config: ScheduleConfig, step: int, minutes: float) -> float:
    """Learning rate as a share of the peak."""
    rise = min((step + 1) / max(config.warmup_steps, 1), 1.0)
    if config.shape == "constant":
        return rise
    if config.shape == "exponential":
        return rise * config.decay ** (step // config.decay_steps)
    wave = 0.5 * (1 + math.cos(math.pi * progress(config, step, minutes)))
    return rise * (config.final + (1 - config.final) * wave)
