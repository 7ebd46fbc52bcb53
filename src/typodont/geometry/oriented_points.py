"""A closed cloud of points with outward normals as a surface: signed distance without any faces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree

from typodont.types import Float

_CHUNK = 200_000


@dataclass(frozen=True)
class OrientedPoints:
    """Points on a surface with the direction that points out of it.

    Args:
        points: (P, 3) float, mm.
        normals: (P, 3) float, unit, outward.
    """

    points: Float
    normals: Float

    @cached_property
    def tree(self) -> KDTree:
        """Search tree of the points."""
        return KDTree(self.points)

    def signed_distance(self, queries: Float, *, k: int = 6, width: float = 0.3) -> Float:
        """Distance of each query from the surface near it, negative inside, in mm; meant for queries near the points.

        The planes of the `k` nearest points are blended with Gaussian weights, so that the zero level is smooth.

        Args:
            queries: (Q, 3) float, mm. Worked through in pieces, so that any number fits into memory.
            k: points that take part.
            width: standard deviation of the weights, mm; about the distance between points.
        """
        out = np.empty(len(queries))
        for start in range(0, len(queries), _CHUNK):
            part = queries[start : start + _CHUNK]
            distance, nearest = self.tree.query(part, k)
            weight = np.exp((distance[:, :1] ** 2 - distance**2) / (2 * width**2))
            along = np.einsum("qki,qki->qk", part[:, None] - self.points[nearest], self.normals[nearest])
            out[start : start + _CHUNK] = (weight * along).sum(axis=1) / weight.sum(axis=1)
        return out


def outward_normals(points: Float, *, k: int = 12, rounds: int = 5) -> Float:
    """(N, 3) unit normals of a closed, roughly star-shaped cloud (N, 3): away from its centre, then made to agree by
    voting among the `k` nearest neighbours.
    """
    _, neighbours = KDTree(points).query(points, k)
    spread = points[neighbours] - points[neighbours].mean(axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", spread, spread))
    normals = vectors[:, :, 0]
    normals *= np.sign(np.einsum("ij,ij->i", normals, points - points.mean(axis=0)))[:, None]
    for _ in range(rounds):
        agreement = np.einsum("ni,nki->n", normals, normals[neighbours])
        normals[agreement < 0] *= -1
    return normals
