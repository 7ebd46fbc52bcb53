import numpy as np
import pytest
import trimesh

from typodont.errors import FormatError
from typodont.formats import read_mesh, read_stl, write_mesh, write_stl

FACET = """facet normal 0 0 1
  outer loop
    vertex {} {} 0
    vertex 1 0 0
    vertex 0 1 0
  endloop
endfacet
"""


def first_seen(corners):
    """Positions in the order in which they first appear, by a plain loop."""
    numbers = {}
    faces = [numbers.setdefault(tuple(corner), len(numbers)) for corner in corners.tolist()]
    return np.array(list(numbers)), np.array(faces).reshape(-1, 3)


@pytest.mark.parametrize("as_text", [False, True])
def test_vertices_come_in_first_seen_order(surface, tmp_path, as_text):
    path = tmp_path / "a.stl"
    write_stl(surface, path, ascii=as_text)
    corners = surface.vertices[surface.faces].reshape(-1, 3)
    vertices, faces = first_seen(corners if as_text else corners.astype(np.float32).astype(float))
    mesh = read_stl(path)
    np.testing.assert_array_equal(mesh.vertices, vertices)
    np.testing.assert_array_equal(mesh.faces, faces)


@pytest.mark.parametrize("kind", ["stl", "stl_ascii"])
def test_reads_what_trimesh_writes(surface, tmp_path, kind):
    path = tmp_path / "a.stl"
    trimesh.Trimesh(surface.vertices, surface.faces, process=False).export(path, file_type=kind)
    mesh = read_mesh(path)
    np.testing.assert_allclose(mesh.vertices[mesh.faces], surface.vertices[surface.faces], atol=1e-5)
    assert len(mesh.vertices) == 49


@pytest.mark.parametrize("as_text", [False, True])
def test_trimesh_reads_what_is_written(surface, tmp_path, as_text):
    path = tmp_path / "a.stl"
    write_stl(surface, path, ascii=as_text)
    other = trimesh.load_mesh(path, process=False)
    np.testing.assert_allclose(other.triangles, surface.vertices[surface.faces], atol=1e-6)
    np.testing.assert_allclose(other.face_normals, surface.face_normals, atol=1e-4)


@pytest.mark.parametrize("binary", [False, True])
def test_vtk_reads_the_same(surface, tmp_path, binary):
    vtk = pytest.importorskip("vtk")
    path = tmp_path / "a.stl"
    write_stl(surface, path, ascii=not binary)
    reader = vtk.vtkSTLReader()
    reader.SetFileName(str(path))
    reader.Update()
    assert reader.GetOutput().GetNumberOfCells() == len(surface.faces)
    assert reader.GetOutput().GetNumberOfPoints() == len(read_stl(path).vertices)


def test_binary_with_a_header_that_says_solid(surface, tmp_path):
    path = tmp_path / "a.stl"
    write_mesh(surface, path)
    content = path.read_bytes()
    path.write_bytes(b"solid facet normal".ljust(80) + content[80:])
    assert len(read_mesh(path).faces) == len(surface.faces)


def test_bytes_after_the_last_facet_are_ignored(surface, tmp_path):
    path = tmp_path / "a.stl"
    write_mesh(surface, path)
    path.write_bytes(path.read_bytes() + b"made by a scanner")
    assert len(read_mesh(path).faces) == len(surface.faces)


def test_zero_and_minus_zero_are_one_position(tmp_path):
    path = tmp_path / "a.stl"
    path.write_text("solid x\n" + FACET.format("0.0", "0.0") + FACET.format("-0.0", "-0") + "endsolid x\n")
    assert read_mesh(path).faces.tolist() == [[0, 1, 2], [0, 1, 2]]


def test_text_with_capitals_several_solids_and_windows_lines(tmp_path):
    path = tmp_path / "a.stl"
    solid = "solid\n" + FACET.format("1E-1", "+2.5e0") + "endsolid\n"
    path.write_bytes((solid + solid).upper().replace("\n", "\r\n").encode())
    mesh = read_mesh(path)
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 1, 2]]
    assert mesh.vertices[0].tolist() == [0.1, 2.5, 0.0]


@pytest.mark.parametrize("size", [83, 84, 120, 134])
def test_truncated_binary(surface, tmp_path, size):
    path = tmp_path / "a.stl"
    write_mesh(surface, path)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(FormatError, match=rf"a\.stl: truncated binary STL: found {size} bytes, expected"):
        read_mesh(path)


def test_truncated_text(surface, tmp_path):
    path = tmp_path / "a.stl"
    write_stl(surface, path, ascii=True)
    lines = path.read_text().splitlines(keepends=True)
    for cut in (4, 5, 6, 20):
        path.write_text("".join(lines[:cut]))
        with pytest.raises(FormatError, match=r"a\.stl: truncated or damaged text STL"):
            read_mesh(path)


def test_text_with_a_word_for_a_number(tmp_path):
    path = tmp_path / "a.stl"
    path.write_text("solid x\n" + FACET.format("0", "1,5") + "endsolid x\n")
    with pytest.raises(FormatError, match=r"found '1,5', expected a number"):
        read_mesh(path)
