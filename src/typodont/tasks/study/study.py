"""Do a label-efficiency study: plan, runs, figures, plot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.errors import StudyError
from typodont.tasks.measured import plain
from typodont.tasks.study.config import StudyConfig
from typodont.tasks.study.figures import read_scores
from typodont.tasks.study.job import StudyJob, load_job
from typodont.tasks.study.plan import Plan, make_plan
from typodont.tasks.study.plot import plot_curves
from typodont.tasks.study.runner import do_runs
from typodont.tasks.study.summary import main_figure, sentences, summarise
from typodont.training.config import config_to_dict, dump_config

RESULT, PLOT = "study.json", "study.png"


@dataclass(frozen=True)
class StudyResult:
    """What a study found.

    Args:
        folder: Of the study; has ``study.json``, ``study.png`` and every run.
        values: What ``study.json`` says.
    """

    folder: Path
    values: dict[str, Any]


def study(name: str, config: StudyConfig) -> StudyResult:
    """Train every arm with every share of the labels from every seed, and compare them on the held-out cases.

    What is done already is kept; a study that was broken off goes on. Where runs fail, the others are still
    summarised.

    Args:
        name: Of the job.
        config: See there.

    Raises:
        ConfigError: settings that fit no study, see `make_plan`.
        StudyError: some runs failed.
    """
    job = load_job(name)
    figure = main_figure(job, config)
    plan = make_plan(job, config)
    dump_config(config, config.folder / "config.yaml")
    do_runs(job, plan.first, processes=config.processes, threads=config.threads)
    failure = None
    try:
        do_runs(job, plan.runs, processes=config.processes, threads=config.threads)
    except StudyError as error:
        failure = error
    result = write_result(job, config, plan, figure)
    if failure is not None:
        raise failure
    return result


def write_result(job: StudyJob, config: StudyConfig, plan: Plan, figure: str) -> StudyResult:
    """Summarise the runs that are done, into ``study.json`` and ``study.png``."""
    scores = {name: read_scores(plan.runs, plan.held_out, name) for name in job.figures}
    found = {name: summarise(of, config, error=name in job.errors) for name, of in scores.items()}
    main = scores[figure]
    values = {
        "job": job.name,
        "unit": job.unit,
        "figure": figure,
        "titles": dict(job.figures),
        "sentences": sentences(job, config, main, found[figure], figure),
        "fractions": list(main.fractions),
        "labels": [plain(labels) for labels in main.labels],
        "seeds": list(main.seeds),
        "held_out": len(plan.held_out),
        "runs": {"done": sum(run.done for run in plan.runs), "of": len(plan.runs)},
        "figures": found,
        "config": config_to_dict(config),
        "environment": environment(),
    }
    write_json(values, config.folder / RESULT, default=str)
    plot_curves(values, config.folder / PLOT)
    return StudyResult(config.folder, values)


def table(values: dict[str, Any]) -> str:
    """The curves of the main figure as lines for people, one for every share."""
    figures = values["figures"][values["figure"]]
    shares = zip(values["fractions"], values["labels"], strict=True)
    rows = [["labels", *figures]]
    for number, (fraction, labels) in enumerate(shares):
        cells = [_cell(arm["figures"][number]) for arm in figures.values()]
        rows.append([f"{labels:g} ({100 * fraction:g} %)", *cells])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _cell(figure: dict[str, float | None]) -> str:
    if figure["value"] is None:
        return "-"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
