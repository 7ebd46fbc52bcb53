"""One synthetic case of a crown, an inlay or an onlay: one call makes it from a seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.geometry.registration import apply
from typodont.records.crown_case import KINDS, CrownCase, Kind
from typodont.synth.preparation.carve import Preparation, carve
from typodont.synth.preparation.crown_cut import draw_crown_cut
from typodont.synth.preparation.cut import Cut
from typodont.synth.preparation.extent import Extent, draw_extent
from typodont.synth.preparation.faults import (
    ScanFaults,
    add_islands,
    add_noise,
    draw_faults,
    is_seen,
    large_pieces,
)
from typodont.synth.preparation.flaws import draw_flaws
from typodont.synth.preparation.inlay_cut import draw_inlay_cut
from typodont.synth.preparation.onlay_cut import draw_onlay_cut
from typodont.synth.preparation.options import CrownOptions
from typodont.synth.preparation.scan import closed_surface, jaw_field, opened_gum, scan_solid, thin_out
from typodont.synth.preparation.site import Arch, Site, draw_site
from typodont.synth.preparation.tooth_shape import ToothShape, make_shape
from typodont.synth.scan import random_pose
from typodont.synth.scan_faults import cut_holes, trim_raw
from typodont.synth.scan_style import draw_scan_style
from typodont.types import Bool, Float, Int

_DRAWS: dict[Kind, Callable[[np.random.Generator, ToothShape], Cut]] = {
    "crown": draw_crown_cut,
    "inlay": draw_inlay_cut,
    "onlay": draw_onlay_cut,
}
_TRIES = 12
_SHADE_MM = 0.6
_SHADE_ROUNDS = 3
_REACH_MM, _NEAR_MM, _DOUBT_MM = 1.2, 0.45, 0.12
_HOLES_MM = 5.0
_PALATE_MM = 9.0  # scans for a crown do not show more of palate or tongue


def make_crown_case(seed: int, index: int = 0, *, options: CrownOptions | None = None) -> CrownCase:
    """One case; the same (seed, index, options) always gives the same."""
    options = options or CrownOptions()
    rng = np.random.default_rng([seed, index, 4])
    kind = KINDS[int(rng.integers(len(KINDS)))] if options.kind == "any" else cast(Kind, options.kind)
    site, preparation = _prepare(rng, kind, options)
    extent, faults = draw_extent(rng, site, options.shown), draw_faults(rng)
    scan = _scan(rng, site, preparation, extent, faults)
    antagonist = _scan_antagonist(rng, site, extent, faults)
    shape = preparation.shape
    crown = preparation.crown
    margin = shape.stand.placed(preparation.margin)
    if _turns(margin, shape.stand.axes[2]) < 0:
        margin = margin[::-1]
    case = CrownCase(
        name=f"crown_{seed}_{index:05d}",
        tooth=site.fdi,
        scan=scan,
        antagonist=antagonist,
        kind=kind,
        margin=margin,
        axis=shape.stand.axes[2],
        crown=Mesh(shape.stand.placed(crown.vertices), crown.faces),
        remarks={**preparation.remarks, "shown": extent.name},
    )
    return case.transformed(random_pose(rng)) if options.pose else case


def _prepare(rng: np.random.Generator, kind: Kind, options: CrownOptions) -> tuple[Site, Preparation]:
    """A patient, a tooth and a preparation that is one piece with one margin line."""
    while True:
        site = draw_site(rng, kind)
        shape = make_shape(rng, site)
        for _ in range(_TRIES):
            preparation = carve(shape, _DRAWS[kind](rng, shape))
            if preparation is None:
                continue
            if rng.random() < options.flaws:
                flaws, remarks = draw_flaws(rng, preparation)
                preparation = carve(shape, preparation.cut, flaws, remarks) or preparation
            return site, preparation


def _turns(curve: Float, axis: Float) -> float:
    """Twice the area that a closed curve encloses seen along an axis, positive for counter-clockwise."""
    around = curve - curve.mean(axis=0)
    return float(np.cross(around, np.roll(around, -1, axis=0)).sum(axis=0) @ axis)


def _scan(rng: np.random.Generator, site: Site, preparation: Preparation, extent: Extent, faults: ScanFaults) -> Mesh:
    """What the scanner makes of the prepared jaw, arch frame, with ``label`` and ``prepared``."""
    arch, shape = site.arch, preparation.shape
    jaw = jaw_field(arch, _map_outside(arch, extent, np.eye(4)), blur=faults.far_blur)
    gum = opened_gum(preparation, rng.uniform(0.15, 0.4))
    mesh = scan_solid(jaw, preparation, gum, blur=faults.blur, sharpness=faults.sharpness)
    mesh = thin_out(add_noise(rng, mesh, faults), faults.tolerance)
    margin = shape.stand.placed(preparation.margin)
    keep = _trim(rng, mesh, arch) & extent.shows(rng, mesh.vertices) & jaw.holds(mesh.vertices)
    keep |= KDTree(margin).query(mesh.vertices)[0] < 0.8
    keep |= _on_stump(preparation, mesh.vertices)
    if faults.shade:
        keep &= _lit(mesh, keep, margin, shape)
    keep &= cut_holes(rng, mesh.vertices, _far_necks(arch, margin), faults.holes)
    mesh = large_pieces(Mesh(mesh.vertices, mesh.faces[keep[mesh.faces].all(axis=1)]))
    mesh = add_islands(rng, mesh, margin.mean(axis=0), faults.islands)
    label = _labels(mesh.vertices, site, preparation, gum)
    local = shape.stand.local(mesh.vertices)
    prepared = (label == site.fdi) & _within(shape, local)
    prepared[prepared] = preparation.is_prepared(local[prepared])
    return mesh.with_vertex(label=label, prepared=prepared.astype(np.uint8))


def _scan_antagonist(rng: np.random.Generator, site: Site, extent: Extent, faults: ScanFaults) -> Mesh:
    """The opposing jaw in the prepared jaw's arch frame."""
    arch = site.opposing
    jaw = jaw_field(arch, _map_outside(arch, extent, site.bite), blur=0.6 * faults.far_blur)
    mesh = thin_out(add_noise(rng, closed_surface(jaw.values, jaw.grid), faults), faults.tolerance)
    placed = apply(site.bite, mesh.vertices)
    keep = _trim(rng, mesh, arch) & extent.shows(rng, placed) & jaw.holds(mesh.vertices)
    return large_pieces(Mesh(placed, mesh.faces[keep[mesh.faces].all(axis=1)]))


def _map_outside(arch: Arch, extent: Extent, to_prepared: Float) -> Float:
    """(nx, ny) mm by which the cells of an arch's gum map lie outside what is shown."""
    plane = arch.gum.plane.reshape(-1, 2)
    flat = np.column_stack([plane, np.full(len(plane), np.median(arch.necks[0].height))])
    return extent.outside(apply(to_prepared, flat)).reshape(arch.gum.values.shape)


def _trim(rng: np.random.Generator, mesh: Mesh, arch: Arch) -> Bool:
    """(N,) true for what a raw scan of a jaw keeps."""
    style = draw_scan_style(rng, arch.dentition.jaw, base=0.0, brackets=0.0)
    margin = np.vstack([neck.points() for neck in arch.necks])
    style = replace(style, tongue_reach=min(style.tongue_reach, _PALATE_MM))
    return trim_raw(rng, mesh.vertices, arch.gum, margin, style)


def _far_necks(arch: Arch, margin: Float) -> Float:
    """(M, 3) points on the gum margins that lie well away from the preparation's: there scans have holes."""
    points = np.vstack([neck.points() for neck in arch.necks])
    return points[KDTree(margin).query(points)[0] > _HOLES_MM]


def _within(shape: ToothShape, local: Float) -> Bool:
    """(n,) true for points of the stand's frame inside the shape's grid."""
    high = shape.grid.low + shape.grid.step * (np.array(shape.grid.shape) - 1)
    return np.asarray(((local > shape.grid.low) & (local < high)).all(axis=1))


def _on_stump(preparation: Preparation, vertices: Float) -> Bool:
    """(N,) true on ground surfaces above the gum."""
    shape = preparation.shape
    local = shape.stand.local(vertices)
    on = _within(shape, local) & (local[:, 2] > preparation.margin[:, 2].min() - 0.3)
    depth = shape.sample(shape.depth, local[on])
    on[on] = depth < 0.1
    return on


def _lit(mesh: Mesh, keep: Bool, margin: Float, shape: ToothShape) -> Bool:
    """(N,) true where a camera sees the surface, and near the margin, which the dentist made sure of."""
    lit = np.ones(len(mesh.vertices), dtype=bool)
    dark = np.flatnonzero(keep & (KDTree(margin).query(mesh.vertices)[0] > _SHADE_MM))
    lit[dark] = is_seen(mesh, mesh.vertices[dark], mesh.vertex_normals[dark], shape.stand.axes[2])
    share = lit.astype(float)
    for _ in range(_SHADE_ROUNDS):  # single vertices do not count, their neighbours decide
        total = scatter_sum(share[mesh.faces].mean(axis=1, keepdims=True), mesh.faces, len(share))[:, 0]
        share = total / np.maximum(np.bincount(mesh.faces.ravel(), minlength=len(share)), 1)
    return share > 0.4


def _labels(vertices: Float, site: Site, preparation: Preparation, opened: Float) -> Int:
    """(N,) FDI number of the tooth on which each vertex lies, 0 for the gum."""
    arch = site.arch
    cloud = np.vstack([points.points for points in arch.points])
    owner = np.repeat(np.arange(len(arch.points)), [len(points.points) for points in arch.points])
    distance, nearest = KDTree(cloud).query(vertices, distance_upper_bound=_REACH_MM)
    near = np.where(np.isfinite(distance), owner[np.minimum(nearest, len(owner) - 1)], -1)
    gum = arch.gum.height_above(vertices)
    label = np.zeros(len(vertices), dtype=np.int64)
    for index, points in enumerate(arch.points):
        mine = np.flatnonzero(near == index)
        away = np.abs(points.signed_distance(vertices[mine], k=6, width=0.2))
        label[mine[_is_tooth(away, gum[mine])]] = arch.dentition.fdi(arch.dentition.teeth[index])
    _label_site(label, vertices, site, preparation, opened)
    return label


def _is_tooth(away: Float, gum: Float) -> Bool:
    """(n,) true for vertices `away` mm from a tooth's surface and `gum` mm above the gum's that are the tooth's."""
    return (away < _NEAR_MM) & (gum > np.minimum(away, _DOUBT_MM))


def _label_site(label: Int, vertices: Float, site: Site, preparation: Preparation, opened: Float) -> None:
    """Label the ground tooth, also where it shows in the opened sulcus, and its neighbours with their worn contacts."""
    shape, fdi = preparation.shape, site.arch.dentition.fdi
    local = shape.stand.local(vertices)
    near = np.flatnonzero(_within(shape, local))
    local = local[near]
    gum, depth, removed = (shape.sample(field, local) for field in (opened, shape.depth, preparation.removed))
    tooth = np.abs(np.maximum(depth, -removed))
    others = np.abs(shape.sample(shape.others, local))
    for index, side in ((site.mesial, local[:, 0] > 0), (site.distal, local[:, 0] <= 0)):
        if index is not None:
            label[near[side & (others < tooth) & _is_tooth(others, gum)]] = fdi(site.arch.dentition.teeth[index])
    ground = (depth < -0.4) & (tooth < 0.3)
    label[near[((tooth <= others) & _is_tooth(tooth, gum)) | ground]] = site.fdi
