import numpy as np
import pytest

from typodont.geometry.distance_field import distance_field, near_field, nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.voxels import Grid, marching_cubes

GRID = Grid((-4.0, -4.0, -4.0), 0.25, (33, 33, 33))


def ball(radius: float) -> Mesh:
    grid = Grid((-radius - 0.5,) * 3, 0.1, (int(20 * radius) + 11,) * 3)
    return marching_cubes((np.linalg.norm(grid.points(), axis=1) - radius).reshape(grid.shape), grid)


def test_field_of_a_ball_is_its_distance_cut_off_at_the_band():
    field = distance_field(ball(2.0), GRID, band=1.0)
    truth = np.linalg.norm(GRID.points(), axis=1).reshape(GRID.shape) - 2.0
    assert field == pytest.approx(np.clip(truth, -1, 1), abs=0.01)


@pytest.mark.parametrize("size", [32, 33])
def test_every_other_sample_is_nearly_as_good(size):
    grid = Grid((-4.0, -4.0, -4.0), 0.25, (size,) * 3)
    quick, full = (distance_field(ball(2.0), grid, band=1.0, every=every) for every in (2, 1))
    assert quick.shape == full.shape
    assert quick[::2, ::2, ::2] == pytest.approx(full[::2, ::2, ::2])
    assert np.abs(quick - full)[np.abs(full) < 0.8].max() < 0.08


def test_other_steps_are_refused():
    with pytest.raises(ValueError, match="expected 1 or 2"):
        distance_field(ball(1.0), GRID, band=1.0, every=3)


def test_what_is_near_is_told_with_its_face():
    mesh = ball(2.0)
    field, near, found = near_field(mesh, GRID, band=1.0)
    assert near[np.abs(field) < 1].all()
    assert near.sum() == len(found.face)
    middles = mesh.vertices[mesh.faces].mean(axis=1)[found.face]
    assert np.linalg.norm(middles - found.place, axis=1).max() < 0.2


def test_an_open_surface_has_a_front_and_a_back_and_goes_on_beyond_its_border():
    plate = Mesh(np.array([[-1.0, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]), np.array([[0, 1, 2], [0, 2, 3]]))
    found = nearest_places(plate, np.array([[0.2, 0.1, 0.5], [0, 0, -0.5], [4.0, 0, 3.0]]))
    assert found.distance == pytest.approx([0.5, -0.5, np.hypot(3, 3)])
    assert found.place[0] == pytest.approx([0.2, 0.1, 0])


def test_faces_without_area_do_not_count():
    good = ball(2.0)
    spoiled = Mesh(good.vertices, np.vstack([[0, 0, 1], good.faces]))
    points = np.array([[0.0, 0, 3], [1, 0, 0]])
    one, other = nearest_places(good, points), nearest_places(spoiled, points)
    assert other.distance == pytest.approx(one.distance)
    assert (other.face == one.face + 1).all()


def test_an_empty_surface_is_far_away():
    nothing = Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=int))
    assert (distance_field(nothing, GRID, band=1.5) == 1.5).all()
