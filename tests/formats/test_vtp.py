import re

import numpy as np
import pytest

from typodont.errors import FormatError, MeshError
from typodont.formats import read_mesh, read_vtp, write_vtp

vtk = pytest.importorskip("vtk")


def vtk_write(data, path, *, mode="Appended", compressor="zlib", word="UInt32", encode=True, big=False, block=None):
    writer = vtk.vtkXMLPolyDataWriter()
    writer.SetInputData(data)
    writer.SetFileName(str(path))
    getattr(writer, f"SetDataModeTo{mode}")()
    getattr(writer, f"SetHeaderTypeTo{word}")()
    getattr(writer, "SetByteOrderTo" + ("BigEndian" if big else "LittleEndian"))()
    writer.SetEncodeAppendedData(encode)
    types = {"zlib": vtk.vtkZLibDataCompressor, "lzma": vtk.vtkLZMADataCompressor, "lz4": vtk.vtkLZ4DataCompressor}
    writer.SetCompressor(types[compressor]() if compressor else None)
    if block:
        writer.SetBlockSize(block)
    assert writer.Write()


def check(mesh, surface):
    np.testing.assert_array_equal(mesh.vertices, surface.vertices)
    np.testing.assert_array_equal(mesh.faces, surface.faces)
    for name, values in surface.vertex_attributes.items():
        np.testing.assert_array_equal(mesh.vertex_attributes[name], values)
    np.testing.assert_array_equal(mesh.face_attributes["label"], surface.face_attributes["label"])


@pytest.mark.parametrize("word", ["UInt32", "UInt64"])
@pytest.mark.parametrize("compressor", [None, "zlib", "lzma"])
@pytest.mark.parametrize(
    ("mode", "encode"), [("Ascii", True), ("Binary", True), ("Appended", True), ("Appended", False)]
)
def test_reads_every_way_vtk_writes(surface, vtk_polydata, tmp_path, word, compressor, mode, encode):
    path = tmp_path / "a.vtp"
    vtk_write(vtk_polydata(surface), path, mode=mode, compressor=compressor, word=word, encode=encode, block=320)
    check(read_mesh(path), surface)


@pytest.mark.parametrize("compressor", [None, "zlib"])
def test_big_endian(surface, vtk_polydata, tmp_path, compressor):
    path = tmp_path / "a.vtp"
    vtk_write(vtk_polydata(surface), path, compressor=compressor, big=True)
    check(read_mesh(path), surface)


def test_vtk_reads_what_is_written(surface, tmp_path):
    from vtk.util.numpy_support import vtk_to_numpy

    path = tmp_path / "a.vtp"
    odd = surface.with_vertex(flag=np.ones(len(surface.vertices), dtype=bool), empty_name=np.zeros((51, 2), np.float32))
    write_vtp(odd, path)
    reader = vtk.vtkXMLPolyDataReader()
    reader.SetFileName(str(path))
    reader.Update()
    data = reader.GetOutput()
    np.testing.assert_array_equal(vtk_to_numpy(data.GetPoints().GetData()), surface.vertices)
    np.testing.assert_array_equal(vtk_to_numpy(data.GetPolys().GetConnectivityArray()), surface.faces.ravel())
    for name, values in surface.vertex_attributes.items():
        np.testing.assert_array_equal(vtk_to_numpy(data.GetPointData().GetArray(name)), values)
    np.testing.assert_array_equal(vtk_to_numpy(data.GetCellData().GetArray("label")), surface.face_attributes["label"])
    check(read_mesh(path), surface)


def test_blocks_larger_than_one(surface, tmp_path):
    path = tmp_path / "a.vtp"
    many = np.random.default_rng(0).random((51, 10_000))
    write_vtp(surface.with_vertex(many=many), path)
    np.testing.assert_array_equal(read_vtp(path).vertex_attributes["many"], many)


def test_polygons_carry_their_cell_label(surface, vtk_polydata, tmp_path):
    path = tmp_path / "a.vtp"
    cells = [[0, 1, 2, 3], [3, 4, 5], [1, 2, 3, 4, 5]]
    bare = surface.__class__(surface.vertices, surface.faces[:3], {}, {"label": np.array([11, 12, 13])})
    vtk_write(vtk_polydata(bare, cells), path)
    mesh = read_mesh(path)
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [3, 4, 5], [1, 2, 3], [1, 3, 4], [1, 4, 5]]
    assert mesh.face_attributes["label"].tolist() == [11, 11, 12, 13, 13, 13]


def test_cell_arrays_skip_points_and_lines(surface, vtk_polydata, tmp_path):
    path = tmp_path / "a.vtp"
    data = vtk_polydata(surface)
    verts, lines = vtk.vtkCellArray(), vtk.vtkCellArray()
    verts.InsertNextCell(1, [0])
    lines.InsertNextCell(3, [0, 1, 2])
    data.SetVerts(verts)
    data.SetLines(lines)
    label = vtk.vtkIntArray()
    label.SetName("labels")
    for value in (-1, -2, *surface.face_attributes["label"].tolist()):
        label.InsertNextValue(value)
    data.GetCellData().Initialize()
    data.GetCellData().AddArray(label)
    vtk_write(data, path)
    check(read_mesh(path), surface)


def test_float_labels_and_normals(surface, vtk_polydata, tmp_path):
    path = tmp_path / "a.vtp"
    floating = surface.__class__(
        surface.vertices,
        surface.faces,
        {"Label": surface.vertex_attributes["label"].astype(np.float64), "Normals": np.ones((51, 3))},
    )
    vtk_write(vtk_polydata(floating), path)
    mesh = read_mesh(path)
    assert set(mesh.vertex_attributes) == {"label"}
    assert mesh.vertex_attributes["label"].dtype == np.int64
    assert mesh.vertex_attributes["label"].tolist() == surface.vertex_attributes["label"].tolist()


def test_pieces_are_joined(tmp_path):
    piece = """<Piece NumberOfPoints="3" NumberOfPolys="1"><Points><DataArray type="Float32" NumberOfComponents="3"
    format="ascii">0 0 {z} 1 0 {z} 0 1 {z}</DataArray></Points><Polys><DataArray type="Int32" Name="connectivity">
    0 1 2</DataArray><DataArray type="Int32" Name="offsets">3</DataArray></Polys><PointData>
    <DataArray type="Int32" Name="Label">{z} {z} {z}</DataArray>{more}</PointData></Piece>"""
    more = '<DataArray type="UInt8" Name="only_here">1 2 3</DataArray>'
    path = tmp_path / "a.vtp"
    pieces = piece.format(z=11, more=more) + piece.format(z=12, more="")
    path.write_text(f'<VTKFile type="PolyData"><PolyData>{pieces}</PolyData></VTKFile>')
    mesh = read_mesh(path)
    assert mesh.faces.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert mesh.vertices[:, 2].tolist() == [11, 11, 11, 12, 12, 12]
    assert {name: values.tolist() for name, values in mesh.vertex_attributes.items()} == {"label": [11] * 3 + [12] * 3}


@pytest.mark.parametrize("mode", ["Ascii", "Binary", "Appended"])
@pytest.mark.parametrize("compressor", [None, "zlib"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_truncated(surface, vtk_polydata, tmp_path, mode, compressor, share):
    path = tmp_path / "a.vtp"
    vtk_write(vtk_polydata(surface), path, mode=mode, compressor=compressor)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FormatError, match=r"a\.vtp: .*(truncated|breaks off|damaged)"):
        read_mesh(path)


def damage(surface, tmp_path, *changes):
    path = tmp_path / "a.vtp"
    write_vtp(surface, path)
    content = path.read_text()
    for pattern, new in changes:
        content, count = re.subn(pattern, new, content, count=1)
        assert count
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ((r'type="PolyData"', 'type="UnstructuredGrid"'), "VTK file of type UnstructuredGrid, expected a surface"),
        ((r"<Piece.*(?s:.)*</Piece>", ""), "no PolyData piece"),
        ((r'NumberOfStrips="0"', 'NumberOfStrips="2"'), "triangle strips"),
        ((r'type="Float64"', 'type="Quad"'), "'Points' cannot be read"),
        ((r"vtkZLibDataCompressor", "vtkLZ4DataCompressor"), "compressor vtkLZ4DataCompressor, expected zlib"),
        ((r'Name="offsets"', 'Name="ends"'), "corners for 0 polygons"),
        ((r">AgAAAA|>AQAAAA", ">AQAA!!"), "cannot be read"),
    ],
)
def test_damaged(surface, tmp_path, change, match):
    path = damage(surface, tmp_path, change)
    with pytest.raises(FormatError, match=match) as caught:
        read_mesh(path)
    assert str(path) in str(caught.value)


def test_no_polygons_no_points(tmp_path):
    path = tmp_path / "a.vtp"
    path.write_text('<VTKFile type="PolyData"><PolyData><Piece NumberOfPoints="0"/></PolyData></VTKFile>')
    with pytest.raises(MeshError, match="found no faces"):
        read_mesh(path)


def test_out_of_range_and_nan(surface, tmp_path):
    path = tmp_path / "a.vtp"
    text = """<VTKFile type="PolyData"><PolyData><Piece><Points><DataArray type="Float32" NumberOfComponents="3">
    0 0 {} 1 0 0 0 1 0</DataArray></Points><Polys><DataArray type="Int32" Name="connectivity">0 1 {}</DataArray>
    <DataArray type="Int32" Name="offsets">3</DataArray></Polys></Piece></PolyData></VTKFile>"""
    for z, corner, match in ((0, 3, r"vertices 0\.\.3, but there are only 3"), ("nan", 2, "1 of 3 vertices have NaN")):
        path.write_text(text.format(z, corner))
        with pytest.raises(MeshError, match=match):
            read_mesh(path)
