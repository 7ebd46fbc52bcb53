"""Rank unlabelled files of one job by what their labels are expected to teach."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from typodont.errors import ConfigError, FormatError
from typodont.progress import track
from typodont.registry import unknown_name
from typodont.tasks.batch import input_files, what_went_wrong
from typodont.tasks.suggest.choose import choose
from typodont.tasks.suggest.look import Look, Looker

log = logging.getLogger(__name__)

LOOKERS = {
    "scan": "typodont.tasks.suggest.scans:scan_looker",
    "panoramic": "typodont.tasks.suggest.panoramics:panoramic_looker",
    "findings": "typodont.tasks.suggest.findings:findings_looker",
}
"""Job -> what opens its weights and gives a `Looker`."""


@dataclass(frozen=True)
class Suggestion:
    """A file in its place of the ranking.

    Args:
        file: Of the case.
        uncertainty: 0..1: how unsure the network is of its teeth.
        distance: To the nearest case that is labelled or stands before it; 1 is usual between two of these files.
            NaN where there is none yet.
        gain: What decides: uncertainty times distance.
    """

    file: Path
    uncertainty: float
    distance: float
    gain: float


@dataclass(frozen=True)
class Ranking:
    """What to label next.

    Args:
        suggestions: All files that could be read, those to label first in front.
        failed: The others, with the reason in words.
        n: How many at the front were chosen together, so that they differ from one another, too.
        draw: File -> (h, w, 3) uint8 picture with the doubtful teeth in red.
    """

    suggestions: tuple[Suggestion, ...]
    failed: dict[Path, str]
    n: int
    draw: Callable[[Path], np.ndarray]

    @property
    def first(self) -> tuple[Suggestion, ...]:
        """The ones to label now."""
        return self.suggestions[: self.n]


def rank(
    job: str,
    files: Sequence[Path],
    weights: Path | None = None,
    n: int = 10,
    *,
    labelled: Sequence[Path] = (),
) -> Ranking:
    """Rank unlabelled files: those whose teeth the network doubts and that are like nothing labelled so far come first.

    Suggestions are a help to choose, not a measure of quality: an unusual file may also be a bad one, so look at it.
    Files that cannot be read, or show something else, are named in the log and passed over.

    Args:
        job: One of `LOOKERS`.
        files: Files and folders.
        weights: A weights file or run folder instead of the shipped weights; best those that shall be trained further.
        n: How many to choose together.
        labelled: Files and folders that have labels already; their labels are not read.

    Raises:
        ConfigError: a job that cannot suggest, `n` below 1, no file.
        FormatError: none of the files could be read.
        WeightsError: weights that are missing or damaged.
    """
    if n < 1:
        raise ConfigError(f"n is {n}, expected at least 1")
    looker = open_looker(job, weights)
    known, _ = _looks(input_files(labelled, suffixes=looker.suffixes), looker, "labelled") if labelled else ({}, {})
    names = {file.resolve() for file in known}
    unlabelled = [file for file in input_files(files, suffixes=looker.suffixes) if file.resolve() not in names]
    looks, failed = _looks(unlabelled, looker, "unlabelled")
    if not looks:
        raise FormatError(f"none of the {len(unlabelled)} unlabelled files can be used; the messages above say why")
    features = np.stack([look.features for look in looks.values()])
    reference = np.array([look.features for look in known.values()]).reshape(len(known), features.shape[1])
    uncertainty = np.array([look.uncertainty for look in looks.values()])
    order, paths = choose(uncertainty, features, reference, n), list(looks)
    suggestions = tuple(
        Suggestion(paths[choice.index], float(uncertainty[choice.index]), choice.distance, choice.gain)
        for choice in order
    )
    return Ranking(suggestions, failed, min(n, len(suggestions)), looker.draw)


def open_looker(job: str, weights: Path | None = None) -> Looker:
    """How a job looks at its files.

    Raises:
        ConfigError: a job that cannot suggest.
        WeightsError: weights that are missing or damaged.
    """
    if job not in LOOKERS:
        raise ConfigError(unknown_name("job with suggestions", job, LOOKERS))
    module, _, name = LOOKERS[job].partition(":")
    return getattr(import_module(module), name)(weights)


def _looks(files: Sequence[Path], looker: Looker, description: str) -> tuple[dict[Path, Look], dict[Path, str]]:
    """What the network makes of each file, and the reasons for those that were passed over."""
    looks: dict[Path, Look] = {}
    failed: dict[Path, str] = {}
    for file in track(files, f"look at {description}", unit="file"):
        try:
            looks[file] = looker.look(file)
        except Exception as error:  # a bug in one file's way must not stop the batch
            failed[file] = what_went_wrong(file, error)
            log.warning("passed over: %s", failed[file])
            log.debug("traceback of %s", file, exc_info=True)
    return looks, failed
