"""``typodont study JOB --suggest DIR``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import tyro

from typodont.cli.synth import Count
from typodont.errors import ConfigError


@dataclass(frozen=True)
class SuggestOptions:
    """Rank unlabelled files: first those whose teeth the network doubts and that are like nothing labelled so far.

    Prints those to label now; OUT/suggestions.csv lists all in order, OUT/suggestions.png shows the first ones with
    the doubtful teeth in red. Files that cannot be used are named and passed over.

    Args:
        suggest: Unlabelled files or folders of them.
        labelled: Files or folders that have labels already; their labels are not read.
        weights: Weights to ask instead of the shipped ones: a file or a run folder.
        n: How many to label next.
        out: Folder for the results.
        force: Replace a ranking that exists.
    """

    suggest: tuple[Path, ...] = ()
    labelled: tuple[Path, ...] = ()
    weights: Path | None = None
    n: Count = 10
    out: Path = Path("suggestions")
    force: bool = False


@dataclass(frozen=True)
class Suggest:
    """A ranking of the unlabelled files of one job."""

    job: str
    options: SuggestOptions

    @classmethod
    def parse(cls, job: str, arguments: Sequence[str], program: str) -> Self:
        """Read ``--suggest DIR [--option value ...]``."""
        return cls(job, tyro.cli(SuggestOptions, args=arguments, prog=program, config=(tyro.conf.FlagCreatePairsOff,)))

    def run(self) -> int:
        """Rank, write and print; 1 where a file could not be used."""
        from typodont.tasks.suggest import check_free, rank, ranking_table, write_ranking

        asked = self.options
        if not asked.suggest:
            raise ConfigError("--suggest: found nothing, expected at least one file or folder without labels")
        check_free(asked.out, force=asked.force)
        ranking = rank(self.job, asked.suggest, asked.weights, asked.n, labelled=asked.labelled)
        write_ranking(ranking, asked.out)
        print(ranking_table(ranking), end="")
        print(f"suggestions: {asked.out}")
        return int(bool(ranking.failed))
