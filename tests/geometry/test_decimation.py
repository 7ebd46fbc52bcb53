import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.decimation import decimate, subdivide
from typodont.geometry.mesh import Mesh


def test_a_simpler_ball_is_still_the_ball_and_keeps_its_labels(sphere):
    mesh = sphere(10.0, 5)
    mesh = mesh.with_vertex(label=np.where(mesh.vertices[:, 0] > 0, 36, 37))
    small = decimate(mesh, 2000)
    assert abs(len(small.faces) - 2000) <= 10
    assert np.linalg.norm(small.vertices, axis=1) == pytest.approx(10, rel=0.01)
    assert (np.unique(small.faces) == np.arange(len(small.vertices))).all()
    sure = np.abs(small.vertices[:, 0]) > 0.5
    assert (small.vertex_attributes["label"] == np.where(small.vertices[:, 0] > 0, 36, 37))[sure].all()
    source = small.vertex_attributes["source_vertex"]
    assert np.linalg.norm(mesh.vertices[source] - small.vertices, axis=1).max() < 0.5


def test_far_from_the_origin_nothing_is_lost(sphere):
    mesh = sphere(10.0, 4)
    far = Mesh(mesh.vertices + 1e5, mesh.faces)
    assert np.linalg.norm(decimate(far, 1000).vertices - 1e5, axis=1) == pytest.approx(10, rel=0.02)


def test_unused_vertices_are_neither_kept_nor_copied_from(sphere):
    mesh = sphere(10.0, 4)
    lonely = Mesh(
        np.concatenate([mesh.vertices, mesh.vertices]),
        mesh.faces,
        {"label": np.repeat([16, 99], len(mesh.vertices))},
    )
    assert set(decimate(lonely, 1000).vertex_attributes["label"]) == {16}
    same = decimate(lonely, 10**6)
    assert (same.vertices == mesh.vertices).all()
    assert (same.vertex_attributes["source_vertex"] == np.arange(len(mesh.vertices))).all()


def test_no_faces():
    with pytest.raises(MeshError, match="without faces"):
        decimate(Mesh(np.zeros((3, 3)), np.zeros((0, 3), dtype=int)), 10)


def test_subdividing_changes_nothing_but_the_number(box):
    mesh = box(1, 2, 3).with_vertex(label=np.arange(8), height=np.arange(8.0))
    mesh = Mesh(mesh.vertices, mesh.faces, mesh.vertex_attributes, {"piece": np.arange(12)})
    fine = subdivide(mesh, 2)
    assert len(fine.faces) == 12 * 16
    assert fine.face_areas.sum() == pytest.approx(22)
    assert (fine.vertices[:8] == mesh.vertices).all()
    assert len(fine.vertices) - len(fine.edges) + len(fine.faces) == 2  # still one closed surface
    assert fine.face_normals == pytest.approx(np.repeat(mesh.face_normals, 16, axis=0))
    assert (fine.face_attributes["piece"] == np.repeat(np.arange(12), 16)).all()
    assert set(fine.vertex_attributes["label"]) <= set(range(8))
    once = subdivide(mesh)
    ends = mesh.edges
    assert once.vertex_attributes["height"][8:] == pytest.approx(ends.mean(axis=1))
    assert (once.vertex_attributes["label"][8:] == ends[:, 0]).all()
