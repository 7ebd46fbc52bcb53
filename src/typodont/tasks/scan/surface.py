"""From points to every vertex of the scan: which tooth, or the gum, with which probability."""

from __future__ import annotations

import numpy as np

from typodont.geometry.neighbours import nearest
from typodont.tasks.scan.decode import NumberedArch
from typodont.tasks.scan.evidence import PointEvidence
from typodont.types import Float, Int

VOTE_SD_MM = 1.8
"""How far votes for a crown's centre scatter."""

CLASS_POWER = 0.5
"""The class counts less than the vote for a centre, because it is wrong for whole teeth at once."""

FOUND_MM, LOST_MM = 3.5, 6.0
"""A point whose vote falls within the first distance of a crown's centre belongs to a tooth; beyond the second it is
part of something that was rejected, a flap of cheek for example, and becomes gum."""

FAR_MM = 2.5
SPREAD_MM = 0.5
NEAREST = 8
CHUNK = 200_000


def tooth_probabilities(evidence: PointEvidence, arch: NumberedArch) -> Float:
    """(M, T + 1) float32: for each point the gum (column 0) and each tooth of the arch, rows sum to 1.

    A tooth gets its share by where the point's vote for a centre falls and by the class of the point.
    """
    votes = evidence.position + evidence.offset
    away = ((votes[:, None] - arch.instances.centre[None].astype(np.float32)) ** 2).sum(axis=2)
    share = -0.5 * away / VOTE_SD_MM**2
    share += CLASS_POWER * np.log(evidence.probability[:, arch.classes] + 1e-4)
    share -= share.max(axis=1, keepdims=True)
    share = np.exp(share)
    nearest_vote = np.sqrt(away.min(axis=1))
    tooth = evidence.tooth * np.clip((LOST_MM - nearest_vote) / (LOST_MM - FOUND_MM), 0.0, 1.0)
    share *= tooth[:, None] / share.sum(axis=1, keepdims=True)
    return np.concatenate([1 - tooth[:, None], share], axis=1).astype(np.float32)


def to_vertices(points: Float, normals: Float, values: Float, vertices: Float, vertex_normals: Float) -> Float:
    """(N, C) float32: values of the points carried to the vertices, from the nearest ones that face the same way.

    Args:
        points: (M, 3) float: mm.
        normals: (M, 3) float: unit.
        values: (M, C) float: rows sum to 1; column 0 is the gum.
        vertices: (N, 3) float: same frame.
        vertex_normals: (N, 3) float.

    Returns:
        Rows sum to 1. Far from all points (a model base that no network saw) all is gum.
    """
    result = np.zeros((len(vertices), values.shape[1]), dtype=np.float32)
    result[:, 0] = 1.0
    low, high = points.min(axis=0) - FAR_MM, points.max(axis=0) + FAR_MM
    seen = np.flatnonzero(((vertices >= low) & (vertices <= high)).all(axis=1))
    for start in range(0, len(seen), CHUNK):
        rows = seen[start : start + CHUNK]
        place = vertices[rows].astype(np.float32)
        facing = vertex_normals[rows].astype(np.float32)
        near = nearest(points, place, NEAREST, spacing=0.5)
        squared = ((points[near] - place[:, None]) ** 2).sum(axis=2)
        alike = np.clip(np.einsum("nkx,nx->nk", normals[near], facing), 0.05, 1.0)
        weight = alike * np.exp(-0.5 * (squared - squared[:, :1]) / SPREAD_MM**2)
        weight /= weight.sum(axis=1, keepdims=True)
        mixed = np.einsum("nk,nkc->nc", weight, values[near])
        close = squared[:, 0] < FAR_MM**2
        result[rows[close]] = mixed[close]
    return result


def dominant(values: Float) -> Int:
    """(N,) int: column with the largest value of each row."""
    return values.argmax(axis=1)
