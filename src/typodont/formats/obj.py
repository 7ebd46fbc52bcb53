"""Wavefront OBJ. Vertex i is the i-th ``v`` line, used by a face or not, because labels count those lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from typodont.atomic import atomic_path
from typodont.errors import FormatError
from typodont.formats.attributes import COLOR, as_color
from typodont.formats.polygons import fan_triangles
from typodont.formats.text import keep_lines, parse_numbers, read_line_chunks, token_starts
from typodont.geometry.mesh import Mesh
from typodont.types import Float, Int

_NEWLINE, _SPACE, _SLASH = b"\n /"
_WRITE_LINES = 1 << 16


def read_obj(path: Path) -> Mesh:
    """The surface of an OBJ file, in the unit of the file.

    Reads ``v x y z``, ``v x y z r g b`` (vertex attribute ``color``, (N, 3) uint8) and ``f`` with any number of
    corners (fan triangles), ``v/vt/vn`` and negative indices. Normals, texture, groups and materials are ignored.

    Raises:
        FormatError: a line that cannot be read, a face with fewer than three corners, a truncated last line.
    """
    path = Path(path)
    blocks: list[Float] = [np.empty((0, 6))]
    faces: list[Int] = [np.empty((0, 3), np.int64)]
    n_before = 0
    for chunk in read_line_chunks(path):
        rows, triangles = _parse(_unusual_to_plain(chunk), n_before, path)
        blocks.append(rows)
        faces.append(triangles)
        n_before += len(rows)
    rows = np.concatenate(blocks)
    colored = len(rows) > 0 and not np.isnan(rows[:, 3]).any()
    attributes = {COLOR: as_color(rows[:, 3:])} if colored else {}
    return Mesh(rows[:, :3], np.concatenate(faces), attributes)


def _unusual_to_plain(chunk: bytes) -> bytes:
    """Comments at the end of lines removed and indented lines moved to the margin, where there are such lines."""
    if b"#" in chunk:
        chunk = re.sub(rb"#[^\n]*", b"", chunk)
    if b"\n " in chunk or b"\n\t" in chunk or chunk[:1] in b" \t":
        chunk = re.sub(rb"(?m)^[ \t]+", b"", chunk)
    return chunk


def _parse(chunk: bytes, n_before: int, path: Path) -> tuple[Float, Int]:
    text = np.frombuffer(chunk, dtype=np.uint8)
    ends = np.flatnonzero(text == _NEWLINE) + 1
    starts = np.concatenate([[0], ends[:-1]])
    first, second = text[starts], text[np.minimum(starts + 1, len(text) - 1)]
    single = second <= _SPACE
    is_vertex = single & (first == ord("v"))
    is_face = single & (first == ord("f"))
    rows = _vertices(text, starts[is_vertex], ends[is_vertex], path)
    vertices_above = n_before + np.cumsum(is_vertex)[is_face]
    return rows, _faces(text, starts[is_face], ends[is_face], vertices_above, path)


def _vertices(text: np.ndarray, starts: Int, ends: Int, path: Path) -> Float:
    """(n, 6) float64: x y z r g b of the `v` lines that begin and end there; r g b are NaN where there is no colour."""
    if not len(starts):
        return np.empty((0, 6))
    lines, counts = _words(text, starts, ends)
    values = parse_numbers(lines.tobytes(), np.float64, source=f"{path}: line beginning with 'v'")
    if counts.min() < 3 or len(values) != counts.sum():
        raise FormatError(
            f"{path}: found a 'v' line with {counts.min()} numbers, expected x y z; "
            "the file is truncated or damaged, copy or export it again"
        )
    first = np.cumsum(counts) - counts
    rows = np.full((len(counts), 6), np.nan)
    rows[:, :3] = values[first[:, None] + np.arange(3)]
    colored = counts >= 6
    rows[colored, 3:] = values[first[colored, None] + np.arange(3, 6)]
    return rows


def _faces(text: np.ndarray, starts: Int, ends: Int, vertices_above: Int, path: Path) -> Int:
    """(n, 3) int64: triangles of the `f` lines that begin and end there; `vertices_above` counts the v lines so far."""
    if not len(starts):
        return np.empty((0, 3), np.int64)
    lines, counts = _words(text, starts, ends)
    if (lines == _SLASH).any():
        lines = _without_texture_and_normal(lines)
    corners = parse_numbers(lines.tobytes(), np.int64, source=f"{path}: line beginning with 'f'")
    if counts.min() < 3 or len(corners) != counts.sum():
        raise FormatError(
            f"{path}: found an 'f' line with {counts.min()} corners, expected 3 or more; "
            "the file is truncated or damaged, copy or export it again"
        )
    if (corners == 0).any():
        raise FormatError(f"{path}: a face names vertex 0, but OBJ counts from 1; export the file again")
    relative = np.repeat(vertices_above, counts) + corners
    return fan_triangles(np.where(corners < 0, relative, corners - 1), counts)[0]


def _words(text: np.ndarray, starts: Int, ends: Int) -> tuple[np.ndarray, Int]:
    """The lines alone with their first letter blanked, (m,) uint8, and the number of words of each line, (n,)."""
    lines = keep_lines(text, starts, ends)
    line_starts = np.cumsum(ends - starts) - (ends - starts)
    lines[line_starts] = _SPACE
    return lines, np.add.reduceat(token_starts(lines), line_starts, dtype=np.int64)


def _without_texture_and_normal(lines: np.ndarray) -> np.ndarray:
    """``7/1/3`` and ``7//3`` become ``7``: what follows a slash is blanked up to the next white space."""
    place = np.arange(len(lines), dtype=np.int32)
    last_slash = np.maximum.accumulate(np.where(lines == _SLASH, place, -1))
    last_space = np.maximum.accumulate(np.where(lines <= _SPACE, place, -1))
    return np.where(last_slash > last_space, np.uint8(_SPACE), lines)


def write_obj(mesh: Mesh, path: Path) -> None:
    """Write the surface as OBJ with exact coordinates, and ``color`` where there is one; other attributes are lost."""
    with atomic_path(Path(path)) as temporary, temporary.open("w", encoding="ascii", newline="\n") as file:
        file.write("# typodont\n")
        file.writelines(_lines("v", _vertex_rows(mesh)))
        file.writelines(_lines("f", mesh.faces + 1))


def _vertex_rows(mesh: Mesh) -> Float:
    color = mesh.vertex_attributes.get(COLOR)
    if color is None:
        return mesh.vertices
    return np.hstack([mesh.vertices, np.round(np.asarray(color)[:, :3] / 255.0, 5)])


def _lines(letter: str, rows: np.ndarray) -> Iterator[str]:
    template = letter + " {}" * rows.shape[1] + "\n"
    for start in range(0, len(rows), _WRITE_LINES):
        yield "".join(template.format(*row) for row in rows[start : start + _WRITE_LINES].tolist())
