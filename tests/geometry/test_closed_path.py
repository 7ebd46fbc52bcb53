import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from typodont.errors import MeshError
from typodont.geometry.closed_curve import curve_length, enclosed_vector
from typodont.geometry.closed_path import closed_shortest_path, one_region, unroll, without_folds, zero_contour
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface

RADIUS = 5.0
UP = np.array([0.0, 0, 1])


@pytest.fixture(scope="module")
def ball(sphere):
    return sphere(RADIUS, 5)


@pytest.fixture(scope="module")
def cap_values(ball):
    return ball.vertices[:, 2] - 3.0  # a cap whose rim is a circle of radius 4


def test_the_contour_of_a_cap_is_a_circle_with_the_cap_on_its_left(ball, cap_values):
    curve = zero_contour(ball, cap_values)
    np.testing.assert_allclose(curve[:, 2], 3.0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(curve[:, :2], axis=1), 4.0, atol=0.01)
    assert curve_length(curve) == pytest.approx(8 * np.pi, rel=1e-3)
    assert enclosed_vector(curve) @ UP == pytest.approx(16 * np.pi, rel=5e-3)


def test_the_contour_does_not_depend_on_the_order_of_faces_or_the_pose(ball, cap_values):
    rng = np.random.default_rng(5)
    shuffled = Mesh(ball.vertices, np.roll(rng.permutation(ball.faces), 1, axis=1))
    assert curve_length(zero_contour(shuffled, cap_values)) == pytest.approx(
        curve_length(zero_contour(ball, cap_values))
    )
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.random(random_state=rng).as_matrix(), rng.normal(size=3)
    moved = zero_contour(ball.transformed(pose), cap_values)
    np.testing.assert_allclose(enclosed_vector(moved), pose[:3, :3] @ enclosed_vector(zero_contour(ball, cap_values)))


def test_the_longest_of_several_contours_is_taken(ball):
    height = ball.vertices[:, 2]
    curve = zero_contour(ball, np.where(height > 0, height - 3.0, -height - 4.5))
    assert curve[:, 2].min() > 0


def test_a_small_hole_is_crossed_and_a_large_one_is_told(ball, cap_values):
    def without(radius):
        away = np.linalg.norm(ball.vertices - [4.0, 0, 3.0], axis=1)
        return ball.submesh((away > radius)[ball.faces].all(axis=1))

    pierced = without(0.5)
    curve = zero_contour(pierced, pierced.vertices[:, 2] - 3.0)
    assert curve_length(curve) == pytest.approx(8 * np.pi, rel=5e-3)
    torn = without(1.5)
    with pytest.raises(MeshError, match=r"runs into the edge of the surface and leaves a gap of [23]\.\d mm"):
        zero_contour(torn, torn.vertices[:, 2] - 3.0)


def test_a_contour_needs_both_signs(ball):
    with pytest.raises(MeshError, match="the same sign everywhere"):
        zero_contour(ball, np.ones(len(ball.vertices)))


def test_one_region_drops_islands_and_fills_holes(ball, cap_values):
    island = np.linalg.norm(ball.vertices - [0, 0, -5.0], axis=1) < 1.5
    hole = np.linalg.norm(ball.vertices - [0, 0, 5.0], axis=1) < 0.6
    values = np.where(island, 1.0, np.where(hole, -1.0, cap_values))
    np.testing.assert_array_equal(one_region(ball, values, largest_hole_mm2=3.0), cap_values > 0)
    np.testing.assert_array_equal(one_region(ball, values, largest_hole_mm2=0.1), (cap_values > 0) & ~hole)
    with pytest.raises(MeshError, match="no surface with positive values"):
        one_region(ball, -np.ones(len(ball.vertices)), largest_hole_mm2=1.0)


def test_a_strip_on_a_ball_measures_arcs(ball, cap_values):
    strip = unroll(Surface(ball), zero_contour(ball, cap_values), half_width=1.0, step=0.05, spacing=0.2, smooth=0.3)
    points = strip.points
    assert points.shape[1] == len(strip.offset) == 41
    # the way over the ball from height 3 is an arc: the angle from the equator grows by offset / radius
    arc = np.arcsin(np.clip(points[:, :, 2] / np.linalg.norm(points, axis=2), -1, 1)) * RADIUS
    expected = np.arcsin(0.6) * RADIUS + strip.offset
    np.testing.assert_allclose(arc, np.broadcast_to(expected, arc.shape), atol=0.02)
    assert (strip.across @ UP > 0.5).all()


def test_walkers_turn_around_a_sharp_edge(box):
    cube = subdivide(box(6.0, 6.0, 6.0), 5)
    curve = np.array([[-2.0, -2, 3], [2, -2, 3], [2, 2, 3], [-2, 2, 3]])
    strip = unroll(Surface(cube), curve, half_width=1.6, step=0.1, spacing=0.2, smooth=0.3)
    middle = np.abs(strip.points[:, 16] - [0, -2, 3]).max(axis=1) < 1.0  # the side at y = -2, away from the corners
    assert middle.sum() > 8
    over = strip.points[middle][:, 0]  # one millimetre to the edge, then down the wall
    np.testing.assert_allclose(over[:, 1], -3.0, atol=0.06)
    np.testing.assert_allclose(over[:, 2], 3 - 0.6, atol=0.15)


def brute_force(cost, bend):
    from itertools import product

    def price(path):
        return sum(cost[i, j] for i, j in enumerate(path)) + bend * sum(
            (a - b) ** 2 for a, b in zip(path, [*path[1:], path[0]], strict=True)
        )

    return min(price(path) for path in product(range(cost.shape[1]), repeat=len(cost))), price


def test_the_shortest_closed_path_is_that_of_trying_all():
    rng = np.random.default_rng(0)
    for _ in range(20):
        cost, bend = rng.random((6, 4)), float(rng.random())
        least, price = brute_force(cost, bend)
        assert price(closed_shortest_path(cost, bend=bend).tolist()) == pytest.approx(least)


def test_a_stiff_path_stays_in_one_column():
    cost = np.random.default_rng(1).random((50, 7))
    path = closed_shortest_path(cost, bend=1e6)
    assert (path == cost.sum(axis=0).argmin()).all()


def test_folds_are_taken_out_of_a_line():
    angle = np.arange(100) / 100 * 2 * np.pi
    along = np.column_stack([-np.sin(angle), np.cos(angle), np.zeros(100)])
    ring = np.column_stack([5 * np.cos(angle), 5 * np.sin(angle), np.zeros(100)])
    np.testing.assert_array_equal(without_folds(ring, along), ring)
    folded = ring.copy()
    folded[20:24] = ring[20:24][::-1] * 0.98
    straight = without_folds(folded, along)
    assert 95 <= len(straight) < 100
    turned = np.unwrap(np.arctan2(straight[:, 1], straight[:, 0]))
    assert (np.diff(turned) > 0).all()
