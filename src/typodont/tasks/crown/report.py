"""Many designed cases in one table: means with intervals, by kind of restoration, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from typodont import metrics
from typodont.environment import environment
from typodont.records.crown_case import KINDS
from typodont.tasks.crown.case_score import FIGURES, MARGIN, OUTER_SURFACE, USE, CaseScore
from typodont.tasks.measured import cell, interval_values, plain

SHARES = ("designed", "watertight", "right_kind", "passed")
"""Of all cases; "watertight" of those that were designed."""

JUDGED = ("pass", "warn", "fail")
"""Verdicts of the fit report that say how good a figure is."""

_PARTS = {
    "margin line, mm": MARGIN,
    "outer surface, mm": OUTER_SURFACE,
    "use, mm and degrees": USE,
    "shares": SHARES,
    "speed, s": ("seconds",),
}


@dataclass(frozen=True)
class CrownReport:
    """Figures of a whole set of cases.

    Args:
        cases: One entry per case.
        settings: How it was measured, plain values.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    cases: Sequence[CaseScore]
    settings: dict[str, Any] = field(default_factory=dict)
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0

    def groups(self) -> dict[str, list[CaseScore]]:
        """All cases, then those of each kind that there is, where there is more than one."""
        by_kind = {kind: [case for case in self.cases if case.kind == kind] for kind in KINDS}
        found = {kind: cases for kind, cases in by_kind.items() if cases}
        return {"all": list(self.cases)} | (found if len(found) > 1 else {})

    def figures(self, cases: Sequence[CaseScore]) -> dict[str, metrics.Interval]:
        """Means over the cases that were designed, then shares of cases; every case is a patient of its own."""
        names = [case.name for case in cases]
        options = {"level": self.level, "n_draws": self.n_draws, "seed": self.seed}
        means = {
            name: metrics.bootstrap_mean([case.figures[name] for case in cases], names, **options) for name in FIGURES
        }
        made = [case for case in cases if case.made is not None]
        hits = {
            "designed": (len(made), len(cases)),
            "watertight": (sum(case.flags["watertight"] for case in made), len(made)),
            "right_kind": (sum(case.flags["right_kind"] for case in cases), len(cases)),
            "passed": (sum(case.flags["passed"] for case in cases), len(cases)),
        }
        shares = {name: metrics.wilson_interval(*counts, level=self.level) for name, counts in hits.items()}
        return {**means, **shares}

    def verdicts(self, cases: Sequence[CaseScore]) -> dict[str, dict[str, int]]:
        """How many designs each line of the fit report passes, warns of and fails, in the order of the report.

        Notes judge nothing and are not counted; lines that judge none of these designs are left out.
        """
        names = dict.fromkeys(name for case in cases for name in case.verdicts)
        said = {name: Counter(case.verdicts.get(name) for case in cases) for name in names}
        counts = {name: {verdict: found[verdict] for verdict in JUDGED} for name, found in said.items()}
        return {name: found for name, found in counts.items() if any(found.values())}

    def worst(self, name: str, cases: Sequence[CaseScore]) -> float:
        """The largest value of a figure; NaN where no case has one."""
        values = [case.figures[name] for case in cases if case.figures[name] == case.figures[name]]
        return max(values, default=float("nan"))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``; what could not be measured is None."""
        return {
            "settings": {**self.settings, "level": self.level, "n_draws": self.n_draws, "seed": self.seed},
            "groups": {name: self._group(cases) for name, cases in self.groups().items()},
            "cases": [case.as_dict() for case in self.cases],
            "environment": environment(),
        }

    def _group(self, cases: Sequence[CaseScore]) -> dict[str, Any]:
        return {
            "cases": len(cases),
            "figures": {name: interval_values(interval) for name, interval in self.figures(cases).items()},
            "worst": {name: plain(self.worst(name, cases)) for name in FIGURES},
            "verdicts": self.verdicts(cases),
        }

    def table(self) -> str:
        """The groups side by side as text, then the cases that failed."""
        groups = self.groups()
        columns = {name: self.figures(cases) for name, cases in groups.items()}
        heads = [f"{name} ({len(cases)})" for name, cases in groups.items()]
        lines = [f"{'':<26}" + "".join(f"{head:>24}" for head in heads)]
        parts = (
            ("margin line, mm", MARGIN),
            ("outer surface, mm", OUTER_SURFACE),
            ("use, mm", USE),
            ("shares", SHARES),
        )
        for title, names in (*parts, ("speed, s", ("seconds",))):
            lines.append(title)
            lines += [f"  {name:<24}" + "".join(f"{cell(c[name]):>24}" for c in columns.values()) for name in names]
        lines += ["", f"{self.level:.0%} intervals over cases; number of cases in brackets"]
        lines += self._failing(list(groups.values()))
        failed = [f"  {case.name}: {case.failure}" for case in self.cases if case.failure is not None]
        return "\n".join([*lines, *(["", "not designed", *failed] if failed else [])]) + "\n"

    def _failing(self, groups: Sequence[Sequence[CaseScore]]) -> list[str]:
        """Rows of text: how many designs of each group every line of the fit report fails, of those that it judges."""
        counts = [self.verdicts(cases) for cases in groups]
        rows = [f"  {name:<24}" + "".join(f"{_fails(found.get(name)):>24}" for found in counts) for name in counts[0]]
        return ["", "designs that a line of the fit report fails, of those that it judges", *rows] if rows else []


def _fails(counts: dict[str, int] | None) -> str:
    return f"{counts['fail']} of {sum(counts.values())}" if counts else "-"
