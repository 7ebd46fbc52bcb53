"""Cases of crowns on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from typodont.errors import FormatError, LabelError, MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import rotation_about
from typodont.records.crown_case import CrownCase, find_crown_cases, read_crown_case, write_crown_case

TETRAHEDRON = Mesh(
    np.array([[0, 0, 0], [2.0, 0, 0], [0, 2, 0], [0, 0, 2]]), np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
)
ANGLES = np.linspace(0, 2 * np.pi, 12, endpoint=False)
RING = np.stack([np.cos(ANGLES), np.sin(ANGLES), 0 * ANGLES], axis=1)


def _case() -> CrownCase:
    scan = TETRAHEDRON.with_vertex(label=np.array([0, 36, 36, 37]), prepared=np.array([0, 1, 1, 0], dtype=np.uint8))
    crown = TETRAHEDRON.submesh(np.array([False, True, True, True]))
    crown = Mesh(crown.vertices, crown.faces)
    return CrownCase("one", 36, scan, TETRAHEDRON, "onlay", RING, np.array([0, 0.6, 0.8]), crown, {"taper": 7.5})


def test_a_case_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_crown_case(_case(), tmp_path / "one")
    read = read_crown_case(tmp_path / "one")
    assert (read.name, read.tooth, read.kind, read.remarks) == ("one", 36, "onlay", {"taper": 7.5})
    np.testing.assert_allclose(read.axis, [0, 0.6, 0.8])
    np.testing.assert_allclose(read.margin, RING, atol=1e-4)
    np.testing.assert_array_equal(read.scan.vertex_attributes["label"], [0, 36, 36, 37])
    np.testing.assert_array_equal(read.scan.vertex_attributes["prepared"], [0, 1, 1, 0])
    assert read.crown is not None
    assert read.antagonist is not None
    assert len(read.crown.faces) == 3
    np.testing.assert_allclose(read.antagonist.vertices, TETRAHEDRON.vertices)


def test_a_scan_and_a_tooth_are_enough(tmp_path: Path) -> None:
    write_crown_case(_case(), tmp_path / "one")
    write_crown_case(CrownCase("bare", 11, TETRAHEDRON), tmp_path / "one")  # nothing of the old case is left
    read = read_crown_case(tmp_path / "one")
    assert (read.name, read.tooth) == ("bare", 11)
    assert [read.antagonist, read.kind, read.margin, read.axis, read.crown] == [None] * 5


def test_cases_are_found_in_order_and_by_themselves(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_crown_case(CrownCase(name, 11, TETRAHEDRON), tmp_path / name)
    (tmp_path / "c").mkdir()  # broken off before it was complete
    assert find_crown_cases(tmp_path) == [tmp_path / "a", tmp_path / "b"]
    assert find_crown_cases(tmp_path / "a") == [tmp_path / "a"]
    with pytest.raises(FormatError, match="found no crown case"):
        find_crown_cases(tmp_path / "c")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"tooth": 59}, LabelError, "found tooth 59"),
        ({"tooth": "left"}, FormatError, "found no whole number 'tooth'"),
        ({"kind": "bridge"}, MeshError, "found kind 'bridge'"),
        ({"axis": [0, 0, 3]}, MeshError, "expected three numbers, a unit vector"),
    ],
)
def test_a_wrong_case_file_is_said_plainly(tmp_path: Path, change: dict, error: type, message: str) -> None:
    folder = write_crown_case(_case(), tmp_path / "one")
    about = json.loads((folder / "case.json").read_text())
    (folder / "case.json").write_text(json.dumps({**about, **change}))
    with pytest.raises(error, match=message) as caught:
        read_crown_case(folder)
    assert str(folder) in str(caught.value)


def test_a_case_without_its_scan_is_said_plainly(tmp_path: Path) -> None:
    folder = write_crown_case(_case(), tmp_path / "one")
    (folder / "scan.ply").unlink()
    with pytest.raises(FormatError, match=r"found no scan\.ply"):
        read_crown_case(folder)


def test_a_margin_is_a_list_of_points() -> None:
    with pytest.raises(MeshError, match="expected \\(M, 3\\)"):
        CrownCase("one", 36, TETRAHEDRON, margin=np.zeros((3, 3)))


def _area(curve: np.ndarray, axis: np.ndarray) -> float:
    return float(np.cross(curve, np.roll(curve, -1, axis=0)).sum(axis=0) @ axis)


@pytest.mark.parametrize("mirrored", [False, True])
def test_everything_moves_together(mirrored: bool) -> None:
    motion = rotation_about(np.array([1.0, 2, 3]), 50) @ np.diag([-1.0 if mirrored else 1.0, 1, 1, 1])
    motion[:3, 3] = [5, 6, 7]
    case = CrownCase("one", 36, TETRAHEDRON, TETRAHEDRON, "crown", RING, np.array([0, 0, 1.0]), TETRAHEDRON)
    moved = case.transformed(motion)
    assert moved.margin is not None
    assert moved.axis is not None
    np.testing.assert_allclose(moved.axis, motion[:3, 2], atol=1e-12)
    assert _area(moved.margin - motion[:3, 3], moved.axis) == pytest.approx(_area(RING, np.array([0, 0, 1.0])))
    for mesh in (moved.scan, moved.antagonist, moved.crown):
        assert mesh is not None
        volume = np.einsum("fi,fi->", mesh.vertices[mesh.faces].mean(axis=1) - motion[:3, 3], mesh.face_cross) / 6
        assert volume == pytest.approx(8 / 6)  # still turned outward
