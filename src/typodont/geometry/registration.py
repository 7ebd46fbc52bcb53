"""Rigid and similarity motions that lay one set of points on another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from typodont.types import Float


def fit_rigid(
    source: Float, target: Float, *, weights: Float | None = None, scale: bool = False, reflection: bool = False
) -> Float:
    """The motion that carries `source` onto `target` point by point with the least squared error.

    Args:
        source: (n, 3) float.
        target: (n, 3) float, row i belongs to row i of `source`.
        weights: (n,) float >= 0, importance of each pair.
        scale: also fit one scale factor (a similarity).
        reflection: allow a mirror image where that fits better; otherwise the result is always a rotation.

    Returns:
        (4, 4) float: `target ≈ source @ m[:3, :3].T + m[:3, 3]`.

    Source: Kabsch 1976; scale after Umeyama 1991.
    """
    source, target = np.asarray(source, dtype=float), np.asarray(target, dtype=float)
    if source.shape != target.shape or source.ndim != 2 or source.shape[1] != 3:
        raise ValueError(f"expected two (n, 3) arrays of the same length, got {source.shape} and {target.shape}")
    share = np.ones(len(source)) if weights is None else np.asarray(weights, dtype=float)
    share = share / share.sum()
    source_centre, target_centre = share @ source, share @ target
    local_source, local_target = source - source_centre, target - target_centre
    u, singular, vt = np.linalg.svd((local_target * share[:, None]).T @ local_source)
    signs = np.ones(3)
    if not reflection and np.linalg.det(u) * np.linalg.det(vt) < 0:
        signs[2] = -1
    rotation = (u * signs) @ vt
    factor = 1.0
    if scale:
        spread = float(share @ (local_source**2).sum(axis=1))
        factor = float(singular @ signs) / spread if spread > 0 else 1.0
    matrix = np.eye(4)
    matrix[:3, :3] = factor * rotation
    matrix[:3, 3] = target_centre - factor * rotation @ source_centre
    return matrix


def apply(matrix: Float, points: Float) -> Float:
    """(n, 3) points moved by a (4, 4) matrix."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def rotation_angle(matrix: Float) -> float:
    """Degrees by which a (3, 3) or (4, 4) rigid motion turns."""
    cosine = (np.trace(matrix[:3, :3]) - 1) / 2
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def rotation_about(axis: Float, degrees: float) -> Float:
    """(4, 4) rotation about a line through the origin, counter-clockwise seen against the axis (Rodrigues)."""
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:3, :3] += np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return matrix


def random_rotation(rng: np.random.Generator) -> Float:
    """(4, 4) rotation, uniform over all orientations."""
    w, x, y, z = (q := rng.normal(size=4)) / np.linalg.norm(q)
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return matrix


@dataclass(frozen=True)
class Alignment:
    """What `icp` found.

    Args:
        matrix: (4, 4) source to target.
        rms: root mean square distance to the target's tangent planes over the pairs kept, mm.
        kept: share of source points that took part.
        converged: the last step moved less than the tolerance.
        iterations: steps made.
    """

    matrix: Float
    rms: float
    kept: float
    converged: bool
    iterations: int


def icp(
    source: Float,
    target: Float,
    target_normals: Float,
    *,
    initial: Float | None = None,
    keep: float = 0.9,
    max_distance: float | None = None,
    iterations: int = 50,
    tolerance: float = 1e-6,
) -> Alignment:
    """Lay a point cloud on a surface that it nearly fits already (point-to-plane, trimmed).

    Finds the nearest fit only: start within some 20 degrees and a tooth's width, or give `initial`.

    Args:
        source: (n, 3) float: points to move, mm.
        target: (m, 3) float: points of the other surface, dense enough that planes at them describe it.
        target_normals: (m, 3) float: unit normals there.
        initial: (4, 4) first guess.
        keep: share of the pairs with the smallest distance that counts; the rest are taken for non-overlap.
        max_distance: pairs farther apart never count, mm.
        iterations: at most so many steps.
        tolerance: stop when a step moves the points by less than this, mm.

    Source: Chen and Medioni 1992; trimming after Chetverikov 2002.
    """
    matrix = np.eye(4) if initial is None else np.asarray(initial, dtype=float).copy()
    tree = KDTree(target)
    moved = apply(matrix, np.asarray(source, dtype=float))
    radius = max(float(np.linalg.norm(np.ptp(moved, axis=0))) / 2, 1e-9)
    converged, steps = False, 0
    pairs, rms = _nearest_pairs(moved, tree, target, target_normals, keep, max_distance)
    while steps < iterations and not converged:
        steps += 1
        motion = _plane_step(moved[pairs[0]], target[pairs[1]], target_normals[pairs[1]])
        matrix = motion @ matrix
        moved = apply(motion, moved)
        pairs, rms = _nearest_pairs(moved, tree, target, target_normals, keep, max_distance)
        shift = np.linalg.norm(motion[:3, 3]) + radius * np.radians(rotation_angle(motion))
        converged = bool(shift < tolerance)
    return Alignment(matrix, rms, len(pairs[0]) / max(len(moved), 1), converged, steps)


def _nearest_pairs(
    moved: Float, tree: KDTree, target: Float, normals: Float, keep: float, max_distance: float | None
) -> tuple[tuple[np.ndarray, np.ndarray], float]:
    distance, nearest = (np.asarray(found) for found in tree.query(moved))
    limit = np.quantile(distance, keep)
    if max_distance is not None:
        limit = min(limit, max_distance)
    rows = np.flatnonzero(distance <= limit)
    if len(rows) < 6:
        raise ValueError(f"only {len(rows)} of {len(moved)} points lie near the target: no overlap to align")
    offset = np.einsum("ij,ij->i", moved[rows] - target[nearest[rows]], normals[nearest[rows]])
    return (rows, nearest[rows]), float(np.sqrt(np.mean(offset**2)))


def _plane_step(points: Float, on_plane: Float, normals: Float) -> Float:
    """(4, 4) small motion that brings points onto their planes: linear least squares in rotation and shift."""
    centre = points.mean(axis=0)
    system = np.hstack([np.cross(points - centre, normals), normals])
    offset = np.einsum("ij,ij->i", on_plane - points, normals)
    # a little damping keeps directions in which planes give no hold (a sphere, a flat plate) from running away
    normal_matrix = system.T @ system
    damping = 1e-9 * np.trace(normal_matrix) * np.eye(6)
    turn_shift = np.linalg.solve(normal_matrix + damping, system.T @ offset)
    angle = float(np.linalg.norm(turn_shift[:3]))
    turn = rotation_about(turn_shift[:3], np.degrees(angle)) if angle > 0 else np.eye(4)
    turn[:3, 3] = centre + turn_shift[3:] - turn[:3, :3] @ centre
    return turn
