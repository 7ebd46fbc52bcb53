"""Outer surfaces that pass along the margin line, or do not."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.geometry.self_crossing import self_crossings
from typodont.tasks.crown import outer_shape
from typodont.tasks.crown.outer_shape import outer_on_line, untangled

RADIUS = 4.8


def half_ball(slope: float) -> Mesh:
    """A ball whose lower part is cut off by a floor that rises along x."""
    corners = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    ball = subdivide(Mesh(corners, np.array(faces)), 5)
    points = RADIUS * ball.vertices / np.linalg.norm(ball.vertices, axis=1, keepdims=True)
    floor = slope * points[:, 0] - 0.2
    return Mesh(np.column_stack([points[:, :2], np.maximum(points[:, 2], floor)]), ball.faces)


def circle() -> np.ndarray:
    angle = np.arange(600) / 600 * 2 * np.pi
    return RADIUS * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)


def test_a_surface_that_passes_there_ends_on_the_line() -> None:
    cut = outer_on_line(half_ball(0.1), circle())
    np.testing.assert_allclose(cut.vertices[:600], circle())
    assert set(np.unique(boundary_edges(cut)).tolist()) == set(range(600))


def test_bridges_to_a_surface_that_passes_elsewhere_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def far_off(part: Mesh, line: np.ndarray) -> Mesh:
        return Mesh(np.vstack([line, [[0.0, 0, 9.0]]]), np.array([[0, 1, len(line)]]))

    monkeypatch.setattr(outer_shape, "attach_line", far_off)
    with pytest.raises(
        MeshError, match=r"does not pass along the margin line \(bridges of 10.2 mm, expected at most 2"
    ):
        outer_on_line(half_ball(0.1), circle())


def test_a_crumpled_patch_is_smoothed_until_it_does_not_cross_itself() -> None:
    ball = half_ball(0.1)
    crumpled = ball.vertices[:, 2] > 0.9 * RADIUS
    shaken = ball.vertices + 0.5 * crumpled[:, None] * np.random.default_rng(0).normal(size=ball.vertices.shape)
    rough = Mesh(shaken, ball.faces)
    assert len(self_crossings(rough)) > 50
    smooth = untangled(rough, ball.vertices[:0])
    assert not len(self_crossings(smooth))
    far = (ball.vertices[:, 2] < 0.5 * RADIUS) & (ball.vertices[:, 2] > 0.3 * RADIUS)
    np.testing.assert_array_equal(smooth.vertices[far], ball.vertices[far])
