"""From a scan to a restoration and its fit report, step by step; files are another matter, see `predict`."""

from __future__ import annotations

from typing import cast

import numpy as np

from typodont.errors import FrameError, NoPreparationError
from typodont.formats import merge_equal
from typodont.geometry.closed_curve import counter_clockwise, even_points
from typodont.geometry.mesh import Mesh
from typodont.records.crown_case import Kind
from typodont.tasks.crown.arch import ArchPlaces
from typodont.tasks.crown.build import build_restoration
from typodont.tasks.crown.contact import brought_into_contact
from typodont.tasks.crown.edges import check_edges, extended, prepared_piece
from typodont.tasks.crown.fit import FitReport, fit_report
from typodont.tasks.crown.fit_measure import Surroundings
from typodont.tasks.crown.fit_scene import joined
from typodont.tasks.crown.kind import LEAST, kind_at
from typodont.tasks.crown.margin import SPACING_MM, Margin, drawn_margin, find_margin
from typodont.tasks.crown.materials import find_material
from typodont.tasks.crown.models import CrownModels
from typodont.tasks.crown.options import DesignOptions
from typodont.tasks.crown.outer import Outer, complete_outer
from typodont.tasks.crown.restoration import BuildOptions, Restoration
from typodont.tasks.crown.result import Design
from typodont.tasks.crown.search import find_prepared_place, find_prepared_tooth
from typodont.tasks.crown.site import Site, find_site
from typodont.tasks.run_record import Stages
from typodont.types import Float

MOST_TILT = 0.7
"""Cosine between the axis that was asked for and that of the preparation, at least."""

SURE_MARGIN = 0.9
"""Share of the margin line that is within 0.1 mm, by its own estimate, from which nothing is said."""

TOLD_RISE_MM = 0.3


def design_restoration(
    scan: Mesh,
    models: CrownModels,
    options: DesignOptions,
    *,
    antagonist: Mesh | None = None,
    drawn: Float | None = None,
    name: str = "scan",
    stages: Stages | None = None,
) -> Design:
    """A crown, inlay or onlay for the prepared tooth of a scan in any pose, and how it fits.

    Args:
        scan: The jaw with the preparation, or both jaws in bite where there is no antagonist; mm.
        models: From `load_models`.
        options: See there.
        antagonist: The opposing jaw in the same coordinates, mm.
        drawn: (M, 3) margin line drawn by hand, mm.
        name: Of the scan, for messages and results.
        stages: Gets the seconds of each stage: "site", "margin", "kind", "outer", "build", "fit".

    Raises:
        NoArchError: no teeth around the preparation.
        NoPreparationError: no prepared tooth there, or the scan ends at its margin.
        FrameError: antagonist or margin do not lie where the scan lies.
        MeshError: no solid can be made.
    """
    stages = stages or Stages()
    with stages("site"):
        site = _site(merged(scan), models, options, antagonist=antagonist, drawn=drawn, name=name)
    with stages("margin"):
        margin = _margin(site, models, drawn, name)
        edges = check_edges(site.scan, margin.curve, name=name)
        site = site.at(margin.centre, _axis(margin, options))
    with stages("kind"):
        kind, share = _kind(site, models, options)
    with stages("outer"):
        outer = complete_outer(
            site.scan, site.antagonist, margin.curve, models.outer, kind=kind, tooth=site.tooth, frame=site.frame
        )
        shape, rise = _in_bite(outer.mesh, margin, site, kind, options)
    with stages("build"):
        restoration = _built(shape, margin, site, kind, options)
    with stages("fit"):
        report = _measured(restoration, outer, margin, site, kind, options)
    warnings = (*site.warnings, *edges, *_doubts(margin, share, rise), *restoration.notes)
    return Design(name, site, kind, share, margin, drawn is not None, restoration, report, warnings)


def build_options(options: DesignOptions, kind: Kind) -> BuildOptions:
    """How a restoration is built; the thickness that was not asked for is the least that the material allows."""
    limits = [find_material(options.material).limit(kind, zone).least for zone in ("occlusal", "axial")]
    return BuildOptions(
        gap=options.gap,
        min_thickness_mm=min(limits) if options.min_thickness_mm is None else options.min_thickness_mm,
        contact_mm=options.contact_mm,
        neighbour_contact_mm=options.neighbour_contact_mm,
    )


def merged(mesh: Mesh) -> Mesh:
    """The surface with equal positions as one vertex: neighbours in space are neighbours in the mesh."""
    first, place = merge_equal(mesh.vertices)
    return mesh if len(first) == len(mesh.vertices) else Mesh(mesh.vertices[first], place[mesh.faces])


def _site(
    scan: Mesh,
    models: CrownModels,
    options: DesignOptions,
    *,
    antagonist: Mesh | None,
    drawn: Float | None,
    name: str,
) -> Site:
    """The prepared tooth in its surroundings."""

    def search(jaw: Mesh, places: ArchPlaces) -> tuple[int, list[str]]:
        return find_prepared_tooth(jaw, places, models.margin.points, name=name)

    def look(jaw: Mesh, places: ArchPlaces, tooth: int) -> Float | None:
        return find_prepared_place(jaw, places, tooth, models.margin.points)

    return find_site(
        scan,
        models.scan,
        tooth=options.tooth,
        antagonist=antagonist,
        search=search,
        look=look,
        drawn=drawn,
        name=name,
    )


def _margin(site: Site, models: CrownModels, drawn: Float | None, name: str) -> Margin:
    """The margin line that was drawn, or the one that is found.

    Raises:
        NoPreparationError: none there; says so where there is not even a tooth.
    """
    if drawn is not None:
        return drawn_margin(site.scan, site.frame, drawn, name=f"{name}: margin")
    try:
        return find_margin(site.scan, site.frame, models.margin, name=name)
    except NoPreparationError as error:
        found = sorted(site.places.centres)
        if site.places.labels is None or site.tooth in found:
            raise
        teeth = " ".join(map(str, found))
        raise NoPreparationError(
            f"{name}: found no tooth {site.tooth}, only {teeth}, and no preparation in its place; look whether the "
            f"number is right ({error})"
        ) from None


def _axis(margin: Margin, options: DesignOptions) -> Float:
    """(3,) unit: the axis that was asked for, else that of the least undercut.

    Raises:
        FrameError: the one that was asked for does not point to occlusal.
    """
    if options.axis is None:
        return margin.axis
    asked = np.array(options.axis) / np.linalg.norm(options.axis)
    cosine = float(asked @ margin.axis)
    if cosine < MOST_TILT:
        off = np.degrees(np.arccos(max(cosine, -1.0)))
        raise FrameError(
            f"the axis {options.axis} lies {off:.0f} degrees from that of the preparation, expected less than 45: it "
            "points from the preparation to occlusal, in the coordinates of the scan"
        )
    return asked


def _kind(site: Site, models: CrownModels, options: DesignOptions) -> tuple[Kind, float | None]:
    """What is made, and how probable it is that this is right, where it was not asked for."""
    if options.known_kind is not None:
        return options.known_kind, None
    answer = kind_at(site.scan, site.frame, models.kind)
    return cast(Kind, answer.likeliest), answer.probabilities[answer.likeliest]


def _in_bite(outer: Mesh, margin: Margin, site: Site, kind: Kind, options: DesignOptions) -> tuple[Mesh, float]:
    """The outer surface in contact with the antagonist, and by how much it was raised for that, mm.

    An inlay is left as it is: the tooth around it holds the bite.
    """
    if site.antagonist is None or kind == "inlay":
        return outer, 0.0
    line = counter_clockwise(even_points(margin.curve, spacing=SPACING_MM), site.axis)
    return brought_into_contact(outer, line, site.axis, site.antagonist, contact_mm=options.contact_mm)


def _built(shape: Mesh, margin: Margin, site: Site, kind: Kind, options: DesignOptions) -> Restoration:
    """The closed restoration under an outer surface."""
    return build_restoration(
        _ground(site, margin),
        margin.curve,
        outer=shape,
        axis=site.axis,
        antagonist=site.antagonist,
        neighbours=joined(list(site.neighbours().values())),
        options=build_options(options, kind),
    )


def _measured(
    restoration: Restoration, outer: Outer, margin: Margin, site: Site, kind: Kind, options: DesignOptions
) -> FitReport:
    """How the restoration fits where it goes."""
    around = Surroundings(site.tooth, kind, margin.curve, site.mesial, site.scan, site.neighbours(), site.antagonist)
    return fit_report(
        restoration,
        around,
        material=options.material,
        bur_radius=options.bur_radius_mm,
        outer=outer.mesh,
        sigma=outer.sigma,
    )


def _ground(site: Site, margin: Margin) -> Mesh:
    """The surface on which the restoration is built: the piece with the preparation, going on below the margin."""
    piece = prepared_piece(site.scan, margin.inside)
    inside = margin.inside[piece.vertex_attributes["source_vertex"]]
    return extended(Mesh(piece.vertices, piece.faces), margin.curve, inside, site.axis)


def _doubts(margin: Margin, share: float | None, rise: float) -> list[str]:
    said = []
    if rise > TOLD_RISE_MM:
        said.append(f"the chewing side was raised by {rise:.2f} mm to meet the antagonist; look at its shape there")
    if margin.confidence < SURE_MARGIN:
        said.append(
            f"{1 - margin.confidence:.0%} of the margin line may be off by more than 0.1 mm; look at it, and draw it "
            "where it is wrong (--margin)"
        )
    if share is not None and share < LEAST:
        said.append(f"the kind of restoration is uncertain ({share:.0%}); --kind says what to make")
    return said
