"""The fit report of a restoration: how it sits, how thick it is, what it touches, what a mill can make of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from typodont.geometry.clearance import Contact
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.fit_knowledge import KNOWLEDGE, Knowledge, knowledge
from typodont.tasks.crown.fit_lines import FitLine, Verdict, fit_lines, worst
from typodont.tasks.crown.fit_measure import FitMeasures, Surroundings, Touch, measure_fit, side_of, vertex_area
from typodont.tasks.crown.materials import find_material
from typodont.tasks.crown.restoration import Restoration
from typodont.tasks.measured import plain
from typodont.types import Float

BUR_RADIUS_MM = 0.5
"""Of the 1 mm ball-end bur that finishes most crowns; mills with a 0.6 mm bur reach more (Kim et al. 2016)."""


@dataclass(frozen=True)
class FitReport:
    """What a dentist and a technician want to know before a restoration is milled.

    Args:
        tooth: FDI number.
        kind: "crown", "inlay" or "onlay".
        material: Name of the material whose limits hold.
        bur_radius: mm.
        lines: Figures with their limits and verdicts.
        measures: All that was measured, by vertex, too.
        knowledge: How each vertex is known.
        restoration: What was measured.
        around: Where it goes.
    """

    tooth: int
    kind: str
    material: str
    bur_radius: float
    lines: tuple[FitLine, ...]
    measures: FitMeasures
    knowledge: Knowledge
    restoration: Restoration
    around: Surroundings

    @property
    def verdict(self) -> Verdict:
        """The gravest of all lines."""
        return worst(line.verdict for line in self.lines)

    @property
    def passed(self) -> bool:
        """Whether no line fails; some may warn."""
        return self.verdict != "fail"

    def to_dict(self) -> dict[str, Any]:
        """The report for ``NAME_fit.json``: lengths in the unit that each name ends in, places in the scan's frame."""
        return {
            "tooth": self.tooth,
            "kind": self.kind,
            "material": self.material,
            "bur_radius_mm": self.bur_radius,
            "verdict": self.verdict,
            "verdicts": dict(Counter(line.verdict for line in self.lines)),
            "axis": self.restoration.axis.round(6).tolist(),
            "gap": asdict(self.restoration.options.gap),
            "lines": [_line(line) for line in self.lines],
            "thinnest": {
                zone: {"mm": plain(value), "place": _place(place), "side": self._side(place)}
                for zone, (value, place) in self.measures.thinnest.items()
            },
            "neighbours": [self._touch(touch) for touch in self.measures.neighbours],
            "antagonist": None if self.measures.antagonist is None else self._touch(self.measures.antagonist),
            "knowledge": self._known(),
            "notes": list(self.restoration.notes),
        }

    def _touch(self, touch: Touch) -> dict[str, Any]:
        return {
            "name": touch.name,
            "distance_um": None if touch.distance is None else plain(1000 * touch.distance),
            "area_mm2": plain(touch.area),
            "share_inside": plain(touch.inside),
            "to_border_um": None if touch.to_border is None else plain(1000 * touch.to_border),
            "on_the_way_um": None if touch.on_the_way is None else plain(1000 * touch.on_the_way),
            "from_margin_mm": None if touch.from_margin is None else plain(touch.from_margin),
            "places": [self._contact(place) for place in touch.places],
        }

    def _contact(self, place: Contact) -> dict[str, Any]:
        return {
            "area_mm2": plain(place.area),
            "distance_um": plain(1000 * place.distance),
            "place": _place(place.centre),
            "side": self._side(place.centre),
        }

    def _side(self, place: Float) -> str:
        return side_of(self.around, self.restoration.axis, place)

    def _known(self) -> dict[str, dict[str, float | None]]:
        """How much of the surface is known in which way, by area, and its expected error, root mean square."""
        mesh = self.restoration.mesh
        area = vertex_area(mesh)
        outer = vertex_area(mesh, ~self.restoration.intaglio)
        found = {}
        for number, name in enumerate(KNOWLEDGE):
            at = self.knowledge.kind == number
            stated = at & ~np.isnan(self.knowledge.expected_error)
            squares = np.square(self.knowledge.expected_error[stated])
            error = np.sqrt(np.average(squares, weights=area[stated])) if area[stated].sum() else np.nan
            found[name] = {
                "share": plain(float(area[at].sum() / area.sum())),
                "share_of_outer": plain(float(outer[at].sum() / outer.sum())),
                "expected_error_mm": plain(float(error)),
            }
        return found


def fit_report(
    restoration: Restoration,
    around: Surroundings,
    *,
    material: str = "zirconia",
    bur_radius: float = BUR_RADIUS_MM,
    outer: Mesh | None = None,
    sigma: Float | None = None,
) -> FitReport:
    """Measure a restoration in its place and judge every figure.

    Args:
        restoration: In the coordinates of the scan.
        around: Where it goes.
        material: A name from `materials.MATERIALS`.
        bur_radius: Of the ball at the end of the finest bur, mm.
        outer: The outer surface that was proposed before it was built, P vertices.
        sigma: (P,) its expected error, mm.

    Raises:
        ConfigError: unknown material.
    """
    limits = find_material(material)
    measures = measure_fit(restoration, around, bur_radius=bur_radius)
    lines = fit_lines(measures, restoration, around, material=limits, bur_radius=bur_radius)
    known = knowledge(restoration.mesh, measures.vertices, outer=outer, sigma=sigma)
    return FitReport(around.tooth, around.kind, material, bur_radius, lines, measures, known, restoration, around)


def fit_mesh(report: FitReport) -> Mesh:
    """The restoration with all that is known of each vertex, for ``NAME_fit.ply``.

    Vertex attributes: ``knowledge`` (0 measured, 1 from the antagonist, 2 guessed), ``expected_error_mm``,
    ``thickness_mm``, ``gap_um``, ``antagonist_um``, ``neighbour_um``, ``leftover_um``; NaN where one means nothing.
    """
    at = report.measures.vertices
    mesh = Mesh(report.restoration.mesh.vertices, report.restoration.mesh.faces)
    return mesh.with_vertex(
        knowledge=report.knowledge.kind.astype(np.uint8),
        expected_error_mm=_float32(report.knowledge.expected_error),
        thickness_mm=_float32(at.thickness),
        gap_um=_float32(1000 * at.gap),
        antagonist_um=_float32(1000 * at.antagonist),
        neighbour_um=_float32(1000 * at.neighbour),
        leftover_um=_float32(1000 * at.leftover),
    )


def _float32(values: Float) -> Float:
    return np.where(np.isfinite(values), values, np.nan).astype(np.float32)


def _line(line: FitLine) -> dict[str, Any]:
    return asdict(line) | {"value": None if line.value is None else plain(line.value)}


def _place(place: Float) -> list[float]:
    return place.round(3).tolist()
