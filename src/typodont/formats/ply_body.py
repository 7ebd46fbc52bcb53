"""The data of a PLY file as columns. Text is first turned into binary rows of float64, so one decoder serves both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from typodont.errors import FormatError
from typodont.formats.ply_header import Element, Header, Property
from typodont.formats.text import parse_numbers, read_line_chunks
from typodont.types import Int


@dataclass(frozen=True)
class ListColumn:
    """Rows of different lengths: all items one after the other, and the length of each row."""

    values: np.ndarray
    counts: Int


Column = np.ndarray | ListColumn


class _TooShort(Exception):
    """The data end inside an element."""


def read_elements(path: Path, header: Header) -> dict[str, dict[str, Column]]:
    """Element name -> property name -> column, for every element of the file.

    Raises:
        FormatError: the file ends before its header says, or holds words that are no numbers.
    """
    data, stored = _stored(path, header)
    found: dict[str, dict[str, Column]] = {}
    offset = 0
    for element, declared in zip(stored, header.elements, strict=True):
        try:
            columns, offset = _read_element(data, offset, element)
        except _TooShort:
            unit = "numbers" if header.ascii else "bytes"
            amount = len(data) // (8 if header.ascii else 1)
            raise FormatError(
                f"{path}: truncated PLY: found {amount} {unit} after the header, expected more for the "
                f"{element.count} rows of element '{element.name}'; copy or export the file again"
            ) from None
        found[element.name] = _cast(columns, declared)
    return found


def _stored(path: Path, header: Header) -> tuple[np.ndarray, tuple[Element, ...]]:
    """(n,) uint8 data after the header, and the elements with the types in which they stand there."""
    if header.ascii:
        chunks = [np.empty(0)]
        for text in read_line_chunks(path, skip=header.size):
            chunks.append(parse_numbers(text, np.float64, source=f"{path}: text PLY"))
        return np.concatenate(chunks).view(np.uint8), tuple(_as_float64(element) for element in header.elements)
    if path.stat().st_size <= header.size:
        return np.empty(0, np.uint8), header.elements
    return np.memmap(path, dtype=np.uint8, mode="r", offset=header.size), header.elements


def _as_float64(element: Element) -> Element:
    number = np.dtype("<f8")
    properties = tuple(replace(p, dtype=number, count=number if p.count else None) for p in element.properties)
    return replace(element, properties=properties)


def _cast(columns: dict[str, Column], declared: Element) -> dict[str, Column]:
    """The columns in the types that the header declares, native byte order, no longer tied to the file."""
    cast: dict[str, Column] = {}
    for prop in declared.properties:
        column, native = columns[prop.name], prop.dtype.newbyteorder("=")
        if isinstance(column, ListColumn):
            cast[prop.name] = ListColumn(column.values.astype(native), column.counts)
        else:
            cast[prop.name] = column.astype(native)
    return cast


def _read_element(data: np.ndarray, offset: int, element: Element) -> tuple[dict[str, Column], int]:
    """The columns of an element that begins at byte `offset`, and the byte after it."""
    if not element.count or not element.properties:
        empty = np.empty(0, np.int64)
        return {p.name: ListColumn(empty, empty) if p.count else empty for p in element.properties}, offset
    if element.count > len(data):  # before memory is asked for
        raise _TooShort
    return _read_even_rows(data, offset, element) or _read_uneven_rows(data, offset, element)


def _read_even_rows(data: np.ndarray, offset: int, element: Element) -> tuple[dict[str, Column], int] | None:
    """The fast way: all rows have lists as long as those of the first row; None where that does not hold."""
    fields: list[tuple] = []
    at = offset
    for i, prop in enumerate(element.properties):
        if prop.count is None:
            fields.append((f"values{i}", prop.dtype))
            at += prop.dtype.itemsize
        else:
            length = _list_length(data, at, prop)
            fields += [(f"count{i}", prop.count), (f"values{i}", prop.dtype, (length,))]
            at += prop.count.itemsize + length * prop.dtype.itemsize
    row = np.dtype(fields)
    end = offset + element.count * row.itemsize
    if end > len(data):
        if any(prop.count is not None for prop in element.properties):
            return None
        raise _TooShort
    rows = np.frombuffer(data[offset:end], dtype=row)
    columns: dict[str, Column] = {}
    for i, prop in enumerate(element.properties):
        values = rows[f"values{i}"]
        if prop.count is None:
            columns[prop.name] = values
            continue
        counts = rows[f"count{i}"].astype(np.int64)
        if (counts != values.shape[1]).any():
            return None
        columns[prop.name] = ListColumn(values.reshape(-1), counts)
    return columns, end


def _read_uneven_rows(data: np.ndarray, offset: int, element: Element) -> tuple[dict[str, Column], int]:
    """The general way: walk through the rows to find where each value begins, then gather."""
    starts = np.empty((len(element.properties), element.count), dtype=np.int64)
    counts = np.ones_like(starts)
    for row in range(element.count):
        for i, prop in enumerate(element.properties):
            if prop.count is not None:
                counts[i, row] = _list_length(data, offset, prop)
                offset += prop.count.itemsize
            starts[i, row] = offset
            offset += int(counts[i, row]) * prop.dtype.itemsize
    if offset > len(data):
        raise _TooShort
    columns: dict[str, Column] = {}
    for i, prop in enumerate(element.properties):
        values = _gather(data, starts[i], counts[i], prop.dtype)
        columns[prop.name] = values if prop.count is None else ListColumn(values, counts[i])
    return columns, offset


def _list_length(data: np.ndarray, at: int, prop: Property) -> int:
    assert prop.count is not None
    raw = data[at : at + prop.count.itemsize].tobytes()
    if len(raw) < prop.count.itemsize:
        raise _TooShort
    length = np.frombuffer(raw, dtype=prop.count)[0]
    if not 0 <= length <= len(data):
        raise _TooShort
    return int(length)


def _gather(data: np.ndarray, starts: Int, counts: Int, dtype: np.dtype) -> np.ndarray:
    """(sum of counts,) `dtype`: runs of values that begin at the bytes `starts`."""
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    first_byte = np.repeat(starts, counts) + within * dtype.itemsize
    return np.ascontiguousarray(data[first_byte[:, None] + np.arange(dtype.itemsize)]).view(dtype).reshape(-1)
