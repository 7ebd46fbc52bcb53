"""Agreement at the borders between teeth and between teeth and gum, where the other measures hardly look."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.metrics.overlap import macro_iou, paired_labels
from typodont.types import Bool, Float, Int

BOUNDARY_RADIUS_MM = 2.0


def boundary_vertices(vertices: Float, labels: Int, *, radius_mm: float = BOUNDARY_RADIUS_MM) -> Bool:
    """(N,) bool: whether another class lies within `radius_mm` of the vertex, through space.

    Args:
        vertices: (N, 3) float: positions, mm, any frame.
        labels: (N,) int: class per vertex.

    Source: the boundary points of PMTSeg (CVPR 2026), more than one class within 2 mm.
    """
    vertices, labels = np.asarray(vertices, dtype=float), np.asarray(labels)
    boundary = np.zeros(len(labels), dtype=bool)
    for value in np.unique(labels):
        mine = np.flatnonzero(labels == value)
        low, high = vertices[mine].min(axis=0) - radius_mm, vertices[mine].max(axis=0) + radius_mm
        near = (labels != value) & ((vertices >= low) & (vertices <= high)).all(axis=1)
        if near.any():
            distance, _ = KDTree(vertices[near]).query(vertices[mine], distance_upper_bound=radius_mm * (1 + 1e-12))
            boundary[mine] = np.isfinite(distance)
    return boundary


def neighbour_boundary_vertices(vertices: Float, labels: Int, *, n_neighbours: int = 8) -> Bool:
    """(N,) bool: whether at least half of the nearest `n_neighbours` vertices have another class.

    The band follows the resolution of the mesh, so figures from different resolutions do not compare.

    Source: the boundary points of CrossTooth (CVPR 2025).
    """
    labels = np.asarray(labels)
    n_neighbours = min(n_neighbours, len(labels) - 1)
    if n_neighbours < 1:
        return np.zeros(len(labels), dtype=bool)
    _, near = KDTree(vertices).query(vertices, k=n_neighbours + 1)
    # A vertex that shares its place with others need not come first in its own list: drop it by index.
    differs = (labels[near] != labels[:, None]) & (near != np.arange(len(labels))[:, None])
    return 2 * differs.sum(axis=1) >= n_neighbours


def boundary_iou(
    vertices: Float, truth: Int, predicted: Int, *, kind: str = "radius", radius_mm: float = BOUNDARY_RADIUS_MM
) -> float:
    """Intersection over union of the boundary vertices of the truth and of the prediction.

    It asks where borders run, not which number stands on either side: swapping two numbers everywhere costs
    nothing. On meshes coarser than half the radius it says little.

    Args:
        vertices: (N, 3) float: positions, mm, any frame.
        truth: (N,) int: FDI number per vertex.
        predicted: (N,) int: the same for the prediction.
        kind: ``"radius"`` (PMTSeg, 2 mm) or ``"neighbours"`` (CrossTooth, half of the 8 nearest).

    Returns:
        0..1; 1 where neither side has a border.
    """
    truth, predicted = paired_labels(truth, predicted)
    if kind == "radius":
        true_band = boundary_vertices(vertices, truth, radius_mm=radius_mm)
        predicted_band = boundary_vertices(vertices, predicted, radius_mm=radius_mm)
    elif kind == "neighbours":
        true_band = neighbour_boundary_vertices(vertices, truth)
        predicted_band = neighbour_boundary_vertices(vertices, predicted)
    else:
        raise ValueError(f"kind is {kind!r}, expected 'radius' or 'neighbours'")
    union = np.count_nonzero(true_band | predicted_band)
    return float(np.count_nonzero(true_band & predicted_band) / union) if union else 1.0


def boundary_macro_iou(vertices: Float, truth: Int, predicted: Int, *, radius_mm: float = BOUNDARY_RADIUS_MM) -> float:
    """Strict mean IoU over the true boundary vertices only, gingiva included: wrong numbers and wrong borders cost.

    Returns:
        0..1; NaN where the truth has no border.
    """
    truth, predicted = paired_labels(truth, predicted)
    band = boundary_vertices(vertices, truth, radius_mm=radius_mm)
    return macro_iou(truth[band], predicted[band], gingiva=True) if band.any() else float("nan")
