"""The charts of the teeth that were found: calibrated confidence of each, other numbers, and the next best charts."""

from __future__ import annotations

import numpy as np

from typodont import anatomy
from typodont.records import Chart, Tooth
from typodont.tasks.calibrate import Calibration
from typodont.tasks.panoramic.decode import FoundTeeth, NumberedRow
from typodont.types import Float, Int

LEAST_PROBABILITY = 0.01


def raw_confidence(found: FoundTeeth, row: NumberedRow, outline: Float) -> Float:
    """(T,) float 0..1: geometric mean of how sure the chart, the number and the outline of each tooth are.

    Args:
        found: Both rows.
        row: One of them, with T teeth.
        outline: Mean probability within the outline of every instance, from `outline.draw_teeth`.
    """
    column = np.array([anatomy.to_index33(int(fdi)) - 1 for fdi in row.fdi], dtype=np.int64)
    purity = np.exp(found.instances.log_numbers[row.instance, column])
    return np.cbrt(row.posterior * purity * np.clip(outline[row.instance], 0, 1))


def charts_of(found: FoundTeeth, label_map: Int, outline: Float, calibration: Calibration) -> dict[str, Chart]:
    """The charts of both jaws as records keep them, each from the patient's right to the left.

    Args:
        found: Numbered instances.
        label_map: (H, W) FDI numbers; teeth without a pixel in it are left out.
        outline: See `raw_confidence`.
        calibration: From raw scores to probabilities.
    """
    drawn = set(np.unique(label_map).tolist())
    return {jaw: _chart(found, row, drawn, outline, calibration) for jaw, row in found.rows.items()}


def _chart(found: FoundTeeth, row: NumberedRow, drawn: set[int], outline: Float, calibration: Calibration) -> Chart:
    sure = calibration(raw_confidence(found, row, outline))
    kept = [t for t in _from_right(row) if int(row.fdi[t]) in drawn]
    teeth = tuple(
        Tooth(
            fdi=int(row.fdi[t]),
            confidence=float(sure[t]),
            alternatives=_other_numbers(row.decoding.posteriors[row.candidate[t]], int(row.fdi[t])),
        )
        for t in kept
    )
    charts = row.decoding.charts
    numbers = [tuple(chart.fdi[row.candidate[t]] for t in kept) for chart in charts]
    rivals: dict[tuple[int, ...], float] = {}
    for fdi, chart in zip(numbers[1:], charts[1:], strict=True):
        if fdi != numbers[0]:
            rivals.setdefault(fdi, round(charts[0].log_score - chart.log_score, 4))
    return Chart(row.jaw, teeth, min(rivals.values(), default=None), tuple(rivals.items()))


def _from_right(row: NumberedRow) -> list[int]:
    """Places of the teeth in the row from the patient's right to the left."""
    places = list(range(len(row)))
    return places if anatomy.side_at_negative_x(row.jaw) == anatomy.RIGHT else places[::-1]


def _other_numbers(chances: dict[int, float], chosen: int) -> tuple[tuple[int, float], ...]:
    rest = [(fdi, round(p, 4)) for fdi, p in chances.items() if fdi != chosen and p >= LEAST_PROBABILITY]
    return tuple(sorted(rest, key=lambda item: -item[1])[:3])
