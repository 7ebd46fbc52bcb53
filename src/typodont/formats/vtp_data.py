"""The data arrays of VTK XML files: text, base64 or raw, plain or in compressed blocks."""

from __future__ import annotations

import base64
import binascii
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np

from typodont.errors import FormatError
from typodont.formats.text import parse_numbers

_DTYPES = {
    "Int8": "i1", "UInt8": "u1", "Int16": "i2", "UInt16": "u2", "Int32": "i4", "UInt32": "u4",
    "Int64": "i8", "UInt64": "u8", "Float32": "f4", "Float64": "f8",
}  # fmt: skip
_DECOMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "vtkZLibDataCompressor": zlib.decompress,
    "vtkLZMADataCompressor": lzma.decompress,
}
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Storage:
    """How the arrays of one file are stored; `appended` holds what follows the underscore of AppendedData."""

    path: Path
    byte_order: str
    header: np.dtype
    decompress: Callable[[bytes], bytes] | None
    appended: bytes
    appended_is_base64: bool

    def array(self, element: Xml.Element) -> np.ndarray:
        """(n,) or (n, components) array of a DataArray element.

        Raises:
            FormatError: unknown type, truncated or damaged data.
        """
        name = element.get("Name", "Points")
        try:
            dtype = np.dtype(self.byte_order + _DTYPES[element.get("type", "")])
            values = self._values(element, dtype)
            components = int(element.get("NumberOfComponents", "1"))
            return values if components == 1 else values.reshape(-1, components)
        except (KeyError, ValueError, IndexError, binascii.Error, zlib.error, lzma.LZMAError):
            raise FormatError(
                f"{self.path}: data array '{name}' cannot be read; the file is truncated or damaged, "
                "copy or export it again"
            ) from None

    def _values(self, element: Xml.Element, dtype: np.dtype) -> np.ndarray:
        kind = element.get("format", "ascii")
        if kind == "ascii":
            number = np.int64 if dtype.kind in "iu" else np.float64
            source = f"{self.path}: data array '{element.get('Name')}'"
            return parse_numbers((element.text or "").encode(), number, source=source).astype(dtype.newbyteorder("="))
        if kind == "appended":
            start = int(element.attrib["offset"])
            raw = self._bytes(self.appended[start:], self.appended_is_base64)
        else:
            raw = self._bytes("".join((element.text or "").split()).encode(), True)
        return np.frombuffer(raw, dtype=dtype).astype(dtype.newbyteorder("="))

    def _bytes(self, stored: bytes, is_base64: bool) -> bytes:
        """The payload that begins at the start of `stored`; what follows it belongs to other arrays."""
        decode = _decode_base64 if is_base64 else _take
        word = self.header.itemsize
        if self.decompress is None:
            length = self._header_words(decode(stored, 0, word))[0]
            return decode(stored, 0, word + length)[word:]
        blocks = self._header_words(decode(stored, 0, word))[0]
        header_bytes = word * (3 + blocks)
        sizes = self._header_words(decode(stored, 0, header_bytes))[3:]
        body_at = 4 * -(-header_bytes // 3) if is_base64 else header_bytes
        body = decode(stored, body_at, sum(sizes))
        ends = np.cumsum([0, *sizes]).tolist()
        return b"".join(self.decompress(body[a:b]) for a, b in pairwise(ends))

    def _header_words(self, raw: bytes) -> list[int]:
        return np.frombuffer(raw, dtype=self.header).tolist()


def _take(stored: bytes, start: int, n_bytes: int) -> bytes:
    """`n_bytes` bytes from position `start`."""
    raw = stored[start : start + n_bytes]
    if len(raw) < n_bytes:
        raise ValueError("data end early")
    return raw


def _decode_base64(stored: bytes, start: int, n_bytes: int) -> bytes:
    """`n_bytes` decoded bytes of a base64 text from its character `start`."""
    return _take(base64.b64decode(stored[start : start + 4 * -(-n_bytes // 3)]), 0, n_bytes)


def storage(path: Path, root: Xml.Element, appended: bytes) -> Storage:
    """How the arrays under a VTKFile element are stored.

    Raises:
        FormatError: a compressor other than zlib and lzma.
    """
    compressor = root.get("compressor", "")
    if compressor and compressor not in _DECOMPRESSORS:
        raise FormatError(
            f"{path}: found the compressor {compressor}, expected zlib or lzma or none; save the file with zlib"
        )
    byte_order = ">" if root.get("byte_order") == "BigEndian" else "<"
    word = "u8" if root.get("header_type") == "UInt64" else "u4"
    section = root.find("AppendedData")
    is_base64 = section is not None and section.get("encoding") == "base64"
    return Storage(path, byte_order, np.dtype(byte_order + word), _DECOMPRESSORS.get(compressor), appended, is_base64)


def vtk_type(values: np.ndarray) -> str:
    """The name that VTK gives to the type of an array."""
    return next(name for name, code in _DTYPES.items() if code == f"{values.dtype.kind}{values.dtype.itemsize}")


def encode_compressed(values: np.ndarray) -> str:
    """Inline base64 text of an array in zlib blocks with a UInt64 header."""
    raw = np.ascontiguousarray(values).tobytes()
    blocks = [zlib.compress(raw[i : i + _BLOCK_BYTES], 1) for i in range(0, len(raw), _BLOCK_BYTES)]
    header = [len(blocks), _BLOCK_BYTES, len(raw) % _BLOCK_BYTES, *map(len, blocks)]
    words = np.array(header, dtype="<u8").tobytes()
    return (base64.b64encode(words) + base64.b64encode(b"".join(blocks))).decode("ascii")
