"""Labels as a picture: the value of a pixel says what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from typodont.errors import FormatError
from typodont.formats.coco import read_json
from typodont.types import Int

LABEL_SUFFIXES = (".png", ".tif", ".tiff", ".bmp")
"""Formats that keep every value; JPEG does not."""
_WHOLE_NUMBERS = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L")
_LARGEST = 65535


def read_label_picture(path: Path) -> Int:
    """(H, W) uint8 or uint16: the stored values; of a picture with a palette the indices, not the colours.

    Raises:
        FormatError: not readable, or a colour picture whose channels differ.
    """
    try:
        with Image.open(path) as picture:
            values = np.asarray(picture)
            mode = picture.mode
    except FileNotFoundError:
        raise FormatError(f"{path}: found no such file, expected a picture of labels; check the path") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FormatError(f"{path}: cannot be read as a picture of labels ({error}); export or copy it again") from None
    if values.ndim == 3 and (values[..., :3] == values[..., :1]).all():
        values, mode = values[..., 0], "L"
    if mode not in _WHOLE_NUMBERS or values.min() < 0 or values.max() > _LARGEST:
        raise FormatError(
            f"{path}: found a picture of mode {mode}, expected whole numbers 0..65535 in one grey channel; "
            "save the labels as 8-bit grey PNG"
        )
    return values.astype(np.uint8 if values.max() < 256 else np.uint16)


def read_number_map(path: Path) -> Mapping[str, int]:
    """What the values of a label picture, or the category names of a COCO file, mean: value or name -> FDI, 0: nothing.

    Raises:
        FormatError: not a JSON object of whole numbers.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not all(type(fdi) is int for fdi in content.values()):
        raise FormatError(
            f"{path}: found no map, expected a JSON object of grey value (or category name) to FDI number, "
            'like {"18": 11, "19": 12}'
        )
    return content
