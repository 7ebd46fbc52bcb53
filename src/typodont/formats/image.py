"""Pictures as PNG, JPEG, TIFF and BMP: grey values 0..1 whatever the file holds."""

from __future__ import annotations

import struct
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
WHITE_VALUES = (255, 1023, 4095, 16383, 65535)
"""Largest values of the detectors that there are: 8, 10, 12, 14 and 16 bits."""
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_DAMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    MemoryError,
    TypeError,
    ArithmeticError,
    LookupError,
    struct.error,
)
"""What Pillow raises for damaged files, whose every byte it takes for true."""
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

    Whole numbers are divided by the largest value of the bits that they use (8, 10, 12, 14 or 16, as detectors have);
    floats within 0..1 stay, and other values run from the smallest to the largest. What is transparent is black.
    Of several pictures in one file the first counts.

    Raises:
        FormatError: no such file, no picture, truncated, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        notes = _several_warning(picture)
        picture.load()  # turns a TIFF; before it is loaded its turn would be applied twice
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in ("1", "L"):
            return GreyPicture(np.asarray(upright.convert("L"), dtype=np.float32) / 255, 0.0, notes)
        if upright.mode.startswith(("I", "F")):
            grey, more = scaled_grey(np.asarray(upright), path)
            return GreyPicture(1 - grey if _white_is_zero(picture) else grey, 0.0, notes + more)
        colour = np.asarray(_on_black(upright), dtype=np.float32) / 255
    return GreyPicture(*grey_of_colour(colour), notes)


def read_colours(path: Path) -> Float:
    """(H, W, 3) float32, 0..1: the colours of a picture; a grey one gives three equal channels.

    All else is as in `read_image`.

    Raises:
        FormatError: no such file, no picture, truncated, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        if not _is_grey(upright):
            return np.asarray(_on_black(upright), dtype=np.float32) / 255
    return np.repeat(read_image(path).grey[..., None], 3, axis=2)


def image_shape(path: Path) -> tuple[int, int]:
    """(H, W) of the picture that `read_image` gives, without decoding it.

    Raises:
        FormatError: no such file, no picture, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        width, height = picture.size
        turned = picture.format != "TIFF" and picture.getexif().get(ExifTags.Base.Orientation) in _QUARTER_TURNED
    return (width, height) if turned else (height, width)


def white_value(highest: float) -> int:
    """The smallest of `WHITE_VALUES` that holds a value."""
    return next(white for white in WHITE_VALUES if highest <= white)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The picture, with everything that Pillow can say against it as a `FormatError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata and of sizes far below our own limit
            # Pillow 13 turns an uncompressed TIFF wrongly when it is opened by its path, because it maps the file
            with path.open("rb") as file, Image.open(file, formats=_FORMATS) as picture:
                check_pixels(picture.size, path)
                yield picture
    except FileNotFoundError:
        raise FormatError(f"{path}: found no such file, expected a picture; check the path") from None
    except Image.UnidentifiedImageError:
        raise FormatError(
            f"{path}: found no picture that can be read, expected PNG, JPEG, TIFF, BMP or DICOM; export it again"
        ) from None
    except Image.DecompressionBombError as error:
        raise FormatError(f"{path}: {error}; expected at most {MAX_PIXELS} pixels") from None
    except _DAMAGE as error:
        raise FormatError(f"{path}: the picture is truncated or damaged ({error}); export or copy it again") from None


def check_pixels(size: tuple[int, int], path: Path) -> None:
    """A `FormatError` for a (width, height) of more than `MAX_PIXELS`, before anything is decoded."""
    width, height = size
    if width * height > MAX_PIXELS:
        raise FormatError(
            f"{path}: found {width} × {height} pixels, expected at most {MAX_PIXELS}; make the picture smaller"
        )


def _several_warning(picture: Image.Image) -> tuple[str, ...]:
    n = getattr(picture, "n_frames", 1)
    return (f"the file holds {n} pictures; only the first was read",) if n > 1 else ()


def _is_grey(picture: Image.Image) -> bool:
    return picture.mode in ("1", "L") or picture.mode.startswith(("I", "F"))


def _on_black(picture: Image.Image) -> Image.Image:
    """Any colour or transparent picture as RGB."""
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, (0, 0, 0, 255)), picture).convert("RGB")
    return picture.convert("RGB")


def _white_is_zero(picture: Image.Image) -> bool:
    """Whether a TIFF says so; Pillow itself inverts those of 8 bits."""
    tags = getattr(picture, "tag_v2", {})
    return tags.get(ExifTags.Base.PhotometricInterpretation) == 0


def scaled_grey(values: np.ndarray, path: Path) -> tuple[Float, tuple[str, ...]]:
    """(H, W) float32, 0..1: stored values as `read_image` says, and a warning where their range was guessed.

    Raises:
        FormatError: NaN or infinite values.
    """
    if not np.isfinite(values).all():
        raise FormatError(f"{path}: found NaN or infinite grey values, expected finite ones; export the picture again")
    low, high = float(values.min()), float(values.max())
    if values.dtype.kind in "ui" and low >= 0 and high <= WHITE_VALUES[-1]:
        return values.astype(np.float32) / white_value(high), ()
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        return values.astype(np.float32), ()
    grey = (values.astype(np.float64) - low) / max(high - low, 1e-12)
    return grey.astype(np.float32), (f"grey values from {low:g} to {high:g}; taken as black to white",)


def grey_of_colour(colour: Float) -> tuple[Float, float]:
    """(H, W) float32 luminance of (H, W, 3) colours 0..1, and the mean spread of their channels."""
    red, green, blue = np.moveaxis(colour, -1, 0)  # much faster than a range over the last axis
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return colour @ _LUMINANCE, float(spread.mean())
