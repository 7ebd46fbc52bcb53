"""Commands measured in processes of their own: the fastest run counts, and all its seconds are accounted for."""

import json
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def fresh(benchmark_module):
    return benchmark_module("fresh_process")


def test_the_fastest_run_counts_and_what_is_no_stage_is_start_and_load(fresh, monkeypatch):
    runs = iter([(3.0, 100.0), (2.0, None)])
    asked = []

    def run_measured(command, *, cores):
        asked.append((command[1:-1], cores))
        Path(command[-1], "a_run.json").write_text(json.dumps({"seconds": {"read": 0.5, "network": 1.0}}))
        return next(runs)

    monkeypatch.setattr(fresh, "run_measured", run_measured)
    found = fresh.time_command(["scan", "segment", "a.ply"], cores=2, repeats=2)
    assert found == fresh.CommandTime(2.0, None, {"read": 0.5, "network": 1.0, fresh.START: 0.5})
    assert asked == [(["-m", "typodont", "scan", "segment", "a.ply", "--out"], 2)] * 2


def test_a_process_is_timed_with_its_memory(fresh):
    program = "import time; block = bytearray(64 << 20); time.sleep(0.2)"
    seconds, peak = fresh.run_measured([sys.executable, "-c", program], cores=1)
    assert seconds > 0.2
    assert peak is None or peak > 64


def test_a_command_that_fails_ends_the_measurement(fresh):
    with pytest.raises(SystemExit, match="ended with status 3"):
        fresh.run_measured([sys.executable, "-c", "raise SystemExit(3)"], cores=1)


def test_the_table_shows_shares(fresh):
    known = fresh.CommandTime(2.0, 512.0, {"network": 1.5, fresh.START: 0.5})
    lines = fresh.time_table({"small": known, "large": fresh.CommandTime(4.0, None)}, cores=2).splitlines()
    assert lines[0].split() == ["2", "cores", "small", "large"]
    assert lines[2].split()[-2:] == ["512", "-"]
    assert "1.50 s ( 75%)" in lines[4]
    assert "0.00 s (  0%)" in lines[4]
    assert lines[3].startswith(f"  {fresh.START}")
