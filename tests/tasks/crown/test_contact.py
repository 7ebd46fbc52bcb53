"""Completed teeth that stop short of the antagonist are raised to it, where they come nearest."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.clearance import clearance
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import random_rotation
from typodont.tasks.crown.contact import MOST_MM, brought_into_contact

RADIUS = 5.0
UP = np.array([0.0, 0, 1])


def ball() -> Mesh:
    corners = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    fine = subdivide(Mesh(corners, np.array(faces)), 5)
    return Mesh(RADIUS * fine.vertices / np.linalg.norm(fine.vertices, axis=1, keepdims=True), fine.faces)


def circle() -> np.ndarray:
    angle = np.arange(300) / 300 * 2 * np.pi
    return RADIUS * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)


def plate(gap: float) -> Mesh:
    """Looks down on the ball from a height; leans a little, so that one place is nearest."""
    side = np.linspace(-9, 9, 19)
    x, y = (grid.ravel() for grid in np.meshgrid(side, side, indexing="ij"))
    corner = (np.arange(18)[:, None] * 19 + np.arange(18)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 20, corner + 19], 1), np.stack([corner, corner + 1, corner + 20], 1)]
    )
    return Mesh(np.stack([x, y, RADIUS + gap + 0 * x], axis=1), faces)


@pytest.mark.parametrize(("gap", "contact"), [(0.3, 0.0), (0.8, 0.05), (0.4, -0.1)])
def test_it_is_raised_until_it_touches_as_asked(gap: float, contact: float) -> None:
    raised, rise = brought_into_contact(ball(), circle(), UP, plate(gap), contact_mm=contact)
    assert np.nanmin(clearance(raised.vertices, plate(gap))) == pytest.approx(-contact, abs=0.011)
    assert rise == pytest.approx(gap + contact, abs=0.02)
    moved = np.linalg.norm(raised.vertices - ball().vertices, axis=1)
    below = ball().vertices[:, 2] <= 0.0
    assert moved[below].max() < 0.01  # the margin and what lies below it
    assert moved[np.linalg.norm(ball().vertices - [0, 0, RADIUS], axis=1) > 5.5].max() < 0.02


@pytest.mark.parametrize("gap", [-0.2, 0.0, MOST_MM + 0.1])
def test_what_touches_or_is_far_off_stays(gap: float) -> None:
    same, rise = brought_into_contact(ball(), circle(), UP, plate(gap), contact_mm=0.0)
    assert rise == 0.0
    np.testing.assert_array_equal(same.vertices, ball().vertices)


def test_a_wall_beside_it_which_rising_does_not_meet_leaves_it_as_it_is() -> None:
    lean = np.radians(72.0)
    turn = np.array([[np.cos(lean), 0, np.sin(lean)], [0, 1, 0], [-np.sin(lean), 0, np.cos(lean)]])
    wall = Mesh(plate(0.5).vertices @ turn.T, plate(0.5).faces)
    same, rise = brought_into_contact(ball(), circle(), UP, wall, contact_mm=0.0)
    assert rise == 0.0
    np.testing.assert_array_equal(same.vertices, ball().vertices)


def test_the_pose_does_not_matter() -> None:
    motion = random_rotation(np.random.default_rng(4))
    motion[:3, 3] = (3.0, 50.0, -8.0)
    still, _ = brought_into_contact(ball(), circle(), UP, plate(0.3), contact_mm=0.0)
    line = circle() @ motion[:3, :3].T + motion[:3, 3]
    moved, _ = brought_into_contact(
        ball().transformed(motion), line, motion[:3, 2], plate(0.3).transformed(motion), contact_mm=0.0
    )
    np.testing.assert_allclose(moved.vertices, still.transformed(motion).vertices, atol=1e-6)


def test_nothing_opposite() -> None:
    beside = Mesh(plate(0.3).vertices + [40.0, 0, 0], plate(0.3).faces)
    assert brought_into_contact(ball(), circle(), UP, beside, contact_mm=0.0)[1] == 0.0
