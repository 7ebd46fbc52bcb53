"""The arithmetic of the comparison of choices; its trainings are not tested."""

import numpy as np
import pytest

from typodont.tasks.suggest.look import Look


@pytest.fixture(scope="module")
def benchmark(benchmark_module):
    return benchmark_module("scan_suggestions")


@pytest.fixture
def scores(benchmark):
    """Two seeds, four arches (one mixed); suggestions are 0.1 better than chance on the mixed arch alone."""
    level = {"start": 0.5, "suggested": 0.6, "uncertain": 0.55, "diverse": 0.6, "random": 0.6}
    return [
        benchmark.Score(seed, arm, f"a{arch}", arch == 3, iou + 0.1 * (arm == "suggested" and arch == 3), 2)
        for seed in (0, 1)
        for arm, iou in level.items()
        for arch in range(4)
    ]


def test_gains_over_chance_are_paired(benchmark, scores):
    figures = benchmark.summary(scores)
    assert figures["suggested"]["mixed"]["value"] == pytest.approx(0.7)
    gain = figures["suggested"]["mixed_more_than_random"]
    assert (gain["value"], gain["low"], gain["high"]) == pytest.approx((0.1, 0.1, 0.1))
    assert figures["suggested"]["permanent_more_than_random"]["value"] == pytest.approx(0)
    assert figures["suggested"]["all_more_than_random"]["value"] == pytest.approx(0.025)
    assert "all_more_than_random" not in figures["random"]
    assert "suggested" in benchmark.table(figures)


def test_mixed_arches_are_counted_once_a_seed(benchmark, scores):
    assert benchmark.mixed_chosen(scores, "uncertain") == [2, 2]


def test_the_arms_choose_by_what_they_are_called(benchmark):
    looks = [Look(doubt, np.array([place], dtype=np.float32)) for doubt, place in ((0.2, 5), (0.9, 1), (0.5, 4))]
    known, rng = [Look(0.5, np.array([0.0], dtype=np.float32))], np.random.default_rng(0)
    first = {name: pick(looks, known, rng)[0] for name, pick in benchmark.ARMS.items()}
    assert first["uncertain"] == 1
    assert first["diverse"] == 0
    assert first["suggested"] == 2
    assert sorted(benchmark.by_chance(looks, known, rng)) == [0, 1, 2]
