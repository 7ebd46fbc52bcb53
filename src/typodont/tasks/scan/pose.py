"""Where the dental arch lies: its frame from teeth that are known, and from guesses that differ a little."""

from __future__ import annotations

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, fit_rigid
from typodont.tasks.scan.template import arch_template
from typodont.types import Float, Int

ARROW_MM = 8.0
"""Length of the arrow along each crown's mean normal that takes part in the fit: it settles the roll of a short row."""


def fit_arch_frame(
    centres: Float, classes: Int, normals: Float, *, jaw: str, weights: Float | None = None
) -> tuple[Float, Float]:
    """The rigid motion that carries teeth with known classes onto the mean arch of their jaw.

    Size is fitted, too, and then left out: a small arch is not moved closer to the front teeth of a large one.

    Args:
        centres: (T, 3) float: crown centres in the scan's frame, mm.
        classes: (T,) int: scan classes 1..16.
        normals: (T, 3) float: mean outward normal of each crown's surface; it points occlusal on the whole, because
            labial and lingual sides cancel.
        jaw: "upper" or "lower".
        weights: (T,) float: trust in each tooth.

    Returns:
        (4, 4) rigid pose, scan frame -> arch frame; (T,) distance of each tooth from its place, mm, after scaling.
    """
    place = arch_template(jaw)[classes]
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    source = np.concatenate([centres, centres + ARROW_MM * normals / length])
    target = np.concatenate([place, place + [0, 0, ARROW_MM]])
    weights = np.ones(len(centres)) if weights is None else np.asarray(weights, dtype=float)
    both = np.concatenate([weights, weights])
    pose = fit_rigid(source, target, weights=both)
    for _ in range(3):  # a tooth far off its place (or under a wrong number) loses its pull
        distance = np.linalg.norm(apply(pose, centres) - place, axis=1)
        both = np.tile(weights / (1 + (distance / 4.0) ** 2), 2)
        pose = fit_rigid(source, target, weights=both)
    moved = apply(pose, centres)
    scale = _scale_about_mean(moved, place, both[: len(centres)])
    pull = both[: len(centres), None] / both[: len(centres)].sum()
    middle, goal = (moved * pull).sum(axis=0), (place * pull).sum(axis=0)
    residual = np.linalg.norm(goal + scale * (moved - middle) - place, axis=1)
    return pose, residual


def mean_pose(poses: Float, centre: Float) -> tuple[Float, float]:
    """The middle of several guesses at one pose, and how far they spread.

    The guess nearest to all others leads; those within 45 degrees of it are averaged, the rest is ignored.

    Args:
        poses: (m, 4, 4) float.
        centre: (3,) float: point of the scan at which shifts are compared.

    Returns:
        (4, 4) rigid pose; median angle of the guesses to it, degrees.
    """
    turns = poses[:, :3, :3]
    cosine = (np.einsum("aij,bij->ab", turns, turns) - 1) / 2
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    leader = int(np.argmin(np.median(angle, axis=1)))
    near = angle[leader] <= 45
    u, _, vt = np.linalg.svd(turns[near].mean(axis=0))
    pose = np.eye(4)
    pose[:3, :3] = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt
    goal = np.median([apply(p, centre[None])[0] for p in poses[near]], axis=0)
    pose[:3, 3] = goal - pose[:3, :3] @ centre
    spread = np.arccos(np.clip((np.einsum("aij,ij->a", turns, pose[:3, :3]) - 1) / 2, -1, 1))
    return pose, float(np.degrees(np.median(spread)))


def flipped_candidates(pose: Float) -> list[tuple[str, Float]]:
    """The pose itself and the three half turns that a scan of a U-shaped row invites."""
    names = {"as found": (1, 1, 1), "back to front": (-1, -1, 1), "upside down": (-1, 1, -1), "both": (1, -1, -1)}
    return [(name, np.diag([*signs, 1.0]) @ pose) for name, signs in names.items()]


def _scale_about_mean(moved: Float, place: Float, weights: Float) -> float:
    pull = weights[:, None] / weights.sum()
    a, b = moved - (moved * pull).sum(axis=0), place - (place * pull).sum(axis=0)
    spread = float((pull * a * a).sum())
    return float(np.clip((pull * a * b).sum() / spread, 0.7, 1.4)) if spread > 1e-9 else 1.0


def poses_of_axes(mesh: Mesh) -> list[Float]:
    """(4, 4) poses along the principal axes of a surface: 24 turns, of which one stands nearly upright.

    For weights without a pose network; looking at all of them takes some seconds.
    """
    centre = mesh.vertices.mean(axis=0)
    axes = np.linalg.svd(np.cov((mesh.vertices - centre).T))[0].T
    poses = []
    for first in range(3):
        for second in (k for k in range(3) if k != first):
            for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                y, z = signs[0] * axes[first], signs[1] * axes[second]
                pose = np.eye(4)
                pose[:3, :3] = np.stack([np.cross(y, z), y, z])
                pose[:3, 3] = -pose[:3, :3] @ centre
                poses.append(pose)
    # an arch is thinnest upright: start with the thinnest axis as z
    return sorted(poses, key=lambda pose: float(np.ptp((mesh.vertices @ pose[:3, :3].T)[:, 2])))
