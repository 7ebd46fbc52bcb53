"""The tables of the benchmarks of findings; their runs are not tested."""

import pytest


@pytest.fixture(scope="module")
def speed(benchmark_module):
    return benchmark_module("findings_speed")


@pytest.fixture(scope="module")
def memory(benchmark_module):
    return benchmark_module("findings_memory")


def test_the_table_of_speed_shows_what_was_measured(speed):
    table = speed.speed_table([speed.Speed(speed.WAYS[0], 0.25, 0.5, 812.4, 10)], cores=2)
    assert "2 cores" in table
    assert table.splitlines()[1].split()[-3:] == ["0.25", "0.50", "812"]


def test_the_fastest_run_counts_after_one_to_warm_up(speed):
    calls = []
    seconds, work = speed._fastest(lambda: calls.append(1), repeats=2)
    assert len(calls) == 3
    assert work >= 0
    assert 0 <= seconds < 1


def test_the_table_of_memory_shows_what_was_measured(memory):
    lines = memory.memory_table([memory.Memory(1, 2, True, 3000.0), memory.Memory(2, 1, False, None)]).splitlines()
    assert lines[1].split() == ["1", "2", "True", "3000"]
    assert lines[2].split() == ["2", "1", "False", "-"]


def test_trainings_are_batch_by_batches(memory):
    assert memory._training("1x2") == (1, 2, False)
    assert memory._training("2x1b") == (2, 1, True)
