import numpy as np
import pytest

from typodont.geometry.curvature import edge_concavity, tangent_frame, vertex_curvature
from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import turned_over
from typodont.geometry.registration import random_rotation


@pytest.mark.parametrize(("scale", "within"), [(0.0, 0.07), (0.3, 0.04)])
def test_a_ball_bends_alike_everywhere(sphere, scale, within):
    found = vertex_curvature(sphere(4.0, 4), scale=scale)
    assert found.maximum == pytest.approx(0.25, rel=within)
    assert found.minimum == pytest.approx(0.25, rel=within)
    assert found.mean == pytest.approx(0.25, rel=within)
    assert found.gaussian == pytest.approx(1 / 16, rel=2.2 * within)


def test_a_tube_bends_one_way(cylinder):
    mesh = cylinder(2.0, 12.0, 64, 60)
    inner = np.abs(mesh.vertices[:, 2]) < 3
    found = vertex_curvature(mesh, scale=0.2)
    assert found.maximum[inner] == pytest.approx(0.5, rel=0.02)
    assert np.abs(found.minimum[inner]).max() < 0.01


def test_a_torus_bends_both_ways(torus):
    mesh = torus(4.0, 1.0, 160, 60)
    found = vertex_curvature(mesh, scale=0.0)
    ring = np.hypot(mesh.vertices[:, 0], mesh.vertices[:, 1])
    across = (ring - 4) / ring  # the second principal curvature is cos(v) / ring
    assert found.maximum == pytest.approx(1, rel=0.03)
    assert np.abs(found.minimum - across).max() < 0.02


def test_a_hollow_is_negative(sphere):
    found = vertex_curvature(turned_over(sphere(4.0, 4)))
    assert found.mean == pytest.approx(-0.25, rel=0.04)


def test_curvature_does_not_depend_on_pose_face_order_or_sampling(sphere):
    mesh = sphere(4.0, 4)
    egg = Mesh(mesh.vertices * (1, 1.3, 0.8), mesh.faces)
    rng = np.random.default_rng(0)
    motion = random_rotation(rng)
    motion[:3, 3] = 100, -50, 20
    order = rng.permutation(len(egg.faces))
    moved = Mesh(egg.vertices, egg.faces[order]).transformed(motion)
    assert vertex_curvature(moved).maximum == pytest.approx(vertex_curvature(egg).maximum, abs=1e-4)
    fine = sphere(4.0, 5)  # the first vertices of a finer icosphere are those of the coarser one
    finer = vertex_curvature(Mesh(fine.vertices * (1, 1.3, 0.8), fine.faces)).mean[: len(mesh.vertices)]
    assert finer == pytest.approx(vertex_curvature(egg).mean, rel=0.05)


def test_scale_flattens_noise(sphere):
    mesh = sphere(4.0, 5)
    noisy = Mesh(mesh.vertices + np.random.default_rng(0).normal(size=mesh.vertices.shape) * 0.01, mesh.faces)
    rough, calm = (vertex_curvature(noisy, scale=scale).mean.std() for scale in (0.0, 0.5))
    assert calm < 0.2 * rough


def test_vertices_without_faces_and_slivers_are_harmless():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [9, 9, 9], [0.5, 1e-9, 0]])
    found = vertex_curvature(Mesh(vertices, np.array([[0, 1, 2], [0, 1, 4], [0, 0, 1]])))
    assert np.isfinite(found.mean).all()
    assert found.mean[3] == 0


def test_edges_of_a_box_are_ridges(box):
    pairs, angle = edge_concavity(box(1, 2, 3))
    assert len(pairs) == 18
    assert sorted(np.round(angle).tolist()) == [-90.0] * 12 + [0.0] * 6
    _, inside = edge_concavity(turned_over(box(1, 2, 3)))
    assert sorted(np.round(inside).tolist()) == [0.0] * 6 + [90.0] * 12


def test_a_groove_has_the_angle_it_was_folded_by():
    for fold in (5.0, 30.0, 80.0):
        rise = np.tan(np.radians(fold / 2))
        vertices = np.array([[0, -1, 0], [0, 1, 0], [-1, 0, rise], [1, 0, rise]])
        _, angle = edge_concavity(Mesh(vertices, np.array([[0, 1, 2], [1, 0, 3]])))
        assert angle == pytest.approx([fold])


def test_tangent_frame_is_right_handed():
    normals = np.concatenate([np.eye(3), -np.eye(3)])
    u, v = tangent_frame(normals)
    assert np.cross(u, v) == pytest.approx(normals)
    assert np.linalg.norm(u, axis=1) == pytest.approx(1)
