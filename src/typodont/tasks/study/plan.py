"""From a study's settings to its single runs, each a training config and a folder of its own."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from typodont.atomic import atomic_path
from typodont.errors import ConfigError
from typodont.tasks.study.config import Arm, StudyConfig, check_study
from typodont.tasks.study.job import Case, StudyJob
from typodont.tasks.study.subsets import labelled_share
from typodont.training.config import config_to_dict, load_config

SCORES = "scores.json"
_FREE = (
    "runs",
    "processes",
    "loop.workers",
    "loop.threads",
    "loop.log_every",
    "loop.checkpoint_minutes",
    "loop.validate_every",
)
"""What may differ between the parts of one run, because it changes nothing about the result."""


@dataclass(frozen=True)
class Run:
    """One training of a study.

    Args:
        arm: Name of its arm.
        fraction: Share of the patients that is labelled; None: the training that an arm needs beforehand.
        seed: Of the subset and of the training.
        labels: Labelled cases that it learns from; 0 for a training beforehand.
        config: Training config of the job.
    """

    arm: str
    fraction: float | None
    seed: int
    labels: int
    config: Any

    @property
    def folder(self) -> Path:
        """Where it goes."""
        return self.config.runs / self.config.name

    @property
    def done(self) -> bool:
        """Whether it is finished and scored."""
        return (self.folder / SCORES).exists()

    def __str__(self) -> str:
        share = "beforehand" if self.fraction is None else f"{100 * self.fraction:g} % of the labels ({self.labels})"
        return f"{self.arm}, {share}, seed {self.seed}"


@dataclass(frozen=True)
class Plan:
    """All runs of a study.

    Args:
        first: Trainings that have to be done before the others.
        runs: Every arm with every share and every seed.
        labelled, held_out: The cases to learn from and to measure on.
    """

    first: tuple[Run, ...]
    runs: tuple[Run, ...]
    labelled: tuple[Case, ...]
    held_out: tuple[Case, ...]


def make_plan(job: StudyJob, config: StudyConfig) -> Plan:
    """Work out all runs, and write the lists of labelled cases.

    Raises:
        ConfigError: settings that fit no study or no training, arms that differ in their cases, a patient on both
            sides, or a run of other settings in one of the folders.
    """
    check_study(config)
    trainings = {arm.name: training_config(job, config, arm) for arm in config.arms}
    for training in trainings.values():
        job.prepare(training)
    labelled, held_out = _cases(job, config, trainings)
    first = tuple(_first_run(job, config, arm) for arm in config.arms if arm.first)
    begun = {run.arm: run.folder for run in first}
    subsets = {(fraction, seed): cases for fraction, seed, cases in _subsets(config, labelled)}
    runs = []
    for (fraction, seed), cases in subsets.items():
        names = config.folder / "subsets" / f"seed{seed}_{_percent(fraction)}.txt"
        _write_names(names, cases)
        for arm in config.arms:
            training = _limited(trainings[arm.name], config.labelled, names if cases else None)
            training = _begun(_with_epochs(training, config.epochs, len(cases)), arm, begun.get(arm.name))
            name = f"{arm.name}_{_percent(fraction)}_seed{seed}"
            training = replace(training, name=name, runs=config.folder / "runs", seed=seed)
            runs.append(Run(arm.name, fraction, seed, len(cases), _threaded(training, config.threads)))
    for run in (*first, *runs):
        _check_same(run)
    return Plan(first, tuple(runs), tuple(labelled), tuple(held_out))


def training_config(job: StudyJob, config: StudyConfig, arm: Arm, extra: Mapping[str, Any] | None = None) -> Any:
    """The training config of an arm, with all its labels.

    Raises:
        ConfigError: unknown keys or wrong values, or a training that ends by the clock.
    """
    values = copy.deepcopy({**config.base, **arm.set, **(extra or {})})
    try:
        training = load_config(job.settings, None, values)
    except ConfigError as error:
        raise ConfigError(f"arm {arm.name}: {str(error).removeprefix('defaults: ')}") from None
    if training.schedule.max_minutes is not None:
        raise ConfigError(
            f"arm {arm.name}: found schedule.max_minutes {training.schedule.max_minutes:g}, expected none; runs that "
            "share a machine get fewer steps in the same time, so those of a study end by schedule.max_steps"
        )
    return training


def _cases(job: StudyJob, config: StudyConfig, trainings: Mapping[str, Any]) -> tuple[list[Case], list[Case]]:
    """The labelled and the held-out cases, which are those of all arms."""
    found = {name: (job.labelled(t, config.labelled), job.held_out(t)) for name, t in trainings.items()}
    reference = config.arms[0].name
    labelled, held_out = found[reference]
    for name, (mine, theirs) in found.items():
        for what, one, other in (("labelled", mine, labelled), ("held-out", theirs, held_out)):
            if sorted(one) != sorted(other):
                raise ConfigError(
                    f"arm {name}: found {len(one)} {what} {job.unit} that are not the {len(other)} of arm {reference}; "
                    f"expected the same for all arms"
                )
    if not held_out:
        raise ConfigError(f"base.validation: found no {job.unit}, expected some that no training sees")
    both = sorted({case.patient for case in labelled} & {case.patient for case in held_out})
    if both:
        raise ConfigError(f"found {', '.join(both[:5])} among the labelled and the held-out {job.unit}; part them")
    return sorted(labelled), sorted(held_out)


def _first_run(job: StudyJob, config: StudyConfig, arm: Arm) -> Run:
    """The training that an arm does beforehand, once, on all its cases."""
    training = training_config(job, config, replace(arm, set={}), arm.first)
    training = replace(training, name=f"{arm.name}_first", runs=config.folder / "runs")
    job.prepare(training)
    return Run(arm.name, None, training.seed, 0, _threaded(training, config.threads))


def _limited(training: Any, number: int, names: Path | None) -> Any:
    """The training with the named cases of a source, or without the source."""
    if names is not None:
        named = tuple(replace(s, names=names) if n == number else s for n, s in enumerate(training.sources))
        return replace(training, sources=named)
    others = tuple(source for n, source in enumerate(training.sources) if n != number)
    if not others:
        raise ConfigError("fractions: found 0 and no other source to learn from; begin with a share, or name a source")
    return replace(training, sources=others)


def _begun(training: Any, arm: Arm, first: Path | None) -> Any:
    """The training with the first weights of its arm."""
    return training if first is None or "init" in arm.set else replace(training, init=f"pretrained:{first}")


def _with_epochs(training: Any, epochs: float | None, n_cases: int) -> Any:
    if epochs is None:
        return training
    steps = max(1, math.ceil(epochs * n_cases / training.loop.batch))
    return replace(training, schedule=replace(training.schedule, max_steps=steps))


def _threaded(training: Any, threads: int) -> Any:
    return replace(training, loop=replace(training.loop, threads=threads))


def _subsets(config: StudyConfig, cases: Sequence[Case]) -> Iterator[tuple[float, int, list[Case]]]:
    """(share, seed, cases), one seed after the other: a study that is broken off is whole, with fewer seeds."""
    for seed in config.seeds:
        for fraction in sorted(config.fractions, reverse=True):  # long runs first, which fill the processes evenly
            yield fraction, seed, labelled_share(cases, fraction, seed=seed)


def _percent(fraction: float) -> str:
    """``0.05 -> "005"``, ``0.125 -> "012.5"``; sorts as the shares do."""
    whole, _, rest = f"{100 * fraction:g}".partition(".")
    return f"{whole:0>3}" + (f".{rest}" if rest else "")


def _write_names(path: Path, cases: Sequence[Case]) -> None:
    text = "".join(f"{case.name}\n" for case in cases)
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ConfigError(
            f"{path}: found other cases than the data now has; give the study another name, or delete {path.parents[1]}"
        )
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _check_same(run: Run) -> None:
    """Refuse a folder in which a run of other settings lies."""
    path = run.folder / "config.yaml"
    if not path.exists():
        return
    before, now = _flat(yaml.safe_load(path.read_text(encoding="utf-8"))), _flat(config_to_dict(run.config))
    other = [name for name in now if name in before and name not in _FREE and before[name] != now[name]]
    if other:
        changes = ", ".join(f"{name} {before[name]} instead of {now[name]}" for name in other[:3])
        raise ConfigError(
            f"{run.folder}: found a run with {changes}; give the study another name, or delete the folder"
        )


def _flat(values: Any) -> dict[str, Any]:
    """Nested settings by dotted name, as JSON has them."""
    plain = json.loads(json.dumps(values))

    def leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                yield from leaves(inner, f"{name}.{key}" if name else key)
        else:
            yield name, value

    return dict(leaves(plain, ""))
