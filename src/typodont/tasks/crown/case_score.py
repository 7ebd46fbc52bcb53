"""The figures of one designed case: how near to the truth it came, and whether it can be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import nan
from typing import Any

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.metrics.curves import curve_distance
from typodont.metrics.surfaces import surface_distance
from typodont.records.crown_case import CrownCase
from typodont.tasks.crown.fit_measure import FitMeasures, Touch
from typodont.tasks.crown.restoration import OUTER, Restoration
from typodont.tasks.crown.result import Design
from typodont.tasks.measured import plain
from typodont.types import Float

MARGIN = ("margin_mean", "margin_max", "margin_within_0_1", "margin_within_0_2")
OUTER_SURFACE = ("outer_rms", "outer_assd", "outer_cd_l2", "outer_p95", "outer_max")
CONTACT = ("penetration", "contacts", "neighbour_penetration", "neighbour_gap")
USE = (*CONTACT, "thinnest", "edge_mean", "edge_max", "axis_deg")
FIGURES = (*MARGIN, *OUTER_SURFACE, *USE, "seconds")
"""In mm, mm² (`outer_cd_l2`), degrees, numbers or shares; see docs/reference/crown-metrics.md."""


@dataclass(frozen=True)
class CaseScore:
    """What became of one case.

    Args:
        name: Of the case.
        tooth: FDI number.
        kind: What was to be made.
        made: What was made; None where nothing was.
        failure: Why nothing was made, in words; None where something was.
        figures: Name in `FIGURES` -> value, NaN where it could not be measured.
        flags: "watertight" (closed, one piece, no crossing), "right_kind", "passed" (no line of the fit report fails).
        seconds: Per stage.
        verdicts: Name of each line of the fit report -> "pass", "warn", "fail" or "note"; none where nothing was made.
    """

    name: str
    tooth: int
    kind: str
    made: str | None
    failure: str | None
    figures: dict[str, float]
    flags: dict[str, bool]
    seconds: dict[str, float] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self) | {"figures": {name: plain(value) for name, value in self.figures.items()}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CaseScore:
        """What `as_dict` gave."""
        figures = {name: nan if value is None else value for name, value in values["figures"].items()}
        return cls(**{**values, "figures": figures})


def failed_case(case: CrownCase, failure: str, seconds: Mapping[str, float]) -> CaseScore:
    """The score of a case for which nothing was made."""
    flags: dict[str, bool] = dict.fromkeys(("watertight", "right_kind", "passed"), False)
    return CaseScore(
        case.name, case.tooth, case.kind or "unknown", None, failure, dict.fromkeys(FIGURES, nan), flags, dict(seconds)
    )


def score_case(case: CrownCase, design: Design, seconds: Mapping[str, float]) -> CaseScore:
    """The figures of a design against the truth of its case, as far as the case has any."""
    measures = design.report.measures
    figures = {
        **_margin(case, design),
        **_outer(case, design.restoration),
        **_use(measures),
        "axis_deg": nan if case.axis is None else _angle(case.axis, design.restoration.axis),
        "seconds": sum(seconds.values()),
    }
    flags = {
        "watertight": measures.closed and measures.pieces == 1 and measures.volume > 0,
        "right_kind": case.kind is not None and design.kind == case.kind,
        "passed": design.report.verdict != "fail",
    }
    return CaseScore(
        case.name,
        case.tooth,
        case.kind or "unknown",
        design.kind,
        None,
        {name: figures.get(name, nan) for name in FIGURES},
        flags,
        dict(seconds),
        {line.name: line.verdict for line in design.report.lines},
    )


def outer_surface(restoration: Restoration) -> Mesh:
    """The part of a restoration that is seen in the mouth."""
    return restoration.mesh.submesh(restoration.mesh.face_attributes["zone"] == OUTER)


def _margin(case: CrownCase, design: Design) -> dict[str, float]:
    if case.margin is None:
        return {}
    found = curve_distance(design.margin.curve, case.margin)
    values = (found.mean, found.maximum, found.within_0_1, found.within_0_2)
    return dict(zip(MARGIN, values, strict=True))


def _outer(case: CrownCase, restoration: Restoration) -> dict[str, float]:
    if case.crown is None:
        return {}
    found = surface_distance(outer_surface(restoration), case.crown)
    return dict(zip(OUTER_SURFACE, (found.rms, found.mean, found.cd_l2, found.p95, found.maximum), strict=True))


def _use(measures: FitMeasures) -> dict[str, float]:
    antagonist, beside = measures.antagonist, [_distance(touch) for touch in measures.neighbours]
    known = [value for value in beside if np.isfinite(value)]
    return {
        "penetration": nan if antagonist is None else max(0.0, -_distance(antagonist)),
        "contacts": nan if antagonist is None else float(len(antagonist.places)),
        "neighbour_penetration": max([0.0, *(-value for value in known)]) if known else nan,
        "neighbour_gap": max(known) if known else nan,
        "thinnest": min((value for value, _ in measures.thinnest.values()), default=nan),
        "edge_mean": measures.edge.mean,
        "edge_max": measures.edge.maximum,
    }


def _distance(touch: Touch) -> float:
    return nan if touch.distance is None else touch.distance


def _angle(one: Float, other: Float) -> float:
    return float(np.degrees(np.arccos(np.clip(one @ other / np.linalg.norm(one) / np.linalg.norm(other), -1, 1))))
