import gzip

import pytest

from typodont.errors import FormatError
from typodont.formats import read_mesh, sniff


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"ply\nformat ascii 1.0\n", "ply"),
        (b"ply\r\nformat ascii 1.0\r\n", "ply"),
        (b'<?xml version="1.0"?>\n<VTKFile type="PolyData">', "vtp"),
        (b"solid x\n facet normal 0 0 1\n", "stl"),
        (b"solid\nendsolid\n", "stl"),
        (b" " * 80 + (1).to_bytes(4, "little") + b"\0" * 50, "stl"),
        (b"solid".ljust(80, b"\0") + b"\1\0\0\0", "stl"),
        (b"v 0 0 0\n", "obj"),
        (b"\xef\xbb\xbfv 0 0 0\n", "obj"),
        (b"# hello\nmtllib x.mtl\n", "obj"),
    ],
)
@pytest.mark.parametrize("name", ["a.dat", "a.stl", "a.obj"])
def test_content_decides(tmp_path, content, kind, name):
    path = tmp_path / name
    path.write_bytes(content)
    assert sniff(path) == kind


def test_the_name_decides_where_the_content_does_not(tmp_path):
    long_comment = b"# " + b"x" * 40_000
    (tmp_path / "a.obj").write_bytes(long_comment)
    assert sniff(tmp_path / "a.obj") == "obj"
    (tmp_path / "a.stl").write_bytes(b"\0" * 200)
    assert sniff(tmp_path / "a.stl") == "stl"


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.stl", b"", "the file is empty, expected a surface as STL, PLY, OBJ or VTP; export or copy it again"),
        ("a.obj", b" \n\n", "the file is empty"),
        ("a.stl", b"Dear colleague,\nthe scan follows tomorrow.\n", "found a text file that is no mesh"),
        ("a.stl", b"solid evidence that this is a letter\n", "found a text file that is no mesh"),
        ("a.stl", b"<!DOCTYPE html><html>404</html>", "found an XML or HTML file"),
        ("a.vtu", b'<VTKFile version="1.0" type="UnstructuredGrid">', "found a VTK file of type UnstructuredGrid"),
        ("a.vtk", b"# vtk DataFile Version 3.0\n", "found a legacy VTK file; save it as .vtp"),
        ("a.json", b'{"labels": []}', "found a JSON file; give the mesh itself"),
        ("a.obj", b"PK\x03\x04\0\0", "found a zip archive"),
        ("a.ply.gz", gzip.compress(b"ply\n"), "found a gzip archive"),
        ("a.bin", b"\0\1\2\3" * 50, "found binary data of unknown kind"),
    ],
)
def test_strangers(tmp_path, name, content, match):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=match) as caught:
        read_mesh(path)
    assert str(path) in str(caught.value)


def test_no_such_file(tmp_path):
    with pytest.raises(FormatError, match=r"b\.stl: found no such file"):
        read_mesh(tmp_path / "b.stl")
    with pytest.raises(FormatError, match="found no such file"):
        read_mesh(str(tmp_path))
