"""What a file is, by its content; the name only decides where the content leaves a doubt."""

from __future__ import annotations

import re
from pathlib import Path

from typodont.errors import FormatError
from typodont.formats.stl import binary_size_fits

SUFFIXES = (".stl", ".ply", ".obj", ".vtp")
_HEAD_BYTES = 1 << 14
_EXPECTED = "expected a surface as STL, PLY, OBJ or VTP"
_OBJ_LINE = re.compile(rb"(?m)^[ \t]*(v[ \t]+[-+.\d]|(vn|vt|f|g|o|s|mtllib|usemtl)[ \t])")
_STRANGERS = (
    (b"PK\x03\x04", "a zip archive (3MF and others); unpack it"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"# vtk DataFile", "a legacy VTK file; save it as .vtp"),
    (b"glTF", "a glTF file; export it as PLY"),
    (b"{", "a JSON file; give the mesh itself"),
)


def sniff(path: Path) -> str:
    """``"stl"``, ``"ply"``, ``"obj"`` or ``"vtp"``.

    Raises:
        FormatError: no such file, an empty file, or something else; the message says what it looks like.
    """
    path = Path(path)
    if not path.is_file():
        raise FormatError(f"{path}: found no such file, {_EXPECTED}; check the path")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    head = head.removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise FormatError(f"{path}: the file is empty, {_EXPECTED}; export or copy it again")
    if head[:4] in (b"ply\n", b"ply\r"):
        return "ply"
    if head.lstrip()[:1] == b"<":
        return _xml(head, path)
    for magic, name in _STRANGERS:
        if head.startswith(magic):
            raise FormatError(f"{path}: found {name}; {_EXPECTED}")
    return _binary(head, path) if b"\0" in head else _text(head, path)


def _xml(head: bytes, path: Path) -> str:
    kind = re.search(rb"<VTKFile[^>]*\stype=[\"'](\w+)", head)
    if kind and kind.group(1) == b"PolyData":
        return "vtp"
    found = f"a VTK file of type {kind.group(1).decode()}" if kind else "an XML or HTML file"
    raise FormatError(f"{path}: found {found}, {_EXPECTED}; save the surface as PolyData (.vtp) or download it again")


def _binary(head: bytes, path: Path) -> str:
    """A binary STL has no mark of its own: its size fits its face count, or it says solid, or the name says it."""
    if binary_size_fits(path) or head[:5].lower() == b"solid" or path.suffix.lower() == ".stl":
        return "stl"
    raise FormatError(f"{path}: found binary data of unknown kind, {_EXPECTED}; export it again")


def _text(head: bytes, path: Path) -> str:
    lower = head.lower()
    if lower.lstrip().startswith(b"solid") and (b"facet" in lower or b"endsolid" in lower):
        return "stl"
    if _OBJ_LINE.search(head) or (path.suffix.lower() == ".obj" and head.lstrip().startswith(b"#")):
        return "obj"
    raise FormatError(f"{path}: found a text file that is no mesh, {_EXPECTED}; export it again")
