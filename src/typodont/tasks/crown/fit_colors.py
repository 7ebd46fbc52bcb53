"""The colours in which a restoration shows what was measured of it: one scale for the page and the pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.tasks.crown.fit import FitReport
from typodont.tasks.crown.fit_knowledge import ANTAGONIST, GUESSED, MEASURED
from typodont.tasks.crown.materials import find_material
from typodont.types import Float, Int

IVORY = (238, 230, 212)
"""Where a figure has no meaning."""
NONE = -32768
"""Stands for no figure among whole micrometres of 16 bits."""

_RED, _ORANGE, _YELLOW, _GREEN, _BLUE, _DEEP = (
    (178, 24, 43), (239, 118, 58), (250, 213, 110), (120, 189, 128), (94, 156, 200), (44, 84, 150),
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """One way to colour the restoration.

    Args:
        name: Stable, of the figure.
        title: For people.
        unit: In which the legend is read: "mm", "µm", or "" where the values are names.
        stops: (value in µm, colour), rising; between them colours run, before and after them they stay.
        names: Words for whole values 0, 1, 2 ... in place of a scale.
    """

    name: str
    title: str
    unit: str
    stops: tuple[tuple[float, tuple[int, int, int]], ...]
    names: tuple[str, ...] = ()

    def colors(self, values: Int) -> np.ndarray:
        """(N, 3) uint8 for whole values (N,), µm or numbers of names; ivory for `NONE`."""
        at = [stop for stop, _ in self.stops]
        channels = [np.interp(values, at, [color[k] for _, color in self.stops]) for k in range(3)]
        return np.where((values == NONE)[:, None], IVORY, np.stack(channels, axis=1)).astype(np.uint8)


def scales(report: FitReport) -> dict[str, tuple[Scale, Int]]:
    """Name -> scale and (N,) int16 values at the vertices of the restoration, µm."""
    at = report.measures.vertices
    limit = find_material(report.material).limit(report.around.kind, "occlusal")
    least, wanted = 1000 * limit.least, 1000 * limit.wanted
    touching = _touching_scale()
    gap = report.restoration.options.gap
    found = [
        (
            Scale(
                "thickness",
                "Wall thickness",
                "mm",
                ((0.6 * least, _RED), (least, _ORANGE), (max(wanted, least + 100), _GREEN), (wanted + 1500, _DEEP)),
            ),
            at.thickness,
        ),
        (Scale("antagonist", "Distance to the antagonist", "µm", touching), at.antagonist),
        (Scale("neighbour", "Distance to the neighbours", "µm", touching), at.neighbour),
        (
            Scale(
                "gap",
                "Cement gap",
                "µm",
                (
                    (-20, _RED),
                    (0, _ORANGE),
                    (1000 * gap.margin_mm, _YELLOW),
                    (1000 * gap.rest_mm, _GREEN),
                    (300, _DEEP),
                ),
            ),
            at.gap,
        ),
        (
            Scale("leftover", "Left by the bur", "µm", ((0, _GREEN), (30, _YELLOW), (100, _ORANGE), (300, _RED))),
            at.leftover,
        ),
        (
            Scale("error", "Expected error", "µm", ((20, _DEEP), (100, _GREEN), (200, _YELLOW), (400, _RED))),
            report.knowledge.expected_error,
        ),
    ]
    result = {scale.name: (scale, whole(values)) for scale, values in found}
    result["knowledge"] = (_KNOWLEDGE, report.knowledge.kind.astype(np.int16))
    return {name: pair for name, pair in result.items() if (pair[1] != NONE).any()}


_KNOWLEDGE = Scale(
    "knowledge",
    "How it is known",
    "",
    ((MEASURED, _DEEP), (ANTAGONIST, _GREEN), (GUESSED, _YELLOW)),
    ("measured", "from the antagonist", "guessed"),
)


def _touching_scale() -> tuple[tuple[float, tuple[int, int, int]], ...]:
    """Red inside the other tooth, orange to yellow in contact, then ever bluer."""
    return ((-20, _RED), (0, _ORANGE), (50, _YELLOW), (150, _GREEN), (500, _BLUE), (1500, _DEEP))


def whole(values: Float) -> Int:
    """(N,) int16 micrometres from mm; `NONE` where there is none, infinite as the largest."""
    micrometres = np.clip(np.nan_to_num(1000 * values, nan=NONE, posinf=32767), NONE, 32767)
    return np.round(micrometres).astype(np.int16)
