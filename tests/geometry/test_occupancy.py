import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.occupancy import occupancy
from typodont.geometry.voxels import Grid


def around(mesh, spacing, margin=0.4):
    return Grid.around(mesh.vertices, spacing, margin=margin)


def test_a_box_is_exact(box):
    grid = Grid((-1.5, -2.0, -2.5), 0.25, (13, 17, 21))
    shift = np.array([0.1, 0.05, 0.15])  # no sample on a face
    mesh = box(2, 3, 4)
    found = occupancy(Mesh(mesh.vertices + shift, mesh.faces), grid)
    truth = (np.abs(grid.points() - shift) < (1, 1.5, 2)).all(axis=1).reshape(grid.shape)
    assert (found == truth).all()


def test_a_torus_has_a_hole(torus):
    mesh = torus(3, 1, 96, 48)
    grid = around(mesh, 0.21)
    points = grid.points()
    distance = np.hypot(np.hypot(points[:, 0], points[:, 1]) - 3, points[:, 2]) - 1
    found = occupancy(mesh, grid).ravel()
    sure = np.abs(distance) > 0.01  # the mesh is a little smaller than the true torus
    assert (found[sure] == (distance < 0)[sure]).all()
    assert not found[np.argmin(np.linalg.norm(points, axis=1))]


def test_a_ball_within_a_bigger_hollow_ball(sphere):
    outer, inner, core = sphere(3.0, 4), sphere(2.0, 4), sphere(1.0, 4)
    meshes = [outer, Mesh(inner.vertices, inner.faces[:, ::-1]), core]
    starts = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    mesh = Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=True)]),
    )
    grid = around(mesh, 0.37)
    radius = np.linalg.norm(grid.points(), axis=1)
    found = occupancy(mesh, grid).ravel()
    sure = np.abs(radius[:, None] - [1, 2, 3]).min(axis=1) > 0.03
    assert (found[sure] == ((radius < 1) | ((radius > 2) & (radius < 3)))[sure]).all()


@pytest.mark.parametrize("seed", range(3))
def test_an_open_shell_in_any_turn_counts_as_going_on(sphere, seed):
    whole = sphere(3.0, 4)
    cup = whole.submesh(whole.vertices[whole.faces].mean(axis=1)[:, 2] < 1.0)
    turn = np.eye(4)
    turn[:3, :3] = Rotation.random(random_state=seed).as_matrix()
    cup = cup.transformed(turn)
    grid = around(cup, 0.3, margin=1.0)
    below = grid.points() @ turn[:3, 2] < 0.5
    radius = np.linalg.norm(grid.points(), axis=1)
    sure = below & (np.abs(radius - 3) > 0.1)
    wrong = occupancy(cup, grid).ravel()[sure] != (radius < 3)[sure]
    assert wrong.mean() < 0.01


def test_nothing_outside_the_grid_is_needed(sphere):
    grid = Grid((0.05, 0.05, 0.05), 0.2, (4, 4, 4))
    assert occupancy(sphere(3.0, 3), grid).all()
    assert not occupancy(sphere(3.0, 3), Grid((5.0, 5, 5), 0.2, (4, 4, 4))).any()


def test_nothing_has_no_inside():
    with pytest.raises(MeshError, match="no inside"):
        occupancy(Mesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=int)), Grid((0.0, 0, 0), 1.0, (2, 2, 2)))
