"""The focal length that a picture's EXIF data tell, in pixels."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import ExifTags, Image

from typodont.formats.image import image_shape

FULL_FRAME_MM = math.hypot(36, 24)
"""Diagonal of the film to which equivalent focal lengths refer."""
_SENSIBLE_MM = (8.0, 400.0)


def read_focal_px(path: Path) -> float | None:
    """Focal length in pixels of the picture as it is stored; None where the file does not tell.

    From the focal length for 35 mm film, which refers to the picture's diagonal. A picture that was cut keeps the
    value of the whole one, so take it for a guess: of a cropped picture it is too small.

    Raises:
        FormatError: no such file, or no picture.
    """
    height, width = image_shape(path)
    with Image.open(path) as picture:
        tags = picture.getexif().get_ifd(ExifTags.IFD.Exif)
    try:
        equivalent = float(tags[ExifTags.Base.FocalLengthIn35mmFilm])
    except (KeyError, TypeError, ValueError):
        return None
    if not _SENSIBLE_MM[0] <= equivalent <= _SENSIBLE_MM[1]:
        return None
    return equivalent / FULL_FRAME_MM * math.hypot(width, height)


def exif_with_focal(focal_px: float, size: tuple[int, int]) -> Image.Exif:
    """EXIF data of a picture of (width, height) that tell its focal length, in whole mm as cameras write it."""
    exif = Image.Exif()
    equivalent = round(focal_px / math.hypot(*size) * FULL_FRAME_MM)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = max(1, equivalent)
    return exif
