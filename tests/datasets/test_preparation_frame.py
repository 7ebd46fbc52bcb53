import numpy as np
import pytest

from typodont.anatomy.relations import mirrored
from typodont.datasets.preparation_frame import mesial_direction, preparation_frame
from typodont.errors import FrameError, LabelError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, rotation_about

MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])

# (tooth, mesial, buccal) in the arch frame: y to the front, z occlusal, x < 0 right of an upper and left of a lower jaw
PLACES = [
    (16, [0, 1, 0], [-1, 0, 0]),
    (26, [0, 1, 0], [1, 0, 0]),
    (36, [0, 1, 0], [-1, 0, 0]),
    (46, [0, 1, 0], [1, 0, 0]),
    (11, [1, 0, 0], [0, 1, 0]),
    (21, [-1, 0, 0], [0, 1, 0]),
    (75, [0, 1, 0], [-1, 0, 0]),
]


def tetrahedron() -> Mesh:
    return Mesh(np.vstack([np.zeros(3), np.eye(3)]), np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]))


def volume(mesh: Mesh) -> float:
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return float(np.einsum("fi,fi->", a, np.cross(b, c))) / 6


@pytest.mark.parametrize(("tooth", "mesial", "buccal"), PLACES)
def test_cheek_lies_at_positive_y_in_every_quadrant(tooth, mesial, buccal):
    centre = np.array([3.0, 4.0, 5.0])
    frame = preparation_frame(tooth, centre, axis=np.array([0, 0, 2.0]), mesial=np.array(mesial))
    assert frame.points_in(centre[None]) == pytest.approx(np.zeros((1, 3)))
    assert frame.points_in((centre + mesial)[None])[0] == pytest.approx([1, 0, 0])
    assert frame.points_in((centre + buccal)[None])[0] == pytest.approx([0, 1, 0])
    assert frame.points_in((centre + [0, 0, 1])[None])[0] == pytest.approx([0, 0, 1])


def test_a_scan_and_its_mirror_image_come_in_alike():
    rng = np.random.default_rng(3)
    points, centre = rng.normal(size=(20, 3)), rng.normal(size=3)
    axis, mesial = np.array([0.1, -0.2, 1.0]), np.array([0.3, 0.9, 0.2])
    one = preparation_frame(36, centre, axis=axis, mesial=mesial)
    flip = MIRROR[:3, :3]
    other = preparation_frame(mirrored(36), flip @ centre, axis=flip @ axis, mesial=flip @ mesial)
    assert other.points_in(points @ flip) == pytest.approx(one.points_in(points))
    assert one.mirrored != other.mirrored


def test_a_turned_scan_comes_in_alike_and_goes_back():
    rng = np.random.default_rng(4)
    points = rng.normal(size=(20, 3))
    motion = rotation_about(np.array([1.0, 2, 3]) / np.sqrt(14), 70.0)
    motion[:3, 3] = [5, -7, 9]
    centre, axis, mesial = np.zeros(3), np.array([0, 0, 1.0]), np.array([0, 1.0, 0.3])
    plain = preparation_frame(26, centre, axis=axis, mesial=mesial)
    turned = preparation_frame(
        26, apply(motion, centre[None])[0], axis=motion[:3, :3] @ axis, mesial=motion[:3, :3] @ mesial
    )
    assert turned.points_in(apply(motion, points)) == pytest.approx(plain.points_in(points))
    assert turned.points_back(turned.points_in(points)) == pytest.approx(points)


@pytest.mark.parametrize("tooth", [16, 26])
def test_faces_look_outward_on_both_ways(tooth):
    frame = preparation_frame(tooth, np.ones(3), axis=np.array([0, 0, 1.0]), mesial=np.array([0, 1.0, 0]))
    inside = frame.mesh_in(tetrahedron())
    assert volume(inside) == pytest.approx(1 / 6)
    back = frame.mesh_back(inside)
    assert back.vertices == pytest.approx(tetrahedron().vertices)
    assert volume(back) == pytest.approx(1 / 6)


def test_mesial_along_the_axis_is_refused():
    with pytest.raises(FrameError, match="tooth 36: the mesial direction runs along the insertion axis"):
        preparation_frame(36, np.zeros(3), axis=np.array([0, 0, 1.0]), mesial=np.array([0, 0.1, 1.0]))


@pytest.mark.parametrize("axis", [[0, 0, 0], [np.nan, 0, 1], [0, 1]])
def test_a_direction_that_is_none_is_refused(axis):
    with pytest.raises(FrameError, match="as its axis, expected three finite numbers"):
        preparation_frame(36, np.zeros(3), axis=np.array(axis, dtype=float), mesial=np.array([0, 1.0, 0]))


def test_a_number_that_is_no_tooth_is_refused():
    with pytest.raises(LabelError):
        preparation_frame(39, np.zeros(3), axis=np.array([0, 0, 1.0]), mesial=np.array([0, 1.0, 0]))


def row(*labels: int) -> Mesh:
    """Teeth 10 mm apart along x, each one vertex."""
    return Mesh(
        np.column_stack([10.0 * np.arange(len(labels)), np.zeros((len(labels), 2))]),
        np.zeros((0, 3), dtype=int),
        {"label": np.array(labels)},
    )


@pytest.mark.parametrize(
    ("labels", "tooth", "sign"),
    [
        ((37, 36, 35), 36, 1),
        ((35, 36, 37), 36, -1),
        ((36, 37), 36, -1),
        ((35, 36), 36, -1),
        ((34, 0, 36), 36, -1),  # a gap mesial, nothing distal
        ((37, 35), 36, 1),  # the tooth itself not numbered
        ((11, 21), 21, -1),  # over the midline
        ((12, 11, 21), 11, 1),
        ((55, 16), 16, -1),  # a milk tooth stands before the first molar
        ((36, 36, 75), 36, 1),
    ],
)
def test_mesial_direction_of_a_row_of_teeth(labels, tooth, sign):
    assert mesial_direction(row(*labels), tooth) == pytest.approx([sign, 0, 0])


def test_mesial_direction_needs_another_tooth_of_the_jaw():
    with pytest.raises(FrameError, match="found no other numbered tooth of its jaw"):
        mesial_direction(row(36, 0, 16), 36)
    with pytest.raises(FrameError, match="found a scan without tooth numbers"):
        mesial_direction(tetrahedron(), 36)
