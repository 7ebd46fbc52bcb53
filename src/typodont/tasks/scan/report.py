"""Many arches in one table: means with intervals over patients, by group, and the teeth that went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from typodont import metrics
from typodont.environment import environment
from typodont.tasks.measured import calibration_values, cell, faults_line, interval_values
from typodont.tasks.scan.arch_score import FIGURES, LENIENT, OFFICIAL, STRICT, ArchScore

GROUPS: dict[str, Callable[[ArchScore], bool]] = {
    "all": lambda arch: True,
    "permanent": lambda arch: not arch.mixed,
    "mixed": lambda arch: arch.mixed,
    "upper": lambda arch: arch.jaw == "upper",
    "lower": lambda arch: arch.jaw == "lower",
}

POOLED = ("tooth_f1_pooled", "detection_f1_pooled")
"""F1 over all teeth of a group, so that an arch with few teeth weighs less than in the mean over arches."""


@dataclass(frozen=True)
class ScanReport:
    """Figures of a whole data set.

    Args:
        arches: One entry per arch.
        settings: How it was measured, plain values.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    arches: Sequence[ArchScore]
    settings: dict[str, Any] = field(default_factory=dict)
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0

    def groups(self) -> dict[str, list[ArchScore]]:
        """The groups that have arches; "permanent" and "mixed" only where there are both."""
        found = {name: [a for a in self.arches if belongs(a)] for name, belongs in GROUPS.items()}
        return {
            name: arches
            for name, arches in found.items()
            if arches and (name == "all" or len(arches) < len(self.arches))
        }

    def figures(self, arches: Sequence[ArchScore]) -> dict[str, metrics.Interval]:
        """Every figure of some arches: means over arches, then the pooled ones; intervals over patients."""
        patients = [a.patient for a in arches]
        options = {"level": self.level, "n_draws": self.n_draws, "seed": self.seed}
        found = {
            name: metrics.bootstrap_mean([a.figures[name] for a in arches], patients, **options) for name in FIGURES
        }
        if len(set(patients)) == len(arches):
            # Few patients that are all alike leave a bootstrap without width; Wilson's interval stays honest there.
            right = sum(a.figures["all_right"] == 1.0 for a in arches)
            found["all_right"] = metrics.wilson_interval(right, len(arches), level=self.level)
        total = [float(a.counts["true"] + a.counts["predicted"]) for a in arches]
        for name, count in zip(POOLED, ("right", "found"), strict=True):
            hits = [2.0 * a.counts[count] for a in arches]
            found[name] = metrics.bootstrap_ratio(hits, total, patients, **options)
        return found

    def calibration(self) -> dict[str, Any]:
        """How well the stated confidence of teeth fits what came true, over all arches."""
        return calibration_values([c for arch in self.arches for c in arch.confidence])

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``; what could not be measured is None."""
        jaws = [a.jaw == a.predicted_jaw for a in self.arches]
        return {
            "settings": {**self.settings, "level": self.level, "n_draws": self.n_draws, "seed": self.seed},
            "groups": {name: self._group(arches) for name, arches in self.groups().items()},
            "right_jaw": sum(jaws) / len(jaws),
            "calibration": self.calibration(),
            "arches": [a.as_dict() for a in self.arches],
            "environment": environment(),
        }

    def _group(self, arches: Sequence[ArchScore]) -> dict[str, Any]:
        return {
            "arches": len(arches),
            "patients": len({a.patient for a in arches}),
            "teeth": {key: sum(a.counts[key] for a in arches) for key in ("true", "predicted", "found", "right")},
            "figures": {name: interval_values(interval) for name, interval in self.figures(arches).items()},
        }

    def table(self) -> str:
        """The groups side by side as text, then the wrong teeth of every arch."""
        groups = self.groups()
        columns = {name: self.figures(arches) for name, arches in groups.items()}
        heads = [f"{name} ({len(arches)})" for name, arches in groups.items()]
        lines = [f"{'':<26}" + "".join(f"{head:>24}" for head in heads)]
        for title, names in (("strict", (*STRICT, *POOLED)), ("official 3DTeethSeg", OFFICIAL), ("lenient", LENIENT)):
            lines.append(title)
            lines += [f"  {name:<24}" + "".join(f"{cell(c[name]):>24}" for c in columns.values()) for name in names]
        lines += ["", f"{self.level:.0%} intervals over patients; number of arches in brackets"]
        return "\n".join([*lines, *self._faults()]) + "\n"

    def _faults(self) -> list[str]:
        lines = ["", "wrong teeth (true > predicted, - for none)"]
        for arch in self.arches:
            faults = faults_line(arch.wrong_teeth)
            if arch.predicted_jaw is None:
                faults = "no prediction"
            elif arch.predicted_jaw != arch.jaw:
                faults = f"taken for {arch.predicted_jaw}: {faults}"
            if faults:
                lines.append(f"  {arch.name:<22}{faults}")
        return lines if len(lines) > 2 else ["", "every tooth of every arch is right"]
