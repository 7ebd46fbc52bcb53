"""The header of a PLY file: which elements with which properties follow, and how they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from typodont.errors import FormatError

_HEADER_LIMIT = 1 << 16
_SCALARS = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4",
    "float": "f4", "double": "f8",
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8", "int64": "i8", "uint64": "u8",
}  # fmt: skip
_BYTE_ORDERS = {"ascii": "<", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass(frozen=True)
class Property:
    """One column of an element; a list when it has a `count` type."""

    name: str
    dtype: np.dtype
    count: np.dtype | None = None


@dataclass(frozen=True)
class Element:
    """A table of the file: `count` rows of the properties, in file order."""

    name: str
    count: int
    properties: tuple[Property, ...]


@dataclass(frozen=True)
class Header:
    """What stands before the data: elements in file order, and the byte at which the data begins."""

    ascii: bool
    elements: tuple[Element, ...]
    size: int


def read_header(path: Path) -> Header:
    """The header of a PLY file.

    Raises:
        FormatError: no end, unknown storage or types, a line that makes no sense.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_LIMIT)
    size = _header_size(head, path)
    lines = [line.split() for line in head[:size].decode("latin-1").replace("\r", "\n").split("\n")]
    lines = [words for words in lines if words and words[0] not in ("ply", "comment", "obj_info", "end_header")]
    try:
        if lines[0][0] != "format":
            raise ValueError
        order = _BYTE_ORDERS[lines[0][1]]
        elements = _elements(lines[1:], order)
    except (KeyError, ValueError, IndexError):
        raise FormatError(
            f"{path}: the PLY header cannot be read; expected 'format', 'element' and 'property' lines with "
            "the types of PLY 1.0; export the file again"
        ) from None
    return Header(lines[0][1] == "ascii", elements, size)


def _header_size(head: bytes, path: Path) -> int:
    end = head.find(b"end_header")
    if end < 0:
        raise FormatError(f"{path}: found no 'end_header' in the PLY header; the file is truncated, copy it again")
    end += len(b"end_header")
    line_end = b"\r\n" if head[end : end + 2] == b"\r\n" else head[end : end + 1]
    return end + len(line_end)


def _elements(lines: list[list[str]], order: str) -> tuple[Element, ...]:
    elements: list[Element] = []
    for kind, *words in lines:
        if kind == "element":
            name, count = words
            elements.append(Element(name, int(count), ()))
            if elements[-1].count < 0:
                raise ValueError(count)
        elif kind == "property":
            last = elements[-1]
            elements[-1] = Element(last.name, last.count, (*last.properties, _property(words, order)))
        else:
            raise ValueError(kind)
    return tuple(elements)


def _property(words: list[str], order: str) -> Property:
    if words[0] == "list":
        _, count, item, name = words
        return Property(name, np.dtype(order + _SCALARS[item]), np.dtype(order + _SCALARS[count]))
    kind, name = words
    return Property(name, np.dtype(order + _SCALARS[kind]))
