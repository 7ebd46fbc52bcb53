import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from typodont.geometry.closed_curve import (
    counter_clockwise,
    curve_length,
    enclosed_vector,
    even_points,
    nearest_on_curve,
    smooth_curve,
    spline_curve,
    tangents,
    without_loops,
)

SQUARE = np.array([[0.0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0]])


def circle(n=400, radius=5.0):
    angle = np.arange(n) / n * 2 * np.pi
    return radius * np.stack([np.cos(angle), np.sin(angle), np.zeros(n)], axis=1)


def test_length_and_even_points_of_a_square():
    assert curve_length(SQUARE) == 16
    points = even_points(SQUARE, spacing=1.0)
    assert len(points) == 16
    np.testing.assert_allclose(np.linalg.norm(np.diff(points, axis=0), axis=1), 1.0)
    np.testing.assert_allclose(even_points(SQUARE, n=4), SQUARE)


def test_nearest_on_a_square_by_hand():
    points = np.array([[2.0, -1, 0], [5, 5, 0], [1, 2, 2]])
    distance, foot, way = nearest_on_curve(SQUARE, points)
    np.testing.assert_allclose(distance, [1, np.sqrt(2), np.sqrt(5)])
    np.testing.assert_allclose(foot, [[2, 0, 0], [4, 4, 0], [0, 2, 0]], atol=1e-12)
    np.testing.assert_allclose(way[[0, 2]], [[1, 0, 0], [0, -1, 0]], atol=1e-12)


def test_nearest_moves_with_the_curve():
    rng = np.random.default_rng(3)
    turn, shift = Rotation.random(random_state=rng).as_matrix(), rng.normal(size=3)
    points = rng.normal(0, 4, (50, 3))
    here, _, _ = nearest_on_curve(circle(), points)
    there, _, _ = nearest_on_curve(circle() @ turn.T + shift, points @ turn.T + shift)
    np.testing.assert_allclose(here, there, atol=1e-9)


def test_a_circle_encloses_its_area_and_runs_one_way_round():
    np.testing.assert_allclose(enclosed_vector(circle()), [0, 0, 25 * np.pi], rtol=1e-3)
    up = np.array([0.0, 0, 1])
    assert enclosed_vector(counter_clockwise(circle()[::-1], up)) @ up > 0
    assert enclosed_vector(counter_clockwise(circle(), -up)) @ up < 0


def test_tangents_of_a_circle_lie_across_its_radius():
    way = tangents(circle())
    np.testing.assert_allclose(np.einsum("ij,ij->i", way, circle()), 0, atol=1e-9)
    assert np.cross(circle(), way)[:, 2].min() > 0


def test_smoothing_takes_ripples_off_and_leaves_the_circle():
    angle = np.arange(400) / 400 * 2 * np.pi
    rippled = circle() + 0.05 * np.sin(60 * angle)[:, None] * [0, 0, 1]
    smooth = smooth_curve(rippled, 0.4)
    assert np.abs(smooth[:, 2]).max() < 0.005
    np.testing.assert_allclose(np.linalg.norm(smooth[:, :2], axis=1), 5.0, atol=0.03)


@pytest.mark.parametrize("n", [4, 7, 50])
def test_the_number_of_even_points_is_kept(n):
    assert even_points(circle(), n=n).shape == (n, 3)


def with_spur(at):
    """A circle with a spur 2 mm long and 0.1 mm wide at point `at`, pointing inward."""
    ring = even_points(circle(), spacing=0.1)
    way = -ring[at] / 5.0
    there = ring[at] + np.arange(1, 20)[:, None] * 0.1 * way
    return np.concatenate([ring[: at + 1], there, there[::-1] + 0.05, ring[at + 1 :]]), ring


@pytest.mark.parametrize("at", [0, 50, 310])
def test_spurs_are_cut_wherever_the_curve_begins(at):
    spurred, ring = with_spur(at)
    clean = without_loops(spurred, gap=0.2)
    assert np.linalg.norm(clean, axis=1).min() > 4.6
    assert len(clean) > len(ring) - 10
    rolled = without_loops(np.roll(spurred, 15, axis=0), gap=0.2)
    assert np.linalg.norm(rolled, axis=1).min() > 4.6


def test_a_curve_without_spurs_stays():
    ring = even_points(circle(), spacing=0.1)
    np.testing.assert_array_equal(without_loops(ring, gap=0.2), ring)
    flat = ring * [1, 0.12, 1]  # a slot 1.2 mm wide, as of a narrow cavity
    np.testing.assert_array_equal(without_loops(flat, gap=0.2), flat)


def test_a_smooth_curve_goes_through_its_points():
    few = circle(12)
    fine = spline_curve(few)
    np.testing.assert_allclose(nearest_on_curve(fine, few)[0], 0, atol=0.01)
    np.testing.assert_allclose(np.linalg.norm(fine, axis=1), 5.0, atol=0.02)
