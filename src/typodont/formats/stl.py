"""STL, binary and text. STL has no shared vertices; reading merges equal positions exactly, in first-seen order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from typodont.atomic import atomic_path
from typodont.errors import FormatError
from typodont.formats.merging import merge_equal
from typodont.formats.text import parse_numbers, read_line_chunks
from typodont.geometry.mesh import Mesh
from typodont.types import Float

_HEADER_BYTES = 84
_FACE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_WRITE_FACES = 1 << 18


def read_stl(path: Path) -> Mesh:
    """The surface of an STL file, in the unit of the file.

    Face i is the i-th facet; vertex i is the i-th new position. A file whose size fits its face count is binary,
    even if its header begins with "solid", as many exporters write.

    Raises:
        FormatError: empty, truncated, or not STL.
    """
    path = Path(path)
    corners = _read_binary(path) if _is_binary(path) else _read_text(path)
    first, merged = merge_equal(corners)
    return Mesh(corners[first], merged.reshape(-1, 3))


def binary_size_fits(path: Path) -> bool:
    """Whether a file is exactly as long as the face count of a binary STL header says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    return len(head) == _HEADER_BYTES and size == _HEADER_BYTES + _FACE.itemsize * _count(head)


def _is_binary(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(1024)
    return binary_size_fits(path) or b"\0" in head or not head.lstrip().lower().startswith(b"solid")


def _count(head: bytes) -> int:
    return int.from_bytes(head[80:_HEADER_BYTES], "little")


def _read_binary(path: Path) -> Float:
    """(3 F, 3) float32: the corners of all facets. Bytes after the last facet are ignored."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
        count = _count(head)
        expected = _HEADER_BYTES + _FACE.itemsize * count
        if len(head) < _HEADER_BYTES or size < expected:
            raise FormatError(
                f"{path}: truncated binary STL: found {size} bytes, expected {max(expected, _HEADER_BYTES)} "
                f"for the {count} faces that its header announces; copy or export the file again"
            )
        corners = np.empty((count, 3, 3), dtype=np.float32)
        for start in range(0, count, _WRITE_FACES):
            block = np.fromfile(file, dtype=_FACE, count=min(_WRITE_FACES, count - start))
            corners[start : start + len(block)] = block["corners"]
    return corners.reshape(-1, 3)


def _read_text(path: Path) -> Float:
    """(3 F, 3) float64: the corners of all facets of a text STL, of all its solids."""
    blocks: list[np.ndarray] = []
    facets = ends = 0
    for chunk in read_line_chunks(path):
        lower = chunk.lower()
        facets += lower.count(b"outer loop")
        ends += lower.count(b"endloop")
        lines = b"\n".join(line for line in lower.split(b"\n") if b"vertex" in line)
        blocks.append(parse_numbers(lines.replace(b"vertex", b" "), np.float64, source=f"{path}: text STL"))
    values = np.concatenate(blocks) if blocks else np.empty(0)
    if len(values) != 9 * facets or ends != facets:
        raise FormatError(
            f"{path}: truncated or damaged text STL: found {facets} facets, {ends} facet ends and {len(values)} "
            f"coordinates, expected 9 coordinates for each facet; copy or export the file again"
        )
    return values.reshape(-1, 3)


def write_stl(mesh: Mesh, path: Path, *, ascii: bool = False) -> None:  # noqa: A002
    """Write the surface as STL, binary (rounded to float32) unless `ascii`; attributes are lost."""
    with atomic_path(Path(path)) as temporary, temporary.open("wb") as file:
        if ascii:
            file.write(b"solid typodont\n")
            file.writelines(_text_facets(mesh))
            file.write(b"endsolid typodont\n")
            return
        file.write(b"binary STL by typodont".ljust(80, b" ") + len(mesh.faces).to_bytes(4, "little"))
        for start in range(0, len(mesh.faces), _WRITE_FACES):
            faces = mesh.faces[start : start + _WRITE_FACES]
            block = np.zeros(len(faces), dtype=_FACE)
            block["corners"] = mesh.vertices[faces]
            block["normal"] = mesh.face_normals[start : start + _WRITE_FACES]
            file.write(block.tobytes())


def _text_facets(mesh: Mesh) -> Iterator[bytes]:
    for normal, face in zip(mesh.face_normals.tolist(), mesh.faces, strict=True):
        loop = "".join("   vertex {} {} {}\n".format(*corner) for corner in mesh.vertices[face].tolist())
        yield "facet normal {} {} {}\n  outer loop\n{}  endloop\nendfacet\n".format(*normal, loop).encode()
