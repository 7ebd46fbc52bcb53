"""Turns by a vector, against the rotation about an axis and against small differences."""

import numpy as np
import pytest

from typodont.geometry.registration import rotation_about
from typodont.geometry.turning import nearest_rotation, turn, turn_derivative, turn_vector


@pytest.mark.parametrize("degrees", [0.0, 0.001, 20.0, 120.0])
def test_turn_is_rotation_about_the_vector(degrees):
    axis = np.array([0.6, -0.64, 0.48])
    vector = axis * np.radians(degrees)
    np.testing.assert_allclose(turn(vector), rotation_about(axis, degrees)[:3, :3], atol=1e-12)
    np.testing.assert_allclose(turn_vector(turn(vector)), vector, atol=1e-9)


@pytest.mark.parametrize("size", [0.0, 1e-5, 0.3, 2.0])
def test_derivative_matches_small_differences(size):
    rng = np.random.default_rng(1)
    vector = size * np.array([0.6, -0.64, 0.48])
    points = rng.normal(size=(5, 3))
    exact = turn_derivative(vector, points)
    step = 1e-6
    for j in range(3):
        change = np.eye(3)[j] * step
        numeric = (points @ turn(vector + change).T - points @ turn(vector - change).T) / (2 * step)
        np.testing.assert_allclose(exact[:, :, j], numeric, atol=1e-8)


def test_nearest_rotation_of_a_noisy_one_is_a_rotation():
    rotation = rotation_about(np.array([1.0, 2, 3]), 50)[:3, :3]
    found = nearest_rotation(rotation + 0.01 * np.random.default_rng(0).normal(size=(3, 3)))
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(found) == pytest.approx(1)
    np.testing.assert_allclose(found, rotation, atol=0.03)
