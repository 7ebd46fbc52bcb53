"""Samples for the margin network: the surface around one preparation as evenly spaced, described points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from typodont.atomic import atomic_path
from typodont.datasets.point_pyramid import PointSample, PyramidConfig, collate
from typodont.datasets.preparation_frame import mesial_direction, preparation_frame
from typodont.datasets.scan_points import cell_subset, curvatures, sample_even, unit
from typodont.errors import FormatError, MeshError
from typodont.geometry.closed_curve import nearest_on_curve
from typodont.geometry.decimation import decimate
from typodont.geometry.mesh import Mesh
from typodont.geometry.neighbours import nearest
from typodont.nets.point_batch import MarginTargets, PointBatch
from typodont.records.crown_case import CrownCase
from typodont.types import Bool, Float

REGION_MM = 10.0
"""What lies further from the site's centre, a margin network does not see."""

RADII_MM = (0.4, 0.8, 1.6, 3.2)
MARGIN_PYRAMID = PyramidConfig((0.55, 1.1, 2.2, 4.4))
POOL_MM = 12.5
"""What lies further from the margin's middle is not kept for training: the network's region and room to move it."""

COARSER = (0.06, 0.6)
"""Share of its faces that a simplified mesh keeps: least and most."""

_CELL_MM = MARGIN_PYRAMID.cells_mm[0]

_POINTS_PER_MM2 = 25.0
_MOST_POINTS = 40_000
_SIDE_FROM_CURVE_MM = 0.3


@dataclass
class MarginPool:
    """A dense even sample of the surface around one preparation, in its preparation frame.

    Args:
        position: (P, 3) float32: mm.
        normal: (P, 3) float32: unit.
        curvature: (P, 8) float32: see `scan_points.curvatures`, at the radii of this module.
        distance: (P,) float32: distance to the margin line, mm, positive inside; NaN where it is not known.
    """

    position: Float
    normal: Float
    curvature: Float
    distance: Float


@dataclass
class MarginSample(PointSample):
    """Points around one preparation, with their distance to the margin line; see `MarginPool`."""

    distance: Float | None = None


@dataclass(frozen=True)
class MarginAugment:
    """How much training samples are varied; probabilities are shares of samples."""

    lean_deg: float = 12.0
    most_lean_deg: float = 25.0
    turn_deg: float = 10.0
    shift_mm: float = 0.8
    scale: float = 0.06
    stretch: float = 0.04
    holes: float = 0.3
    trim: float = 0.25
    noise_mm: float = 0.02
    normal_noise: float = 0.05


def region_of(mesh: Mesh, centre: Float, radius: float) -> Mesh:
    """The faces whose corners all lie within `radius` mm of a point (3,); see `Mesh.submesh`.

    Raises:
        MeshError: there are none.
    """
    near = ((mesh.vertices - centre) ** 2).sum(axis=1) < radius**2
    region = mesh.submesh(near[mesh.faces].all(axis=1))
    if not len(region.faces):
        raise MeshError(f"found no surface within {radius:g} mm of the preparation; look whether the site is right")
    return region


def coarser(mesh: Mesh, rng: np.random.Generator) -> Mesh:
    """The mesh with a random part of its faces, as programs export scans; see `COARSER`."""
    low, high = np.log(COARSER)
    return decimate(mesh, max(int(len(mesh.faces) * np.exp(rng.uniform(low, high))), 100))


def make_margin_pool(case: CrownCase, rng: np.random.Generator, *, coarse: bool = False) -> MarginPool:
    """The pool of a synthetic case, whose margin, axis and labels are known.

    Args:
        case: See above.
        rng: Where the points fall.
        coarse: Take a simplified mesh, see `coarser`.

    Raises:
        MeshError: margin, axis or the vertex attribute ``prepared`` is missing.
    """
    prepared = case.scan.vertex_attributes.get("prepared")
    if case.margin is None or case.axis is None or prepared is None:
        raise MeshError(
            f"{case.name}: found no margin, axis or prepared surface, expected all three of a training case"
        )
    frame = preparation_frame(
        case.tooth, case.margin.mean(axis=0), axis=case.axis, mesial=mesial_direction(case.scan, case.tooth)
    )
    region = region_of(frame.mesh_in(case.scan), np.zeros(3), POOL_MM)
    region = coarser(region, rng) if coarse else region
    pool, vertex = describe_region(region, rng)
    margin = frame.points_in(case.margin)
    inside = region.vertex_attributes["prepared"][vertex] > 0
    return replace(pool, distance=signed_distance(pool, margin[::-1] if frame.mirrored else margin, inside))


def describe_region(region: Mesh, rng: np.random.Generator) -> tuple[MarginPool, np.ndarray]:
    """The pool of a surface in its preparation frame, distances unknown; and (P,) the vertex nearest to each point."""
    n = int(min(_POINTS_PER_MM2 * region.face_areas.sum(), _MOST_POINTS))
    position, normal, vertex = sample_even(region, max(n, 1), rng)
    position, normal = position.astype(np.float32), normal.astype(np.float32)
    unknown = np.full(len(position), np.nan, dtype=np.float32)
    return MarginPool(position, normal, curvatures(position, normal, RADII_MM), unknown), vertex


def signed_distance(pool: MarginPool, margin: Float, inside: Bool) -> Float:
    """(P,) float32: distance of each point to the margin line, mm, positive inside.

    Near the line its own sides decide, because labels of vertices are as coarse as the mesh; further off, the labels.

    Args:
        pool: Points.
        margin: (M, 3) closed curve, counter-clockwise seen from occlusal, frame of the pool.
        inside: (P,) which points carry the label of prepared surface.
    """
    distance, foot, way = nearest_on_curve(margin, pool.position)
    # the surface bends at the margin, so the direction inward is read off a mean of both sides' normals
    near = np.flatnonzero(distance < _SIDE_FROM_CURVE_MM)
    side = np.where(inside, 1.0, -1.0)
    if len(near):
        normal = _blurred_normals(pool, foot[near])
        inward = np.cross(normal, way[near])
        side[near] = np.where(np.einsum("ij,ij->i", pool.position[near] - foot[near], inward) >= 0, 1.0, -1.0)
    return (side * distance).astype(np.float32)


def vary(pool: MarginPool, rng: np.random.Generator, augment: MarginAugment) -> MarginSample:
    """One varied training sample: the site a little off, the axis rough, parts of the surroundings missing."""
    turn = _random_turn(rng, augment)
    stretch = (1 + rng.uniform(-augment.stretch, augment.stretch, 3)) * (1 + rng.uniform(-augment.scale, augment.scale))
    scaled = replace(pool, position=(pool.position * stretch).astype(np.float32), normal=unit(pool.normal / stretch))
    shift = np.clip(rng.normal(0, augment.shift_mm, 3), -2.5 * augment.shift_mm, 2.5 * augment.shift_mm)
    moved = replace(
        scaled, position=(scaled.position @ turn.T + shift).astype(np.float32), normal=scaled.normal @ turn.T
    )
    keep = np.linalg.norm(moved.position, axis=1) < REGION_MM
    surroundings = ~(moved.distance > -1.0)
    if rng.random() < augment.holes:
        keep &= ~(surroundings & _in_holes(moved.position, rng))
    if rng.random() < augment.trim:
        keep &= ~(surroundings & _cut_off(moved.position, rng))
    sample = chosen(moved, keep, cell=_CELL_MM * rng.uniform(0.94, 1.12), shift=rng.random(3))
    return _noisy(sample, rng, augment)


def plain(pool: MarginPool) -> MarginSample:
    """The sample that validation and prediction use: all points of the region."""
    return chosen(pool, np.linalg.norm(pool.position, axis=1) < REGION_MM)


def chosen(pool: MarginPool, keep: Bool, *, cell: float = _CELL_MM, shift: Float | None = None) -> MarginSample:
    """The kept points of a pool thinned to one a cell."""
    kept = np.flatnonzero(keep)
    ids = kept[cell_subset(pool.position[kept], cell, shift)]
    position, normal = pool.position[ids], pool.normal[ids].astype(np.float32)
    return MarginSample(
        features=margin_features(position, normal, pool.curvature[ids]),
        position=position,
        normal=normal,
        jaw=-1,
        distance=pool.distance[ids],
    )


def margin_features(position: Float, normal: Float, curvature: Float) -> Float:
    """(N, 14) float32: what the margin network sees of each point."""
    return np.concatenate([position / 5.0, normal, np.clip(curvature, -2, 2)], axis=1).astype(np.float32)


def margin_collate(samples: Sequence[MarginSample]) -> PointBatch:
    """One batch of several preparations; targets where all distances are known."""
    batch = collate(samples, pyramid=MARGIN_PYRAMID)
    distance = [sample.distance for sample in samples if sample.distance is not None]
    if len(distance) < len(samples) or not all(np.isfinite(values).all() for values in distance):
        return batch
    known = torch.from_numpy(np.concatenate(distance))
    return replace(batch, targets=MarginTargets(inside=(known > 0).float(), distance=known))


def write_margin_pool(pool: MarginPool, path: Path) -> None:
    """Write a pool; positions and distances as float32, directions and curvatures as float16."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            allow_pickle=False,
            position=pool.position,
            normal=pool.normal.astype(np.float16),
            curvature=pool.curvature.astype(np.float16),
            distance=pool.distance,
        )


def read_margin_pool(path: Path) -> MarginPool:
    """Read a pool.

    Raises:
        FormatError: not a pool file, or one of another version.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return MarginPool(**{name: arrays[name].astype(np.float32) for name in arrays.files})
    except (OSError, EOFError, BadZipFile, ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{path}: no pool of this version ({error}); delete it, it will be made again") from None


def _blurred_normals(pool: MarginPool, places: Float) -> Float:
    """(n, 3) mean normal of the surface within about half a millimetre of each place (n, 3)."""
    index = nearest(pool.position, places.astype(np.float32), 24, spacing=0.2)
    squared = ((pool.position[index] - places[:, None]) ** 2).sum(axis=2)
    weight = np.exp(-0.5 * squared / _SIDE_FROM_CURVE_MM**2)
    return unit(np.einsum("nk,nkx->nx", weight, pool.normal[index]))


def _random_turn(rng: np.random.Generator, augment: MarginAugment) -> Float:
    """(3, 3) a lean of the axis in any direction, after a turn about it."""
    lean = min(abs(rng.normal(0, augment.lean_deg)), augment.most_lean_deg)
    towards = rng.uniform(0, 2 * np.pi)
    about = Rotation.from_rotvec([0, 0, np.radians(rng.normal(0, augment.turn_deg))])
    return (
        Rotation.from_rotvec(np.radians(lean) * np.array([np.cos(towards), np.sin(towards), 0])) * about
    ).as_matrix()


def _in_holes(position: Float, rng: np.random.Generator) -> Bool:
    """(P,) which points lie in a few random balls: what the scanner did not see."""
    inside = np.zeros(len(position), dtype=bool)
    for _ in range(rng.integers(1, 4)):
        centre = position[rng.integers(len(position))]
        inside |= ((position - centre) ** 2).sum(axis=1) < rng.uniform(0.5, 3.0) ** 2
    return inside


def _cut_off(position: Float, rng: np.random.Generator) -> Bool:
    """(P,) which points lie beyond a random upright plane: the end of the scan, or a missing neighbour."""
    angle = rng.uniform(0, 2 * np.pi)
    return position[:, 0] * np.cos(angle) + position[:, 1] * np.sin(angle) > rng.uniform(4.0, 9.0)


def _noisy(sample: MarginSample, rng: np.random.Generator, augment: MarginAugment) -> MarginSample:
    shape = sample.position.shape
    position = sample.position + rng.standard_normal(shape, dtype=np.float32) * (augment.noise_mm * rng.random())
    lean = rng.standard_normal(shape, dtype=np.float32) * (augment.normal_noise * 2 * rng.random())
    position, normal = position.astype(np.float32), unit(sample.normal + lean).astype(np.float32)
    curvature = sample.features[:, 6:] * rng.uniform(0.85, 1.15)
    features = margin_features(position, normal, curvature.astype(np.float32))
    return replace(sample, position=position, normal=normal, features=features)
