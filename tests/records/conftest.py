"""A sheet bent like a dental arch."""

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh


@pytest.fixture
def arch():
    """A horseshoe 60 mm wide, 45 mm deep: 40 x 5 vertices, `label` 0 on the inner rows, 16 .. 26 outside."""
    angle, radius = np.meshgrid(np.linspace(0, np.pi, 40), np.linspace(24, 30, 5), indexing="ij")
    x, y = -radius * np.cos(angle), radius * 1.5 * np.sin(angle)
    vertices = np.stack([x, y, radius - 24], axis=-1).reshape(-1, 3)
    corner = (np.arange(39)[:, None] * 5 + np.arange(4)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 5, corner + 1], 1), np.stack([corner + 1, corner + 5, corner + 6], 1)]
    )
    teeth = np.repeat([16, 15, 14, 12, 11, 21, 22, 24, 25, 26], 4)
    label = np.where(np.arange(5) > 1, teeth[:, None], 0).ravel()
    return Mesh(vertices, faces, {"label": label.astype(np.int64)})
