"""``typodont study``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from inspect import getdoc
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from typodont.cli.suggest import Suggest


@dataclass(frozen=True)
class Study:
    """A label-efficiency study of one job; a subclass says of which.

    Trains every arm with every share of the labels from every seed, several at once, and measures all of them on the
    same held-out cases. Everything goes to STUDIES/NAME: study.json, study.png, runs/. Runs that are done are kept.

    With --suggest DIR instead, ranks unlabelled files by what their labels would teach; --suggest --help says how.
    """

    config: Any
    job: ClassVar[str]

    @classmethod
    def parse(cls, arguments: Sequence[str], program: str) -> Self | Suggest:
        """Read ``[STUDY.yaml] [--field value ...]``, or ``--suggest DIR [--option value ...]``."""
        from typodont.cli.configured import parse_config
        from typodont.cli.suggest import Suggest
        from typodont.tasks.study.config import StudyConfig

        if "--suggest" in arguments:
            return Suggest.parse(cls.job, arguments, program)
        _, _, where = (getdoc(Study) or "").partition("\n\n")
        return cls(parse_config(StudyConfig, arguments, program, f"{getdoc(cls)}\n\n{where}"))

    def run(self) -> None:
        """Do the study; print its table and what follows from it."""
        from typodont.tasks.study.study import study, table

        result = study(self.job, self.config)
        print(f"{result.values['titles'][result.values['figure']]}:")
        print(table(result.values), "", *result.values["sentences"], sep="\n")
        print(f"study: {result.folder}")


class StudyScan(Study):
    """How many labelled scans a network needs, with and without what went before."""

    job = "scan"


class StudyPanoramic(Study):
    """How many labelled panoramic radiographs a network needs, with and without what went before."""

    job = "panoramic"


class StudyFindings(Study):
    """How many pictures with labelled findings a network needs, with and without what went before."""

    job = "findings"


class StudyPhoto(Study):
    """How many photographs the landmarks and the fitted shape need: made-up ones, or ones of another camera."""

    job = "photo"
