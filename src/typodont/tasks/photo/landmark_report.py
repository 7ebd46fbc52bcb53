"""The landmarks of many photographs in one table: errors and coverage with intervals over patients, by view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from typodont import metrics
from typodont.anatomy.landmarks import landmark_group, landmark_names
from typodont.atomic import atomic_path
from typodont.errors import ConfigError
from typodont.records.landmarked_photo import VIEWS
from typodont.tasks.measured import cell, interval_values, plain
from typodont.tasks.photo.landmark_score import LandmarkErrors
from typodont.types import Float

SHARES = ("inside_90", "hidden_inside_90", "seen_right", "view_right")
_SIZE_INCHES, _DPI = (4.2, 4.2), 160


@dataclass(frozen=True)
class LandmarkReport:
    """What was measured on photographs of one subject.

    Args:
        subject: Whose landmarks.
        photos: One entry a photograph.
        seconds: For the landmarks of one photograph, mean.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
    """

    subject: str
    photos: Sequence[LandmarkErrors]
    seconds: float = float("nan")
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0

    def groups(self) -> dict[str, list[LandmarkErrors]]:
        """All photographs, then those of each view that there is, where there is more than one."""
        by_view = {view: [photo for photo in self.photos if photo.view == view] for view in VIEWS}
        found = {view: photos for view, photos in by_view.items() if photos}
        return {"all": list(self.photos)} | (found if len(found) > 1 else {})

    def figures(self, photos: Sequence[LandmarkErrors]) -> dict[str, metrics.Interval]:
        """Means over photographs of `LandmarkErrors.figures`."""
        each = [photo.figures() for photo in photos]
        patients = [photo.patient for photo in photos]
        options = {"level": self.level, "n_draws": self.n_draws, "seed": self.seed}
        return {name: metrics.bootstrap_mean([one[name] for one in each], patients, **options) for name in each[0]}

    def coverage(self, *, seen: bool) -> Float:
        """(k,) share of all landmarks, seen or hidden ones, in the circles of `metrics.COVERAGE_LEVELS`."""
        error = np.concatenate([photo.error for photo in self.photos])
        sigma = np.concatenate([photo.sigma for photo in self.photos])
        visible = np.concatenate([photo.visible for photo in self.photos])
        chosen = np.isfinite(error) & (visible == seen)
        return metrics.circle_coverage(error[chosen], sigma[chosen])

    def by_kind(self) -> dict[str, float]:
        """Mean error of landmarks that are seen, % of the arch's width, for each kind of point."""
        kinds = np.array([landmark_group(name) for name in landmark_names(self.subject)])
        percent = np.array([100 * photo.error / (photo.px_per_mm * photo.arch_mm) for photo in self.photos])
        shown = np.isfinite(percent) & np.array([photo.visible for photo in self.photos])
        chosen = {kind: shown & (kinds == kind) for kind in dict.fromkeys(kinds)}
        return {str(kind): float(percent[which].mean()) for kind, which in chosen.items() if which.any()}

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what could not be measured is None."""
        return {
            "subject": self.subject,
            "groups": {
                name: {
                    "photos": len(photos),
                    "figures": {key: interval_values(value) for key, value in self.figures(photos).items()},
                }
                for name, photos in self.groups().items()
            },
            "coverage": {
                "promised": list(metrics.COVERAGE_LEVELS),
                **{
                    name: [plain(share) for share in self.coverage(seen=seen)]
                    for name, seen in (("seen", True), ("hidden", False))
                },
            },
            "by_kind_percent": {kind: plain(value) for kind, value in self.by_kind().items()},
            "seconds": plain(self.seconds),
        }

    def table(self) -> str:
        """The groups side by side as text, then coverage."""
        columns = {f"{name} ({len(photos)})": self.figures(photos) for name, photos in self.groups().items()}
        names = list(next(iter(columns.values())))
        lines = [f"{'':<20}" + "".join(f"{head:>24}" for head in columns)]
        lines += [f"{name:<20}" + "".join(f"{cell(column[name]):>24}" for column in columns.values()) for name in names]
        promised = "".join(f"{level:>7.0%}" for level in metrics.COVERAGE_LEVELS)
        lines += ["", f"{'circles promise':<20}{promised}"]
        for name, seen in (("hold of seen ones", True), ("hold of hidden ones", False)):
            lines.append(f"{name:<20}" + "".join(f"{share:>7.0%}" for share in self.coverage(seen=seen)))
        lines.append(f"\n{self.level:.0%} intervals over patients; {self.seconds:.2f} s a photograph")
        return "\n".join(lines) + "\n"


def plot_coverage(report: LandmarkReport, path: Path) -> None:
    """What circles hold against what they promise; on the diagonal they mean what they say.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("the plot needs matplotlib; pip install 'typodont[train]'") from None
    canvas = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    axes = canvas.add_subplot()
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=0.9, linestyle=(0, (4, 3)))
    for name, seen, color in (("seen", True, "#1b76c4"), ("hidden", False, "#c8501e")):
        axes.plot(metrics.COVERAGE_LEVELS, report.coverage(seen=seen), "-o", color=color, markersize=4, label=name)
    axes.set_xlabel("share that a circle should hold")
    axes.set_ylabel(f"share of the landmarks of a {report.subject} that it holds")
    axes.set_aspect("equal")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    with atomic_path(path) as temporary:
        canvas.savefig(temporary)
