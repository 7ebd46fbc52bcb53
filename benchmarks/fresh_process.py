"""Run a command in a process of its own on a few cores and see how long it takes and how much memory it needs."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path


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
