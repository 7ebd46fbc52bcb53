"""PLY, text and binary, with colours, labels and any other scalar property."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from typodont.atomic import atomic_path
from typodont.errors import FormatError
from typodont.formats.attributes import COLOR, LABEL, as_color, as_label, attribute_name
from typodont.formats.ply_body import Column, ListColumn, read_elements
from typodont.formats.ply_header import read_header
from typodont.formats.polygons import fan_triangles
from typodont.geometry.mesh import Mesh

_COLOR_NAMES = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))
_FACE_LISTS = ("vertex_indices", "vertex_index")
_DROPPED = frozenset({"x", "y", "z", "nx", "ny", "nz", "alpha"})
_WRITTEN_TYPES = {
    "b1": "uchar", "u1": "uchar", "i1": "char", "u2": "ushort", "i2": "short", "i4": "int",
    "f2": "float", "f4": "float", "f8": "double",
}  # fmt: skip
_PLY_DTYPES = {
    "uchar": "u1", "char": "i1", "ushort": "u2", "short": "i2", "uint": "u4", "int": "i4",
    "float": "f4", "double": "f8",
}  # fmt: skip
_WRITE_ROWS = 1 << 16


def read_ply(path: Path) -> Mesh:
    """The surface of a PLY file, in the unit of the file; without faces it is a cloud of vertices.

    Colours become ``color`` (uint8), a property named label or labels becomes ``label`` (int64), other scalar
    properties keep their names, for vertices and faces alike. Normals and lists are left out. Polygons become fan
    triangles.

    Raises:
        FormatError: truncated, damaged, without vertices, or a face with fewer than three corners.
    """
    path = Path(path)
    elements = read_elements(path, read_header(path))
    vertex = elements.get("vertex", {})
    try:
        vertices = np.stack([_scalar(vertex[axis]) for axis in "xyz"], axis=1)
    except KeyError:
        raise FormatError(f"{path}: found no element 'vertex' with x, y and z; expected a PLY surface") from None
    attributes = _attributes(vertex)
    if "face" not in elements:
        return Mesh(vertices, np.empty((0, 3), np.int64), attributes)
    corners = next((elements["face"][name] for name in _FACE_LISTS if name in elements["face"]), None)
    if not isinstance(corners, ListColumn) or (corners.counts < 3).any():
        raise FormatError(
            f"{path}: found faces without a list 'vertex_indices' of 3 or more corners; export the surface as polygons"
        )
    faces, polygon = fan_triangles(corners.values, corners.counts)
    face_attributes = {name: values[polygon] for name, values in _attributes(elements["face"]).items()}
    return Mesh(vertices, faces, attributes, face_attributes)


def _scalar(column: Column) -> np.ndarray:
    if isinstance(column, ListColumn):
        raise KeyError
    return column


def _attributes(columns: dict[str, Column]) -> dict[str, np.ndarray]:
    scalars = {name: values for name, values in columns.items() if not isinstance(values, ListColumn)}
    attributes: dict[str, np.ndarray] = {}
    color = next((names for names in _COLOR_NAMES if all(name in scalars for name in names)), ())
    if color:
        attributes[COLOR] = as_color(np.stack([scalars[name] for name in color], axis=1))
    for name, values in scalars.items():
        if name not in _DROPPED and name not in color:
            attributes[attribute_name(name)] = values
    if LABEL in attributes:
        attributes[LABEL] = as_label(attributes[LABEL])
    return attributes


def write_ply(mesh: Mesh, path: Path, *, ascii: bool = False) -> None:  # noqa: A002
    """Write the surface with all its attributes as PLY, binary little-endian unless `ascii`.

    Coordinates are written as float where that is exact, else as double. An attribute with several columns other
    than ``color`` is written as name_0, name_1 …; 64-bit integers are written as int where they fit, else as double.
    """
    vertices = _narrowest(mesh.vertices)
    columns = [(axis, vertices[:, i]) for i, axis in enumerate("xyz")] + _columns(mesh.vertex_attributes)
    face_columns = _columns(mesh.face_attributes)
    header = ["ply", f"format {'ascii' if ascii else 'binary_little_endian'} 1.0", "comment typodont"]
    header += [f"element vertex {len(mesh.vertices)}", *_property_lines(columns)]
    header += [
        f"element face {len(mesh.faces)}",
        "property list uchar int vertex_indices",
        *_property_lines(face_columns),
    ]
    corners = [(f"corner{i}", mesh.faces[:, i].astype(np.int32)) for i in range(3)]
    three = ("three", np.full(len(mesh.faces), 3, dtype=np.uint8))
    with atomic_path(Path(path)) as temporary, temporary.open("wb") as file:
        file.write("\n".join([*header, "end_header", ""]).encode("ascii"))
        for table in (columns, [three, *corners, *face_columns]):
            rows = _rows(table)
            for start in range(0, len(rows), _WRITE_ROWS):
                block = rows[start : start + _WRITE_ROWS]
                file.write(_text(block) if ascii else block.tobytes())


def _narrowest(vertices: np.ndarray) -> np.ndarray:
    single = vertices.astype(np.float32)
    return single if (single == vertices).all() else vertices


def _columns(attributes: dict[str, np.ndarray]) -> list[tuple[str, np.ndarray]]:
    """(property name, (n,) values) for every attribute."""
    columns: list[tuple[str, np.ndarray]] = []
    for name, values in attributes.items():
        values = np.asarray(values)
        if values.ndim == 1:
            columns.append((name.replace(" ", "_"), values))
            continue
        values = values.reshape(len(values), -1)
        names = _COLOR_NAMES[0] if name == COLOR else [f"{name}_{i}" for i in range(values.shape[1])]
        columns += [(part, values[:, i]) for i, part in enumerate(names)]
    return columns


def _ply_type(values: np.ndarray) -> str:
    stored = _WRITTEN_TYPES.get(f"{values.dtype.kind}{values.dtype.itemsize}")
    if stored is None:  # wider integers than PLY knows
        stored = "int" if not len(values) or np.abs(values).max() < 2**31 else "double"
    return stored


def _property_lines(columns: list[tuple[str, np.ndarray]]) -> list[str]:
    return [f"property {_ply_type(values)} {name}" for name, values in columns]


def _rows(columns: list[tuple[str, np.ndarray]]) -> np.ndarray:
    """(n,) structured array in the byte layout of the file."""
    layout = [(f"{i}", "<" + _PLY_DTYPES[_ply_type(values)]) for i, (_, values) in enumerate(columns)]
    rows = np.empty(len(columns[0][1]), dtype=layout)
    for i, (_, values) in enumerate(columns):
        rows[f"{i}"] = values
    return rows


def _text(rows: np.ndarray) -> bytes:
    template = " ".join(["{}"] * len(rows.dtype.names or ())) + "\n"
    return "".join(template.format(*row) for row in rows.tolist()).encode("ascii")
