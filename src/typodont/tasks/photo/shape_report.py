"""The shapes fitted to many photographs in one table: errors and coverage with intervals over patients, by view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from typodont import metrics
from typodont.records.landmarked_photo import VIEWS
from typodont.tasks.measured import cell, interval_values
from typodont.tasks.photo.shape_score import FIGURES, ShapeErrors


@dataclass(frozen=True)
class ShapeReport:
    """What was measured.

    Args:
        photos: One entry a photograph.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    photos: Sequence[ShapeErrors]
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0

    def groups(self) -> dict[str, list[ShapeErrors]]:
        """All photographs, then those of each view that there is, where there is more than one."""
        by_view = {view: [photo for photo in self.photos if photo.view == view] for view in VIEWS}
        found = {view: photos for view, photos in by_view.items() if photos}
        return {"all": list(self.photos)} | (found if len(found) > 1 else {})

    def figures(self, photos: Sequence[ShapeErrors]) -> dict[str, metrics.Interval]:
        """Means over the photographs in which a shape was found, and their share as ``found``."""
        patients = [photo.patient for photo in photos]
        options = {"level": self.level, "n_draws": self.n_draws, "seed": self.seed}
        means = {
            name: metrics.bootstrap_mean([photo.figures[name] for photo in photos], patients, **options)
            for name in FIGURES
        }
        found = [float(photo.failure is None) for photo in photos]
        return {**means, "found": metrics.bootstrap_mean(found, patients, **options)}

    def as_dict(self) -> dict[str, Any]:
        """Plain values for ``report.json``; what could not be measured is None."""
        return {
            "groups": {
                name: {
                    "photos": len(photos),
                    "figures": {key: interval_values(value) for key, value in self.figures(photos).items()},
                }
                for name, photos in self.groups().items()
            }
        }

    def table(self) -> str:
        """The groups side by side as text, then the photographs without a shape."""
        columns = {f"{name} ({len(photos)})": self.figures(photos) for name, photos in self.groups().items()}
        lines = [f"{'shapes, mm':<20}" + "".join(f"{head:>24}" for head in columns)]
        lines += [
            f"{name:<20}" + "".join(f"{cell(column[name]):>24}" for column in columns.values())
            for name in (*FIGURES, "found")
        ]
        failed = [f"  {photo.name}: {photo.failure}" for photo in self.photos if photo.failure is not None]
        return "\n".join([*lines, *(["", "no shape", *failed] if failed else [])]) + "\n"
