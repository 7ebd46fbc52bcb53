import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene, hemisphere_directions, sphere_directions


def test_distance_to_a_box_seen_from_outside(box):
    scene = RayScene(box(2, 2, 2))
    distance, face = scene.first_hit(np.array([[0.2, 0.1, 5], [3, 0, 5]]), np.array([[0, 0, -1.0], [0, 0, -1]]))
    assert distance[0] == pytest.approx(4)
    assert face[0] >= 0
    assert np.isnan(distance[1])
    assert face[1] == -1


def test_barycentric_weights_give_back_the_place(sphere):
    mesh = sphere(3.0)
    origins = np.random.default_rng(0).normal(size=(200, 3)) * 0.3
    directions = sphere_directions(200)
    distance, face, weights = RayScene(mesh).first_hit_barycentric(origins, directions)
    place = np.einsum("nkx,nk->nx", mesh.vertices[mesh.faces[face]], weights)
    assert np.abs(place - (origins + distance[:, None] * directions)).max() < 1e-5


def test_distance_is_in_lengths_of_the_direction(box):
    distance, _ = RayScene(box(2, 2, 2)).first_hit(np.array([[0.2, 0.1, 5.0]]), np.array([[0, 0, -2.0]]))
    assert distance[0] == pytest.approx(2)


def test_a_mesh_far_from_the_origin_is_as_exact(box):
    far = np.array([1e5, -2e5, 3e5])
    mesh = box(2, 2, 2)
    scene = RayScene(Mesh(mesh.vertices + far, mesh.faces))
    distance, _ = scene.first_hit(far + [[0.2, 0.1, 5.0]], np.array([[0, 0, -1.0]]))
    assert distance[0] == pytest.approx(4, abs=1e-5)


def test_occlusion_ends_at_the_distance_asked_for(box):
    scene = RayScene(box(2, 2, 2))
    origin, direction = np.array([[0.2, 0.1, 5.0]]), np.array([[0, 0, -1.0]])
    assert scene.occluded(origin, direction).tolist() == [True]
    assert scene.occluded(origin, direction, max_distance=3.9).tolist() == [False]
    assert scene.occluded(origin, direction, max_distance=np.array([4.1])).tolist() == [True]
    assert scene.occluded(origin, -direction).tolist() == [False]


def test_nothing_is_hit_without_faces():
    scene = RayScene(Mesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=int)))
    distance, face = scene.first_hit(np.zeros((2, 3)), np.ones((2, 3)))
    assert np.isnan(distance).all()
    assert (face == -1).all()
    assert not scene.occluded(np.zeros((2, 3)), np.ones((2, 3))).any()


def test_directions_are_unit_and_even():
    for directions in (
        sphere_directions(500),
        hemisphere_directions(500),
        hemisphere_directions(500, cosine_weighted=True),
    ):
        assert np.linalg.norm(directions, axis=1) == pytest.approx(1)
    assert np.abs(sphere_directions(500).mean(axis=0)).max() < 0.01
    assert hemisphere_directions(500).mean(axis=0) == pytest.approx([0, 0, 0.5], abs=0.01)
    assert hemisphere_directions(500, cosine_weighted=True).mean(axis=0) == pytest.approx([0, 0, 2 / 3], abs=0.01)
