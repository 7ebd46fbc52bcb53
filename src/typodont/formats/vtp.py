"""VTP, the XML surface format of VTK, with labels of points or cells."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import quoteattr

import numpy as np

from typodont.atomic import atomic_path
from typodont.errors import FormatError
from typodont.formats.attributes import COLOR, LABEL, as_color, as_label, attribute_name
from typodont.formats.polygons import fan_triangles
from typodont.formats.vtp_data import Storage, encode_compressed, storage, vtk_type
from typodont.geometry.mesh import Mesh
from typodont.types import Int

_COLOR_NAMES = frozenset({"color", "colors", "rgb", "rgba"})
_NORMAL_NAMES = frozenset({"normals"})
_Part = tuple[np.ndarray, Int, dict[str, np.ndarray], dict[str, np.ndarray]]


def read_vtp(path: Path) -> Mesh:
    """The polygons of a VTP file as triangles, in the unit of the file; without polygons it is a cloud of vertices.

    Point and cell arrays become vertex and face attributes: Label, labels … become ``label`` (int64), RGB or Colors
    become ``color`` (uint8), normals are left out. Reads text, base64 and appended data, plain or compressed with zlib
    or lzma.

    Raises:
        FormatError: truncated, damaged, no PolyData, or triangle strips.
    """
    path = Path(path)
    root, appended = _parse(path)
    stored = storage(path, root, appended)
    parts = [_read_piece(piece, stored) for piece in root.iterfind("PolyData/Piece")]
    if not parts:
        raise FormatError(f"{path}: found no PolyData piece, expected a surface; save it as PolyData (.vtp)")
    shifts = np.cumsum([0] + [len(part[0]) for part in parts[:-1]])
    faces = np.concatenate([part[1] + shift for part, shift in zip(parts, shifts, strict=True)])
    vertices = np.concatenate([part[0] for part in parts])
    return Mesh(vertices, faces, _joined([part[2] for part in parts]), _joined([part[3] for part in parts]))


def _parse(path: Path) -> tuple[Xml.Element, bytes]:
    """The XML tree, and the appended data, which need not be XML, after their underscore."""
    content = path.read_bytes()
    appended = b""
    begin = content.find(b"<AppendedData")
    if begin >= 0:
        open_end = content.find(b">", begin) + 1
        appended = content[content.find(b"_", open_end) + 1 :]
        content = content[:open_end] + b"</AppendedData></VTKFile>"
    try:
        return Xml.fromstring(content), appended
    except Xml.ParseError as error:
        raise FormatError(
            f"{path}: the XML breaks off or is damaged ({error}), expected a VTP file; copy or export it again"
        ) from None


def _read_piece(piece: Xml.Element, stored: Storage) -> _Part:
    points = piece.find("Points/DataArray")
    vertices = stored.array(points).reshape(-1, 3) if points is not None else np.empty((0, 3))
    if int(piece.get("NumberOfStrips", "0")):
        raise FormatError(
            f"{stored.path}: found triangle strips, expected polygons; triangulate the surface before saving"
        )
    faces, polygon = _polygons(piece.find("Polys"), stored)
    n_before = int(piece.get("NumberOfVerts", "0")) + int(piece.get("NumberOfLines", "0"))
    cell = {name: values[n_before:][polygon] for name, values in _arrays(piece.find("CellData"), stored).items()}
    return vertices, faces, _arrays(piece.find("PointData"), stored), cell


def _polygons(section: Xml.Element | None, stored: Storage) -> tuple[Int, Int]:
    arrays = {} if section is None else {e.get("Name"): stored.array(e) for e in section.iterfind("DataArray")}
    ends = arrays.get("offsets", np.empty(0, np.int64)).astype(np.int64)
    corners = arrays.get("connectivity", np.empty(0, np.int64)).astype(np.int64)
    sizes = np.diff(ends, prepend=0)
    if (sizes < 3).any() or sizes.sum() != len(corners):
        raise FormatError(
            f"{stored.path}: found {len(corners)} corners for {len(sizes)} polygons, expected {sizes.sum()} "
            "and at least 3 for each; the file is damaged, export it again"
        )
    return fan_triangles(corners, sizes)


def _arrays(section: Xml.Element | None, stored: Storage) -> dict[str, np.ndarray]:
    attributes: dict[str, np.ndarray] = {}
    for element in [] if section is None else section.iterfind("DataArray"):
        name, values = element.get("Name", ""), stored.array(element)
        if name.lower() in _NORMAL_NAMES:
            continue
        if name.lower() in _COLOR_NAMES and values.ndim == 2 and values.shape[1] in (3, 4):
            attributes[COLOR] = as_color(values)
        else:
            attributes[attribute_name(name)] = values
    if LABEL in attributes:
        attributes[LABEL] = as_label(attributes[LABEL].reshape(len(attributes[LABEL]), -1)[:, 0])
    return attributes


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The attributes that every piece has."""
    names = [name for name in parts[0] if all(name in part for part in parts)]
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def write_vtp(mesh: Mesh, path: Path) -> None:
    """Write the surface with all its attributes as VTP, compressed with zlib; coordinates and labels stay exact."""
    ends = np.arange(3, 3 * len(mesh.faces) + 1, 3, dtype=np.int64)
    lines = [
        '<?xml version="1.0"?>',
        '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian" header_type="UInt64"'
        ' compressor="vtkZLibDataCompressor">',
        "<PolyData>",
        f'<Piece NumberOfPoints="{len(mesh.vertices)}" NumberOfVerts="0" NumberOfLines="0" NumberOfStrips="0"'
        f' NumberOfPolys="{len(mesh.faces)}">',
        "<Points>", _data_array("Points", mesh.vertices), "</Points>",
        "<Polys>", _data_array("connectivity", mesh.faces.reshape(-1)), _data_array("offsets", ends), "</Polys>",
        "<PointData>", *[_data_array(name, values) for name, values in mesh.vertex_attributes.items()], "</PointData>",
        "<CellData>", *[_data_array(name, values) for name, values in mesh.face_attributes.items()], "</CellData>",
        "</Piece>", "</PolyData>", "</VTKFile>", "",
    ]  # fmt: skip
    with atomic_path(Path(path)) as temporary:
        temporary.write_text("\n".join(lines), encoding="utf-8")


def _data_array(name: str, values: np.ndarray) -> str:
    values = np.asarray(values)
    values = values.astype(np.uint8) if values.dtype == bool else values.astype(values.dtype.newbyteorder("<"))
    components = 1 if values.ndim == 1 else values.reshape(len(values), -1).shape[1]
    described = f'type="{vtk_type(values)}" Name={quoteattr(name)} NumberOfComponents="{components}"'
    return f'<DataArray {described} format="binary">{encode_compressed(values)}</DataArray>'
