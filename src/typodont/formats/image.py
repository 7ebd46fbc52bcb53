"""Pictures as PNG, JPEG, TIFF, BMP, WebP and GIF: grey values or colours 0..1 whatever the file holds."""

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

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")
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
QUARTER_TURNED = (5, 6, 7, 8)
"""EXIF orientations that swap height and width."""


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


@dataclass(frozen=True)
class ColourPicture:
    """What a picture file shows, in colour.

    Args:
        colours: (H, W, 3) float32, 0..1; three equal channels where the file is grey. The EXIF turn is applied.
        warnings: What is unusual about the file, for people.
    """

    colours: Float
    warnings: tuple[str, ...] = ()


def read_image(path: Path, *, longest: int | None = None) -> GreyPicture:
    """The grey values of a picture.

    Whole numbers are divided by the largest value of the bits that they use (8, 10, 12, 14 or 16, as detectors have);
    floats within 0..1 stay, and other values run from the smallest to the largest. What is transparent is black.
    Of several pictures in one file the first counts.

    Args:
        path: The file.
        longest: A picture with a side of twice this or more is reduced by a whole number while it is read, so that
            its longer side keeps at least this many pixels; a huge one so needs little more memory than its file's
            own pixels. `image_shape` says how large it was. None: never.

    Raises:
        FormatError: no such file, no picture, truncated, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        notes = _several_warning(picture)
        if _is_deep(picture):
            grey, more = _deep_grey(picture, path, longest)
            return GreyPicture(grey, 0.0, notes + more)
        upright = _upright(picture, longest)
        if upright.mode == "L":
            return GreyPicture(np.asarray(upright, dtype=np.float32) / 255, 0.0, notes)
        colour = np.asarray(_on_black(upright), dtype=np.float32) / 255
    return GreyPicture(*grey_of_colour(colour), notes)


def read_picture(path: Path, *, longest: int | None = None) -> ColourPicture:
    """The colours of a picture; all else is as in `read_image`.

    CMYK is shown as a printer without a colour profile would; Adobe's inverted CMYK is known by its mark.

    Raises:
        FormatError: no such file, no picture, truncated, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        notes = _several_warning(picture)
        if _is_deep(picture):
            grey, more = _deep_grey(picture, path, longest)
            return ColourPicture(np.repeat(grey[..., None], 3, axis=2), notes + more)
        colours = np.asarray(_on_black(_upright(picture, longest)), dtype=np.float32) / 255
    return ColourPicture(colours, notes)


def read_colours(path: Path, *, longest: int | None = None) -> Float:
    """(H, W, 3) float32, 0..1: the colours of `read_picture`."""
    return read_picture(path, longest=longest).colours


def image_shape(path: Path) -> tuple[int, int]:
    """(H, W) of the picture that `read_image` gives, without decoding it.

    Raises:
        FormatError: no such file, no picture, or more than `MAX_PIXELS`.
    """
    (height, width), orientation = stored_frame(path)
    return (width, height) if orientation in QUARTER_TURNED else (height, width)


def stored_frame(path: Path) -> tuple[tuple[int, int], int]:
    """(H, W) of the pixels as they are stored, and the EXIF orientation 1..8 that turns them upright (1: as they are).

    Raises:
        FormatError: no such file, no picture, or more than `MAX_PIXELS`.
    """
    with _opened(path) as picture:
        width, height = picture.size
        # Pillow gives a TIFF's size after its turn
        orientation = 1 if picture.format == "TIFF" else picture.getexif().get(ExifTags.Base.Orientation, 1)
    return (height, width), orientation if orientation in range(1, 9) else 1


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
        found = "a HEIC picture, as telephones make" if _is_heic(path) else "no picture that can be read"
        raise FormatError(
            f"{path}: found {found}, expected PNG, JPEG, TIFF, BMP, WebP, GIF or DICOM; export it again"
        ) from None
    except Image.DecompressionBombError as error:
        raise FormatError(f"{path}: {error}; expected at most {MAX_PIXELS} pixels") from None
    except _DAMAGE as error:
        raise FormatError(f"{path}: the picture is truncated or damaged ({error}); export or copy it again") from None


def _is_heic(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:] in (b"ftypheic", b"ftypheix", b"ftypmif1")


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


def _is_deep(picture: Image.Image) -> bool:
    """Whether it holds grey values of more than 8 bits."""
    return picture.mode.startswith(("I", "F"))


def _deep_grey(picture: Image.Image, path: Path, longest: int | None) -> tuple[Float, tuple[str, ...]]:
    """(H, W) float32, 0..1, and warnings; see `scaled_grey`."""
    picture.load()  # turns a TIFF; before it is loaded its turn would be applied twice
    values = np.asarray(ImageOps.exif_transpose(picture))
    factor = _factor(picture, longest)
    grey, notes = scaled_grey(values if factor == 1 else _reduced(values, factor), path, stored=values)
    return (1 - grey if _white_is_zero(picture) else grey), notes


def _upright(picture: Image.Image, longest: int | None) -> Image.Image:
    """The pixels, reduced and turned; black and white ones as "L"."""
    if longest is not None:  # JPEG alone can be decoded at a half, a quarter or an eighth of its size
        share = longest / max(*picture.size, longest)
        picture.draft(None, (round(picture.width * share), round(picture.height * share)))
    picture.load()  # as above
    factor = _factor(picture, longest)
    if picture.mode == "1":
        picture = picture.convert("L")
    if factor > 1:
        if picture.mode in ("P", "PA"):  # numbers of colours, which have no mean
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
        picture = picture.reduce(factor)
    return ImageOps.exif_transpose(picture)


def _factor(picture: Image.Image, longest: int | None) -> int:
    return 1 if longest is None else max(1, max(picture.size) // longest)


def _reduced(values: np.ndarray, factor: int) -> np.ndarray:
    """(H // factor, W // factor) means of squares, in the type of the values; what is left over at the end is cut."""
    rows, columns = (max(1, side // factor) for side in values.shape)
    squares = values[: rows * factor, : columns * factor].reshape(rows, -1, columns, factor)
    return squares.mean(axis=(1, 3)).astype(values.dtype)


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


def scaled_grey(values: np.ndarray, path: Path, *, stored: np.ndarray | None = None) -> tuple[Float, tuple[str, ...]]:
    """(H, W) float32, 0..1: stored values as `read_image` says, and a warning where their range was guessed.

    Args:
        values: (H, W) to scale.
        path: For messages.
        stored: All values of the file, whose range counts, where `values` are means of them.

    Raises:
        FormatError: NaN or infinite values.
    """
    stored = values if stored is None else stored
    low, high = float(stored.min()), float(stored.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise FormatError(f"{path}: found NaN or infinite grey values, expected finite ones; export the picture again")
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
