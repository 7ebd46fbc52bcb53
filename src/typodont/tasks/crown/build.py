"""From margin line and outer surface to a closed restoration that goes onto its preparation."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter1d

from typodont.errors import MeshError
from typodont.geometry.clearance import clearance
from typodont.geometry.closed_curve import counter_clockwise, enclosed_vector, even_points, nearest_on_curve
from typodont.geometry.grown_solid import grown_solid
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.solids import faults, simplified, subtract
from typodont.geometry.surface_cut import trim_to_line
from typodont.geometry.surface_places import Surface
from typodont.tasks.crown.outer_shape import LEAST_MM, kept_out_of, outer_on_line, thick_enough, untangled
from typodont.tasks.crown.restoration import (
    INTAGLIO,
    OUTER,
    BuildOptions,
    CementGap,
    Restoration,
    Undercut,
    UnsoundRestorationError,
)
from typodont.tasks.crown.underside import SKIRT_MM, UNDER_MM, underside, with_skirt
from typodont.types import Float

_LINE_MM = 0.05
_AROUND_MM = 6.0
"""Of the scan beyond the margin line that may belong to the preparation."""
_STEADY_MM = 0.3
_FARTHEST_MM = 0.5
_OFF_MARGIN_MM = 0.1
_SIMPLIFY_MM = 0.005
_SUNK_MM = 0.004
"""What is left free begins so far below the margin line, more than it may be inexact: the edge is the line itself."""
_ROUNDED_MM = 0.04
"""By so much inward edges are filled without being undercut."""


def build_restoration(
    scan: Mesh,
    margin: Float,
    *,
    outer: Mesh,
    axis: Float,
    antagonist: Mesh | None = None,
    neighbours: Mesh | None = None,
    options: BuildOptions | None = None,
) -> Restoration:
    """The finished inlay, onlay or crown: outer surface down to the margin line, intaglio with room for cement.

    The preparation is cut out of the scan along the margin, freed of undercuts along the axis and grown by the cement
    gap; the outer surface is cut and drawn to the margin, pushed out where it is too thin, and moved back where it
    reaches too far into the antagonist or the neighbours; the one is taken away from the other.

    Args:
        scan: Preparation and what is around it, mm, outward faces.
        margin: (M, 3) closed line on the scan, mm; either way around.
        outer: Surface of the finished tooth, closed or open near the margin, same frame.
        axis: (3,) from the preparation to occlusal; the restoration is seated against it.
        antagonist, neighbours: Surfaces to keep out of, same frame; may be open.
        options: Gap, thickness, contacts.

    Raises:
        MeshError: the margin lies off the scan, the scan has a hole there, the outer surface does not pass there.
        UnsoundRestorationError: the result crosses itself; it comes with the error.

    Source: offset and block-out as dental design programs do them; booleans by the library manifold3d.
    """
    options = options or BuildOptions()
    axis = np.asarray(axis, dtype=np.float64) / np.linalg.norm(axis)
    scan = _around(scan, margin)
    line = _on_scan(scan, margin, axis)
    preparation = untangled(trim_to_line(scan, line), line)
    fine = _left_free(preparation, line, axis, options)
    free = Surface(simplified(fine, _SIMPLIFY_MM))
    shaped = _shaped_outer(outer, line, free, antagonist, neighbours, options)
    mesh, found = _sound(shaped, preparation, line, free.mesh, fine)
    if found:
        raise UnsoundRestorationError(
            f"the restoration is no sound solid: {'; '.join(found)}; look at the margin line and the axis", mesh
        )
    notes = _notes(mesh, shaped, line, free, antagonist, options)
    return Restoration(mesh, preparation, line, axis, _undercut(preparation, free, line, axis, options), options, notes)


def _around(scan: Mesh, margin: Float) -> Mesh:
    """The part of the scan around the margin line."""
    middle = margin.mean(axis=0)
    reach = np.linalg.norm(margin - middle, axis=1).max() + _AROUND_MM
    near = np.linalg.norm(scan.vertices - middle, axis=1) < reach
    faces = near[scan.faces].all(axis=1) & (scan.face_areas > 0)
    if not faces.any():
        raise MeshError("no part of the scan lies at the margin line: do both have the same coordinates?")
    part = scan.submesh(faces)
    return Mesh(part.vertices, part.faces)


def _on_scan(scan: Mesh, margin: Float, axis: Float) -> Float:
    """(K, 3) the margin line, evenly spaced, on the scan, counter-clockwise seen from occlusal."""
    line = counter_clockwise(even_points(margin, spacing=_LINE_MM), axis)
    area = enclosed_vector(line)
    if area @ axis < 0.2 * np.linalg.norm(area):
        raise MeshError("the insertion axis lies across the margin line, expected it to point to occlusal")
    to_scan = Surface(scan).nearest(line).points - line
    off = float(np.linalg.norm(to_scan, axis=1).max())
    if off > _FARTHEST_MM:
        raise MeshError(
            f"the margin line runs up to {off:.2f} mm away from the scan, expected at most {_FARTHEST_MM:g} mm"
        )
    # moved smoothly: the nearest places of a line beside a coarse or sharp-edged scan jump back and forth
    return even_points(line + gaussian_filter1d(to_scan, _STEADY_MM / _LINE_MM, axis=0, mode="wrap"), spacing=_LINE_MM)


def _left_free(preparation: Mesh, line: Float, axis: Float, options: BuildOptions) -> Mesh:
    """What the restoration leaves free: preparation, cement, undercuts."""
    side = nearest_on_curve(line, preparation.vertices)[0]
    side[: len(line)] = 0.0
    return grown_solid(
        with_skirt(preparation, line),
        np.r_[side, np.full(len(line), -SKIRT_MM)],
        axis,
        gap=partial(_opening, options.gap),
        reach=max(options.gap.margin_mm, options.gap.rest_mm),
        voxel=options.voxel_mm,
    )


def _opening(gap: CementGap, side: Float) -> Float:
    """(n,) width of the cement gap at distances from the line, a little less towards it and below zero on it."""
    return gap.at(side) - _SUNK_MM * np.maximum(1 - side / gap.seal_mm, 0)


def _shaped_outer(
    outer: Mesh, line: Float, free: Surface, antagonist: Mesh | None, neighbours: Mesh | None, options: BuildOptions
) -> Mesh:
    shaped = outer_on_line(outer, line)
    shaped = thick_enough(shaped, line, free, least=options.min_thickness_mm, wedge=options.wedge)
    for other, depth in ((antagonist, options.contact_mm), (neighbours, options.neighbour_contact_mm)):
        if other is not None and len(other.faces):
            shaped = kept_out_of(shaped, line, other, depth=depth)
    shaped = thick_enough(shaped, line, free, least=min(LEAST_MM, options.min_thickness_mm), wedge=options.wedge)
    return untangled(shaped, line)


def _sound(shaped: Mesh, preparation: Mesh, line: Float, free: Mesh, fine: Mesh) -> tuple[Mesh, list[str]]:
    """Outer surface less what must stay free, and what is wrong with it.

    On flat bodies long faces of `free`, which has few of them, may cross by less than 0.1 µm; then `fine` is taken.
    """
    result, found = _joined(shaped, underside(preparation, line, UNDER_MM), free, len(line))
    for depth in (UNDER_MM, 0.5 * UNDER_MM):
        if not found:
            return result, found
        result, found = _joined(shaped, underside(preparation, line, depth), fine, len(line))
    if found:
        result = untangled(result, line[:0])
        found = faults(result)
    return result, found


def _joined(shaped: Mesh, below: Mesh, free: Mesh, on_line: int) -> tuple[Mesh, list[str]]:
    """Outer surface and underside closed at the margin line, less what must stay free."""
    shift = len(shaped.vertices) - on_line
    under = np.where(below.faces < on_line, below.faces, below.faces + shift)[:, ::-1]
    block = Mesh(np.concatenate([shaped.vertices, below.vertices[on_line:]]), np.concatenate([shaped.faces, under]))
    groups = np.repeat([OUTER, INTAGLIO], [len(shaped.faces), len(under)])
    left, found = subtract(block, groups, free)
    zone = np.where(left.face_attributes["group"] == OUTER, OUTER, INTAGLIO)
    return Mesh(left.vertices, left.faces, face_attributes={"zone": zone}), found


def _undercut(preparation: Mesh, free: Surface, line: Float, axis: Float, options: BuildOptions) -> Undercut:
    to_line = nearest_on_curve(line, preparation.vertices)[0]
    layer = -free.signed_distance(preparation.vertices) - options.gap.at(to_line)
    layer = np.maximum(layer - _ROUNDED_MM, 0.0)
    corners = layer[preparation.faces]
    facing = preparation.face_normals @ axis
    middles = preparation.vertices[preparation.faces].mean(axis=1) + 1e-3 * preparation.face_normals
    shaded = RayScene(preparation).occluded(middles, np.broadcast_to(axis, middles.shape))
    hidden = (facing < -1e-6) | (shaded & (corners.min(axis=1) > 0))
    return Undercut(
        area_mm2=float(preparation.face_areas[hidden].sum()),
        depth_mm=float(layer.max()),
        volume_mm3=float(corners.mean(axis=1) @ preparation.face_areas),
        margin_share=float((layer[: len(line)] > 0).mean()),
    )


def _notes(
    mesh: Mesh, shaped: Mesh, line: Float, free: Surface, antagonist: Mesh | None, options: BuildOptions
) -> tuple[str, ...]:
    notes = []
    off = np.linalg.norm(Surface(mesh).nearest(line).points - line, axis=1)
    if off.max() > _OFF_MARGIN_MM:
        notes.append(
            f"An undercut hides {np.mean(off > _OFF_MARGIN_MM):.0%} of the margin line from the insertion axis; the "
            f"restoration ends up to {off.max():.2f} mm away from it there."
        )
    inner = nearest_on_curve(line, shaped.vertices)[0] > 1.0
    thinnest = float(free.signed_distance(shaped.vertices[inner]).min()) if inner.any() else np.inf
    if thinnest < options.min_thickness_mm - 0.01:
        notes.append(
            f"The antagonist or a neighbour leaves room for {thinnest:.2f} mm only, asked for were "
            f"{options.min_thickness_mm:.2f} mm."
        )
    if antagonist is not None and len(antagonist.faces):
        deepest = -float(np.nanmin(np.r_[clearance(shaped.vertices, antagonist), np.inf]))
        if deepest > options.contact_mm + 0.01:
            notes.append(f"The restoration still reaches {deepest:.2f} mm into the antagonist: there is no more room.")
    return tuple(notes)
