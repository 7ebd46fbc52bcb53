import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from typodont.errors import MeshError
from typodont.geometry.insertion_axis import insertion_axis
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_cut import side_of_line

UP = np.array([0.0, 0, 1])


@pytest.fixture(scope="module")
def case(stump_case):
    return stump_case()


@pytest.fixture(scope="module")
def inside(case):
    return case.scan.submesh(case.scan.vertex_attributes["prepared"][case.scan.faces].all(axis=1))


def degrees(a, b):
    return np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a), -1, 1)))


@pytest.mark.parametrize("lean", [0, 8, 20])
def test_a_round_stump_comes_off_along_its_middle(inside, lean):
    rough = Rotation.from_rotvec(np.radians(lean) * np.array([0.6, 0.8, 0])).apply(UP)
    assert degrees(insertion_axis(inside, rough), UP) < 0.3 + 0.2 * lean


def test_where_walls_leave_it_open_the_axis_stays(inside):
    half = inside.submesh((inside.vertices[:, 0] > -0.5)[inside.faces].all(axis=1))
    found = insertion_axis(half, UP)
    assert 1 < degrees(found, UP) < 6  # away from the only wall, but not far


def test_the_axis_moves_with_the_preparation(inside):
    turn = Rotation.from_rotvec([0.5, 1.0, -0.3])
    pose = np.eye(4)
    pose[:3, :3] = turn.as_matrix()
    found = insertion_axis(inside.transformed(pose), turn.apply([0.1, 0.1, 1.0]))
    assert degrees(found, turn.apply(UP)) < 2.0


def test_an_undercut_flaw_moves_it_little(inside):
    hang = np.abs(np.arctan2(inside.vertices[:, 1], inside.vertices[:, 0])) < 0.15
    hang &= (inside.vertices[:, 2] > 2) & (inside.vertices[:, 2] < 3)
    bulged = inside.vertices + np.where(hang, 0.3, 0.0)[:, None] * [1, 0, 0]
    found = insertion_axis(Mesh(bulged, inside.faces), UP)
    assert degrees(found, UP) < 3


def test_it_stays_near_the_rough_axis(inside):
    far = Rotation.from_rotvec([np.radians(60), 0, 0]).apply(UP)
    assert degrees(insertion_axis(inside, far, most_lean_deg=10), far) < 12


def test_a_preparation_without_surface_is_told():
    with pytest.raises(MeshError, match="without surface"):
        insertion_axis(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), UP)


def test_what_the_margin_encloses_is_what_was_prepared(case):
    found = side_of_line(case.scan, case.margin) > 0
    on_line = np.abs(np.linalg.norm(case.scan.vertices, axis=1) - 4.8) < 1e-6
    np.testing.assert_array_equal(found[~on_line], case.scan.vertex_attributes["prepared"][~on_line] > 0)


def test_a_line_in_the_middle_of_faces_parts_them(case):
    # the vertices of the shoulder's rings lie at 4.8 - k / 7; the line runs between two of them
    found = side_of_line(case.scan, case.margin * [4.3 / 4.8, 4.3 / 4.8, 1]) > 0
    radius, height = np.linalg.norm(case.scan.vertices[:, :2], axis=1), case.scan.vertices[:, 2]
    np.testing.assert_array_equal(found, (radius < 4.3) & (height > -1e-6))


def test_the_other_way_round_is_the_rest(case):
    inner, outer = (side_of_line(case.scan, curve) > 0 for curve in (case.margin, case.margin[::-1]))
    on_line = np.abs(np.linalg.norm(case.scan.vertices, axis=1) - 4.8) < 1e-6
    np.testing.assert_array_equal(inner[~on_line], ~outer[~on_line])
