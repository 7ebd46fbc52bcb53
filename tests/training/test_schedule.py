"""Learning rate and end of a run, by steps and by the clock."""

import pytest
import torch

from typodont.training.schedule import Clock, ScheduleConfig, Watch, progress, rate_factor


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


def cuts_and_torch_rates(figures: list[float], better: str) -> tuple[list[int], list[float]]:
    """Cuts of `Watch`, and the rates of torch's own schedule with the same patience."""
    watch = Watch(ScheduleConfig(shape="plateau", patience=2, better=better))  # type: ignore[arg-type]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    mode = "max" if better == "higher" else "min"
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode=mode, factor=0.1, patience=2)
    cuts, rates = [], []
    for figure in figures:
        watch.see(figure)
        theirs.step(figure)
        cuts.append(watch.cuts)
        rates.append(optimizer.param_groups[0]["lr"])
    return cuts, rates


@pytest.mark.parametrize("better", ["lower", "higher"])
def test_a_plateau_cuts_the_rate_when_torch_does(better: str) -> None:
    figures = [5, 4, 4, 3.9999, 4.1, 3, 3, 3, 3, 3, 3, 2, 9, 9, 9, 9, 9, 9]
    if better == "higher":
        figures = [10 - value for value in figures]
    cuts, rates = cuts_and_torch_rates(figures, better)
    assert cuts[-1] == 4
    config = ScheduleConfig(shape="plateau", warmup_steps=0, decay=0.1)
    assert [rate_factor(config, 9, 0, cuts=cut) for cut in cuts] == pytest.approx(rates)


def test_a_run_gives_up_when_nothing_gets_better() -> None:
    watch = Watch(ScheduleConfig(stop_after=2))
    seen = [(watch.see(figure), watch.gave_up) for figure in (float("nan"), 3.0, 3.5, 2.0, 2.0, float("nan"))]
    assert seen == [(False, False), (True, False), (False, False), (True, False), (False, False), (False, True)]
    assert watch.best == 2


def test_without_an_end_a_run_never_gives_up() -> None:
    watch = Watch(ScheduleConfig(shape="plateau"))
    assert not any(watch.see(1.0) and watch.gave_up for _ in range(20))
    assert watch.cuts > 0


def test_what_was_watched_is_carried_over() -> None:
    config = ScheduleConfig(patience=1, stop_after=9)
    first, second = Watch(config), Watch(config)
    for figure in (2.0, 3.0, 3.0):
        first.see(figure)
    second.restore(first.state())
    assert vars(second) == vars(first)
