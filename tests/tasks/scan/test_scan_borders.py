"""From points to vertices, borders into grooves, no islands, no holes."""

from __future__ import annotations

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.tasks.scan.decode import number_teeth
from typodont.tasks.scan.instances import find_instances
from typodont.tasks.scan.refine import border_band, clean_labels, edge_stiffness, refine, vertex_areas
from typodont.tasks.scan.surface import LOST_MM, to_vertices, tooth_probabilities


def sheet(height, n: int = 60, step: float = 0.25) -> Mesh:
    """A grid over the plane with z = height(x, y), faces up."""
    x, y = np.meshgrid(np.arange(n) * step, np.arange(n) * step, indexing="ij")
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    a, b, c, d = corner, corner + n, corner + n + 1, corner + 1
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return Mesh(np.stack([x, y, height(x, y)], axis=-1).reshape(-1, 3), faces)


def two_hills(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A groove along x = 7.4 between two round ridges."""
    return 2.5 * np.abs(np.sin((x - 7.4) * np.pi / 14))


def soft_step(x: np.ndarray, at: float) -> np.ndarray:
    share = 1 / (1 + np.exp(-(x - at) / 0.8))
    return np.stack([np.zeros_like(x), 1 - share, share], axis=1).astype(np.float32)


def test_a_border_moves_into_the_groove():
    mesh = sheet(two_hills)
    x = mesh.vertices[:, 0]
    values = soft_step(x, 8.0)
    refined = refine(mesh, values)
    error = [np.mean((v.argmax(axis=1) == 2) != (x > 7.4)) for v in (values, refined)]
    assert error[0] > 0.03
    assert error[1] < 0.5 * error[0]
    assert np.allclose(refined.sum(axis=1), 1, atol=0.02)


def test_far_from_borders_nothing_changes():
    mesh = sheet(two_hills)
    x = mesh.vertices[:, 0]
    values = np.stack([np.zeros_like(x), x < 7.4, x >= 7.4], axis=1).astype(np.float32)
    band = border_band(mesh, values, mesh.edges)
    assert not band[np.abs(x - 7.4) > 4].any()
    assert np.array_equal(refine(mesh, values)[~band], values[~band])


def test_grooves_hold_less_than_ridges_and_planes():
    mesh = sheet(two_hills)
    stiff = edge_stiffness(mesh, mesh.edges, 0.2)
    middle = mesh.vertices[mesh.edges].mean(axis=1)
    across = np.abs(mesh.vertices[mesh.edges[:, 0], 0] - mesh.vertices[mesh.edges[:, 1], 0]) > 0.1
    groove = across & (np.abs(middle[:, 0] - 7.4) < 0.2)
    top = across & (np.abs(middle[:, 0] - 14.4) < 0.3)
    assert stiff[groove].max() < 0.5 * stiff[top].min()
    assert np.allclose(edge_stiffness(sheet(lambda x, y: 0 * x), mesh.edges, 0.2), 1)


def test_islands_and_holes_go_and_pieces_on_other_shells_stay():
    plane = sheet(lambda x, y: 0 * x)
    x, y = plane.vertices[:, 0], plane.vertices[:, 1]
    other = Mesh(plane.vertices + [100.0, 0, 0], plane.faces)
    mesh = Mesh(
        np.concatenate([plane.vertices, other.vertices]),
        np.concatenate([plane.faces, other.faces + len(plane.vertices)]),
    )
    label = np.where(x < 7, 1, 0)
    label[np.hypot(x - 11, y - 8) < 1] = 1  # island of the tooth in the gum
    label[np.hypot(x - 3, y - 8) < 0.8] = 0  # speck of gum in the tooth
    label = np.concatenate([label, np.where(x < 4, 1, 0)])
    values = np.full((len(label), 2), 0.5, dtype=np.float32)
    cleaned = clean_labels(mesh, label, values)
    n = len(x)
    assert np.array_equal(cleaned[:n], np.where(x < 7, 1, 0))
    assert np.array_equal(cleaned[n:], label[n:])


def test_an_island_on_a_border_goes_to_both_sides_of_it():
    mesh = sheet(lambda x, y: 0 * x)
    x, y = mesh.vertices[:, 0], mesh.vertices[:, 1]
    label = np.where(x < 5, 1, np.where(x < 10, 2, 0))
    values = np.full((len(x), 3), 0.2, dtype=np.float32)
    island = (np.abs(x - 10) < 0.8) & (np.abs(y - 8) < 0.8)
    label[island] = 1
    values[island, 2] = 0.4
    cleaned = clean_labels(mesh, label, values)
    assert (cleaned[island & (x < 10)] == 2).all()
    assert not (cleaned[island] == 1).any()
    assert (cleaned[~island] == label[~island]).all()


def test_vertices_take_the_label_of_points_that_face_their_way():
    points = np.array([[0, 0, 0.3], [0, 0, -0.3]], dtype=np.float32)
    normals = np.array([[0, 0, 1.0], [0, 0, -1.0]], dtype=np.float32)
    values = np.array([[0, 1, 0], [0, 0, 1.0]], dtype=np.float32)
    vertices = np.array([[0, 0, 0.0], [0, 0, 0.0], [50, 0, 0]])
    facing = np.array([[0, 0, 1.0], [0, 0, -1.0], [0, 0, 1.0]])
    carried = to_vertices(points, normals, values, vertices, facing)
    assert carried[0].argmax() == 1
    assert carried[1].argmax() == 2
    assert carried[2].tolist() == [1, 0, 0]
    assert np.allclose(carried.sum(axis=1), 1)


def test_points_of_something_rejected_become_gum(arch, evidence):
    found = number_teeth(evidence, find_instances(evidence), jaw=arch.jaw)
    tooth = 3
    without = np.arange(len(found)) != tooth
    whole, part = tooth_probabilities(evidence, found), tooth_probabilities(evidence, found.subset(without))
    assert np.allclose(whole.sum(axis=1), 1, atol=1e-5)
    votes = evidence.position + evidence.offset
    kept = found.instances.centre[without]
    lost = np.linalg.norm(votes[:, None] - kept[None], axis=2).min(axis=1) > LOST_MM
    mine = lost & (found.instances.member == tooth)
    assert (part[mine, 0] == 1).all()
    assert (whole[mine, tooth + 1] > 0.8).mean() > 0.9 if mine.any() else True


def test_areas_of_vertices_add_up_to_the_surface():
    mesh = sheet(two_hills)
    assert np.isclose(vertex_areas(mesh).sum(), mesh.face_areas.sum())
