"""Gaps and contacts between shapes whose distances can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.clearance import area_below, clearance, contacts, winding, within_reach
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import rotation_about


def test_free_space_is_positive_and_penetration_negative(plate):
    ground = plate(4, 4.0)
    points = np.array([[0.1, 0.2, 0.05], [0.1, 0.2, -0.03], [1.0, -1.0, 0.0]])
    assert clearance(points, ground) == pytest.approx([0.05, -0.03, 0.0])


def test_beyond_the_cap_and_beyond_the_border_there_is_nothing_to_measure(plate):
    ground = plate(4, 4.0)
    points = np.array([[0.0, 0.0, 2.9], [0.0, 0.0, 3.1], [2.1, 0.0, 0.05], [2.1, 2.1, -0.05], [9.0, 9.0, 0.0]])
    assert np.isnan(clearance(points, ground)).tolist() == [False, True, True, True, True]


def test_behind_a_surface_that_does_not_wrap_it_a_point_is_not_inside(plate):
    """Seen from 2 mm, a square of 4 mm fills 1/6 of all directions, from 0.5 mm more than a quarter."""
    ground = plate(4, 4.0)
    depth = clearance(np.array([[0.0, 0.0, -0.5], [0.0, 0.0, -2.0]]), ground)
    assert depth[0] == pytest.approx(-0.5)
    assert np.isnan(depth[1])
    assert winding(ground, np.array([[0.0, 0.0, -2.0]]))[0] == pytest.approx(1 / 6, abs=0.01)


def test_a_closed_surface_has_no_border(sphere):
    ball = sphere(2.0, 4)
    points = np.array([[0.0, 0.0, 3.0], [0.0, 0.5, 0.0]])
    assert clearance(points, ball) == pytest.approx([1.0, -1.5], abs=0.01)


def test_behind_a_bowl_is_penetration_and_in_it_is_not(sphere):
    """An open half of a hollow ball that looks inward, like the preparation of an inlay."""
    ball = sphere(3.0, 5)
    half = (ball.vertices[ball.faces][:, :, 2] < 0.5).all(axis=1)
    bowl = Mesh(ball.vertices, ball.faces[half][:, ::-1])
    points = np.array([[0, 0, -2.9], [0, 0, -3.1], [2.5, 0, -1.0], [2.9, 0, -1.2], [0, 0, -1.5]])
    expected = 3.0 - np.linalg.norm(points, axis=1)
    assert clearance(points, bowl, wrapped=None) == pytest.approx(expected, abs=0.01)
    assert np.isnan(clearance(points, bowl)).tolist() == (expected < 0).tolist()  # it wraps nothing


def test_rigid_motion_and_the_order_of_faces_change_nothing(sphere):
    ball = sphere(2.0, 3)
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 3)) * 1.5
    turn = rotation_about(np.array([1.0, 2.0, 3.0]), 40.0)
    turn[:3, 3] = [100.0, -20.0, 3.0]
    moved = Mesh(ball.vertices, rng.permutation(ball.faces)).transformed(turn)
    there = clearance(points @ turn[:3, :3].T + turn[:3, 3], moved)
    assert there == pytest.approx(clearance(points, ball), abs=1e-9)


def test_no_faces_no_distance():
    with pytest.raises(MeshError, match="without faces"):
        clearance(np.zeros((1, 3)), Mesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=int)))


def test_no_points(plate):
    assert clearance(np.zeros((0, 3)), plate()).shape == (0,)


def test_faces_within_reach_are_those_whose_box_comes_near(plate):
    ground = plate(4, 4.0)
    points = np.array([[1.4, 1.4, 0.5], [1.6, 1.6, 0.7]])
    corners = ground.vertices[ground.faces]
    near = (corners.max(axis=1) >= [1.1, 1.1, 0.2]) & (corners.min(axis=1) <= [1.9, 1.9, 1.0])
    assert within_reach(ground, points, 0.3).tolist() == near.all(axis=1).tolist()
    assert not within_reach(ground, points, 0.4).any()
    assert 0 < within_reach(ground, points, 0.6).sum() < len(ground.faces)


@pytest.mark.parametrize(
    ("level", "share"), [(-0.1, 0.0), (0.0, 0.0), (0.5, 0.125), (1.0, 0.5), (1.5, 0.875), (2.0, 1.0)]
)
def test_area_below_cuts_triangles_straight(level, share):
    """The value is x + y on the unit square, whose part with x + y <= level is a corner."""
    square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    values = square.vertices[:, 0] + square.vertices[:, 1]
    assert area_below(square, values, level).sum() == pytest.approx(share)


def test_area_below_of_a_flat_value_and_of_nan():
    square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    assert area_below(square, np.full(4, 0.05), 0.05).sum() == pytest.approx(1.0)
    assert area_below(square, np.array([0.0, 0.0, 0.0, np.nan]), 0.05).tolist() == pytest.approx([0.5, 0.0])


def test_contact_of_a_ball_with_a_plane_is_a_cap(sphere, plate):
    """A ball of 4 mm whose lowest point is 0.02 mm inside a plane: within 0.05 mm lies a cap 0.07 mm high."""
    ball = sphere(4.0, 6)
    lifted = Mesh(ball.vertices + [1.0, 0.0, 3.98], ball.faces)
    found = contacts(lifted, clearance(lifted.vertices, plate(10, 20.0)))
    assert len(found) == 1
    assert found[0].area == pytest.approx(2 * np.pi * 4.0 * 0.07, rel=0.02)
    assert found[0].distance == pytest.approx(-0.02, abs=0.002)
    assert found[0].centre[:2] == pytest.approx([1.0, 0.0], abs=0.02)


def test_two_places_are_two_contacts_and_the_larger_comes_first(sphere, plate):
    low, high = sphere(4.0, 5), sphere(4.0, 5)
    both = Mesh(
        np.concatenate([low.vertices + [-6, 0, 4.02], high.vertices + [6, 0, 3.99]]),
        np.concatenate([low.faces, high.faces + len(low.vertices)]),
    )
    found = contacts(both, clearance(both.vertices, plate(4, 30.0)))
    assert [round(contact.centre[0]) for contact in found] == [6, -6]
    assert found[0].area == pytest.approx(2 * np.pi * 4.0 * 0.06, rel=0.05)
    assert found[1].area == pytest.approx(2 * np.pi * 4.0 * 0.03, rel=0.05)


def test_out_of_reach_is_no_contact(sphere, plate):
    ball = sphere(4.0, 3)
    lifted = Mesh(ball.vertices + [0, 0, 4.2], ball.faces)
    assert contacts(lifted, clearance(lifted.vertices, plate(4, 30.0))) == []
