"""How measured figures are written, for the reports of all jobs: plain values for JSON, cells and lines for people."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from typodont import metrics
from typodont.tasks.calibrate import Stated

WrongTooth = Mapping[str, int | None]


def plain(value: float) -> float | None:
    """A number for JSON; None for what could not be measured."""
    return round(value, 6) if math.isfinite(value) else None


def interval_values(interval: metrics.Interval) -> dict[str, float | int | None]:
    """A figure with the ends of its interval and the number of measurements behind it."""
    return {
        "value": plain(interval.value),
        "low": plain(interval.low),
        "high": plain(interval.high),
        "n": interval.n,
    }


def cell(interval: metrics.Interval) -> str:
    """A figure with its interval as a table shows it."""
    if math.isnan(interval.value):
        return "-"
    return f"{interval.value:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def calibration_values(stated: Sequence[Stated]) -> dict[str, Any]:
    """How well the stated confidence of teeth fits what came true; None where no tooth states one."""
    confidence, right = [c for c, _ in stated], [r for _, r in stated]
    return {
        "teeth": len(stated),
        "mean_confidence": plain(sum(confidence) / len(stated) if stated else math.nan),
        "share_right": plain(sum(right) / len(stated) if stated else math.nan),
        "calibration_error": plain(metrics.calibration_error(confidence, right)),
        "brier_score": plain(metrics.brier_score(confidence, right)),
        "reliability": [
            {"teeth": b.n, "confidence": plain(b.confidence), "share_right": plain(b.share_right)}
            for b in metrics.reliability(confidence, right)
        ],
    }


def stated_confidence(teeth: metrics.ToothMatches, confidence: Mapping[int, float]) -> list[Stated]:
    """(confidence, right) of every predicted tooth for which `confidence` (FDI -> 0..1) says something."""
    right = {p for _, p in teeth.right_pairs}
    return [(confidence[fdi], p in right) for p, fdi in enumerate(teeth.predicted_fdi) if fdi in confidence]


def counts(teeth: metrics.ToothMatches) -> dict[str, int]:
    """Teeth that are there, predicted, found under any number, and found with their number."""
    return {
        "true": teeth.n_true,
        "predicted": teeth.n_predicted,
        "found": len(teeth.pairs),
        "right": len(teeth.right_pairs),
    }


def faults_line(wrong_teeth: Sequence[WrongTooth]) -> str:
    """``"14 > 15, 28 > -, - > 38"``: wrong number, missed, made up."""
    return ", ".join(f"{fault['true'] or '-'} > {fault['predicted'] or '-'}" for fault in wrong_teeth)
