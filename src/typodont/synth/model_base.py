"""A trimmed orthodontic model: the scanned band falls away to a base with an outline, with walls below it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.mesh import Mesh
from typodont.synth.height_map import HeightMap
from typodont.types import Bool, Float


def add_base(rng: np.random.Generator, gum: HeightMap, jaw: str) -> tuple[HeightMap, Bool]:
    """The gum as a trimmed model: outside the scanned band a fan falls to the base's outline.

    Returns the new map and (nx, ny) true inside the outline.
    """
    scanned = _scanned_band(rng, gum, jaw)
    outline = _outline(rng, jaw, gum)
    outline -= max(outline[gum.reached < 1.5].max() + 1.5, 0)
    fan = _fan(rng, gum, jaw, scanned, outline)
    mixed = gaussian_filter(np.where(scanned, gum.values, fan), 0.5)
    return replace(gum, values=np.where(scanned, gum.values, mixed)), outline < 0


def _scanned_band(rng: np.random.Generator, gum: HeightMap, jaw: str) -> Bool:
    """What was really scanned: a ragged band along the teeth, on the upper jaw often with the palate."""
    ragged = gum.noise(rng, 2.0) + 0.5 * gum.noise(rng, 0.7)
    cheek, tongue = rng.uniform(1.2, 5.0), rng.uniform(2.0, 9.0)
    if jaw == "upper" and rng.random() < 0.6:
        tongue = rng.uniform(10, 30)
    return gum.reached < np.where(gum.outside > 0, cheek, tongue) + ragged


def _fan(rng: np.random.Generator, gum: HeightMap, jaw: str, scanned: Bool, outline: Float) -> Float:
    """What the technician's program puts around the band: straight lines down to the outline, a flat tongue space."""
    distance, (ix, iy) = distance_transform_edt(~scanned, return_indices=True)  # type: ignore[misc]
    distance = distance * gum.step
    border = gum.values[ix, iy]
    level = np.quantile(gum.values[scanned], 0.3) - rng.uniform(3, 12)
    share = distance / (distance + np.maximum(-outline, 0) + 1e-6)
    fan = border + (level - border) * share ** rng.uniform(0.7, 1.3)
    if jaw == "lower" or rng.random() < 0.3:
        flat = level - rng.uniform(-1, 5)
        floor = border + (flat - border) * (1 - np.exp(-distance / rng.uniform(3, 9)))
        fan = np.where((gum.outside < 0) & ~scanned, floor, fan)
    return fan


def _outline(rng: np.random.Generator, jaw: str, gum: HeightMap) -> Float:
    """Like a signed distance (negative inside) of the base seen from above: pentagon or round front, flat back."""
    near = np.argwhere(gum.reached < 0) * gum.step + gum.origin
    low, high = near.min(axis=0), near.max(axis=0)
    half = 0.5 * (high[0] - low[0]) + rng.uniform(5, 12)
    x, y = np.abs(gum.x - 0.5 * (low[0] + high[0])), gum.y
    front, back = high[1] + rng.uniform(5, 11), low[1] - rng.uniform(4, 10)
    sides = x - half + rng.uniform(0.1, 0.35) * np.maximum(y - 0.5 * (front + back), 0)
    corner = np.maximum(x * 0.7 + (back - y) * 0.7 - rng.uniform(0.55, 0.7) * half, back - y)
    if jaw == "upper" or rng.random() < 0.3:
        angle = rng.uniform(0.45, 0.75)
        tip = (y - front) * np.cos(angle) + x * np.sin(angle)
    else:
        radius = half * rng.uniform(0.8, 1.1)
        tip = np.hypot(x, np.maximum(y - (front - radius), 0)) - radius
    return np.maximum.reduce([sides, tip, corner])


def wall_down(mesh: Mesh, *, near_outline: Bool, depth: float) -> Mesh:
    """The mesh with vertical walls below its open edges down to `depth` (z, mm).

    Args:
        mesh: Without attributes.
        near_outline: (N,) which vertices lie near the base's outline; other borders (holes) stay open.
        depth: z of the walls' lower edge, mm.
    """
    border = boundary_edges(mesh)
    border = border[near_outline[border].all(axis=1)]
    rim, position = np.unique(border, return_inverse=True)
    down = mesh.vertices[rim].copy()
    down[:, 2] = depth
    a, b = border.T
    c, d = len(mesh.vertices) + position.reshape(border.shape).T
    walls = np.concatenate([np.stack([b, a, c], axis=1), np.stack([b, c, d], axis=1)])
    return Mesh(np.vstack([mesh.vertices, down]), np.vstack([mesh.faces, walls]))
