import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trimesh import Trimesh
from trimesh.triangles import closest_point

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import enclosed_volume
from typodont.geometry.voxels import (
    Grid,
    angle_weighted_normals,
    closest_on_triangle,
    distance_volume,
    marching_cubes,
    signed_distance,
)


def box_distance(points: np.ndarray, half: np.ndarray) -> np.ndarray:
    outside = np.abs(points) - half
    return np.linalg.norm(np.maximum(outside, 0), axis=1) + np.minimum(outside.max(axis=1), 0)


def test_distance_to_a_box_of_twelve_faces_is_exact(box):
    points = np.random.default_rng(0).uniform(-4, 4, (4000, 3))
    found = signed_distance(box(2, 3, 4), points)
    assert found == pytest.approx(box_distance(points, np.array([1, 1.5, 2])), abs=2e-3)


def test_distance_to_a_torus(torus):
    points = np.random.default_rng(0).uniform(-4, 4, (3000, 3)) * (1, 1, 0.5)
    ring = np.hypot(points[:, 0], points[:, 1]) - 3
    true = np.hypot(ring, points[:, 2]) - 1
    assert np.abs(signed_distance(torus(3, 1, 192, 96), points) - true).max() < 5e-3


def test_the_sign_is_right_around_sharp_corners(box):
    thin = box(4, 4, 0.05)
    points = np.random.default_rng(0).uniform(-2.5, 2.5, (3000, 3)) * (1, 1, 0.05)
    inside = (np.abs(points) < (2, 2, 0.025)).all(axis=1)
    assert ((signed_distance(thin, points) < 0) == inside).all()


def test_a_band_clips(sphere):
    points = np.array([[0, 0, 0], [0, 0, 1.1], [5.0, 0, 0]])
    found = signed_distance(sphere(1.0, 4), points, band=0.5)
    assert found == pytest.approx([-0.5, 0.1, 0.5], abs=0.01)


def test_an_open_shell_has_two_sides(sphere):
    mesh = sphere(2.0, 4)
    cup = mesh.submesh(mesh.vertices[mesh.faces].mean(axis=1)[:, 2] < 0.5)
    points = np.array([[0, 0, -1.5], [0, 0, -2.5], [1.5, 0, 0], [2.5, 0, 0]])
    assert signed_distance(cup, points) == pytest.approx([-0.5, 0.5, -0.5, 0.5], abs=0.02)


def test_nothing_has_no_inside():
    with pytest.raises(MeshError, match="no inside"):
        signed_distance(Mesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=int)), np.zeros((1, 3)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_nearest_place_on_a_triangle_agrees_with_trimesh(seed):
    rng = np.random.default_rng(seed)
    triangles, points = rng.normal(size=(60, 3, 3)), 2 * rng.normal(size=(60, 3))
    place, feature = closest_on_triangle(points, triangles)
    assert place == pytest.approx(closest_point(triangles, points), abs=1e-9)
    for corner in range(3):
        assert place[feature == corner] == pytest.approx(triangles[feature == corner, corner])


def test_marching_cubes_puts_a_ball_where_it_is_and_faces_outward():
    grid = Grid((-3.0, -2.0, 5.0), 0.2, (40, 35, 30))
    centre = np.array([1.0, 1.5, 8.0])
    volume = (np.linalg.norm(grid.points() - centre, axis=1) - 2).reshape(grid.shape)
    mesh = marching_cubes(volume, grid)
    assert np.linalg.norm(mesh.vertices - centre, axis=1) == pytest.approx(2, abs=0.01)
    assert enclosed_volume(mesh) == pytest.approx(4 / 3 * np.pi * 8, rel=0.01)
    larger = marching_cubes(volume, grid, level=0.5)
    assert np.linalg.norm(larger.vertices - centre, axis=1) == pytest.approx(2.5, abs=0.01)


def test_there_and_back(torus):
    mesh = torus(3, 1, 64, 32)
    grid = Grid.around(mesh.vertices, 0.2, margin=0.4)
    again = marching_cubes(distance_volume(mesh, grid, band=0.5), grid)
    assert np.abs(signed_distance(mesh, again.vertices)).max() < 0.03
    assert enclosed_volume(again) == pytest.approx(enclosed_volume(mesh), rel=0.01)


def test_a_banded_volume_is_the_clipped_volume(torus):
    mesh = torus(3, 1, 64, 32)
    grid = Grid.around(mesh.vertices, 0.4, margin=1.6)
    banded, full = distance_volume(mesh, grid, band=0.4), distance_volume(mesh, grid)
    assert np.abs(banded - np.clip(full, -0.4, 0.4)).max() < 1e-6


def test_a_grid_holds_its_points_and_margin():
    points = np.array([[0, 0, 0], [1, 2, 3.05]])
    grid = Grid.around(points, 0.5, margin=1.0)
    samples = grid.points()
    assert grid.origin == (-1, -1, -1)
    assert (samples.max(axis=0) >= (2, 3, 4.05)).all()
    assert (samples.max(axis=0) < (2.5, 3.5, 4.55)).all()
    assert len(samples) == np.prod(grid.shape)
    assert samples.reshape(*grid.shape, 3)[1, 2, 3] == pytest.approx([-0.5, 0, 0.5])


def test_a_volume_without_a_surface_is_an_error():
    grid = Grid((0, 0, 0), 1, (3, 3, 3))
    with pytest.raises(MeshError, match="no surface"):
        marching_cubes(np.ones(grid.shape), grid)
    with pytest.raises(MeshError, match="NaN"):
        marching_cubes(np.full(grid.shape, np.nan), grid)


def test_a_surface_through_samples_has_no_degenerate_faces():
    grid = Grid((0, 0, 0), 1, (8, 8, 8))
    volume = grid.points()[:, 0].reshape(grid.shape) - 4.0
    mesh = marching_cubes(volume, grid)
    assert (mesh.face_areas > 0).all()
    assert mesh.vertices[:, 0] == pytest.approx(4)
    assert mesh.face_normals[:, 0] == pytest.approx(1)


def test_angle_weighted_normals_of_a_box_do_not_depend_on_its_diagonals(box):
    mesh = box()
    normals = angle_weighted_normals(mesh)
    assert np.sign(normals) == pytest.approx(np.sign(mesh.vertices))
    assert np.abs(normals) == pytest.approx(np.pi / 2)
    assert Trimesh(mesh.vertices, mesh.faces, process=False).is_watertight
