"""Surfaces that were moved by a known motion come back."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, rotation_about
from typodont.metrics.surface_alignment import align_surface


@pytest.fixture(scope="module")
def egg() -> Mesh:
    """No two of its axes are alike, and one end is blunter than the other."""
    ball = trimesh.creation.icosphere(subdivisions=4)
    points = np.asarray(ball.vertices) * [9.0, 6.0, 4.0]
    points[:, 0] += 0.15 * points[:, 1] ** 2 - 0.1 * points[:, 2] ** 2
    return Mesh(points, np.asarray(ball.faces))


def moved(mesh: Mesh, size: float) -> tuple[Mesh, np.ndarray]:
    motion = rotation_about(np.array([0.3, 1.0, -0.4]), 9.0)
    motion[:3, 3] = (0.7, -0.5, 0.4)
    motion[:3, :3] *= size
    return mesh.transformed(motion), motion


def error(matrix: np.ndarray, start: Mesh, truth: Mesh) -> float:
    return float(np.linalg.norm(apply(matrix, start.vertices) - truth.vertices, axis=1).mean())


def test_a_similarity_takes_the_size_out(egg: Mesh) -> None:
    other, _ = moved(egg, 0.9)
    assert error(align_surface(other, egg, "similarity"), other, egg) < 0.08


def test_a_rigid_motion_leaves_the_size(egg: Mesh) -> None:
    """Tenth parts smaller stay tenth parts smaller: 0.1 of the mean distance from the middle remains."""
    other, _ = moved(egg, 0.9)
    matrix = align_surface(other, egg, "rigid")
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1)
    left = error(matrix, other, egg)
    assert left == pytest.approx(
        0.1 * np.linalg.norm(egg.vertices - egg.vertices.mean(axis=0), axis=1).mean(), rel=0.15
    )


def test_nothing_is_moved_where_nothing_may_move(egg: Mesh) -> None:
    assert align_surface(moved(egg, 1.1)[0], egg, "none") == pytest.approx(np.eye(4))


def test_a_start_with_a_size_is_only_a_place_for_a_rigid_motion(egg: Mesh) -> None:
    other, motion = moved(egg, 1.2)
    start = np.linalg.inv(motion)
    assert np.linalg.det(align_surface(other, egg, "rigid", start=start)[:3, :3]) == pytest.approx(1)
    assert error(align_surface(other, egg, "similarity", start=start), other, egg) < 0.02


def test_moving_the_truth_moves_the_answer(egg: Mesh) -> None:
    other, _ = moved(egg, 1.05)
    more = rotation_about(np.array([1.0, 0.2, 0.1]), 140.0)
    still = align_surface(other, egg, "similarity")
    turned = align_surface(other, egg.transformed(more), "similarity", start=more @ still)
    assert error(turned, other, egg.transformed(more)) == pytest.approx(error(still, other, egg), abs=0.01)
