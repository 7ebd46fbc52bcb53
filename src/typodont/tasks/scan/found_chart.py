"""The chart of a found arch: calibrated confidence of each tooth, other numbers, and the next best charts."""

from __future__ import annotations

import numpy as np

from typodont import anatomy
from typodont.geometry.registration import apply
from typodont.records import Chart, Tooth
from typodont.tasks.calibrate import Calibration
from typodont.tasks.scan.find import FoundArch
from typodont.types import Float, Int

LEAST_PROBABILITY = 0.01


def raw_confidence(found: FoundArch, values: Float, column: Int) -> Float:
    """(T,) float 0..1: geometric mean of how sure the chart, the class and the outline of each tooth are.

    Args:
        found: With T teeth.
        values: (N, T + 1) float: probabilities of the vertices; column 0 is the gum.
        column: (N,) int: the column chosen for each vertex.
    """
    arch = found.arch
    tooth = np.maximum(arch.instances.probability[:, 1:].sum(axis=1), 1e-9)
    purity = arch.instances.probability[np.arange(len(arch)), arch.classes] / tooth
    count = np.maximum(np.bincount(column, minlength=len(arch) + 1), 1)
    outline = np.bincount(column, weights=values[np.arange(len(column)), column], minlength=len(arch) + 1) / count
    return np.cbrt(arch.posterior * np.clip(purity, 0, 1) * np.clip(outline[1:], 0, 1))


def chart_of(
    found: FoundArch, values: Float, column: Int, *, pose: Float, calibration: Calibration, milk_numbers: bool
) -> Chart:
    """The chart as records keep it.

    Args:
        found, values, column: See `raw_confidence`.
        pose: (4, 4) from the scan's coordinates to the arch frame, a reflection for mirrored scans.
        calibration: From raw scores to probabilities.
        milk_numbers: Number milk teeth 51..85; otherwise by their successors.
    """
    arch, decoding = found.arch, found.arch.decoding
    sure = calibration(raw_confidence(found, values, column))
    count = np.bincount(column, minlength=len(arch) + 1)[1:]
    centre = apply(np.linalg.inv(pose), arch.instances.centre)
    numbers = [_numbered(chart.fdi, arch.candidate, milk_numbers) for chart in decoding.charts]
    teeth = tuple(
        Tooth(
            fdi=numbers[0][t],
            confidence=float(sure[t]),
            alternatives=_other_numbers(decoding.posteriors[arch.candidate[t]], numbers[0][t], milk_numbers),
            milk=bool(arch.milk[t]),
            centre=(float(centre[t, 0]), float(centre[t, 1]), float(centre[t, 2])),
            n_vertices=int(count[t]),
        )
        for t in range(len(arch))
    )
    rivals: dict[tuple[int, ...], float] = {}
    for row, chart in zip(numbers[1:], decoding.charts[1:], strict=True):
        if row != numbers[0]:
            rivals.setdefault(row, round(decoding.charts[0].log_score - chart.log_score, 4))
    return Chart(found.jaw, teeth, min(rivals.values(), default=None), tuple(rivals.items()))


def _numbered(fdi: tuple[int, ...], candidates: Int, milk_numbers: bool) -> tuple[int, ...]:
    return tuple(number_shown(fdi[i], milk_numbers) for i in candidates)


def number_shown(fdi: int, milk_numbers: bool) -> int:
    """A number as the result shows it: milk numbers stay or become their successor's."""
    return anatomy.successor(fdi) if fdi and anatomy.is_milk(fdi) and not milk_numbers else fdi


def _other_numbers(chances: dict[int, float], chosen: int, milk_numbers: bool) -> tuple[tuple[int, float], ...]:
    shown: dict[int, float] = {}
    for fdi, chance in chances.items():
        number = number_shown(fdi, milk_numbers)
        shown[number] = shown.get(number, 0.0) + chance
    rest = [(fdi, round(p, 4)) for fdi, p in shown.items() if fdi != chosen and p >= LEAST_PROBABILITY]
    return tuple(sorted(rest, key=lambda item: -item[1])[:3])
