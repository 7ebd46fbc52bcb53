"""Shapes whose sizes, curvatures and neighbours are known exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import trimesh

from typodont.geometry.mesh import Mesh


def _mesh(shape: trimesh.Trimesh) -> Mesh:
    return Mesh(np.array(shape.vertices), np.array(shape.faces))


@pytest.fixture(scope="session")
def sphere() -> Callable[..., Mesh]:
    """sphere(radius, detail): outward icosphere."""
    return lambda radius=1.0, detail=3: _mesh(trimesh.creation.icosphere(subdivisions=detail, radius=radius))


@pytest.fixture(scope="session")
def box() -> Callable[..., Mesh]:
    """box(x, y, z): 12 faces around the origin."""
    return lambda x=1.0, y=1.0, z=1.0: _mesh(trimesh.creation.box(extents=(x, y, z)))


@pytest.fixture(scope="session")
def cylinder() -> Callable[..., Mesh]:
    """cylinder(radius, height): open tube along z with short, even edges."""

    def make(radius: float = 1.0, height: float = 4.0, around: int = 64, along: int = 40) -> Mesh:
        return _tube(
            around,
            along,
            lambda u, v: np.stack([radius * np.cos(u), radius * np.sin(u), height * (v - 0.5)], axis=1),
            closed=False,
        )

    return make


@pytest.fixture(scope="session")
def torus() -> Callable[..., Mesh]:
    """torus(major, minor) around z."""

    def make(major: float = 3.0, minor: float = 1.0, around: int = 96, along: int = 48) -> Mesh:
        def place(u: np.ndarray, v: np.ndarray) -> np.ndarray:
            ring = major + minor * np.cos(2 * np.pi * v)
            return np.stack([ring * np.cos(u), ring * np.sin(u), minor * np.sin(2 * np.pi * v)], axis=1)

        return _tube(around, along, place, closed=True)

    return make


@pytest.fixture(scope="session")
def plate() -> Callable[..., Mesh]:
    """plate(n, size): flat square in z = 0, n x n cells, facing +z."""

    def make(n: int = 10, size: float = 1.0) -> Mesh:
        axis = np.linspace(-size / 2, size / 2, n + 1)
        x, y = np.meshgrid(axis, axis, indexing="ij")
        vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
        corner = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).ravel()
        a, b, c, d = corner, corner + n + 1, corner + n + 2, corner + 1
        return Mesh(vertices, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]))

    return make


def _tube(around: int, along: int, place: Callable[..., np.ndarray], *, closed: bool) -> Mesh:
    rows = along if closed else along + 1
    u, v = np.meshgrid(np.arange(around) * 2 * np.pi / around, np.arange(rows) / along)
    i, j = (axis.ravel() for axis in np.meshgrid(np.arange(around), np.arange(along)))
    a, b = j * around + i, j * around + (i + 1) % around
    d, c = (j + 1) % rows * around + i, (j + 1) % rows * around + (i + 1) % around
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return Mesh(place(u.ravel(), v.ravel()), faces)
