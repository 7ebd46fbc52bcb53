"""Samples for the pose network, and the arch frame that follows from what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.datasets.point_pyramid import POSE_PYRAMID, PointSample
from typodont.datasets.scan_points import NO_TOOTH, PointPool, cell_subset, curvatures, cusp_height, sample_even, unit
from typodont.geometry.mesh import Mesh
from typodont.geometry.neighbours import nearest
from typodont.types import Bool, Float

N_WHOLE = 4096
_RADII_MM = (3.2, 6.4, 12.8)
_CELL_MM = POSE_PYRAMID.cells_mm[0]


@dataclass(frozen=True)
class PoseAugment:
    """How much whole scans are varied for the pose network; orientation needs no variation, it cannot see it."""

    partial: float = 0.35
    trim: float = 0.5
    bare: float = 0.4
    clutter: float = 0.4
    holes: float = 0.3
    scale: float = 0.08
    stretch: float = 0.04
    noise_mm: float = 0.15
    normal_noise: float = 0.1


@dataclass(frozen=True)
class ArchPose:
    """The arch frame of a scan as the pose network sees it.

    Args:
        matrix: (4, 4) float64: scan coordinates -> arch frame, rigid.
        misfit_mm: Median disagreement between the points' own ideas of where they lie and this pose, mm; over about
            6 mm the scan is hardly an arch.
    """

    matrix: Float
    misfit_mm: float


def whole_sample(mesh: Mesh, rng: np.random.Generator) -> PointSample:
    """What the pose network sees of a scan in any orientation."""
    position, normal, _ = sample_even(mesh, N_WHOLE, rng)
    return _sample(position.astype(np.float32), normal.astype(np.float32), jaw=-1)


def plain_whole(pool: PointPool) -> PointSample:
    """The validation sample of a cached scan, with its truth."""
    position, normal = pool.whole[:, :3], pool.whole[:, 3:]
    return _sample(position, normal, jaw=pool.jaw, truth=(position, normal))


def augmented_whole(pool: PointPool, rng: np.random.Generator, augment: PoseAugment) -> PointSample:
    """A varied training sample of a cached scan, with its truth."""
    position, normal = pool.whole[:, :3], pool.whole[:, 3:]
    keep = np.ones(len(position), dtype=bool)
    top = cusp_height(position)
    if rng.random() < augment.trim:
        keep &= position[:, 2] > top - rng.uniform(9.0, 25.0)
    if rng.random() < augment.partial:
        keep &= _partial(position, top, rng)
    if rng.random() < augment.holes:
        for centre in position[rng.integers(len(position), size=rng.integers(1, 5))]:
            keep &= ((position - centre) ** 2).sum(axis=1) > rng.uniform(2.0, 9.0) ** 2
    if rng.random() < augment.bare:
        keep &= _near_crowns(pool, rng.uniform(2.0, 14.0))
    if keep.sum() < 300:
        keep[:] = True
    if rng.random() < augment.clutter:
        position, normal, keep = _with_flaps(position, normal, keep, rng)
    scale = (1 + rng.uniform(-augment.stretch, augment.stretch, 3)) * (1 + rng.uniform(-augment.scale, augment.scale))
    position = (position[keep] * scale).astype(np.float32)
    normal = unit(normal[keep] / scale).astype(np.float32)
    noise = rng.standard_normal((2, *position.shape), dtype=np.float32) * rng.random(2, dtype=np.float32)[:, None, None]
    seen = position + noise[0] * augment.noise_mm
    leaning = unit(normal + noise[1] * augment.normal_noise).astype(np.float32)
    return _sample(seen, leaning, jaw=pool.jaw, truth=(position, normal))


def solve_pose(position: Float, normal: Float, place: Float, *, rounds: int = 6) -> ArchPose:
    """The arch frame in which the points lie as the pose network says.

    The occlusal and the anterior direction come from two linear least-squares fits with down-weighted outliers; x is
    their cross product. The origin's x, which the network gives only as |x|, is the one that fits best.

    Args:
        position, normal: (N, 3): points in scan coordinates, mm, and unit normals.
        place: (N, 5): see `PoseOutput`.
        rounds: Of re-weighting.
    """
    weight = np.ones(len(position))
    centre = position.mean(axis=0)
    centred = (position - centre).astype(np.float64)
    matrix, misfit = np.eye(4), weight
    for _ in range(rounds):
        z = _direction(centred, normal, place[:, 2], place[:, 4], weight)
        y = _direction(centred, normal, place[:, 1], place[:, 3], weight)
        turn = _nearest_frame(y, z)
        turned = centred @ turn.T
        low, high = np.average(place[:, 1:3] - turned[:, 1:], axis=0, weights=weight)
        shift = np.array([_best_middle(turned[:, 0], place[:, 0], weight), low, high])
        placed = turned + shift
        placed[:, 0] = np.abs(placed[:, 0])
        misfit = np.linalg.norm(placed - place[:, :3], axis=1)
        weight = 1 / (1 + (misfit / (2 * np.median(misfit) + 1e-6)) ** 2)
        matrix[:3, :3], matrix[:3, 3] = turn, shift - turn @ centre
    return ArchPose(matrix, float(np.median(misfit)))


def parts(sample: PointSample, rng: np.random.Generator, *, n: int = 8) -> list[PointSample]:
    """Parts of a scan, about half of its points each, cut by random planes.

    Where the pose of the whole has a large misfit because some region looks like nothing the network knows, that of
    a part without the region often has a small one.
    """
    halves = []
    for way in rng.normal(size=(n, 3)):
        along = sample.position @ way
        keep = along < np.quantile(along, rng.uniform(0.45, 0.6))
        halves.append(PointSample(sample.features[keep], sample.position[keep], sample.normal[keep], jaw=sample.jaw))
    return halves


def _sample(position: Float, normal: Float, *, jaw: int, truth: tuple[Float, Float] | None = None) -> PointSample:
    curvature = curvatures(position, normal, _RADII_MM)
    ids = cell_subset(position, _CELL_MM)
    place = None
    if truth is not None:
        there, way = truth[0][ids], truth[1][ids]
        place = np.concatenate([np.abs(there[:, :1]), there[:, 1:], way[:, 1:]], axis=1).astype(np.float32)
    return PointSample(
        features=np.clip(curvature[ids], -3, 3), position=position[ids], normal=normal[ids], jaw=jaw, place=place
    )


def _partial(position: Float, top: float, rng: np.random.Generator) -> Bool:
    angle = rng.uniform(0, 2 * np.pi)
    way = np.array([np.cos(angle), np.sin(angle), 0], dtype=np.float32)
    crowns = position[position[:, 2] > top - 8.0]
    return position @ way < np.quantile(crowns @ way, rng.uniform(0.3, 0.85))


def _near_crowns(pool: PointPool, distance: float) -> Bool:
    """Which points of the whole scan lie near a tooth, as where only the teeth were scanned."""
    position, crown = pool.whole[:, :3], pool.position[pool.tooth != NO_TOOTH]
    if not len(crown):
        return np.ones(len(position), dtype=bool)
    crown = crown[:: max(len(crown) // 1500, 1)]
    found = nearest(crown, position, 1, spacing=1.5)[:, 0]
    return np.linalg.norm(crown[found] - position, axis=1) < distance


def _with_flaps(position: Float, normal: Float, keep: Bool, rng: np.random.Generator) -> tuple[Float, Float, Bool]:
    """Add scraps of lip, cheek and tongue: small leaves at random angles that hang on the rim of raw scans."""
    low = np.flatnonzero(keep & (position[:, 2] < np.median(position[keep, 2])))
    places, ways = [position], [normal]
    for _ in range(rng.integers(1, 7)):
        axes = np.linalg.qr(rng.normal(size=(3, 3)))[0].astype(np.float32)
        size = rng.uniform(1.5, 6.0, 2)
        leaf = rng.uniform(-1, 1, (int(2.2 * size.prod()) + 4, 2)) * size
        root = position[low[rng.integers(len(low))]] if len(low) else position[0]
        places.append((root + leaf @ axes[:2] + axes[0] * size[0]).astype(np.float32))
        ways.append(np.broadcast_to(axes[2], places[-1].shape))
    added = sum(map(len, places)) - len(position)
    return np.concatenate(places), np.concatenate(ways), np.concatenate([keep, np.ones(added, dtype=bool)])


def _direction(centred: Float, normal: Float, height: Float, lean: Float, weight: Float) -> Float:
    """(3,) vector v with v · point = height (up to a constant) and v · normal = lean, least squares."""
    height = height - np.average(height, weights=weight)
    points = centred - np.average(centred, axis=0, weights=weight)
    # one degree of normal error weighs like 0.2 mm of position error
    rows = np.concatenate([points, normal * 10.0]) * np.sqrt(np.tile(weight, 2))[:, None]
    values = np.concatenate([height, lean * 10.0]) * np.sqrt(np.tile(weight, 2))
    return np.linalg.solve(rows.T @ rows + 1e-6 * np.eye(3), rows.T @ values)


def _nearest_frame(y: Float, z: Float) -> Float:
    """(3, 3) rotation whose rows are x, y, z of the frame nearest to two directions that are not quite orthogonal."""
    y, z = y / (np.linalg.norm(y) + 1e-9), z / (np.linalg.norm(z) + 1e-9)
    middle, across = y + z, z - y
    middle = middle / (np.linalg.norm(middle) + 1e-9)
    across = across - (across @ middle) * middle
    across = across / (np.linalg.norm(across) + 1e-9)
    y, z = (middle - across) / np.sqrt(2), (middle + across) / np.sqrt(2)
    return np.stack([np.cross(y, z), y, z])


def _best_middle(x: Float, distance: Float, weight: Float) -> float:
    """The shift after which |x| agrees best with the distances from the middle plane."""
    shifts = np.arange(-80.0, 80.5, 0.5)
    errors = np.abs(np.abs(x[::6, None] + shifts) - distance[::6, None])
    return float(shifts[(np.minimum(errors, 8.0) * weight[::6, None]).sum(axis=0).argmin()])
