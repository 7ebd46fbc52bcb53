"""Random variation of cached scans in training; all geometry in mm in the (rough) arch frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from typodont.anatomy import SCAN_CLASS_OF_FDI
from typodont.datasets.flip import flip_pool
from typodont.datasets.point_pyramid import SEGMENT_PYRAMID, PointSample
from typodont.datasets.scan_points import DEPTH_MM, NO_TOOTH, PointPool, cell_subset, cusp_height, unit
from typodont.types import Bool, Float, Int

CELL_MM = SEGMENT_PYRAMID.cells_mm[0]
MAX_POINTS = 9000
_SCAN_CLASS = np.array(SCAN_CLASS_OF_FDI)
_MILK_FROM = 50


@dataclass(frozen=True)
class ScanAugment:
    """How much training scans are varied; probabilities are shares of samples."""

    flip: float = 0.5
    turn_deg: float = 8.0
    strong_turn: float = 0.1
    strong_turn_deg: float = 20.0
    scale: float = 0.06
    stretch: float = 0.03
    warp_mm: float = 0.8
    depth_mm: float = 1.5
    partial: float = 0.25
    holes: float = 0.2
    bare: float = 0.2
    noise_mm: float = 0.04
    normal_noise: float = 0.06
    shift_mm: float = 1.0


def augmented(pool: PointPool, rng: np.random.Generator, augment: ScanAugment) -> PointSample:
    """One varied training sample of a cached scan."""
    return augmented_points(pool, rng, augment)[0]


def augmented_points(pool: PointPool, rng: np.random.Generator, augment: ScanAugment) -> tuple[PointSample, Int]:
    """One varied training sample of a cached scan, and the (M,) indices of its points in the pool."""
    pool, keep = varied(pool, rng, augment)
    finer = rng.uniform(0.95, 1.12)
    sample, ids = chosen_points(pool, keep, cell=CELL_MM * finer, shift=rng.random(3))
    return _noisy(sample, rng, augment), ids


def varied(pool: PointPool, rng: np.random.Generator, augment: ScanAugment) -> tuple[PointPool, Bool]:
    """A mirrored, turned, scaled and warped scan, and which of its points a random crop leaves (500 at least)."""
    if rng.random() < augment.flip:
        pool = flip_pool(pool)
    matrix = _random_matrix(rng, augment)
    pool = _moved(_warped(pool, rng, augment.warp_mm), matrix)
    keep = above_floor(pool.position, DEPTH_MM + rng.uniform(-augment.depth_mm, augment.depth_mm))
    if rng.random() < augment.partial:
        keep &= _partial(pool, rng)
    if rng.random() < augment.holes:
        keep &= _outside_holes(pool.position, rng)
    if rng.random() < augment.bare:
        keep &= pool.gum_distance < rng.uniform(1.0, 6.0)
    return pool, keep if keep.sum() >= 500 else above_floor(pool.position, DEPTH_MM)


def plain(pool: PointPool) -> tuple[PointSample, Int]:
    """The sample that prediction and validation use, and the (M,) indices of its points in the pool."""
    return chosen_points(pool, above_floor(pool.position, DEPTH_MM), cell=CELL_MM)


def chosen_points(pool: PointPool, keep: Bool, *, cell: float, shift: Float | None = None) -> tuple[PointSample, Int]:
    """Thin the kept part of a pool to one point a cell, and centre it on the top 5 mm."""
    kept = np.flatnonzero(keep)
    ids = kept[cell_subset(pool.position[kept], cell, shift)]
    while len(ids) > MAX_POINTS:
        cell *= 1.02 * (len(ids) / MAX_POINTS) ** 0.5
        ids = kept[cell_subset(pool.position[kept], cell, shift)]
    position, normal = pool.position[ids], pool.normal[ids]
    centred = position - top_centre(position)
    features = point_features(centred, normal, pool.curvature[ids])
    return labelled_sample(pool, ids, centred, features), ids


def labelled_sample(pool: PointPool, ids: Int, centred: Float, features: Float) -> PointSample:
    """The chosen points of a pool with what they are; `centred` are their positions in the network's frame."""
    fdi, tooth = pool.fdi[ids], pool.tooth[ids]
    centres = np.concatenate([pool.tooth_centre, np.full((1, 3), np.nan, dtype=np.float32)])
    return PointSample(
        features=features,
        position=centred,
        normal=pool.normal[ids],
        jaw=pool.jaw,
        label=_SCAN_CLASS[fdi],
        offset=centres[np.where(tooth == NO_TOOTH, -1, tooth.astype(np.int64))] - pool.position[ids],
        milk=np.where(fdi == 0, np.nan, fdi > _MILK_FROM).astype(np.float32),
    )


def point_features(position: Float, normal: Float, curvature: Float) -> Float:
    """(N, 14) float32: what the default network sees of each point."""
    return np.concatenate([position / 20.0, normal, np.clip(curvature, -2, 2)], axis=1).astype(np.float32)


def top_centre(position: Float) -> Float:
    """(3,) float32: centre of what lies in the top 5 mm, which every scan of an arch has, with or without a base."""
    top = position[position[:, 2] > cusp_height(position) - 5.0]
    return (0.5 * (top.mean(axis=0) + np.median(top, axis=0))).astype(np.float32)


def _noisy(sample: PointSample, rng: np.random.Generator, augment: ScanAugment) -> PointSample:
    shape = sample.position.shape
    shift = rng.normal(0, augment.shift_mm, 3)
    noise = rng.standard_normal(shape, dtype=np.float32) * (augment.noise_mm * rng.random())
    lean = rng.standard_normal(shape, dtype=np.float32) * (augment.normal_noise * 2 * rng.random())
    position = (sample.position + shift + noise).astype(np.float32)
    normal = unit(sample.normal + lean).astype(np.float32)
    curvature = sample.features[:, 6:] * rng.uniform(0.85, 1.15)
    curvature = curvature + rng.standard_normal(curvature.shape, dtype=np.float32) * np.float32(0.03 * rng.random())
    return replace(sample, position=position, normal=normal, features=point_features(position, normal, curvature))


def _random_matrix(rng: np.random.Generator, augment: ScanAugment) -> Float:
    strong = rng.random() < augment.strong_turn
    degrees = rng.normal(0, augment.strong_turn_deg if strong else augment.turn_deg, 3)
    turn = Rotation.from_rotvec(np.radians(degrees)).as_matrix()
    stretch = 1 + rng.uniform(-augment.stretch, augment.stretch, 3)
    return (turn * stretch * (1 + rng.uniform(-augment.scale, augment.scale))).astype(np.float32)


def _moved(pool: PointPool, matrix: Float) -> PointPool:
    inverse = np.linalg.inv(matrix)
    return replace(
        pool,
        position=pool.position @ matrix.T,
        normal=unit(pool.normal @ inverse),
        tooth_centre=pool.tooth_centre @ matrix.T,
        corners=None if pool.corners is None else (pool.corners.reshape(-1, 3, 3) @ matrix.T).reshape(-1, 9),
    )


def _warped(pool: PointPool, rng: np.random.Generator, amount: float) -> PointPool:
    """Move everything along three slow waves; normals stay, for the waves are long."""
    if not amount:
        return pool
    waves = rng.normal(0, 1, (3, 3)) * (2 * np.pi / rng.uniform(30, 80, (3, 1))) / np.sqrt(3)
    phases, ways = rng.uniform(0, 2 * np.pi, 3), rng.normal(0, amount / np.sqrt(3), (3, 3))
    waves, ways = waves.astype(np.float32), ways.astype(np.float32)

    def move(points: Float) -> Float:
        return points + np.sin(points @ waves.T + phases.astype(np.float32)) @ ways

    return replace(pool, position=move(pool.position), tooth_centre=move(pool.tooth_centre))


def above_floor(position: Float, depth: float) -> Bool:
    """(N,) which points lie at most `depth` mm below the highest cusps."""
    return position[:, 2] > cusp_height(position) - depth


def _partial(pool: PointPool, rng: np.random.Generator) -> Bool:
    """Keep one side of a random upright plane: a half, a quadrant, the front, or all but a few teeth."""
    crowns = pool.position[pool.tooth != NO_TOOTH]
    crowns = crowns if len(crowns) else pool.position
    angle = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle), rng.normal(0, 0.1)], dtype=np.float32)
    along = pool.position @ way
    return along < np.quantile(crowns @ way, rng.uniform(0.3, 0.85))


def _outside_holes(position: Float, rng: np.random.Generator) -> Bool:
    keep = np.ones(len(position), dtype=bool)
    for _ in range(rng.integers(1, 5)):
        centre = position[rng.integers(len(position))]
        keep &= ((position - centre) ** 2).sum(axis=1) > rng.uniform(1.0, 5.0) ** 2
    return keep
