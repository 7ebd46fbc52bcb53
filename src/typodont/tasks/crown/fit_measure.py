"""What is measured of a restoration in its place: gaps, walls, contacts, and what a bur can mill; no verdicts here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from typodont.datasets.preparation_frame import preparation_frame
from typodont.geometry.bur_reach import bur_leftover
from typodont.geometry.clearance import Contact, clearance, contacts, within_reach
from typodont.geometry.closed_curve import nearest_on_curve
from typodont.geometry.connectivity import boundary_edges, boundary_loops, face_components
from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.geometry.orientation import enclosed_volume
from typodont.geometry.smoothing import diffuse
from typodont.geometry.surface_places import Surface
from typodont.geometry.wall import wall_thickness
from typodont.metrics.curves import CurveDistance, curve_distance
from typodont.records.crown_case import Kind
from typodont.tasks.crown.materials import ZONES, Zone
from typodont.tasks.crown.restoration import CementGap, Restoration
from typodont.types import Bool, Float

BAND_MM = 0.05
"""Surfaces that come so near touch: the band 0 to 50 µm, penetration included."""
OCCLUSAL_DEGREES = 60.0
"""The wall belongs to the chewing side where the outer surface leans less than this from the axis."""
MARGIN_ZONE_MM = (0.5, 1.0)
"""Distances from the margin line between which the wall is the margin's. Nearer to the line every wall runs out."""
SCALE_MM = 0.2
"""Waves shorter than a few times this are roughness, longer ones are shape."""
_NEAR_MM = 3.0
_WAY_STEP_MM = 0.3
_WAY_MM = 6.0
_WAY_PLACES = 2000


@dataclass(frozen=True)
class Surroundings:
    """Where a restoration goes, in the coordinates of the scan, mm.

    Args:
        tooth: FDI number.
        kind: What is made.
        margin: (M, 3) the margin line that was asked for, closed.
        mesial: (3,) about mesial.
        scan: The jaw with the preparation.
        neighbours: "mesial" and "distal" -> surface of that tooth, as far as there is one.
        antagonist: The opposing jaw in bite.
    """

    tooth: int
    kind: Kind
    margin: Float
    mesial: Float
    scan: Mesh
    neighbours: Mapping[str, Mesh]
    antagonist: Mesh | None = None


@dataclass(frozen=True)
class Cement:
    """Room between the intaglio and the preparation in one zone, mm, over the area.

    Args:
        zone: "margin" for the band along the margin line, "rest" for what lies farther in.
        wanted: Width that was asked for.
        median: Half of the area has more.
        least: Negative where the restoration runs into the preparation.
        most: The widest, where undercuts are blocked.
    """

    zone: str
    wanted: float
    median: float
    least: float
    most: float


@dataclass(frozen=True)
class Touch:
    """How a restoration stands to a neighbour or to the antagonist.

    Args:
        name: "mesial", "distal" or "antagonist".
        distance: The smallest signed distance, mm; negative is penetration; None where the other side was not
            scanned or is more than 3 mm away.
        places: Where the two come within 0.05 mm, largest first.
        inside: Share of the outer vertices that lie inside the other surface, 0..1.
        to_border: The smallest distance to the border of what was scanned of it, mm, where that is nearest; None where
            it is nowhere within 3 mm.
        on_the_way: Deepest penetration while the restoration is moved in along its axis, mm; None where it is not
            measured (the antagonist).
        from_margin: From the margin line to the nearest place on the restoration, mm; None like `distance`.
    """

    name: str
    distance: float | None
    places: tuple[Contact, ...]
    inside: float
    to_border: float | None = None
    on_the_way: float | None = None
    from_margin: float | None = None

    @property
    def area(self) -> float:
        """mm² of all places."""
        return sum(place.area for place in self.places)


@dataclass(frozen=True)
class VertexFit:
    """What is measured at each of the N vertices of the restoration; NaN where it has no meaning.

    Args:
        outer: (N,) bool: on the outer surface, not on its edge.
        margin: (N,) distance to the margin line, mm.
        thickness: (N,) of the wall, at outer vertices, mm.
        gap: (N,) to the preparation, at vertices of the intaglio, mm.
        antagonist, neighbour: (N,) signed distance to them at vertices of outer faces, mm; to the nearer neighbour.
        leftover: (N,) height that the bur cannot take away, at vertices of the intaglio, mm.
    """

    outer: Bool
    margin: Float
    thickness: Float
    gap: Float
    antagonist: Float
    neighbour: Float
    leftover: Float


@dataclass(frozen=True)
class FitMeasures:
    """All figures of a restoration in its place.

    Args:
        edge: Between the edge of the restoration and the margin line.
        cement: Of both zones.
        thinnest: Zone -> thickness of the thinnest wall there, mm, and (3,) where; zones without any are left out.
        neighbours: Of each neighbour. antagonist: None without one.
        leftover: Deepest that the bur leaves beyond the room for the cement, mm; 0 where nothing holds it off.
        unreached_area: mm² of the intaglio on which it leaves more than the room for the cement.
        roughness: RMS height of the outer surface over itself blurred, mm.
        closed: Every edge has two faces. pieces: of surface. volume: mm³. area: mm².
        vertices: By vertex.
    """

    edge: CurveDistance
    cement: tuple[Cement, ...]
    thinnest: dict[Zone, tuple[float, Float]]
    neighbours: tuple[Touch, ...]
    antagonist: Touch | None
    leftover: float
    unreached_area: float
    roughness: float
    closed: bool
    pieces: int
    volume: float
    area: float
    vertices: VertexFit


def measure_fit(restoration: Restoration, around: Surroundings, *, bur_radius: float = 0.5) -> FitMeasures:
    """Measure a restoration in its place.

    Args:
        restoration: In the coordinates of the scan.
        around: Where it goes.
        bur_radius: Of the ball at the end of the finest bur, mm.
    """
    mesh, intaglio = restoration.mesh, restoration.intaglio
    inside = np.zeros(len(mesh.vertices), dtype=bool)
    inside[mesh.faces[intaglio]] = True
    outer = ~inside
    seen = np.zeros(len(mesh.vertices), dtype=bool)
    seen[mesh.faces[~intaglio]] = True  # the edge, too
    to_margin, _, _ = nearest_on_curve(restoration.margin, mesh.vertices)
    gap = _at(inside, clearance(mesh.vertices[inside], restoration.preparation, wrapped=None))
    leftover = bur_leftover(mesh, intaglio, bur_radius)
    thickness = wall_thickness(mesh, intaglio, at=outer)
    against = {name: _against(mesh, seen, tooth) for name, tooth in around.neighbours.items()}
    opposing, antagonist = np.full(len(mesh.vertices), np.nan), None
    if around.antagonist is not None:
        opposing = _against(mesh, seen, around.antagonist)
        antagonist = _touch(mesh, "antagonist", opposing, seen=seen, to_margin=to_margin, other=around.antagonist)
    nearest = np.full(len(mesh.vertices), np.nan)
    for distance in against.values():
        nearest = np.fmin(nearest, distance)
    vertices = VertexFit(outer, to_margin, thickness, gap, opposing, nearest, leftover)
    touches = tuple(
        _touch(
            mesh,
            name,
            distance,
            seen=seen,
            to_margin=to_margin,
            other=around.neighbours[name],
            on_the_way=_way_in(restoration, seen, around.neighbours[name]),
        )
        for name, distance in against.items()
    )
    too_deep = _beyond_the_gap(vertices, restoration.options.gap)
    return FitMeasures(
        edge=curve_distance(edge_of(restoration), around.margin),
        cement=_cement(mesh, intaglio, vertices, restoration.options.gap),
        thinnest=_thinnest(mesh, restoration.axis, vertices),
        neighbours=touches,
        antagonist=antagonist,
        leftover=float(too_deep.max(initial=0.0)),
        unreached_area=float((vertex_area(mesh, intaglio) * (too_deep > 0)).sum()),
        roughness=_outer_roughness(mesh, intaglio, to_margin),
        closed=not len(boundary_edges(mesh)),
        pieces=int(face_components(mesh).max(initial=-1)) + 1,
        volume=enclosed_volume(mesh),
        area=float(mesh.face_areas.sum()),
        vertices=vertices,
    )


def edge_of(restoration: Restoration) -> Float:
    """(K, 3) the closed line on which the intaglio of the mesh ends, mm; of several, the longest."""
    inner = restoration.mesh.submesh(restoration.intaglio)
    return inner.vertices[boundary_loops(inner)[0]]


def roughness(mesh: Mesh, at: Bool) -> float:
    """RMS height, mm, of the surface over itself blurred by `SCALE_MM`, at some vertices (N,) bool.

    What the blur takes off cusps and out of grooves is blurred and given back, so that shape does not count.
    """
    if not at.any():
        return 0.0
    taken = mesh.vertices - diffuse(mesh, mesh.vertices, sigma=SCALE_MM, steps=1)
    for _ in range(2):
        taken = taken - diffuse(mesh, taken, sigma=SCALE_MM, steps=1)
    height = np.einsum("ij,ij->i", taken, mesh.vertex_normals)[at]
    return float(np.sqrt(np.average(np.square(height), weights=vertex_area(mesh)[at])))


def _outer_roughness(mesh: Mesh, intaglio: Bool, to_margin: Float) -> float:
    """The roughness of the outer surface but for its edge."""
    outer = mesh.submesh(~intaglio)
    return roughness(outer, to_margin[outer.vertex_attributes["source_vertex"]] > MARGIN_ZONE_MM[0])


def vertex_area(mesh: Mesh, faces: Bool | None = None) -> Float:
    """(N,) mm² of each vertex: a third of its faces, or of those among `faces` (F,)."""
    share = mesh.face_areas / 3 if faces is None else mesh.face_areas * faces / 3
    return scatter_sum(share[:, None], mesh.faces, len(mesh.vertices))[:, 0]


def side_of(around: Surroundings, axis: Float, place: Float) -> str:
    """In words where on the tooth a place (3,) lies: "mesiobuccal", "distolingual", "central" ..."""
    frame = preparation_frame(around.tooth, around.margin.mean(axis=0), axis=axis, mesial=around.mesial)
    reach = np.abs(frame.points_in(around.margin)[:, :2]).max(axis=0)
    x, y = frame.points_in(place[None])[0, :2] / np.maximum(reach, 1e-9)
    inner = "palatal" if around.tooth // 10 in (1, 2, 5, 6) else "lingual"
    along = "" if abs(x) < _CENTRAL else "mesio" if x > 0 else "disto"
    across = "" if abs(y) < _CENTRAL else "buccal" if y > 0 else inner
    if along and not across:
        return {"mesio": "mesial", "disto": "distal"}[along]
    return along + across or "central"


_CENTRAL = 0.25
"""Within this part of the half width of the margin a place is in the middle."""


def _at(mask: Bool, values: Float) -> Float:
    """(N,) float: values at the vertices of a mask, NaN elsewhere."""
    result = np.full(len(mask), np.nan)
    result[mask] = values
    return result


def _against(mesh: Mesh, seen: Bool, other: Mesh) -> Float:
    return _at(seen, clearance(mesh.vertices[seen], other, cap_mm=_NEAR_MM))


def _touch(
    mesh: Mesh,
    name: str,
    distance: Float,
    *,
    seen: Bool,
    to_margin: Float,
    other: Mesh,
    on_the_way: float | None = None,
) -> Touch:
    known = distance[~np.isnan(distance)]
    return Touch(
        name,
        distance=float(known.min()) if len(known) else None,
        places=tuple(contacts(mesh, distance, band_mm=BAND_MM)),
        inside=float((known < 0).sum() / max(seen.sum(), 1)),
        to_border=_to_border(mesh.vertices[seen & np.isnan(distance)], other),
        on_the_way=on_the_way,
        from_margin=float(to_margin[np.nanargmin(distance)]) if len(known) else None,
    )


def _to_border(points: Float, other: Mesh) -> float | None:
    """Smallest distance, mm, of points that have no signed one to a surface: only its border can be near them."""
    if not len(points):
        return None
    near = (other.face_areas > 0) & within_reach(other, points, _NEAR_MM)
    if not near.any():
        return None
    places = Surface(other.submesh(near)).nearest(points)
    distance = float(np.linalg.norm(places.points - points, axis=1).min())
    return distance if distance <= _NEAR_MM else None


def _way_in(restoration: Restoration, seen: Bool, neighbour: Mesh) -> float:
    """Deepest penetration of a neighbour, mm, while the restoration moves in along its axis from 6 mm above."""
    places = restoration.mesh.vertices[seen]
    every = max(1, len(places) // _WAY_PLACES)
    shifts = np.arange(0, _WAY_MM + _WAY_STEP_MM / 2, _WAY_STEP_MM)
    moved = (places[::every, None] + shifts[:, None] * restoration.axis).reshape(-1, 3)
    distance = clearance(moved, neighbour, cap_mm=1.0)
    return max(0.0, -float(np.nan_to_num(distance, nan=0.0).min(initial=0.0)))


def _cement(mesh: Mesh, intaglio: Bool, vertices: VertexFit, gap: CementGap) -> tuple[Cement, ...]:
    """The room for the cement where it has its full width, in the band along the margin and farther in."""
    area = vertex_area(mesh, intaglio)
    zones = (
        ("margin", gap.margin_mm, gap.seal_mm, gap.band_mm),
        ("rest", gap.rest_mm, gap.band_mm + gap.blend_mm, np.inf),
    )
    found = []
    for name, wanted, start, end in zones:
        at = (vertices.margin >= start) & (vertices.margin <= end) & ~np.isnan(vertices.gap)
        if at.any():
            values = vertices.gap[at]
            middle = _weighted_median(values, area[at])
            found.append(Cement(name, wanted, middle, float(values.min()), float(values.max())))
    return tuple(found)


def _weighted_median(values: Float, weights: Float) -> float:
    order = np.argsort(values)
    running = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(running, running[-1] / 2)])


def _thinnest(mesh: Mesh, axis: Float, vertices: VertexFit) -> dict[Zone, tuple[float, Float]]:
    upright = mesh.vertex_normals @ axis > np.cos(np.radians(OCCLUSAL_DEGREES))
    start, end = MARGIN_ZONE_MM
    inner = vertices.margin > end
    at = {
        "occlusal": inner & upright,
        "axial": inner & ~upright,
        "margin": (vertices.margin >= start) & ~inner,
    }
    found = {}
    for zone in ZONES:
        rows = np.flatnonzero(at[zone] & ~np.isnan(vertices.thickness))
        if len(rows):
            row = rows[np.argmin(vertices.thickness[rows])]
            found[zone] = float(vertices.thickness[row]), mesh.vertices[row]
    return found


def _beyond_the_gap(vertices: VertexFit, gap: CementGap) -> Float:
    """(N,) mm by which what the bur leaves exceeds the room there is; 0 on the outside."""
    room = np.where(np.isnan(vertices.gap), gap.margin_mm, np.fmax(vertices.gap, 0.0))
    return np.where(np.isnan(vertices.leftover), 0.0, np.maximum(vertices.leftover - room, 0.0))
