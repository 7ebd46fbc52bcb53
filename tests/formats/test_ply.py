import struct

import numpy as np
import pytest
import trimesh

from typodont.errors import FormatError, MeshError
from typodont.formats import read_mesh, read_ply, write_mesh, write_ply

TEXT = """ply
format ascii 1.0
comment made by hand
element nothing 3
obj_info none
element camera 1
property float focal
property list uchar int pixels
element vertex 5
property double x
property double y
property double z
property float nx
property uchar alpha
property short Labels
property list uchar float texcoord
element face 2
property uchar quality
property list uchar int vertex_index
property int label
element edge 1
property int vertex1
end_header
50 2 640 480
0 0 0 1 255 11 0
1 0 0 1 255 11 1 0.5
1 1 0 1 255 0 2 0.5 0.5
0 1 0 1 255 48 0
0 0 1 1 255 48 0
7 3 0 1 4 21
9 4 0 1 2 3 36
5
"""


def check_text(mesh):
    assert mesh.vertices.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert mesh.faces.tolist() == [[0, 1, 4], [0, 1, 2], [0, 2, 3]]
    assert set(mesh.vertex_attributes) == {"label"}
    assert mesh.vertex_attributes["label"].tolist() == [11, 11, 0, 48, 48]
    assert mesh.face_attributes["label"].tolist() == [21, 36, 36]
    assert mesh.face_attributes["quality"].tolist() == [7, 9, 9]
    assert mesh.face_attributes["quality"].dtype == np.uint8


def to_binary(order):
    """The text above as a binary file, packed by hand."""
    header = TEXT[: TEXT.index("end_header")].replace(
        "ascii", "binary_" + ("little" if order == "<" else "big") + "_endian"
    )
    body = struct.pack(order + "fB2i", 50, 2, 640, 480)
    for row in TEXT.splitlines()[-8:-3]:
        words = row.split()
        body += struct.pack(order + "3df", *map(float, words[:4])) + struct.pack(order + "Bh", *map(int, words[4:6]))
        body += struct.pack(f"{order}B{words[6]}f", int(words[6]), *map(float, words[7:]))
    for row in TEXT.splitlines()[-3:-1]:
        words = list(map(int, row.split()))
        body += struct.pack(f"{order}BB{words[1]}ii", *words)
    return header.encode() + b"end_header\n" + body + struct.pack(order + "i", 5)


def test_other_elements_lists_and_polygons_in_text(tmp_path):
    path = tmp_path / "a.ply"
    path.write_text(TEXT)
    check_text(read_mesh(path))
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    check_text(read_mesh(path))


@pytest.mark.parametrize("order", ["<", ">"])
def test_other_elements_lists_and_polygons_in_binary(tmp_path, order):
    path = tmp_path / "a.ply"
    path.write_bytes(to_binary(order))
    check_text(read_mesh(path))


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("uchar", [[255, 0, 51], [0, 128, 0], [1, 2, 3]]),
        ("ushort", [[65535, 0, 13107], [0, 32896, 0], [257, 514, 771]]),
        ("float", [[1, 0, 0.2], [0, 0.502, 0], [0.004, 0.008, 0.012]]),
        ("int", [[255, 0, 51], [0, 128, 0], [1, 2, 3]]),
    ],
)
@pytest.mark.parametrize(
    "names", [("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue")]
)
def test_kinds_of_colors(tmp_path, kind, rows, names):
    path = tmp_path / "a.ply"
    properties = "".join(f"property {kind} {name}\n" for name in names)
    points = "".join(f"{i} {i * i} 0 {row[0]} {row[1]} {row[2]}\n" for i, row in enumerate(rows))
    path.write_text(
        "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n" + properties
        + "element face 1\nproperty list uchar int vertex_indices\nend_header\n" + points + "3 0 1 2\n"
    )  # fmt: skip
    assert read_mesh(path).vertex_attributes["color"].tolist() == [[255, 0, 51], [0, 128, 0], [1, 2, 3]]


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
def test_reads_what_trimesh_writes(surface, tmp_path, encoding):
    other = trimesh.Trimesh(surface.vertices, surface.faces, process=False)
    other.visual.vertex_colors = surface.vertex_attributes["color"]
    path = tmp_path / "a.ply"
    path.write_bytes(
        trimesh.exchange.ply.export_ply(
            other, encoding="ascii" if encoding == "ascii" else "binary", vertex_normal=True
        )
    )
    mesh = read_mesh(path)
    np.testing.assert_allclose(mesh.vertices, surface.vertices, atol=1e-6)
    np.testing.assert_array_equal(mesh.faces, surface.faces)
    np.testing.assert_array_equal(mesh.vertex_attributes["color"], surface.vertex_attributes["color"])


@pytest.mark.parametrize("as_text", [False, True])
def test_trimesh_reads_what_is_written(surface, tmp_path, as_text):
    path = tmp_path / "a.ply"
    write_ply(surface, path, ascii=as_text)
    other = trimesh.load_mesh(path, process=False)
    np.testing.assert_allclose(other.vertices, surface.vertices)
    np.testing.assert_array_equal(other.faces, surface.faces)
    np.testing.assert_array_equal(other.visual.vertex_colors[:, :3], surface.vertex_attributes["color"])
    label = np.ravel(other.metadata["_ply_raw"]["vertex"]["data"]["label"])
    np.testing.assert_array_equal(label, surface.vertex_attributes["label"])


@pytest.mark.parametrize("mode", ["SetFileTypeToASCII", "SetFileTypeToBinary"])
def test_reads_what_vtk_writes_and_back(surface, vtk_polydata, tmp_path, mode):
    vtk = pytest.importorskip("vtk")
    path = tmp_path / "a.ply"
    writer = vtk.vtkPLYWriter()
    writer.SetInputData(vtk_polydata(surface))
    writer.SetArrayName("Colors")
    writer.SetFileName(str(path))
    getattr(writer, mode)()
    writer.SetDataByteOrderToBigEndian()
    writer.Write()
    mesh = read_ply(path)
    np.testing.assert_allclose(mesh.vertices, surface.vertices, atol=1e-5)
    np.testing.assert_array_equal(mesh.faces, surface.faces)
    np.testing.assert_array_equal(mesh.vertex_attributes["color"], surface.vertex_attributes["color"])
    write_mesh(surface, path)
    reader = vtk.vtkPLYReader()
    reader.SetFileName(str(path))
    reader.Update()
    assert reader.GetOutput().GetNumberOfPoints() == len(surface.vertices)
    assert reader.GetOutput().GetNumberOfCells() == len(surface.faces)


def test_written_types(surface, tmp_path):
    path = tmp_path / "a.ply"
    n = len(surface.vertices)
    exact = surface.with_vertex(
        wide=np.full(n, 2**40), flag=np.ones(n, dtype=bool), small=np.ones(n, dtype=np.int8),
        normal=np.ones((n, 3), dtype=np.float32), half=np.ones(n, dtype=np.float16),
    )  # fmt: skip
    write_mesh(exact, path)
    mesh = read_mesh(path)
    assert mesh.vertex_attributes["wide"].tolist() == [2**40] * n
    assert mesh.vertex_attributes["flag"].dtype == np.uint8
    assert mesh.vertex_attributes["normal_2"].dtype == np.float32
    header = path.read_bytes().split(b"end_header")[0].decode()
    assert "property int label" in header
    assert "property double x" in header
    write_mesh(read_mesh(path).transformed(np.diag([0.0, 0, 0, 1])), path)
    assert b"property float x" in path.read_bytes()


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_truncated_data(surface, tmp_path, as_text, share):
    path = tmp_path / "a.ply"
    write_ply(surface, path, ascii=as_text)
    content = path.read_bytes()
    begin = content.index(b"end_header\n") + 11
    cut = content[: begin + int(share * (len(content) - begin))]
    path.write_bytes(cut[: cut.rindex(b"\n") + 1] if as_text else cut)
    with pytest.raises(
        FormatError, match=r"a\.ply: truncated PLY: found \d+ (bytes|numbers) after the header, expected more"
    ):
        read_mesh(path)


@pytest.mark.parametrize("n_bytes", range(1, 50))
def test_truncated_rows_of_different_lengths(tmp_path, n_bytes):
    path = tmp_path / "a.ply"
    path.write_bytes(to_binary("<")[:-n_bytes])
    with pytest.raises(FormatError, match="truncated PLY"):
        read_mesh(path)


HEADER = TEXT[: TEXT.index("end_header") + 11]


@pytest.mark.parametrize(
    ("content", "error", "match"),
    [
        (HEADER[:-20], FormatError, "found no 'end_header'"),
        (TEXT.replace("format ascii 1.0\n", ""), FormatError, "header cannot be read"),
        (TEXT.replace("format ascii", "format morse"), FormatError, "header cannot be read"),
        (TEXT.replace("property short", "property shirt"), FormatError, "header cannot be read"),
        (TEXT.replace("element vertex 5", "element vertex many"), FormatError, "header cannot be read"),
        (TEXT.replace("element vertex 5", "element vertex -5"), FormatError, "header cannot be read"),
        (TEXT.replace("element vertex 5", "element vertex 5000000000000"), FormatError, "truncated PLY"),
        (TEXT.replace("element face 2", "element face 2000000000000"), FormatError, "truncated PLY"),
        (TEXT.replace("obj_info none", "object none"), FormatError, "header cannot be read"),
        ("ply\nformat ascii 1.0\nproperty int x\nend_header\n", FormatError, "header cannot be read"),
        ("ply\nformat ascii 1.0\nend_header\n", FormatError, "no element 'vertex' with x, y and z"),
        (TEXT.replace("double z", "double w"), FormatError, "no element 'vertex' with x, y and z"),
        (TEXT.replace("double z", "double w").replace("texcoord", "z"), FormatError, "no element .vertex. with x"),
        (TEXT.replace("vertex_index", "corners"), FormatError, "faces without a list 'vertex_indices'"),
        (TEXT.replace("7 3 0 1 4 21", "7 2 0 1 21"), FormatError, "of 3 or more corners"),
        (TEXT.replace("7 3 0 1 4 21", "7 -3 0 1 4 21"), FormatError, "truncated PLY"),
        (TEXT.replace("7 3 0 1 4 21", "7 3 0 one 4 21"), FormatError, "found 'one', expected a number"),
        (TEXT.replace("7 3 0 1 4 21", "7 3 0 1 5 21"), MeshError, r"refer to vertices 0\.\.5, but there are only 5"),
        (TEXT.replace("7 3 0 1 4 21", "7 3 0 1 -4 21"), MeshError, r"faces refer to vertices -4\.\.3"),
        (TEXT.replace("0 0 1 1 255", "0 0 nan 1 255"), MeshError, "1 of 5 vertices have NaN or infinite"),
        (TEXT.replace("0 0 1 1 255", "0 0 -inf 1 255"), MeshError, "1 of 5 vertices have NaN or infinite"),
        (
            TEXT.replace("element face 2", "element face 0").replace("7 3 0 1 4 21\n9 4 0 1 2 3 36\n", ""),
            MeshError,
            "found 5 points but no faces",
        ),
    ],
)  # fmt: skip
def test_damaged(content, error, match, tmp_path):
    path = tmp_path / "a.ply"
    path.write_text(content)
    with pytest.raises(error, match=match) as caught:
        read_mesh(path)
    assert str(path) in str(caught.value)


def test_point_cloud(surface, tmp_path):
    path = tmp_path / "a.ply"
    trimesh.PointCloud(surface.vertices).export(path)
    assert len(read_ply(path).vertices) == len(surface.vertices)
    with pytest.raises(MeshError, match="found 51 points but no faces"):
        read_mesh(path)
