"""The margin line of a preparation: found on the scan, or drawn by hand and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from typodont.datasets.margin_points import POOL_MM, region_of
from typodont.datasets.preparation_frame import PreparationFrame
from typodont.errors import FrameError, MeshError, NoPreparationError
from typodont.geometry.closed_curve import (
    counter_clockwise,
    curve_length,
    enclosed_vector,
    even_points,
    spline_curve,
)
from typodont.geometry.closed_path import zero_contour
from typodont.geometry.connectivity import face_components
from typodont.geometry.insertion_axis import insertion_axis
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_cut import side_of_line
from typodont.geometry.surface_places import Surface
from typodont.tasks.crown.margin_line import draw_line
from typodont.tasks.crown.margin_look import prepared_values, take_look
from typodont.tasks.crown.margin_models import MarginModels
from typodont.types import Bool, Float

SPACING_MM = 0.1
"""Between the points of a margin line."""

OFF_MESH_MM = 0.5
"""A drawn margin lies at most this far from the scan."""

AROUND_MM = 4.0
"""The middle of a drawn margin lies at most this far from that of the tooth."""

LENGTH_MM = (6.0, 60.0)
"""Margins are this long: an inlay in a pit, a crown of a large molar."""

_RECENTRE_MM = 0.7
_LEAST_PREPARED_MM2 = 4.0


@dataclass(frozen=True)
class Margin:
    """A margin line and what lies inside it, in the coordinates of the scan, mm.

    Args:
        curve: (M, 3) closed curve on the scan's surface, its points about 0.1 mm apart; the last one joins the first.
            Counter-clockwise seen from occlusal.
        inside: (N,) probability of every vertex of the scan that it was prepared; 0 or 1 where the line was drawn.
        sigma: (M,) expected error of the curve at its points, mm; 0 where it was drawn.
        confidence: Share of the curve whose expected error is at most 0.1 mm, 0..1.
        axis: (3,) unit vector to occlusal along which a restoration comes off with the least undercut.
        rough: (K, 3) the first guess that the curve came from: where the network's prepared surface ends, or the drawn
            points.
    """

    curve: Float
    inside: Float
    sigma: Float
    confidence: float
    axis: Float
    rough: Float

    @property
    def centre(self) -> Float:
        """(3,) middle of the line, mm."""
        return even_points(self.curve, spacing=SPACING_MM).mean(axis=0)


def find_margin(scan: Mesh, frame: PreparationFrame, models: MarginModels, *, name: str = "scan") -> Margin:
    """The margin line of the preparation at a site.

    A network looks at points of the surface around the site and says which were prepared; where that ends, a second
    one looks at the strip of surface beside the line, and the line becomes the shortest closed way through what it
    sees. The first look is repeated from the middle of what it found, so that a rough site and axis do.

    Args:
        scan: mm, outward faces.
        frame: Of the site: its centre within about 3 mm of the margin's middle, its axis within 25 degrees.
        models: See `margin_models.load_margin_models`.
        name: Of the scan, for messages.

    Raises:
        NoPreparationError: nothing prepared there, or the margin runs into the edge of the scan.
    """
    region, frame = _looked_again(scan, frame, models, name=name)
    values = prepared_values(region, take_look(models.points, region, seed=1))
    try:
        rough = zero_contour(region, values.distance)
        line = draw_line(models.line, region, rough)
    except MeshError as error:
        raise NoPreparationError(f"{name}: no closed margin line found: {error}") from None
    order = slice(None, None, -1 if frame.mirrored else 1)  # a mirrored line runs the other way round
    curve, sigma = frame.points_back(line.curve)[order], line.sigma[order]
    inside = np.zeros(len(scan.vertices))
    inside[region.vertex_attributes["source_vertex"]] = values.probability
    axis = _axis(region, line.curve, frame)
    return Margin(curve, inside, sigma, float((sigma <= 0.1).mean()), axis, frame.points_back(rough)[order])


def drawn_margin(scan: Mesh, frame: PreparationFrame, points: Float, *, name: str = "margin") -> Margin:
    """A margin line that was drawn by hand, put on the surface.

    A smooth curve goes through the points, as 3D Slicer draws it.

    Args:
        scan: mm, outward faces.
        frame: Of the site.
        points: (M, 3) in the scan's coordinates, mm; the last one joins the first.
        name: Of the file with the points, for messages.

    Raises:
        FrameError: the line lies off the scan, somewhere else than the site, or is in another unit.
        MeshError: it does not enclose a part of the surface.
    """
    _check_drawn(scan, frame, points, name=name)
    middle = frame.points_back(np.zeros((1, 3)))[0]
    reach = float(np.linalg.norm(points - middle, axis=1).max()) + 3.0
    region = region_of(scan, middle, reach)
    surface = Surface(region)
    curve = surface.nearest(even_points(spline_curve(points), spacing=SPACING_MM)).points
    curve = counter_clockwise(even_points(curve, spacing=SPACING_MM), frame.to_scan[:3, 2])
    enclosed = _enclosed(region, curve, name)
    inside = np.zeros(len(scan.vertices))
    inside[region.vertex_attributes["source_vertex"]] = enclosed
    axis = insertion_axis(_part(region, enclosed), frame.to_scan[:3, 2])
    return Margin(curve, inside, np.zeros(len(curve)), 1.0, axis, points)


def _looked_again(
    scan: Mesh, frame: PreparationFrame, models: MarginModels, *, name: str
) -> tuple[Mesh, PreparationFrame]:
    """The region around the middle of what is prepared, in its frame, and that frame."""
    region = _region(scan, frame, name)
    values = prepared_values(region, take_look(models.points, region, seed=0))
    if values.area < _LEAST_PREPARED_MM2:
        raise NoPreparationError(
            f"{name}: no prepared surface found within 10 mm of the tooth's place, expected a preparation; look "
            "whether the tooth number is right, or draw the margin (--margin)"
        )
    try:
        middle = even_points(zero_contour(region, values.distance), spacing=SPACING_MM).mean(axis=0)
    except MeshError:
        middle = values.centre
    if np.linalg.norm(middle) > _RECENTRE_MM:
        shift = np.eye(4)
        shift[:3, 3] = -middle
        frame = replace(frame, to_site=shift @ frame.to_site)
        region = _region(scan, frame, name)
    return region, frame


def _region(scan: Mesh, frame: PreparationFrame, name: str) -> Mesh:
    try:
        near = region_of(scan, frame.points_back(np.zeros((1, 3)))[0], POOL_MM)
    except MeshError as error:
        raise NoPreparationError(f"{name}: {error}") from None
    return frame.mesh_in(near)


def _axis(region: Mesh, curve: Float, frame: PreparationFrame) -> Float:
    """(3,) insertion axis in the scan's coordinates; that of the frame where the line encloses nothing."""
    up = np.array([0.0, 0.0, 1.0])
    try:
        enclosed = _enclosed(region, even_points(curve, spacing=SPACING_MM), "margin")
        axis = insertion_axis(_part(region, enclosed), up)
    except MeshError:
        axis = up
    return frame.to_scan[:3, :3] @ axis


def _enclosed(region: Mesh, curve: Float, name: str) -> Bool:
    """(N,) vertices of a surface inside a margin line, which runs counter-clockwise around them.

    Raises:
        MeshError: it runs there and back, or where no surface is.
    """
    enclosed = side_of_line(region, curve) > 0
    surface = float(region.face_areas[np.all(enclosed[region.faces], axis=1)].sum())
    if min(surface, float(np.linalg.norm(enclosed_vector(curve)))) < _LEAST_PREPARED_MM2:
        raise MeshError(
            f"{name}: found a margin that encloses no surface, expected the preparation inside it; draw it again, once "
            "around the preparation"
        )
    return enclosed


def _part(region: Mesh, enclosed: Bool) -> Mesh:
    """The largest piece of a surface between some vertices."""
    part = region.submesh(np.all(enclosed[region.faces], axis=1))
    return part.submesh(face_components(part) == 0)


def _check_drawn(scan: Mesh, frame: PreparationFrame, points: Float, *, name: str) -> None:
    length = curve_length(points)
    if not LENGTH_MM[0] <= length <= LENGTH_MM[1]:
        raise FrameError(
            f"{name}: found a margin {length:.3g} mm long, expected {LENGTH_MM[0]:g} to {LENGTH_MM[1]:g} mm; "
            "look at the unit of its coordinates, which must be that of the scan"
        )
    centre = frame.points_back(np.zeros((1, 3)))[0]
    off = float(np.linalg.norm(even_points(points, spacing=SPACING_MM).mean(axis=0) - centre))
    if off > AROUND_MM:
        raise FrameError(
            f"{name}: found a margin whose middle lies {off:.1f} mm from the tooth, expected at most {AROUND_MM:g} mm; "
            "look whether the tooth number is right and the line was drawn on this scan"
        )
    surface = Surface(region_of(scan, centre, float(np.linalg.norm(points - centre, axis=1).max()) + 3.0))
    away = np.linalg.norm(surface.nearest(points).points - points, axis=1)
    if away.max() > OFF_MESH_MM:
        raise FrameError(
            f"{name}: found point {int(away.argmax()) + 1} of the margin {away.max():.2f} mm off the scan's surface, "
            f"expected at most {OFF_MESH_MM:g} mm; draw it on the surface of this scan"
        )
