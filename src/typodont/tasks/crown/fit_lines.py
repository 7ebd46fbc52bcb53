"""The lines of a fit report: each a figure with its limit, where the limit comes from, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from typodont.tasks.crown.fit_knowledge import SCANNER_MM
from typodont.tasks.crown.fit_measure import BAND_MM, MARGIN_ZONE_MM, Cement, FitMeasures, Surroundings, Touch
from typodont.tasks.crown.materials import Material
from typodont.tasks.crown.restoration import Restoration

Verdict = Literal["pass", "warn", "fail", "note"]
VERDICTS: tuple[Verdict, ...] = ("note", "pass", "warn", "fail")
"""From harmless to grave; a note has no limit."""

_MCLEAN = "McLean and von Fraunhofer 1971: 120 µm is the widest acceptable; 50 µm is what good designs keep"
_BUR = "Turkyilmaz et al. 2022, under- and overmilling: what a bur leaves standing keeps the restoration from seating"
_OWN = "typodont's own limit"


@dataclass(frozen=True)
class FitLine:
    """One line of the report.

    Args:
        name: Stable, for programs.
        title: For people.
        value: The figure; None where it could not be measured.
        unit: "µm", "mm", "mm²" ...
        verdict: Of the figure.
        limit: In words, what passes and what fails.
        source: Whose limit it is.
        says: In words, what the figure means here.
    """

    name: str
    title: str
    value: float | None
    unit: str
    verdict: Verdict
    limit: str = ""
    source: str = ""
    says: str = ""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of some verdicts; a note where there are none."""
    return VERDICTS[max((VERDICTS.index(verdict) for verdict in verdicts), default=0)]


def fit_lines(
    measures: FitMeasures, restoration: Restoration, around: Surroundings, *, material: Material, bur_radius: float
) -> tuple[FitLine, ...]:
    """All lines of a report, in the order in which a dentist looks."""
    contact = restoration.options.contact_mm
    return (
        _closed(measures),
        *_edge(measures),
        *(line for cement in measures.cement for line in _cement(cement)),
        *_thickness(measures, around, material),
        *(line for touch in measures.neighbours for line in _neighbour(touch, around)),
        *_antagonist(measures.antagonist, contact),
        *_undercut(restoration),
        _axis(restoration),
        _mill(measures, bur_radius),
        _smooth(measures),
    )


def _closed(measures: FitMeasures) -> FitLine:
    sound = measures.closed and measures.pieces == 1 and measures.volume > 0
    says = f"{measures.volume:.1f} mm³, {measures.area:.1f} mm² of surface" if sound else _unsound(measures)
    return FitLine(
        "watertight",
        "Closed surface",
        None,
        "",
        "pass" if sound else "fail",
        "one closed piece that holds a volume",
        _OWN,
        says,
    )


def _unsound(measures: FitMeasures) -> str:
    faults = [
        "the surface has open edges" * (not measures.closed),
        f"it has {measures.pieces} pieces" * (measures.pieces != 1),
        "it is inside out" * (measures.volume <= 0),
    ]
    return "; ".join(fault for fault in faults if fault)


def _edge(measures: FitMeasures) -> list[FitLine]:
    edge = measures.edge
    ways = f"edge to margin {_um(edge.to_truth)}, margin to edge {_um(edge.from_truth)}"
    figures = (
        ("mean", "Margin, mean distance", edge.mean, ways),
        ("max", "Margin, largest distance", edge.maximum, ""),
    )
    limit = "passes to 50 µm, fails beyond 120 µm"
    return [
        FitLine(f"margin_{name}", title, 1000 * value, "µm", _up(value, 0.05, 0.12), limit, _MCLEAN, says)
        for name, title, value, says in figures
    ]


def _cement(cement: Cement) -> list[FitLine]:
    where = "within the band along the margin" if cement.zone == "margin" else "farther in"
    off = abs(cement.median - cement.wanted)
    return [
        FitLine(
            f"cement_{cement.zone}",
            f"Cement gap {where}",
            1000 * cement.median,
            "µm",
            _up(off, 0.01, 0.03),
            f"{_um(cement.wanted)} were asked for; passes within 10 µm, fails beyond 30 µm",
            _OWN,
            f"{_um(cement.least)} to {_um(cement.most)}",
        ),
        FitLine(
            f"cement_least_{cement.zone}",
            f"Tightest place {where}",
            1000 * cement.least,
            "µm",
            _down(cement.least, -0.005, 0.2 * cement.wanted),
            f"passes from {_um(0.2 * cement.wanted)}, fails below -5 µm, where it would not seat",
            _OWN,
            "the restoration runs into the preparation" if cement.least < -_EXACT_MM else "",
        ),
    ]


_ZONE_TITLE = {
    "occlusal": "Thinnest wall, chewing side",
    "axial": "Thinnest wall, sides",
    "margin": "Wall at the margin",
}


def _thickness(measures: FitMeasures, around: Surroundings, material: Material) -> list[FitLine]:
    lines = []
    for zone, (value, _) in measures.thinnest.items():
        limit = material.limit(around.kind, zone)
        lines.append(
            FitLine(
                f"thickness_{zone}",
                _ZONE_TITLE[zone],
                value,
                "mm",
                _down(value, limit.least, limit.wanted),
                f"passes from {limit.wanted:g} mm, fails below {limit.least:g} mm ({material.title.lower()})",
                limit.source,
            )
        )
    return lines


def _neighbour(touch: Touch, around: Surroundings) -> list[FitLine]:
    title, own = f"{touch.name.capitalize()} contact", f"contact_{touch.name}"
    if touch.distance is None:
        return [FitLine(own, title, None, "µm", "note", says="no scanned surface of the neighbour within 3 mm")]
    if touch.distance > _APART_MM:
        says = "too far away to be meant as a contact"
        return [FitLine(own, title, 1000 * touch.distance, "µm", "note", says=says)]
    if around.kind != "crown" and touch.distance > BAND_MM and (touch.from_margin or 0.0) < MARGIN_ZONE_MM[0]:
        says = "nearest at the margin line: the contact, if any, is on what is left of the tooth"
        return [FitLine(own, title, 1000 * touch.distance, "µm", "note", says=says)]
    verdict = worst((_up(touch.distance, 0.05, 0.2), _down(touch.distance, -0.1, -0.05)))
    says = f"{touch.area:.2f} mm² within 50 µm" if touch.area else "open: food will be caught there"
    if not touch.area and touch.to_border is not None and touch.to_border < touch.distance:
        verdict, says = "warn", "no contact seen, but the scan of the neighbour has a hole or ends where it would be"
    if touch.distance < 0:
        says += f"; {100 * touch.inside:.1f} % of the outer vertices inside the neighbour"
    lines = [
        FitLine(
            own,
            title,
            1000 * touch.distance,
            "µm",
            verdict,
            "passes from -50 to 50 µm, fails below -100 or beyond 200 µm",
            _OWN,
            says,
        )
    ]
    if touch.on_the_way is not None:
        extra = touch.on_the_way - max(0.0, -touch.distance)
        lines.append(
            FitLine(
                f"way_{touch.name}",
                f"Way in past the {touch.name} neighbour",
                1000 * touch.on_the_way,
                "µm",
                _up(extra, 0.05, 0.2),
                "deepest penetration on the way; passes to 50 µm more than in place, fails beyond 200 µm",
                _OWN,
                ""
                if extra <= 0.05
                else "the neighbour leans over the restoration: turn the axis or ease the neighbour",
            )
        )
    return lines


_APART_MM = 1.0


def _antagonist(touch: Touch | None, wanted: float) -> list[FitLine]:
    if touch is None:
        return [FitLine("occlusion_deepest", "Occlusion", None, "µm", "note", says="no antagonist was given")]
    if touch.distance is None:
        says = "the antagonist is nowhere within 3 mm"
        return [FitLine("occlusion_deepest", "Occlusion", None, "µm", "warn", says=says)]
    deepest = max(0.0, -touch.distance)
    return [
        FitLine(
            "occlusion_deepest",
            "Deepest penetration of the antagonist",
            1000 * deepest,
            "µm",
            _up(deepest - wanted, 0.02, 0.1),
            f"{_um(wanted)} were asked for; passes to 20 µm more, fails beyond 100 µm more",
            _OWN,
            f"{100 * touch.inside:.1f} % of the outer vertices inside the antagonist; nearest {_um(touch.distance)}",
        ),
        FitLine(
            "occlusion_contacts",
            "Occlusal contacts",
            float(len(touch.places)),
            "places",
            "pass" if touch.places else "warn",
            "at least one within 50 µm",
            _OWN,
            f"{touch.area:.2f} mm²" if touch.places else f"out of bite: nearest {_um(touch.distance)}",
        ),
    ]


def _undercut(restoration: Restoration) -> list[FitLine]:
    cut = restoration.undercut
    share = cut.area_mm2 / max(float(restoration.preparation.face_areas.sum()), 1e-9)
    says = f"{cut.volume_mm3:.3f} mm³ blocked out, at most {_um(cut.depth_mm)} thick"
    return [
        FitLine(
            "undercut_area",
            "Undercut of the preparation",
            cut.area_mm2,
            "mm²",
            "pass" if cut.depth_mm <= SCANNER_MM else _up(share, 0.02, 0.1),
            "passes to 2 %, fails beyond 10 % of the preparation; no deeper than 20 µm is the noise of the scan",
            _OWN,
            f"{100 * share:.1f} % of the preparation; {says}",
        ),
        FitLine(
            "undercut_margin",
            "Margin line in the shadow of an undercut",
            100 * cut.margin_share,
            "%",
            _up(cut.margin_share, 0.01, 0.1),
            "passes to 1 %, fails beyond 10 % of its length",
            _OWN,
        ),
    ]


def _axis(restoration: Restoration) -> FitLine:
    says = ", ".join(f"{value:.3f}" for value in restoration.axis)
    return FitLine("axis", "Insertion axis, to occlusal", None, "", "note", says=says)


def _mill(measures: FitMeasures, bur_radius: float) -> FitLine:
    left, area = measures.leftover, measures.unreached_area
    if math.isinf(left):
        left, says = None, "the bur gets nowhere near the intaglio"
    elif area:
        says = f"on {area:.2f} mm² the bur leaves more than the gap has room for: these must be milled over"
    else:
        says = "the bur reaches all that must be reached"
    return FitLine(
        "mill_leftover",
        f"Left by a bur of radius {bur_radius:g} mm",
        None if left is None else 1000 * left,
        "µm",
        "fail" if left is None else _up(left, 0.01, bur_radius),
        "beyond the cement gap; passes to 10 µm, fails beyond the radius of the bur",
        _BUR,
        says,
    )


def _smooth(measures: FitMeasures) -> FitLine:
    value = measures.roughness
    limit = "RMS of waves below 0.5 mm; passes to 10 µm, fails beyond 50 µm"
    return FitLine(
        "roughness", "Roughness of the outer surface", 1000 * value, "µm", _up(value, 0.01, 0.05), limit, _OWN
    )


def _up(value: float, good: float, bad: float) -> Verdict:
    """Passes to `good`, fails beyond `bad`."""
    return "pass" if value <= good + _EXACT else "fail" if value > bad + _EXACT else "warn"


def _down(value: float, bad: float, good: float) -> Verdict:
    """Passes from `good` on, fails below `bad`."""
    return "pass" if value >= good - _EXACT else "fail" if value < bad - _EXACT else "warn"


_EXACT_MM = 5e-4
"""Less penetration than this is none."""
_EXACT = 1e-9
"""A figure that is the limit but for its last digits passes."""


def _um(mm: float) -> str:
    return f"{1000 * mm:.0f} µm"
