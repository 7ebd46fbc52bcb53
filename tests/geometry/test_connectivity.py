import numpy as np
import pytest

from typodont.geometry.connectivity import (
    boundary_edges,
    boundary_loops,
    face_adjacency,
    face_components,
    geodesic_distance,
    label_components,
    vertex_components,
    vertex_graph,
)
from typodont.geometry.mesh import Mesh


def together(*meshes: Mesh) -> Mesh:
    vertices, faces, shift = [], [], 0
    for mesh in meshes:
        vertices.append(mesh.vertices)
        faces.append(mesh.faces + shift)
        shift += len(mesh.vertices)
    return Mesh(np.concatenate(vertices), np.concatenate(faces))


def test_every_edge_of_a_closed_surface_joins_two_faces(torus):
    mesh = torus()
    pairs, edge = face_adjacency(mesh)
    assert len(pairs) == len(mesh.edges) == 1.5 * len(mesh.faces)
    assert {tuple(e) for e in edge.tolist()} == {tuple(e) for e in mesh.edges.tolist()}
    for (first, second), ends in zip(pairs[:50], edge[:50], strict=True):
        assert set(mesh.faces[first]) & set(mesh.faces[second]) == set(ends)
    assert not len(boundary_edges(mesh))
    assert boundary_loops(mesh) == []


def test_an_edge_with_three_faces_gives_a_chain():
    mesh = Mesh(np.random.default_rng(0).normal(size=(5, 3)), np.array([[0, 1, 2], [1, 0, 3], [0, 1, 4]]))
    pairs, edge = face_adjacency(mesh)
    assert pairs.tolist() == [[0, 1], [1, 2]]
    assert edge.tolist() == [[0, 1], [0, 1]]


def test_a_tube_has_two_rims_that_run_with_their_faces(cylinder):
    mesh = cylinder(2.0, 5.0, 32, 10)
    loops = boundary_loops(mesh)
    assert [len(loop) for loop in loops] == [32, 32]
    assert {round(float(mesh.vertices[loop][:, 2].mean()), 6) for loop in loops} == {-2.5, 2.5}
    directed = {tuple(edge) for edge in boundary_edges(mesh).tolist()}
    for loop in loops:
        assert {(int(a), int(b)) for a, b in zip(loop, np.roll(loop, -1), strict=True)} <= directed


def test_rims_that_touch_keep_every_edge():
    touching = Mesh(np.random.default_rng(0).normal(size=(5, 3)), np.array([[0, 1, 2], [0, 3, 4]]))
    assert sum(len(loop) for loop in boundary_loops(touching)) == 6


def test_pieces_are_numbered_by_size(sphere, box):
    mesh = together(box(), sphere(), box())
    faces = face_components(mesh)
    assert np.bincount(faces).tolist() == [1280, 12, 12]
    assert (faces[12:-12] == 0).all()
    vertices = vertex_components(mesh)
    assert np.bincount(vertices).tolist() == [642, 8, 8]
    assert (vertices[mesh.faces] == vertices[mesh.faces][:, :1]).all()


def test_a_mask_cuts_pieces_apart(cylinder):
    mesh = cylinder(along=9)
    height = mesh.vertices[mesh.faces].mean(axis=1)[:, 2]
    piece = face_components(mesh, mask=np.abs(height) > 0.3)
    assert set(piece) == {-1, 0, 1}
    assert ((piece == -1) == (np.abs(height) <= 0.3)).all()
    assert len(set(np.sign(height[piece == 0]))) == 1


def test_faces_that_share_one_vertex_are_apart():
    mesh = Mesh(np.random.default_rng(0).normal(size=(5, 3)), np.array([[0, 1, 2], [2, 3, 4]]))
    assert face_components(mesh).tolist() == [0, 1]
    assert set(vertex_components(mesh)) == {0}


def test_permuting_faces_permutes_pieces(sphere, box):
    mesh = together(sphere(), box())
    order = np.random.default_rng(3).permutation(len(mesh.faces))
    assert (face_components(Mesh(mesh.vertices, mesh.faces[order])) == face_components(mesh)[order]).all()


def test_nothing_has_no_pieces():
    assert label_components(0, np.zeros((0, 2), dtype=int)).tolist() == []
    assert label_components(3, np.zeros((0, 2), dtype=int), mask=np.zeros(3, dtype=bool)).tolist() == [-1, -1, -1]


def test_graph_holds_edge_lengths(box):
    graph = vertex_graph(box(1, 2, 3))
    assert graph.nnz == 36
    assert set(np.round(graph.data**2, 9)) == {1, 4, 9, 5, 10, 13}
    assert (graph != graph.T).nnz == 0


def test_way_around_a_ball(sphere):
    mesh = sphere(2.0, 5)
    top, bottom = mesh.vertices[:, 2].argmax(), mesh.vertices[:, 2].argmin()
    distance, nearest = geodesic_distance(mesh, np.array([top]))
    true = 2 * np.arccos(np.clip(mesh.vertices[:, 2] / 2, -1, 1))
    assert distance[bottom] == pytest.approx(2 * np.pi, rel=0.1)
    assert (distance >= true - 1e-2).all()
    assert (nearest == top).all()


def test_way_ends_at_the_limit_and_at_other_pieces(sphere, box):
    mesh = together(sphere(2.0), box())
    distance, nearest = geodesic_distance(mesh, np.array([0, 5]), limit=1.0)
    assert np.isinf(distance[-8:]).all()
    assert (nearest[-8:] == -1).all()
    assert np.isfinite(distance).sum() > 20
    assert distance[np.isfinite(distance)].max() <= 1
    assert set(nearest) == {-1, 0, 5}
