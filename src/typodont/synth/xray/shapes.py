"""Small closed surfaces of dental work and decay, in a tooth's own frame."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.geometry.mesh import Mesh
from typodont.types import Float

_RINGS, _CORNERS = 10, 18


def blob(rng: np.random.Generator, centre: Float, radii: Float, *, rough: float = 0.15) -> Mesh:
    """An ellipsoid with a wavy surface: a filling, a cavity, a cyst."""
    polar = np.linspace(0.15, np.pi - 0.15, _RINGS)[:, None]
    around = 2 * np.pi * np.arange(_CORNERS) / _CORNERS
    waves = np.zeros((_RINGS, _CORNERS))
    for k in (2, 3, 4):
        waves += rng.normal(0, rough / k) * np.cos(k * around + rng.uniform(0, 2 * np.pi)) * np.sin(polar)
    directions = np.stack(
        np.broadcast_arrays(np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)), -1
    )
    return sleeve(centre + (1 + waves)[..., None] * directions * radii)


def tube(heights: Float, radii: Float, centre: Float) -> Mesh:
    """A round body along the tooth's axis: radius (n,) at heights (n,), around a point (mesial, buccal)."""
    around = 2 * np.pi * np.arange(_CORNERS) / _CORNERS
    rings = np.empty((len(heights), _CORNERS, 3))
    rings[..., 0] = centre[0] + radii[:, None] * np.cos(around)
    rings[..., 1] = centre[1] + radii[:, None] * np.sin(around)
    rings[..., 2] = heights[:, None]
    return sleeve(rings)


def box(centre: Float, half: Float) -> Mesh:
    """A block with edges along the tooth's axes."""
    corner = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    rings = np.array([np.column_stack([corner, np.full(4, side)]) for side in (-1, 1)]) * half + centre
    return sleeve(rings)


def sleeve(rings: Float) -> Mesh:
    """The closed surface through rings (k, c, 3) of as many corners each, with a lid on both ends."""
    count, corners = rings.shape[:2]
    here, after = np.arange(corners), (np.arange(corners) + 1) % corners
    start = corners * np.arange(count - 1)[:, None]
    a, b = (start + here).ravel(), (start + after).ravel()
    first, last, end = count * corners, count * corners + 1, corners * (count - 1)
    faces = [
        np.stack([a, b, a + corners], 1),
        np.stack([b, b + corners, a + corners], 1),
        np.stack([after, here, np.full(corners, first)], 1),
        np.stack([end + here, end + after, np.full(corners, last)], 1),
    ]
    return Mesh(np.vstack([rings.reshape(-1, 3), rings[0].mean(0), rings[-1].mean(0)]), np.concatenate(faces))


def block(rng: np.random.Generator, centre: Float, half: Float, *, rough: float = 0.08) -> Mesh:
    """A body with rounded corners, flat top and floor and slightly tapered, uneven walls: what a drill leaves."""
    around = 2 * np.pi * (np.arange(_CORNERS) + 0.5) / _CORNERS
    circle = np.column_stack([np.cos(around), np.sin(around)])
    corners = np.sign(circle) * np.abs(circle) ** 0.5
    heights = np.linspace(-1, 1, _RINGS)
    taper = 1 + 0.1 * heights[:, None] + rough * gaussian_filter(rng.standard_normal((_RINGS, _CORNERS)), 1.5) * 3
    rings = np.empty((_RINGS, _CORNERS, 3))
    rings[..., :2] = taper[..., None] * corners
    rings[..., 2] = heights[:, None]
    rings[0, :, 2] += rough * rng.standard_normal(_CORNERS)
    return sleeve(centre + rings * half)
