"""Findings drawn as masks: ``images`` beside folders ``masks_NAME``, in which the thing is what is not black."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.ndimage import find_objects
from skimage.measure import label as connected_pieces

from typodont.errors import FormatError
from typodont.formats import CocoImage, CocoInstance, read_label_picture
from typodont.formats.image import IMAGE_SUFFIXES
from typodont.formats.label_picture import LABEL_SUFFIXES
from typodont.records.labelled_panoramic import MASKS_FDI, MASKS_GREY, find_labelled_panoramics, pictures_by_stem
from typodont.records.marks import MarkedPicture
from typodont.records.picture_files import IMAGES
from typodont.types import Bool

MASKS, UNNAMED = "masks", "mask"
"""The folder whose name does not say what is drawn in it, and the category that this gives."""
_CRUMB = 1e-5
"""Of the picture's pixels: what is smaller is a slip of the pen, or the border of something that was resized."""


def find_mask_pictures(folder: Path) -> Iterator[MarkedPicture]:
    """The pictures of ``images`` that have a mask, with every connected piece of it as one thing.

    ``masks_caries`` is a folder of caries, ``masks`` one of "mask", which has to be renamed. ``masks_fdi`` and
    ``masks_grey`` are teeth by number, see `find_labelled_panoramics`. Things that touch count as one; pieces of less
    than a hundred thousandth of the picture are left out. A picture that is in several folders comes several times.

    Raises:
        FormatError: a mask without its picture, saved as JPEG, or of more than two values.
    """
    folders = sorted(path for path in folder.glob(f"{MASKS}*") if path.is_dir())
    if not (folder / IMAGES).is_dir() or not folders:
        return
    if any(path.name in (MASKS_FDI, MASKS_GREY) for path in folders):
        yield from _numbered_teeth(folder)
    pictures = pictures_by_stem(folder / IMAGES)
    for path in folders:
        if path.name not in (MASKS_FDI, MASKS_GREY):
            yield from _of_folder(path, pictures)


def _numbered_teeth(folder: Path) -> Iterator[MarkedPicture]:
    for files in find_labelled_panoramics(folder):
        found = files.read()
        marks = tuple(CocoInstance.of(str(tooth.fdi), tooth.mask) for tooth in found.teeth)
        names = frozenset({"11"}).union(mark.category for mark in marks)  # any number says that teeth were looked for
        yield MarkedPicture(found.image, files.labels, CocoImage(found.image.name, found.shape, marks, labelled=names))


def _of_folder(folder: Path, pictures: dict[str, Path]) -> Iterator[MarkedPicture]:
    category = folder.name.removeprefix(MASKS).strip("_- ") or UNNAMED
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in IMAGE_SUFFIXES or path.name.startswith("."):
            continue
        if path.suffix.lower() not in LABEL_SUFFIXES:
            raise FormatError(f"{path}: found a mask as {path.suffix}, which changes values; save it as PNG")
        if path.stem not in pictures:
            expected = folder.parent / IMAGES / f"{path.stem}.png"
            raise FormatError(
                f"{path}: found no picture for this mask, expected {expected} (or .jpg, .tif, .bmp, .dcm)"
            )
        mask = _read_mask(path)
        marks = tuple(CocoInstance.of(category, piece) for piece in mask_pieces(mask))
        shape = (mask.shape[0], mask.shape[1])
        content = CocoImage(pictures[path.stem].name, shape, marks, labelled=frozenset({category}))
        yield MarkedPicture(pictures[path.stem], path, content)


def _read_mask(path: Path) -> Bool:
    values = read_label_picture(path)
    found = np.unique(values)
    if len(found) > 2:
        shown = ", ".join(map(str, found[:5].tolist()))
        raise FormatError(
            f"{path}: found {len(found)} values ({shown} …), expected two: 0 and the thing; draw every category in a "
            f"folder {MASKS}_NAME of its own, and resize masks by nearest neighbour"
        )
    return values > 0


def mask_pieces(mask: Bool, *, least: float = _CRUMB) -> Iterator[Bool]:
    """(H, W) each: the connected pieces of a mask, from the top; corners connect.

    Args:
        mask: (H, W).
        least: Share of the picture's pixels below which a piece is left out.
    """
    pieces = np.asarray(connected_pieces(mask, connectivity=2))
    for number, box in enumerate(find_objects(pieces), start=1):
        part = pieces[box] == number
        if part.sum() >= least * mask.size:
            piece = np.zeros(mask.shape, dtype=bool)
            piece[box] = part
            yield piece
