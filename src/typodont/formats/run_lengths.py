"""Masks as the run lengths of COCO: column after column, numbers of pixels off, on, off …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pycocotools.mask

from typodont.errors import FormatError
from typodont.types import Bool

_coco: Any = pycocotools.mask  # its type stubs know only a part of what its functions take
_FIRST_CHARACTER = 48
_VALUE_BITS = 5
_FAR = 4


def encode_mask(mask: Bool) -> dict[str, Any]:
    """``{"size": [H, W], "counts": text}``: a (H, W) mask as compressed run lengths that JSON can hold."""
    encoded = _coco.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": list(mask.shape), "counts": encoded["counts"].decode("ascii")}


def decode_mask(segmentation: Any, shape: tuple[int, int]) -> Bool:
    """(H, W) bool: the pixels of a COCO segmentation: polygons, or run lengths as numbers or as text.

    Several polygons are parts of one mask. An empty mask is possible; whether it may be is the caller's question.

    Args:
        segmentation: The value of "segmentation" of a COCO annotation.
        shape: (H, W) of the picture.

    Raises:
        FormatError: no segmentation, an empty polygon, run lengths of another size or damaged; without the file's name.
    """
    if isinstance(segmentation, dict):
        return _from_runs(segmentation, shape)
    if isinstance(segmentation, list):
        return _from_polygons(segmentation, shape)
    raise FormatError(f"found the segmentation {str(segmentation)[:40]!r}, expected polygons or run lengths")


def measure_runs(runs: dict[str, Any]) -> tuple[int, list[int]]:
    """Pixels, and box (left, top, width, height), of a mask as `encode_mask` gives it."""
    encoded = {"size": runs["size"], "counts": runs["counts"].encode("ascii")}
    return int(_coco.area(encoded)), [int(side) for side in _coco.toBbox(encoded)]


def _from_polygons(polygons: list[Any], shape: tuple[int, int]) -> Bool:
    if not polygons:
        raise FormatError("found an empty list of polygons, expected at least one polygon")
    flat = [_checked_polygon(polygon, max(shape)) for polygon in polygons]
    merged = _coco.merge(_coco.frPyObjects(flat, *shape))
    return _filled(_runs_of_text(merged["counts"].decode("ascii")), shape)


def _checked_polygon(polygon: Any, side: int) -> list[float]:
    """Far points are refused because pycocotools walks every pixel of an outline, also outside the picture."""
    try:
        numbers = np.asarray(polygon, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.array([np.nan])
    if numbers.ndim != 1 or len(numbers) % 2 or len(numbers) < 6 or not (abs(numbers) <= _FAR * side).all():
        n = len(polygon) if isinstance(polygon, list) else 0
        raise FormatError(
            f"found a polygon that is empty or damaged ({n} numbers), expected x, y of three or more points of the "
            "picture"
        )
    return numbers.tolist()


def _from_runs(segmentation: dict[str, Any], shape: tuple[int, int]) -> Bool:
    size = segmentation.get("size")
    if not isinstance(size, list) or tuple(size) != shape:
        raise FormatError(
            f"found run lengths of size {size}, expected {list(shape)}, the height and width of the picture"
        )
    counts = segmentation.get("counts")
    try:
        runs = _runs_of_text(counts) if isinstance(counts, str) else np.asarray(counts)
    except ValueError:  # lists in the list
        runs = np.array([-1])
    if runs.ndim != 1 or runs.dtype.kind not in "iu" or (runs < 0).any() or runs.sum() != shape[0] * shape[1]:
        raise FormatError(
            f"found damaged run lengths, expected whole numbers that add up to {shape[0] * shape[1]} pixels"
        )
    return _filled(runs, shape)


def _filled(runs: np.ndarray, shape: tuple[int, int]) -> Bool:
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(shape, order="F")


def _runs_of_text(text: str) -> np.ndarray:
    """Undo COCO's compression, which pycocotools does without checking that the runs fill the picture.

    A run is written as its difference to the last run but one, five bits a character, the lowest first.
    """
    runs: list[int] = []
    value = shift = 0
    for code in (ord(character) - _FIRST_CHARACTER for character in text):
        if not 0 <= code < 64:
            return np.array([-1])
        value |= (code & 31) << shift
        shift += _VALUE_BITS
        if code & 32:
            continue
        value -= (code & 16) << (shift - _VALUE_BITS + 1)
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    return _as_int64(runs)


def _as_int64(runs: Sequence[int]) -> np.ndarray:
    return np.array(runs if all(abs(run) < 1 << 40 for run in runs) else [-1], dtype=np.int64)
