import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import random_rotation


def test_areas_and_normals_of_a_box(box):
    mesh = box(1, 2, 3)
    assert mesh.face_areas.sum() == pytest.approx(2 * (2 + 3 + 6))
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    assert (np.einsum("ij,ij->i", centres, mesh.face_normals) > 0).all()
    assert len(mesh.edges) == 18  # Euler: V - E + F = 8 - 18 + 12 = 2


def test_vertex_normals_of_a_sphere_point_away_from_its_centre(sphere):
    mesh = sphere(2.0)
    assert np.abs(mesh.vertex_normals - mesh.vertices / 2).max() < 0.02


def test_normals_turn_with_the_mesh(sphere):
    mesh = sphere()
    motion = random_rotation(np.random.default_rng(1))
    motion[:3, 3] = 3, -2, 9
    assert mesh.transformed(motion).vertex_normals == pytest.approx(mesh.vertex_normals @ motion[:3, :3].T)


def test_a_reflection_keeps_the_outside_outside(sphere):
    mesh = sphere().transformed(np.diag([-1.0, 1, 1, 1]))
    assert (np.einsum("ij,ij->i", mesh.vertices, mesh.vertex_normals) > 0.9).all()


def test_degenerate_faces_and_unused_vertices_have_zero_normals():
    mesh = Mesh(np.eye(4)[:, :3], np.array([[0, 0, 1], [0, 1, 1]]))
    assert not mesh.face_normals.any()
    assert not mesh.vertex_normals.any()


def test_submesh_keeps_attributes_and_says_where_vertices_came_from(box):
    mesh = box().with_vertex(label=np.arange(8))
    mesh = Mesh(mesh.vertices, mesh.faces, mesh.vertex_attributes, {"piece": np.arange(12)})
    part = mesh.submesh(np.arange(12) == 5)
    assert part.faces.shape == (1, 3)
    assert part.face_attributes["piece"].tolist() == [5]
    assert (part.vertex_attributes["label"] == part.vertex_attributes["source_vertex"]).all()
    assert (mesh.vertices[part.vertex_attributes["source_vertex"]] == part.vertices).all()
    assert (part.vertices[part.faces[0]] == mesh.vertices[mesh.faces[5]]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_must_be_finite(bad):
    vertices = np.zeros((3, 3))
    vertices[1, 2] = bad
    with pytest.raises(MeshError, match="1 of 3 vertices"):
        Mesh(vertices, np.array([[0, 1, 2]]))


@pytest.mark.parametrize("index", [-1, 3])
def test_faces_must_refer_to_vertices(index):
    with pytest.raises(MeshError, match="only 3 vertices"):
        Mesh(np.zeros((3, 3)), np.array([[0, 1, index]]))


def test_attributes_must_fit():
    with pytest.raises(MeshError, match="vertex attribute 'label' has 2 values"):
        Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]), {"label": np.zeros(2)})
    with pytest.raises(MeshError, match="face attribute"):
        Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]), {}, {"piece": np.zeros(2)})
