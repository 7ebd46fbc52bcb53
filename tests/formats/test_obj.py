import numpy as np
import pytest
import trimesh

from typodont.errors import FormatError, MeshError
from typodont.formats import read_mesh, read_obj, text, write_obj


def parse(content, tmp_path):
    path = tmp_path / "a.obj"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_mesh(path)


SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


def test_order_of_v_lines_also_of_unused_and_repeated_ones(tmp_path):
    mesh = parse("v 5 5 5\nv 1 0 0\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 3 4 5\nf 2 5 3\nv 7 7 7\n", tmp_path)
    assert mesh.vertices.tolist() == [[5, 5, 5], [1, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [7, 7, 7]]
    assert mesh.faces.tolist() == [[2, 3, 4], [1, 4, 2]]


@pytest.mark.parametrize(
    "line", ["f 1 2 3", "f 1/1 2/2 3/3", "f 1//4 2//5 3//6", "f 1/1/4 2/2/5 3/3/6", "f  1/1/4\t2 3//9 ", "\tf 1 2 3"]
)
def test_corner_spellings(line, tmp_path):
    assert parse(SQUARE + line + "\n", tmp_path).faces.tolist() == [[0, 1, 2]]


def test_polygons_become_fans_in_file_order(tmp_path):
    mesh = parse(SQUARE + "v 0 0 1\nf 1 2 3 4\nf 1 2 5\nf 5 4 3 2 1\n", tmp_path)
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 4], [4, 3, 2], [4, 2, 1], [4, 1, 0]]


def test_negative_indices_count_back_from_the_line_where_they_stand(tmp_path):
    mesh = parse("v 0 0 0\nv 1 0 0\nv 1 1 0\nf -3 -2 -1\nv 0 1 0\nf -4//1 -2 -1/2/3\nf 1 2 -1\n", tmp_path)
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 3]]


def test_everything_else_is_ignored(tmp_path):
    content = (
        "\ufeff# a scan\r\nmtllib a.mtl\r\no arch\r\nv 0 0 0 # first\r\nvn 0 0 1\r\nvt 0 0\r\n  v 1 0 0\r\n"
        "v 0 1 0 1.0\r\n\r\ng teeth\r\nusemtl enamel\r\ns off\r\nvp 1\r\nl 1 2\r\nfo 1 2 3\r\nf 1 \\\r\n 2 3"
    )
    mesh = parse(content, tmp_path)
    assert mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert mesh.faces.tolist() == [[0, 1, 2]]
    assert mesh.vertex_attributes == {}


@pytest.mark.parametrize(
    ("colors", "expected"),
    [
        (["1 0 0", "0 0.5 0", "0 0 0.2"], [[255, 0, 0], [0, 128, 0], [0, 0, 51]]),
        (["255 0 0", "0 128 0", "0 0 51"], [[255, 0, 0], [0, 128, 0], [0, 0, 51]]),
        (["1 0 0 0.3", "0 1 0 0.4", "0 0 1 1"], [[255, 0, 0], [0, 255, 0], [0, 0, 255]]),
    ],
)
def test_colors(colors, expected, tmp_path):
    lines = [f"v {i} {i * i} 0 {color}\n" for i, color in enumerate(colors)]
    assert parse("".join(lines) + "f 1 2 3\n", tmp_path).vertex_attributes["color"].tolist() == expected


def test_colors_of_some_vertices_only_are_left_out(tmp_path):
    mesh = parse("v 0 0 0 1 0 0\nv 1 0 0\nv 0 1 0 1 1 1\nf 1 2 3\n", tmp_path)
    assert mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert mesh.vertex_attributes == {}


@pytest.mark.parametrize("size", [1, 7, 64, 500])
def test_any_chunk_size_reads_the_same(surface, tmp_path, size, monkeypatch):
    path = tmp_path / "a.obj"
    write_obj(surface, path)
    path.write_bytes(path.read_bytes().replace(b"f ", b"f \\\r\n").replace(b"\nv", b"\r\nv"))
    whole = read_obj(path)
    monkeypatch.setattr(text.read_line_chunks, "__kwdefaults__", {"skip": 0, "size": size})
    pieces = read_obj(path)
    np.testing.assert_array_equal(pieces.vertices, whole.vertices)
    np.testing.assert_array_equal(pieces.faces, surface.faces)


def test_reads_what_trimesh_writes(surface, tmp_path):
    other = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    other.visual.vertex_colors = surface.vertex_attributes["color"]
    mesh = parse(other.export(file_type="obj"), tmp_path)
    np.testing.assert_allclose(mesh.vertices, surface.vertices, atol=1e-7)
    np.testing.assert_array_equal(mesh.faces, surface.faces)
    np.testing.assert_array_equal(mesh.vertex_attributes["color"], surface.vertex_attributes["color"])


def test_vtk_reads_what_is_written(surface, tmp_path):
    vtk = pytest.importorskip("vtk")
    path = tmp_path / "a.obj"
    write_obj(surface, path)
    reader = vtk.vtkOBJReader()
    reader.SetFileName(str(path))
    reader.Update()
    assert reader.GetOutput().GetNumberOfPoints() == len(surface.vertices)
    assert reader.GetOutput().GetNumberOfCells() == len(surface.faces)


@pytest.mark.parametrize(
    ("content", "error", "match"),
    [
        (SQUARE + "f 1 2 3\nf 1 2\n", FormatError, "an 'f' line with 2 corners, expected 3 or more"),
        (SQUARE + "f 1 2 3\nf", FormatError, "an 'f' line with 0 corners"),
        (SQUARE + "v 1 2", FormatError, "a 'v' line with 2 numbers, expected x y z"),
        (SQUARE + "f 0 1 2\n", FormatError, "names vertex 0, but OBJ counts from 1"),
        (SQUARE + "f 1 2 three\n", FormatError, "found 'three', expected a number"),
        (SQUARE + "v 1_0 1 2\nf 1 2 3\n", FormatError, "found an unreadable number, expected a number"),
        (SQUARE + "v 0,5 1 2\nf 1 2 3\n", FormatError, "found '0,5', expected a number"),
        (SQUARE + "f 1 2 9\n", MeshError, r"faces refer to vertices 0\.\.8, but there are only 4"),
        (SQUARE + "f 1 2 -9\n", MeshError, r"faces refer to vertices -5\.\.1"),
        (SQUARE + "v nan 0 0\nf 1 2 3\n", MeshError, "1 of 5 vertices have NaN or infinite coordinates"),
        (SQUARE + "v inf 0 0\nf 1 2 3\n", MeshError, "1 of 5 vertices have NaN or infinite coordinates"),
        (SQUARE, MeshError, r"found 4 points but no faces \(a point cloud\), expected a triangle surface"),
        ("# nothing\n", MeshError, "found no faces"),
    ],
)
def test_damaged(content, error, match, tmp_path):
    with pytest.raises(error, match=match) as caught:
        parse(content, tmp_path)
    assert str(tmp_path / "a.obj") in str(caught.value)


@pytest.mark.realdata
def test_order_of_real_scans(real_data):
    for path in sorted((real_data / "scans_teeth3ds").glob("*.obj")):
        vertices = [line.split()[1:] for line in path.read_text().splitlines() if line.startswith("v ")]
        np.testing.assert_array_equal(read_mesh(path).vertices, np.array(vertices, dtype=float))
