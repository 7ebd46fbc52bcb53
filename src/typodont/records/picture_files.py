"""Pictures without labels in a folder, of any size and mode."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from typodont.errors import ConfigError
from typodont.formats import read_coco
from typodont.formats.image import read_colours
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES, is_dicom, read_radiograph
from typodont.types import Float

IMAGES = "images"


def find_pictures(data: Path) -> list[Path]:
    """The pictures of a folder and of the folders below, in order of their paths; no labels are needed.

    Files are known by their suffix, those without one by DICOM's mark; hidden files and folders are skipped. Nothing
    is decoded, so a file of the list may still turn out to be damaged.

    Args:
        data: A folder, a single picture, or a COCO file, which gives the pictures that it names.

    Raises:
        ConfigError: no such file or folder, or there is no picture.
        FormatError: a JSON file that is no COCO.
    """
    if data.suffix == ".json":
        files = [picture_beside(data, image.file_name) for image in read_coco(data)]
    elif data.is_dir():
        visible = (path for path in data.rglob("*") if not _hidden(path.relative_to(data)))
        files = [path for path in visible if path.is_file() and _looks_like_picture(path)]
    elif data.is_file():
        files = [data]
    else:
        raise ConfigError(f"{data}: found no such file or folder, expected pictures; check the path")
    if not files:
        raise ConfigError(f"{data}: no pictures there; expected files that end in {', '.join(RADIOGRAPH_SUFFIXES)}")
    return sorted(files)


def picture_beside(labels: Path, file_name: str) -> Path:
    """Where a picture lies that a label file names: relative to that file, or in images/ beside it."""
    name = file_name if "/" in file_name else file_name.replace("\\", "/")
    places = [labels.parent / name, labels.parent / IMAGES / name, labels.parent / IMAGES / Path(name).name]
    return next((place for place in places if place.is_file()), places[0])


def read_layers(path: Path, *, colour: bool, longest: int | None = None) -> Float:
    """(1 or 3, H, W) float32, 0..1: a picture as networks take it that read grey values or colours.

    Asked for colours, DICOM and grey pictures give three equal layers.

    Args:
        path: The file.
        colour: Three layers instead of one.
        longest: For huge pictures, see `read_image`.

    Raises:
        FormatError: not readable; see `read_radiograph`.
    """
    if not colour:
        return read_radiograph(path, longest=longest).image[None]
    if is_dicom(path):
        return np.repeat(read_radiograph(path).image[None], 3, axis=0)
    return np.moveaxis(read_colours(path, longest=longest), -1, 0)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _looks_like_picture(path: Path) -> bool:
    return path.suffix.lower() in RADIOGRAPH_SUFFIXES or (not path.suffix and is_dicom(path))
