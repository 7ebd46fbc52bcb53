"""A made-up scan, small and quick: bumps along a horseshoe, each labelled as a tooth."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh

UPPER_NUMBERS = (17, 16, 14, 12, 11, 21, 23, 55 + 10, 26)


@pytest.fixture(scope="session")
def bumpy_arch() -> Mesh:
    """An upper arch of nine bumps in the arch frame with the vertex attribute ``label``; 65 is a milk tooth."""
    axis = np.linspace(-32, 32, 90)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    turn = np.linspace(np.radians(205), np.radians(-25), len(UPPER_NUMBERS))
    centres = np.stack([22 * np.cos(turn), 22 * np.sin(turn)], axis=1)
    distance = np.hypot(x[..., None] - centres[:, 0], y[..., None] - centres[:, 1])
    z = 7 * np.exp(-((distance.min(axis=-1) / 3.2) ** 4))
    labels = np.where(distance.min(axis=-1) < 3.6, np.array(UPPER_NUMBERS)[distance.argmin(axis=-1)], 0)
    n = len(axis)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    a, b, c, d = corner, corner + n, corner + n + 1, corner + 1
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return Mesh(np.stack([x, y, z], axis=-1).reshape(-1, 3), faces, {"label": labels.ravel()})
