"""How far two surfaces lie apart where they stand, without moving one onto the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.sampling import sample_surface
from typodont.geometry.surface_places import Surface
from typodont.types import Float

SAMPLES = 20_000


@dataclass(frozen=True)
class SurfaceDistance:
    """Distances between a made surface and the true one, mm; nothing is registered.

    Args:
        rms: Root of the mean squared distance, both directions pooled (RMSD).
        mean: Mean distance, both directions pooled (ASSD).
        cd_l2: Sum of the mean squared distances of both directions, mm² (Chamfer distance).
        p95: 95th percentile of all distances.
        maximum: Largest distance in either direction (Hausdorff, as far as the samples see it).
        samples: Points on each surface.
    """

    rms: float
    mean: float
    cd_l2: float
    p95: float
    maximum: float
    samples: int


def surface_distance(found: Mesh, truth: Mesh, *, samples: int = SAMPLES, seed: int = 0) -> SurfaceDistance:
    """Distances between two surfaces, from points spread by area on each to the nearest place of the other.

    Published Chamfer distances are mostly taken between two clouds of points; those are larger by about the squared
    spacing of the points.

    Args:
        found, truth: mm, same frame; open surfaces are compared as far as they go.
        samples: Points on each surface.
        seed: Of the sampling.

    Raises:
        MeshError: one of them has no area.
    """
    rng = np.random.default_rng(seed)
    points = [sample_surface(mesh, samples, rng, smooth_normals=False)[0] for mesh in (found, truth)]
    ways = _distance(points[0], truth), _distance(points[1], found)
    pooled = np.concatenate(ways)
    return SurfaceDistance(
        rms=float(np.sqrt(np.mean(pooled**2))),
        mean=float(pooled.mean()),
        cd_l2=float(sum(np.mean(way**2) for way in ways)),
        p95=float(np.quantile(pooled, 0.95)),
        maximum=float(pooled.max()),
        samples=samples,
    )


def _distance(points: Float, mesh: Mesh) -> Float:
    return np.linalg.norm(points - Surface(mesh).nearest(points).points, axis=1)
