"""Distances between surfaces whose distance is known."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import random_rotation
from typodont.metrics.surfaces import surface_distance


def square(height: float = 0.0, size: float = 1.0) -> Mesh:
    corners = size * np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]) + [0, 0, height]
    return Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]]))


def ball(radius: float) -> Mesh:
    corners = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    fine = subdivide(Mesh(corners, np.array(faces)), 5)
    return Mesh(radius * fine.vertices / np.linalg.norm(fine.vertices, axis=1, keepdims=True), fine.faces)


def test_parallel_squares_are_as_far_apart_as_they_are() -> None:
    found = surface_distance(square(0.3), square(), samples=500)
    assert (found.rms, found.mean, found.p95, found.maximum) == pytest.approx((0.3, 0.3, 0.3, 0.3))
    assert found.cd_l2 == pytest.approx(2 * 0.3**2)


def test_balls_in_each_other() -> None:
    found = surface_distance(ball(5.0), ball(4.8), samples=4000)
    assert found.rms == pytest.approx(0.2, abs=0.005)
    assert found.cd_l2 == pytest.approx(0.08, abs=0.004)


def test_what_is_missing_counts_in_one_direction() -> None:
    """Half a square is on the whole one; of the whole one a half lies up to 0.5 away: mean 0.25, mean square 1/12."""
    half = Mesh(square().vertices * [0.5, 1, 1], square().faces)
    found = surface_distance(half, square(), samples=20_000)
    assert found.cd_l2 == pytest.approx(0.5 * 0.25 / 3, rel=0.02)
    assert found.mean == pytest.approx(0.5 * 0.5 * 0.25, rel=0.02)
    assert found.maximum == pytest.approx(0.5, abs=0.01)
    assert surface_distance(square(), half).cd_l2 == pytest.approx(found.cd_l2, rel=0.02)


def test_moving_both_changes_nothing() -> None:
    motion = random_rotation(np.random.default_rng(0))
    motion[:3, 3] = (3.0, 90.0, -4.0)
    still = surface_distance(ball(3.0), square(1.0, 4.0), samples=300)
    moved = surface_distance(ball(3.0).transformed(motion), square(1.0, 4.0).transformed(motion), samples=300)
    assert moved.rms == pytest.approx(still.rms, rel=1e-9)


def test_a_surface_without_area_is_refused() -> None:
    with pytest.raises(MeshError, match="without area"):
        surface_distance(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), square())
