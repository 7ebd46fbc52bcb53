"""Run a command in a process of its own on a few cores and see how long it takes and how much memory it needs."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typodont.environment import environment

START = "start and load"


@dataclass(frozen=True)
class CommandTime:
    """One measured run of a command.

    Args:
        seconds: From the start of the process to its end.
        peak_mib: Largest resident memory of the process, MiB; None where the system does not tell.
        stages: Seconds by stage as the run record tells them, and what lies before and between as `START`.
    """

    seconds: float
    peak_mib: float | None
    stages: dict[str, float] = field(default_factory=dict)


def time_command(words: Sequence[str], *, cores: int, repeats: int = 1) -> CommandTime:
    """The fastest run of a command that works on one file, each in a process of its own.

    Args:
        words: What follows `typodont`, without ``--out``.
        cores: How many it may use.
        repeats: How often it runs.

    Raises:
        SystemExit: the command failed; its own message stands above.
    """
    return min((_one_run(words, cores) for _ in range(repeats)), key=lambda run: run.seconds)


def _one_run(words: Sequence[str], cores: int) -> CommandTime:
    with tempfile.TemporaryDirectory() as out:
        seconds, peak = run_measured([sys.executable, "-m", "typodont", *words, "--out", out], cores=cores)
        (record,) = Path(out).glob("*_run.json")
        stages: dict[str, float] = json.loads(record.read_text(encoding="utf-8"))["seconds"]
    return CommandTime(seconds, peak, stages | {START: max(0.0, seconds - sum(stages.values()))})


def time_table(runs: Mapping[str, CommandTime], *, cores: int) -> str:
    """Runs side by side under their names, one line a stage."""
    names = list(dict.fromkeys([START, *(name for run in runs.values() for name in run.stages)]))
    lines = [f"{f'{cores} cores':<22}" + "".join(f"{head:>20}" for head in runs)]
    lines.append(f"{'seconds':<22}" + "".join(f"{run.seconds:>20.2f}" for run in runs.values()))
    peaks = ("-" if run.peak_mib is None else f"{run.peak_mib:.0f}" for run in runs.values())
    lines.append(f"{'peak memory, MiB':<22}" + "".join(f"{peak:>20}" for peak in peaks))
    for name in names:
        cells = ((run.stages.get(name, 0.0), run.seconds) for run in runs.values())
        shares = (f"{value:.2f} s ({value / whole:4.0%})" for value, whole in cells)
        lines.append(f"  {name:<20}" + "".join(f"{share:>20}" for share in shares))
    return "\n".join(lines)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that all measurements of commands have."""
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1, help="the fastest of so many runs counts")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")


def circumstances(options: argparse.Namespace) -> dict[str, Any]:
    """What a reader of the figures has to know, for JSON."""
    return {
        "cores": options.cores,
        "repeats": options.repeats,
        "cpu": cpu_name(),
        "environment": environment(),
    }


def run_measured(command: Sequence[str], *, cores: int) -> tuple[float, float | None]:
    """Seconds from the start of a process to its end, and its largest resident memory.

    Args:
        command: What to run; its standard output is thrown away.
        cores: How many it may use.

    Returns:
        Seconds, and MiB or None where the system does not tell.

    Raises:
        SystemExit: the command failed; its own message stands above.
    """
    threads = {f"{library}_NUM_THREADS": str(cores) for library in ("OMP", "MKL", "OPENBLAS")}
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **threads}, stdout=subprocess.DEVNULL)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:cores])
    peak = _wait(process)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}")
    return seconds, peak


def _wait(process: subprocess.Popen) -> float | None:
    """Wait for the process and give its own peak memory, MiB."""
    if not hasattr(os, "wait4"):
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def cpu_name() -> str:
    """What the system calls its processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
