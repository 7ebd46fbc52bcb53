import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.grown_solid import grown_solid
from typodont.geometry.mesh import Mesh
from typodont.geometry.self_crossing import self_crossings
from typodont.geometry.solids import faults, simplified, subtract, volume, welded


def moved(mesh, *way):
    return Mesh(mesh.vertices + np.array(way), mesh.faces)


def test_a_box_less_a_box(box):
    big = box(4, 4, 4)
    along = np.abs(big.face_normals).argmax(axis=1)
    left, found = subtract(big, along, moved(box(2, 2, 2), 2, 2, 2))
    assert found == []
    assert volume(left) == pytest.approx(63)
    group = left.face_attributes["group"]
    assert left.face_areas[group == -1].sum() == pytest.approx(3)
    for axis in range(3):
        assert left.face_areas[group == axis].sum() == pytest.approx(31)


def test_the_largest_piece_is_kept(box):
    left, _ = subtract(box(6, 1, 1), np.zeros(12, int), moved(box(1, 3, 3), 1, 0, 0))
    assert volume(left) == pytest.approx(3.5)


def test_nothing_left_and_open_surfaces_are_said(box):
    with pytest.raises(MeshError, match="nothing is left"):
        subtract(box(1, 1, 1), np.zeros(12, int), box(2, 2, 2))
    opened = Mesh(box(1, 1, 1).vertices, box(1, 1, 1).faces[1:])
    with pytest.raises(MeshError, match="does not make a closed solid"):
        subtract(opened, np.zeros(11, int), box(2, 2, 2))


def split_at(mesh, edge, away):
    """The same body with one more vertex, `away` mm from the start of an edge, on it."""
    start, end = edge
    way = mesh.vertices[end] - mesh.vertices[start]
    new = len(mesh.vertices)
    faces = []
    for face in mesh.faces.tolist():
        if start in face and end in face:
            faces += [[new if i == start else i for i in face], [new if i == end else i for i in face]]
        else:
            faces.append(face)
    place = mesh.vertices[start] + away * way / np.linalg.norm(way)
    return Mesh(np.vstack([mesh.vertices, place]), faces, face_attributes={"group": np.arange(len(faces))})


@pytest.mark.parametrize(("shortest", "vertices", "faces"), [(1e-4, 8, 12), (1e-5, 9, 14)])
def test_vertices_nearer_than_asked_become_one(box, shortest, vertices, faces):
    body = split_at(box(2, 2, 2), (0, 1), 5e-5)
    assert faults(body) == []
    lean = welded(body, shortest)
    assert (len(lean.vertices), len(lean.faces)) == (vertices, faces)
    assert faults(lean) == []
    assert volume(lean) == pytest.approx(8, abs=1e-3)
    middles = lean.vertices[lean.faces].mean(axis=1)
    theirs = body.vertices[body.faces].mean(axis=1)[lean.face_attributes["group"]]
    assert middles == pytest.approx(theirs, abs=1e-3)  # each face keeps its mark


def test_faces_that_come_to_lie_back_to_back_are_gone(box):
    whole = box(2, 2, 2)
    fin = np.array([[3.0, 0, 0], [4, 0, 0], [3.5, 1, 0], [3.5, 1, 5e-5]])
    sides = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]) + len(whole.vertices)
    both = Mesh(np.vstack([whole.vertices, fin]), np.vstack([whole.faces, sides]))
    lean = welded(both, 1e-4)
    assert len(lean.faces) == len(whole.faces)
    assert faults(lean) == []


def test_a_wall_thinner_than_what_is_welded_is_kept(box):
    """Between a shaft and the side of the block 0.07 µm are left; vertices nearer than 0.1 µm become one."""
    wall = 7e-5
    left, found = subtract(box(4, 4, 4), np.zeros(12, int), moved(box(2, 2, 6), 1 - wall, 0, 0))
    assert found == []
    assert volume(left) == pytest.approx(48, abs=1e-3)
    x = left.vertices[:, 0]
    assert np.sort(x[x > 1.5])[:4] == pytest.approx(2 - wall, abs=1e-6)


def test_simplifying_stays_within_the_tolerance(sphere):
    ball = sphere(2.0, 5)
    lean = simplified(ball, 0.01)
    assert len(lean.faces) < 0.5 * len(ball.faces)
    assert np.linalg.norm(lean.vertices, axis=1) == pytest.approx(2.0, abs=0.011)
    assert faults(lean) == []


def test_simplifying_keeps_the_largest_piece_only(sphere):
    balls = [sphere(2.0, 3), moved(sphere(0.3, 2), 4, 0, 0)]
    both = Mesh(
        np.vstack([ball.vertices for ball in balls]),
        np.vstack([balls[0].faces, balls[1].faces + len(balls[0].vertices)]),
    )
    assert volume(simplified(both, 1e-6)) == pytest.approx(volume(balls[0]))


def test_faults_name_what_is_wrong(box):
    whole = box(2, 2, 2)
    assert faults(whole) == []
    assert faults(Mesh(whole.vertices, whole.faces[1:]))[0] == "3 edges have no second face"
    assert faults(Mesh(whole.vertices, whole.faces[:, ::-1])) == ["it is inside out"]
    two = Mesh(np.vstack([whole.vertices, whole.vertices + 5]), np.vstack([whole.faces, whole.faces + 8]))
    assert faults(two) == ["it has 2 pieces"]
    near = whole.vertices.copy()
    near[0] = near[1] + 1e-9
    assert "vertices fall together in 32-bit numbers" in faults(Mesh(near, whole.faces))


def test_crossings_are_found_wherever_the_faces_lie(box):
    one, two = box(2, 2, 2), box(1, 1, 4)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(3, 3)))[0]
    both = Mesh(np.vstack([one.vertices, two.vertices]) @ turn + [50, 3, -9], np.vstack([one.faces, two.faces + 8]))
    pairs = self_crossings(both)
    assert len(pairs)
    assert ((pairs < 12).sum(axis=1) == 1).all()
    apart = Mesh(np.vstack([one.vertices, two.vertices + [3, 0, 0]]), both.faces)
    assert len(self_crossings(apart)) == 0


def test_touching_faces_do_not_cross(torus):
    assert len(self_crossings(torus())) == 0


def test_a_grown_ball_has_the_gap_all_around_its_upper_half(sphere):
    ball = sphere(1.5, 4)
    cap = ball.submesh(ball.vertices[ball.faces].mean(axis=1)[:, 2] > 0)
    side = np.arcsin(np.clip(cap.vertices[:, 2] / 1.5, -1, 1)) * 1.5
    solid = grown_solid(
        cap, side, np.array([0, 0, 1.0]), gap=lambda s: np.minimum(0.3 * s, 0.06), reach=0.06, voxel=0.06
    )
    assert faults(solid) == []
    top = solid.vertices[solid.vertices[:, 2] > 0.4]
    assert np.linalg.norm(top, axis=1) == pytest.approx(1.56, abs=0.004)
    below = solid.vertices[(solid.vertices[:, 2] < -0.05) & (solid.vertices[:, 2] > -0.15)]
    assert np.hypot(*below[:, :2].T).max() < 1.56
