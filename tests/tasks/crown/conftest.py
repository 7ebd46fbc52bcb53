"""Small surfaces and cases with which the crown job is tested."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh


def make_sheet(size: float = 20.0, *, height: float = 0.0, down: bool = False, at: float = 0.0) -> Mesh:
    """A square of bumpy surface that looks up, or down."""
    side = np.linspace(-size / 2, size / 2, 21)
    x, y = np.meshgrid(side, side, indexing="ij")
    z = 0.5 * np.cos(x) * np.cos(y)
    n = len(side)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + n, corner + n + 1], 1), np.stack([corner, corner + n + 1, corner + 1], 1)]
    )
    points = np.stack([x + at, y, height - z if down else height + z], axis=-1).reshape(-1, 3)
    return Mesh(points, faces[:, ::-1] if down else faces)


@pytest.fixture
def sheet() -> Callable[..., Mesh]:
    """Makes squares of bumpy surface."""
    return make_sheet


@pytest.fixture
def arch_block() -> Mesh:
    """A closed box."""
    x, y, z = np.meshgrid([0.0, 9.0], [0.0, 9.0], [0.0, 9.0], indexing="ij")
    corners = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    squares = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in squares for face in ((a, b, c), (a, c, d))]
    return Mesh(corners, np.array(faces))
