"""Numbers out of text at the speed of C, in pieces of bounded size."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from typodont.errors import FormatError
from typodont.types import Bool, Int

CHUNK_BYTES = 4 << 20


def parse_numbers(text: bytes, dtype: type[Any], *, source: str) -> np.ndarray:
    """(n,) `dtype`: all numbers of a text, separated by any white space; nan and inf are numbers.

    Args:
        text: Numbers and white space.
        dtype: np.float64 or np.int64.
        source: File and place, for the error message.

    Raises:
        FormatError: something else stands in the text; the message shows it.
    """
    if not text.strip():
        return np.empty(0, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # numpy < 2.3 warns where newer ones raise
        try:
            return np.fromstring(text, dtype=dtype, sep=" ")
        except (ValueError, DeprecationWarning):
            found = _first_bad_token(text, dtype)
            raise FormatError(
                f"{source}: found {found}, expected a number; the file is damaged, export it again"
            ) from None


def _first_bad_token(text: bytes, dtype: type[Any]) -> str:
    convert = int if np.issubdtype(dtype, np.integer) else float
    for token in text.split():
        try:
            convert(token)
        except ValueError:
            return repr(token[:40].decode("ascii", "replace"))
    return "an unreadable number"


def token_starts(text: np.ndarray) -> Bool:
    """(n,) bool: where a word begins in (n,) uint8 text; every byte up to 32 is white space."""
    space = text <= 32
    starts = ~space
    starts[1:] &= space[:-1]
    return starts


def keep_lines(text: np.ndarray, starts: Int, ends: Int) -> np.ndarray:
    """(m,) uint8: the lines text[starts[i]:ends[i]] of (n,) uint8 text put one after the other."""
    change = np.zeros(len(text) + 1, dtype=np.int8)
    change[starts] += 1
    change[ends] -= 1
    return text[np.cumsum(change[:-1], dtype=np.int8).astype(bool)]


def read_line_chunks(path: Path, *, skip: int = 0, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Whole lines of a file in pieces of about `size` bytes; a line that ends in a backslash goes on in the next.

    Continued lines are joined, Windows and old Macintosh line ends become plain ones, the last line gets its end.
    """
    rest = b""
    mark = b"\xef\xbb\xbf"  # UTF-8 byte order mark
    with path.open("rb") as file:
        file.seek(skip)
        while piece := file.read(size):
            rest += piece if skip or file.tell() > size else piece.removeprefix(mark)
            cut = _last_line_end(rest)
            if cut:
                yield _plain(rest[:cut])
                rest = rest[cut:]
    if rest:
        yield _plain(rest + b"\n")


def _last_line_end(text: bytes) -> int:
    end = len(text)
    while (end := text.rfind(b"\n", 0, end)) >= 0:
        if text[max(end - 2, 0) : end].rstrip(b"\r")[-1:] != b"\\":
            return end + 1
    return 0


def _plain(text: bytes) -> bytes:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\\\n" in text:
        text = text.replace(b"\\\n", b" ")
    return text if text.endswith(b"\n") else text + b"\n"
