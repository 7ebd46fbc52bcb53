"""Do the runs of a study, several at once; what is finished is kept, what was broken off goes on."""

from __future__ import annotations

import json
import logging
import math
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.errors import StudyError, TypodontError
from typodont.progress import track
from typodont.tasks.study.job import StudyJob, load_job
from typodont.tasks.study.plan import SCORES, Run
from typodont.training.run import REPORT
from typodont.training.run_folder import LAST

logger = logging.getLogger(__name__)

LOG = "log.txt"
_NO_LONGER = (LAST, "tensorboard")
"""What only a broken-off run needs; a study has too many runs to keep it."""
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def do_runs(job: StudyJob, runs: Sequence[Run], *, processes: int, threads: int) -> None:
    """Train and score what is not done yet.

    Args:
        job: Whose runs they are.
        runs: From `make_plan`.
        processes: Runs at once, each in a new process whose output goes to ``log.txt`` of its folder; 0: in this one.
        threads: Of each process.

    Raises:
        StudyError: some runs failed; all others were tried.
    """
    left = [run for run in runs if not run.done]
    if len(left) < len(runs):
        logger.info("%d of %d runs are done already", len(runs) - len(left), len(runs))
    finished = _here(job, left) if processes == 0 else _side_by_side(job, left, processes, threads)
    failed = [run for run, ok in track(finished, "study", total=len(left), unit="run") if not ok]
    if failed:
        raise StudyError(
            f"{len(failed)} of {len(runs)} runs failed, the first of them {failed[0]}: see {failed[0].folder / LOG}; "
            "the same command tries them again"
        )


def do_run(job: StudyJob, run: Run) -> None:
    """One run: train, score, and write ``scores.json``, by which it counts as done.

    Raises:
        StudyError: it was asked to end before its schedule was over; the next time it goes on.
    """
    folder = job.train(run.config)
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    if not report["over"]:
        raise StudyError(f"{folder}: broken off after {report['steps']} of {run.config.schedule.max_steps} steps")
    cases = {} if run.fraction is None else job.score(run.config, folder)
    values = {
        "arm": run.arm,
        "fraction": run.fraction,
        "seed": run.seed,
        "labels": run.labels,
        "steps": report["steps"],
        "cases": {name: {figure: _plain(value) for figure, value in scores.items()} for name, scores in cases.items()},
    }
    write_json(values, run.folder / SCORES)
    for name in _NO_LONGER:
        path = run.folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _plain(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None


def _here(job: StudyJob, runs: Sequence[Run]) -> Iterator[tuple[Run, bool]]:
    for run in runs:
        try:
            do_run(job, run)
            yield run, True
        except (TypodontError, OSError) as error:
            run.folder.mkdir(parents=True, exist_ok=True)
            (run.folder / LOG).write_text(f"{error}\n", encoding="utf-8")
            logger.error("%s: %s", run, error)
            yield run, False


def _side_by_side(job: StudyJob, runs: Sequence[Run], processes: int, threads: int) -> Iterator[tuple[Run, bool]]:
    """(run, whether it is done) in the order in which they end."""
    waiting = list(runs)
    working: dict[BaseProcess, Run] = {}
    with _ended_on_termination(), _few_threads(threads):
        try:
            while waiting or working:
                while waiting and len(working) < processes:
                    run = waiting.pop(0)
                    process = multiprocessing.get_context("spawn").Process(target=_work, args=(job.name, run))
                    process.start()
                    working[process] = run
                wait([process.sentinel for process in working])
                for process in [process for process in working if not process.is_alive()]:
                    process.join()
                    run = working.pop(process)
                    if process.exitcode:
                        logger.error("%s: failed; %s", run, _last_line(run.folder / LOG))
                    yield run, not process.exitcode
        finally:
            for process in working:
                process.terminate()  # a training then writes its checkpoint
            for process in working:
                process.join()


def _work(job: str, run: Run) -> None:
    """The new process of one run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the study, which then ends its runs one by one
    run.folder.mkdir(parents=True, exist_ok=True)
    with (run.folder / LOG).open("a", encoding="utf-8") as log:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        logging.basicConfig(level=logging.INFO, format="%(message)s")
        try:
            do_run(load_job(job), run)
        except (TypodontError, OSError) as error:
            print(error, file=log)
            sys.exit(1)


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "it left no word")


@contextmanager
def _few_threads(threads: int) -> Iterator[None]:
    """New processes begin with so many threads: numerical libraries read it when they are loaded."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    try:
        yield
    finally:
        _restore(before)


def _restore(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _ended_on_termination() -> Iterator[None]:
    """Being asked to terminate ends this process as Ctrl-C does, so that its runs are ended, too."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
