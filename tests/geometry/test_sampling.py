import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.sampling import interpolate, sample_faces, sample_surface


def test_points_follow_area_not_triangles(box):
    mesh = box(1, 2, 8)
    points, normals, face = sample_surface(mesh, 4000, np.random.default_rng(0), smooth_normals=False)
    share = np.bincount(face, minlength=12) / 4000
    assert np.abs(share - mesh.face_areas / mesh.face_areas.sum()).max() < 1 / 1000
    assert np.abs(np.abs(points / (0.5, 1, 4)).max(axis=1) - 1).max() < 1e-12
    assert (normals == mesh.face_normals[face]).all()


def test_points_are_uniform_within_a_triangle():
    mesh = Mesh(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0.0]]), np.array([[0, 1, 2]]))
    points, _, _ = sample_surface(mesh, 20000, np.random.default_rng(0))
    assert points.mean(axis=0) == pytest.approx([1 / 3, 1 / 3, 0], abs=0.005)
    assert (points[:, 0] ** 2).mean() == pytest.approx(1 / 6, abs=0.005)


def test_smooth_normals_of_a_sphere(sphere):
    points, normals, _ = sample_surface(sphere(), 1000, np.random.default_rng(0))
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1)
    assert np.einsum("ij,ij->i", points, normals).min() > 0.98


def test_the_same_seed_gives_the_same_points(sphere):
    first, second = (sample_surface(sphere(), 50, np.random.default_rng(7))[0] for _ in range(2))
    assert (first == second).all()


def test_face_order_does_not_change_the_density(sphere):
    mesh = sphere()
    shuffled = Mesh(mesh.vertices, mesh.faces[np.random.default_rng(1).permutation(len(mesh.faces))])
    for m in (mesh, shuffled):
        assert np.abs(sample_surface(m, 3000, np.random.default_rng(2))[0].mean(axis=0)).max() < 0.02


def test_interpolation_is_linear(sphere):
    mesh = sphere()
    face, weights = sample_faces(mesh, 100, np.random.default_rng(0))
    points = interpolate(mesh, mesh.vertices, face, weights)
    assert interpolate(mesh, mesh.vertices @ [1, 2, 3], face, weights) == pytest.approx(points @ [1, 2, 3])


def test_no_area_is_an_error():
    for faces in (np.zeros((0, 3), dtype=int), np.array([[0, 0, 1]])):
        with pytest.raises(MeshError, match="without area"):
            sample_surface(Mesh(np.eye(3), faces), 5, np.random.default_rng(0))
