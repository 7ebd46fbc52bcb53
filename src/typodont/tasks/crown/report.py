"""Many designed cases in one table: means with intervals, by kind of restoration, and what failed."""

from __future__ import annotations

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
        failed = [f"  {case.name}: {case.failure}" for case in self.cases if case.failure is not None]
        return "\n".join([*lines, *(["", "not designed", *failed] if failed else [])]) + "\n"
