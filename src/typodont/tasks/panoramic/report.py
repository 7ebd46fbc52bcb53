"""Many panoramics in one table: means and shares with intervals over pictures, and the teeth that went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from typodont import metrics
from typodont.environment import environment
from typodont.tasks.measured import calibration_values, cell, faults_line, interval_values
from typodont.tasks.panoramic.picture_score import FIGURES, INSTANCES, LABEL_MAP, NSD_TOLERANCE, STS, PictureScore

MANY_TEETH = 20
GROUPS: dict[str, Callable[[PictureScore], bool]] = {
    "all": lambda picture: True,
    f"{MANY_TEETH}+ teeth": lambda picture: picture.counts["true"] >= MANY_TEETH,
    f"under {MANY_TEETH}": lambda picture: picture.counts["true"] < MANY_TEETH,
}

SHARES = {
    "detection_precision": ("found", "predicted"),
    "detection_recall": ("found", "true"),
    "right_number": ("right", "true"),
    "right_number_of_found": ("right", "found"),
}
"""Shares of all teeth of a group in one sum: which count over which."""
F1 = {"tooth_f1": "right", "detection_f1": "found"}
"""F1 over all teeth of a group, with the right number and under any."""
POOLED_DICE = "tooth_dice_pooled"
"""The mean over teeth instead of over pictures, in which a picture with few teeth weighs less."""


@dataclass(frozen=True)
class PanoramicReport:
    """Figures of a whole data set.

    Args:
        pictures: One entry per picture.
        settings: How it was measured, plain values.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    pictures: Sequence[PictureScore]
    settings: dict[str, Any] = field(default_factory=dict)
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0

    def groups(self) -> dict[str, list[PictureScore]]:
        """The groups that have pictures; those by number of teeth only where there are both."""
        found = {name: [p for p in self.pictures if belongs(p)] for name, belongs in GROUPS.items()}
        return {name: own for name, own in found.items() if name == "all" or 0 < len(own) < len(self.pictures)}

    def figures(self, pictures: Sequence[PictureScore]) -> dict[str, metrics.Interval]:
        """Every figure of some pictures: means over pictures, then shares of all teeth; intervals over pictures."""
        names = [p.name for p in pictures]
        options = {"level": self.level, "n_draws": self.n_draws, "seed": self.seed}

        def ratio(top: Sequence[float], bottom: Sequence[float]) -> metrics.Interval:
            return metrics.bootstrap_ratio(top, bottom, names, **options)

        found = {name: ratio([p.figures[name] for p in pictures], [1.0] * len(names)) for name in FIGURES}
        # Pictures that are all alike leave a bootstrap without width; Wilson's interval stays honest there.
        perfect = sum(p.figures["perfect_chart"] == 1.0 for p in pictures)
        found["perfect_chart"] = metrics.wilson_interval(perfect, len(pictures), level=self.level)
        for name, (part, whole) in SHARES.items():
            found[name] = ratio([p.counts[part] for p in pictures], [p.counts[whole] for p in pictures])
        both = [p.counts["true"] + p.counts["predicted"] for p in pictures]
        for name, part in F1.items():
            found[name] = ratio([2.0 * p.counts[part] for p in pictures], both)
        teeth = [float(p.counts["true"]) for p in pictures]
        dice = [p.figures["tooth_dice"] * n for p, n in zip(pictures, teeth, strict=True)]
        found[POOLED_DICE] = ratio(dice, teeth)
        return found

    def calibration(self) -> dict[str, Any]:
        """How well the stated confidence of teeth fits what came true, over all pictures."""
        return calibration_values([c for picture in self.pictures for c in picture.confidence])

    def as_dict(self, *, each: bool = True) -> dict[str, Any]:
        """Plain values for ``report.json``; what could not be measured is None.

        Args:
            each: Also the figures of every single picture.
        """
        settings = {"level": self.level, "n_draws": self.n_draws, "seed": self.seed}
        values = {
            "settings": {**self.settings, **settings, "nsd_tolerance_of_width": NSD_TOLERANCE / 1000},
            "groups": {name: self._group(pictures) for name, pictures in self.groups().items()},
            "calibration": self.calibration(),
            "environment": environment(),
        }
        return values | ({"pictures": [p.as_dict() for p in self.pictures]} if each else {})

    def _group(self, pictures: Sequence[PictureScore]) -> dict[str, Any]:
        return {
            "pictures": len(pictures),
            "predicted": sum(p.predicted for p in pictures),
            "teeth": {key: sum(p.counts[key] for p in pictures) for key in ("true", "predicted", "found", "right")},
            "figures": {name: interval_values(interval) for name, interval in self.figures(pictures).items()},
        }

    def table(self) -> str:
        """The groups side by side as text, then the wrong teeth of every picture."""
        groups = self.groups()
        columns = [self.figures(pictures) for pictures in groups.values()]
        lines = [f"{'':<26}" + "".join(f"{f'{name} ({len(own)})':>24}" for name, own in groups.items())]
        sections = {
            "map of numbers, means over pictures": (*LABEL_MAP, POOLED_DICE),
            "teeth, shares of all teeth": (*SHARES, *F1),
            "teeth, means over pictures": INSTANCES,
            "STS 2024, means over pictures": STS,
        }
        for title, names in sections.items():
            lines.append(title)
            lines += [f"  {name:<24}" + "".join(f"{cell(column[name]):>24}" for column in columns) for name in names]
        lines += ["", f"{self.level:.0%} intervals over pictures; number of pictures in brackets"]
        return "\n".join([*lines, *self._faults()]) + "\n"

    def _faults(self) -> list[str]:
        lines = ["", "wrong teeth (true > predicted, - for none)"]
        for picture in self.pictures:
            faults = faults_line(picture.wrong_teeth) if picture.predicted else "no prediction"
            if faults:
                lines.append(f"  {picture.name:<22}{faults}")
        return lines if len(lines) > 2 else ["", "every tooth of every picture is right"]
