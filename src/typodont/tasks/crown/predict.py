"""Design a restoration for a prepared tooth: the public face of the crown job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np

from typodont.errors import FrameError, NoPreparationError
from typodont.formats import merge_equal, read_curve, write_mesh
from typodont.geometry.closed_curve import counter_clockwise, even_points
from typodont.geometry.mesh import Mesh
from typodont.records import Scan, read_scan
from typodont.records.crown_case import Kind
from typodont.tasks.batch import BatchResult, run_batch
from typodont.tasks.crown.arch import ArchPlaces
from typodont.tasks.crown.build import build_restoration
from typodont.tasks.crown.contact import brought_into_contact
from typodont.tasks.crown.edges import check_edges, extended, prepared_piece
from typodont.tasks.crown.fit import fit_report
from typodont.tasks.crown.fit_measure import Surroundings
from typodont.tasks.crown.kind import LEAST, kind_at
from typodont.tasks.crown.margin import SPACING_MM, Margin, drawn_margin, find_margin
from typodont.tasks.crown.materials import find_material
from typodont.tasks.crown.models import CrownModels, load_models
from typodont.tasks.crown.options import DesignFiles, DesignOptions
from typodont.tasks.crown.outer import complete_outer
from typodont.tasks.crown.restoration import BuildOptions, UnsoundRestorationError
from typodont.tasks.crown.result import Design, write_design
from typodont.tasks.crown.search import find_prepared_place, find_prepared_tooth
from typodont.tasks.crown.site import Site, find_site
from typodont.tasks.output import Output
from typodont.tasks.run_record import RunFacts, Stages
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
        scan = merged(scan)
        site = find_site(
            scan,
            models.scan,
            tooth=options.tooth,
            antagonist=antagonist,
            search=partial(_search, models, name),
            look=partial(_look, models),
            drawn=drawn,
            name=name,
        )
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
    beside = site.neighbours()
    with stages("build"):
        restoration = build_restoration(
            _ground(site, margin),
            margin.curve,
            outer=shape,
            axis=site.axis,
            antagonist=site.antagonist,
            neighbours=_one(list(beside.values())),
            options=build_options(options, kind),
        )
    with stages("fit"):
        around = Surroundings(site.tooth, kind, margin.curve, site.mesial, site.scan, beside, site.antagonist)
        report = fit_report(
            restoration,
            around,
            material=options.material,
            bur_radius=options.bur_radius_mm,
            outer=outer.mesh,
            sigma=outer.sigma,
        )
    warnings = (*site.warnings, *edges, *_doubts(margin, share, rise), *restoration.notes)
    return Design(name, site, kind, share, margin, drawn is not None, restoration, report, warnings)


def design_crown(
    files: DesignFiles,
    out_dir: Path,
    *,
    options: DesignOptions | None = None,
    weights: Path | None = None,
    force: bool = False,
) -> BatchResult:
    """Design a restoration from files; see the output contract for what is written.

    Where a restoration was made that is no sound solid, it is kept as ``NAME_partial.stl``, and nothing else.

    Args:
        files: Scan, antagonist and margin line.
        out_dir: Gets ``NAME_crown.stl``, ``NAME_margin.mrk.json``, ``NAME_fit.json``, ``NAME_fit.html``,
            ``NAME.json`` and ``NAME_run.json``.
        options: See `DesignOptions`.
        weights: A folder of weights instead of the shipped ones.
        force: Replace existing results.
    """
    models = load_models(weights)
    options = options or DesignOptions()
    given = {"antagonist": files.antagonist, "margin": files.margin}
    settings = {**asdict(options), **{name: str(path) for name, path in given.items() if path is not None}}
    facts = RunFacts("crown design", weights=models.files, settings=settings)

    def process(file: Path, output: Output, stages: Stages) -> Sequence[str]:
        with stages("read"):
            scan = read_scan(file, options.unit)
            check_unit(scan, options.unit)
            antagonist = _antagonist(files.antagonist, scan, options)
            drawn = None if files.margin is None else read_curve(files.margin) * scan.scale_to_mm
        try:
            design = design_restoration(
                scan.mesh, models, options, antagonist=antagonist, drawn=drawn, name=str(file), stages=stages
            )
        except UnsoundRestorationError as error:
            raise _kept(error, out_dir / f"{file.stem}_partial.stl", scan.scale_to_mm) from None
        with stages("write"):
            write_design(design, output, scale_to_mm=scan.scale_to_mm)
        return (*scan.warnings, *design.warnings)

    return run_batch([files.scan], process, out_dir, facts=facts, force=force)


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


def check_unit(scan: Scan, asked: str) -> None:
    """Refuse coordinates that are no millimetres unless their unit was named: a crown of the wrong size fits nothing.

    Raises:
        FrameError: the size of the scan says another unit.
    """
    if asked == "auto" and scan.unit != "mm":
        raise FrameError(
            f"{scan.path}: the size of the scan says that its coordinates are in {scan.unit}, expected mm; "
            f"name the unit (--unit {scan.unit}) if that is right; crown and margin then are in it, too"
        )


def _antagonist(file: Path | None, scan: Scan, options: DesignOptions) -> Mesh | None:
    """The opposing jaw in mm, its coordinates in the unit of the scan."""
    if file is None:
        return None
    antagonist = read_scan(file, options.unit)
    if antagonist.unit != scan.unit:
        raise FrameError(
            f"{file}: the size of the antagonist says {antagonist.unit}, that of the scan {scan.unit}, expected the "
            "same unit in both; export both in mm, or name the unit (--unit)"
        )
    return merged(antagonist.mesh)


def _search(models: CrownModels, name: str, scan: Mesh, places: ArchPlaces) -> tuple[int, list[str]]:
    return find_prepared_tooth(scan, places, models.margin.points, name=name)


def _look(models: CrownModels, scan: Mesh, places: ArchPlaces, tooth: int) -> Float | None:
    return find_prepared_place(scan, places, tooth, models.margin.points)


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


def _ground(site: Site, margin: Margin) -> Mesh:
    """The surface on which the restoration is built: the piece with the preparation, going on below the margin."""
    piece = prepared_piece(site.scan, margin.inside)
    inside = margin.inside[piece.vertex_attributes["source_vertex"]]
    return extended(Mesh(piece.vertices, piece.faces), margin.curve, inside, site.axis)


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


def _one(meshes: Sequence[Mesh]) -> Mesh | None:
    """Several surfaces as one."""
    if not meshes:
        return None
    start = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + first for mesh, first in zip(meshes, start, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def _kept(error: UnsoundRestorationError, file: Path, scale_to_mm: float) -> UnsoundRestorationError:
    """The error with the name of the file in which what was made is kept."""
    mesh = Mesh(error.mesh.vertices / scale_to_mm, error.mesh.faces)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_mesh(mesh, file)
    return UnsoundRestorationError(f"{error}; what was made is kept in {file}", error.mesh)
