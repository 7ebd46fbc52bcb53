"""Learning rate and end of a run, by steps and by the clock."""

import pytest

from typodont.training.schedule import Clock, ScheduleConfig, progress, rate_factor


def test_rise_and_fall_by_steps() -> None:
    config = ScheduleConfig(max_steps=1000, warmup_steps=10, final=0.1)
    assert rate_factor(config, 0, 0) == pytest.approx(0.1, rel=1e-3)
    assert rate_factor(config, 9, 0) == pytest.approx(1, rel=1e-3)
    assert rate_factor(config, 500, 0) == pytest.approx(0.55)
    assert rate_factor(config, 1000, 0) == pytest.approx(0.1)
    assert progress(config, 2000, 0) == 1


def test_the_clock_rules_where_it_is_given() -> None:
    config = ScheduleConfig(max_steps=10**6, max_minutes=20, warmup_steps=1)
    assert progress(config, 10, 5) == 0.25
    assert rate_factor(config, 10, 10) == pytest.approx(0.505, abs=1e-3)
    assert progress(config, 10**6, 1) == 1, "steps still end the run"


def test_constant() -> None:
    config = ScheduleConfig(max_steps=10, warmup_steps=2, shape="constant")
    assert [rate_factor(config, step, 0) for step in (0, 1, 9)] == [0.5, 1, 1]


def test_minutes_are_carried_over() -> None:
    clock = Clock()
    clock.restart(12.5)
    assert 12.5 <= clock.minutes() < 12.6
