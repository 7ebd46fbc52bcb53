import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.clearance import winding
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface, barycentric

CORNER = Mesh(np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]]), np.array([[0, 1, 2], [0, 3, 1]]))


def spiky_ball() -> Mesh:
    corners = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])
    faces = [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]]
    fine = subdivide(Mesh(corners, np.array(faces)), 2)
    length = np.random.default_rng(2).uniform(0.8, 2.0, size=(len(fine.vertices), 1))
    return Mesh(fine.vertices / np.linalg.norm(fine.vertices, axis=1, keepdims=True) * length, fine.faces)


def test_places_by_hand():
    surface = Surface(CORNER)
    places = surface.nearest(np.array([[1.0, 1, -2], [1, -3, 1], [-1, -1, -1]]))
    np.testing.assert_allclose(places.points, [[1, 1, 0], [1, 0, 1], [0, 0, 0]], atol=1e-12)
    assert places.face[:2].tolist() == [0, 1]
    np.testing.assert_allclose(places.weights[0], [0.5, 0.25, 0.25])
    np.testing.assert_allclose(surface.values(places, CORNER.vertices), places.points, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(surface.normals(places), axis=1), 1)


def test_values_are_linear_in_a_face():
    surface = Surface(CORNER)
    places = surface.nearest(np.array([[2.0, 1, 0.5]]))
    assert surface.values(places, CORNER.vertices @ [1.0, 10, 100]) == pytest.approx([12.0])


def test_a_face_without_area_is_no_place():
    spoiled = Mesh(CORNER.vertices, np.vstack([[0, 0, 1], CORNER.faces]))
    points = np.array([[0.4, -1.0, 1.0], [1, 2, 1]])
    assert Surface(spoiled).nearest(points).face.tolist() == [2, 1]


def test_barycentric_weights_give_the_point_back():
    rng = np.random.default_rng(1)
    triangles = rng.normal(size=(20, 3, 3))
    weights = rng.dirichlet([1, 1, 1], size=20)
    points = np.einsum("nk,nkx->nx", weights, triangles)
    assert barycentric(points, triangles) == pytest.approx(weights, abs=1e-9)


@pytest.mark.parametrize("turned", [False, True])
def test_the_side_of_places_on_faces_edges_and_corners_by_hand(turned):
    """In front is where y and z are positive; turned over, it is the other way round."""
    mesh = Mesh(CORNER.vertices, CORNER.faces[:, ::-1]) if turned else CORNER
    points = np.array([[1.0, 1, -2], [1, 1, 2], [1, -3, 1], [2, -1, -1], [2, 0.1, 0.1], [-1, -1, -1]])
    distance = [-2.0, 1.0, -3.0, -np.sqrt(2), 0.1, -np.sqrt(3)]
    assert Surface(mesh).signed_distance(points) == pytest.approx(np.multiply(distance, -1 if turned else 1))


def test_sides_agree_with_how_far_the_surface_wraps_around_a_point():
    """On a star with sharp ridges, furrows and tips; most places lie on edges and tips."""
    star = spiky_ball()
    points = np.random.default_rng(0).uniform(-2, 2, size=(4000, 3))
    inside = winding(star, points) > 0.5
    distance = Surface(star).signed_distance(points)
    assert 200 < inside.sum() < 2000
    assert (distance < 0).tolist() == inside.tolist()


def test_a_surface_without_faces_is_told():
    with pytest.raises(MeshError, match="without faces"):
        Surface(Mesh(np.zeros((3, 3)), np.zeros((0, 3))))
