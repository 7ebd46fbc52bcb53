import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface

CORNER = Mesh(np.array([[0.0, 0, 0], [4, 0, 0], [0, 4, 0], [0, 0, 4]]), np.array([[0, 1, 2], [0, 3, 1]]))


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


def test_a_degenerate_face_gives_a_corner():
    flat = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]]), np.array([[0, 1, 2]]))
    places = Surface(flat).nearest(np.array([[0.4, 1.0, 0]]))
    assert places.weights.sum() == 1
    assert np.isfinite(Surface(flat).normals(places)).all()


def test_a_surface_without_faces_is_told():
    with pytest.raises(MeshError, match="without faces"):
        Surface(Mesh(np.zeros((3, 3)), np.zeros((0, 3))))
