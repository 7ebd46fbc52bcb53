"""Walls whose thickness is known: plates, shells and cavities."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import rotation_about
from typodont.geometry.wall import wall_thickness


def joined(outside: Mesh, inside: Mesh) -> tuple[Mesh, np.ndarray]:
    """A solid with a hollow: its surface, and which faces belong to the hollow."""
    faces = np.concatenate([outside.faces, inside.faces[:, ::-1] + len(outside.vertices)])
    inner = np.arange(len(faces)) >= len(outside.faces)
    return Mesh(np.concatenate([outside.vertices, inside.vertices]), faces), inner


def test_a_shell_between_spheres(sphere):
    shell, inner = joined(sphere(5.0, 5), sphere(4.2, 5))
    thickness = wall_thickness(shell, inner)
    outside = np.arange(len(shell.vertices)) < len(sphere(5.0, 5).vertices)
    assert thickness[outside] == pytest.approx(0.8, abs=0.01)
    assert np.isnan(thickness[~outside]).all()


def test_a_tube_moved_and_turned(cylinder):
    tube, inner = joined(cylinder(4.0, 8.0), cylinder(3.4, 8.0))
    turn = rotation_about(np.array([1.0, 1.0, 0.3]), 70.0)
    turn[:3, 3] = [300.0, 20.0, -5.0]
    there, here = wall_thickness(tube.transformed(turn), inner), wall_thickness(tube, inner)
    middle = (np.abs(tube.vertices[:, 2]) < 2) & ~np.isnan(here)
    assert here[middle] == pytest.approx(0.6, abs=0.02)
    assert there[middle] == pytest.approx(here[middle], abs=1e-4)


def test_beside_a_cavity_wall_the_depth_counts(box, plate):
    """An inlay 2 mm deep: 0.5 mm from the edge it is 2 mm thick, although the wall of the cavity is 0.5 mm away."""
    inlay = box(4.0, 4.0, 2.0)
    low = inlay.vertices[inlay.faces].mean(axis=1)
    inner = low[:, 2] < 1.0 - 1e-6  # floor and walls of the cavity
    above = Mesh(
        np.concatenate([inlay.vertices, [[1.5, 0.0, 1.0], [0.0, 0.0, 1.0]]]),
        np.concatenate([inlay.faces[inner], fan(inlay, inner)]),
    )
    inner = np.arange(len(above.faces)) < inner.sum()
    thickness = wall_thickness(above, inner)
    assert thickness[-2:] == pytest.approx([2.0, 2.0], abs=1e-5)


def test_a_leaning_cavity_wall_is_no_thin_material_either(box):
    """The walls of the cavity lean out by 20 degrees: 0.5 mm from the edge the floor still lies 2 mm below."""
    inlay = box(4.0, 4.0, 2.0)
    inner = inlay.vertices[inlay.faces].mean(axis=1)[:, 2] < 1.0 - 1e-6
    narrow = inlay.vertices.copy()
    narrow[narrow[:, 2] < 0, :2] *= 1 - 2 * np.tan(np.radians(20)) / 2.0
    above = Mesh(
        np.concatenate([narrow, [[1.5, 0.0, 1.0], [0.0, 0.0, 1.0]]]),
        np.concatenate([inlay.faces[inner], fan(inlay, inner)]),
    )
    thickness = wall_thickness(above, np.arange(len(above.faces)) < inner.sum())
    assert thickness[-1] == pytest.approx(2.0, abs=1e-5)
    assert 2.0 <= thickness[-2] <= 2.0 / np.cos(np.radians(25)) + 1e-5


def fan(inlay: Mesh, inner: np.ndarray) -> np.ndarray:
    """The top of the inlay as triangles around two points in it."""
    n = len(inlay.vertices)
    corner = {tuple(np.sign(p[:2]).astype(int)): i for i, p in enumerate(inlay.vertices) if p[2] > 0}
    right_back, left_back = corner[1, 1], corner[-1, 1]
    right_front, left_front = corner[1, -1], corner[-1, -1]
    near, middle = n, n + 1
    return np.array(
        [
            [right_front, right_back, near],
            [right_back, middle, near],
            [right_front, near, middle],
            [right_back, left_back, middle],
            [left_back, left_front, middle],
            [left_front, right_front, middle],
        ]
    )


def test_where_no_ray_comes_out_opposite_the_nearest_distance_counts(box):
    """A plate whose inside is one of its narrow sides: rays from the far edge of the top run past it."""
    plank = box(6.0, 2.0, 1.0)
    middles = plank.vertices[plank.faces].mean(axis=1)
    inner = middles[:, 0] < -2.9
    far = plank.vertices[:, 0] > 0
    assert wall_thickness(plank, inner)[far] == pytest.approx(6.0)


def test_without_an_inside_there_is_no_thickness(sphere):
    ball = sphere(2.0, 2)
    assert np.isnan(wall_thickness(ball, np.zeros(len(ball.faces), dtype=bool))).all()
