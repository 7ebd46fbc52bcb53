"""Pictures as PNG, JPEG, TIFF and BMP: grey values 0..1 whatever the file holds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from typodont.errors import FormatError
from typodont.types import Float

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
MAX_PIXELS = 200_000_000
"""More than any radiograph has, and little enough for the memory; a file that claims more is a mistake or an attack."""
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "MPO")
_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_QUARTER_TURNED = (5, 6, 7, 8)


@dataclass(frozen=True)
class GreyPicture:
    """What a picture file shows.

    Args:
        grey: (H, W) float32, 0..1: luminance, linear in the stored values; the EXIF turn is applied.
        colourful: Mean over the pixels of the spread between the strongest and the weakest channel, 0..1.
        warnings: What is unusual about the file, for people.
    """

    grey: Float
    colourful: float
    warnings: tuple[str, ...] = ()


def read_image(path: Path) -> GreyPicture:
    """The grey values of a picture.

    Whole numbers are divided by the largest value of their type (8 or 16 bits); TIFF files of other types run from
    their smallest to their largest value. What is transparent is black. Of several pictures in one file the first
    counts.

    Raises:
        FormatError: no such file, no picture, truncated, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        notes = _several_warning(picture)
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in ("1", "L"):
            return GreyPicture(np.asarray(upright.convert("L"), dtype=np.float32) / 255, 0.0, notes)
        if upright.mode.startswith(("I", "F")):
            grey, more = _scaled(np.asarray(upright), path)
            return GreyPicture(grey, 0.0, notes + more)
        colour = np.asarray(_on_black(upright), dtype=np.float32) / 255
    return GreyPicture(colour @ _LUMINANCE, float(np.ptp(colour, axis=-1).mean()), notes)


def image_shape(path: Path) -> tuple[int, int]:
    """(H, W) of the picture that `read_image` gives, without decoding it.

    Raises:
        FormatError: no such file, no picture, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        width, height = picture.size
        turned = picture.getexif().get(ExifTags.Base.Orientation) in _QUARTER_TURNED
    return (width, height) if turned else (height, width)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The picture, with everything that Pillow can say against it as a `FormatError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata and of sizes far below our own limit
            with Image.open(path, formats=_FORMATS) as picture:
                _check_pixels(picture.size, path)
                yield picture
    except FileNotFoundError:
        raise FormatError(f"{path}: found no such file, expected a picture; check the path") from None
    except Image.UnidentifiedImageError:
        raise FormatError(
            f"{path}: found no picture that can be read, expected PNG, JPEG, TIFF, BMP or DICOM; export it again"
        ) from None
    except Image.DecompressionBombError as error:
        raise FormatError(f"{path}: {error}; expected at most {MAX_PIXELS} pixels") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise FormatError(f"{path}: the picture is truncated or damaged ({error}); export or copy it again") from None


def _check_pixels(size: tuple[int, int], path: Path) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise FormatError(
            f"{path}: found {width} × {height} pixels, expected at most {MAX_PIXELS}; make the picture smaller"
        )


def _several_warning(picture: Image.Image) -> tuple[str, ...]:
    n = getattr(picture, "n_frames", 1)
    return (f"the file holds {n} pictures; only the first was read",) if n > 1 else ()


def _on_black(picture: Image.Image) -> Image.Image:
    """Any colour or transparent picture as RGB."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, (0, 0, 0, 255)), picture).convert("RGB")
    return picture.convert("RGB")


def _scaled(values: np.ndarray, path: Path) -> tuple[Float, tuple[str, ...]]:
    """Values of more than 8 bits as 0..1."""
    if not np.isfinite(values).all():
        raise FormatError(f"{path}: found NaN or infinite grey values, expected finite ones; export the picture again")
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "ui" and low >= 0 and high <= 65535:
        return values.astype(np.float32) / 65535, ()
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        return values.astype(np.float32), ()
    grey = (values.astype(np.float64) - low) / max(high - low, 1e-12)
    return grey.astype(np.float32), (f"grey values from {low:g} to {high:g}; taken as black to white",)
