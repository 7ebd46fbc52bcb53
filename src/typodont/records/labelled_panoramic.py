"""Labelled panoramics in the layouts that people keep them in: COCO files, and folders of label pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from typodont.anatomy import GINGIVA, fdi_named, is_tooth
from typodont.errors import ConfigError, FormatError, LabelError, TypodontError
from typodont.formats import (
    LABEL_SUFFIXES,
    CocoImage,
    instance_mask,
    is_coco,
    read_coco,
    read_json,
    read_label_picture,
    read_number_map,
)
from typodont.records.panoramic_teeth import LabelledPanoramic, LabelledTooth
from typodont.records.picture_files import IMAGES, picture_beside
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES, radiograph_shape

MASKS_FDI, MASKS_GREY, NUMBER_MAP = "masks_fdi", "masks_grey", "grey_to_fdi.json"
FINDINGS = "findings.json"  # of other things than teeth, beside the teeth's own file
_LAYOUTS = (
    f"a COCO .json, {IMAGES}/ with {MASKS_FDI}/ (pixel = FDI number), or {IMAGES}/ with {MASKS_GREY}/ and {NUMBER_MAP}"
)


class _Labels(Protocol):
    @property
    def aspect(self) -> float | None: ...

    def teeth(self, shape: tuple[int, int]) -> tuple[LabelledTooth, ...]: ...


@dataclass(frozen=True)
class PanoramicFiles:
    """A picture and where its labels are; nothing is decoded before `read`.

    Args:
        name: Stem of the picture's file.
        image: The picture's file.
        labels: The COCO file or the label picture.
    """

    name: str
    image: Path
    labels: Path
    _content: _Labels

    def read(self) -> LabelledPanoramic:
        """The masks; the picture itself is only asked for its size.

        Raises:
            FormatError: the picture or its labels are missing or damaged.
            LabelError: labels of another size, without a pixel, or with a number that is no tooth.
        """
        if not self.image.is_file():
            raise FormatError(f"{self.image}: found no such picture, which {self.labels} labels; put it there")
        shape = radiograph_shape(self.image)
        try:
            teeth = self._content.teeth(shape)
        except (LabelError, FormatError) as error:
            raise type(error)(_named(error, self.labels, self.name)) from None
        return LabelledPanoramic(self.name, self.image, shape, teeth, self._content.aspect)


def find_labelled_panoramics(data: Path | str, *, numbers: Path | str | None = None) -> list[PanoramicFiles]:
    """All labelled panoramics of a COCO file or a folder, without opening a picture.

    A folder counts with the first layout that it has: COCO files (also `typodont synth xray` writes one), then
    ``images/`` with ``masks_fdi/``, then ``images/`` with ``masks_grey/`` and ``grey_to_fdi.json``; a folder with none
    is searched below. A label picture belongs to the picture of the same stem, or of its stem without ``_fdi``;
    pictures without labels are left out.

    Args:
        data: COCO file or folder.
        numbers: JSON map of grey value or category name to FDI number (0: leave out) for labels that are numbered
            otherwise; takes the place of ``grey_to_fdi.json``.

    Raises:
        ConfigError: no such file or folder, or nothing labelled in it.
        FormatError: a damaged COCO or map file, a label picture without its picture.
        LabelError: a category that is no FDI number.
    """
    data = Path(data)
    number_map = None if numbers is None else (Path(numbers), read_number_map(Path(numbers)))
    if data.is_file():
        return _coco_files(data, number_map)
    if not data.is_dir():
        raise ConfigError(f"{data}: found no such file or folder, expected labelled panoramics: {_LAYOUTS}")
    found = list(_search(data, number_map))
    if not found:
        raise ConfigError(f"{data}: found no labelled panoramics, expected {_LAYOUTS}, here or in folders below")
    return found


_NumberMap = tuple[Path, Mapping[str, int]] | None


def _search(folder: Path, numbers: _NumberMap) -> Iterator[PanoramicFiles]:
    files = [path for path in sorted(folder.glob("*.json")) if path.name not in (NUMBER_MAP, FINDINGS)]
    coco = [path for path in files if is_coco(read_json(path))]
    if coco:
        yield from (files for path in coco for files in _coco_files(path, numbers))
    elif (folder / MASKS_FDI).is_dir():
        yield from _mask_files(folder, MASKS_FDI, numbers)
    elif (folder / MASKS_GREY).is_dir():
        yield from _mask_files(folder, MASKS_GREY, numbers or _own_number_map(folder))
    else:
        for below in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
            yield from _search(below, numbers)


def _own_number_map(folder: Path) -> tuple[Path, Mapping[str, int]]:
    path = folder / NUMBER_MAP
    if not path.is_file():
        raise ConfigError(
            f"{folder}: found {MASKS_GREY}/ but no {NUMBER_MAP}, which says the FDI number of every grey value; "
            "put it there, or name a map file"
        )
    return path, read_number_map(path)


@dataclass(frozen=True)
class _CocoLabels:
    image: CocoImage
    fdi: tuple[int, ...]

    @property
    def aspect(self) -> float | None:
        return self.image.aspect

    def teeth(self, shape: tuple[int, int]) -> tuple[LabelledTooth, ...]:
        _check_size(self.image.shape, shape)
        pairs = zip(self.fdi, self.image.instances, strict=True)
        single = ((fdi, found) for fdi, found in pairs if fdi != GINGIVA and not found.crowd)
        return tuple(LabelledTooth(fdi, instance_mask(found, shape)) for fdi, found in single)


def _coco_files(path: Path, numbers: _NumberMap) -> list[PanoramicFiles]:
    images = read_coco(path)
    categories = {found.category for image in images for found in image.instances}
    fdi_of = {name: _fdi_of_category(name, path, numbers) for name in sorted(categories)}
    return [
        PanoramicFiles(
            Path(image.file_name).stem,
            picture_beside(path, image.file_name),
            path,
            _CocoLabels(image, tuple(fdi_of[found.category] for found in image.instances)),
        )
        for image in images
    ]


def _fdi_of_category(name: str, path: Path, numbers: _NumberMap) -> int:
    if numbers is not None:
        return _mapped(name, f"{path}: category {name!r}", *numbers)
    fdi = fdi_named(name)
    if fdi is None:
        raise LabelError(
            f"{path}: found masks of the category {name!r}, expected FDI tooth numbers 11..48, 51..85; "
            "name the categories so, or give a map file from category name to FDI number"
        )
    return fdi


@dataclass(frozen=True)
class _MaskLabels:
    mask: Path
    numbers: _NumberMap
    aspect: float | None = None

    def teeth(self, shape: tuple[int, int]) -> tuple[LabelledTooth, ...]:
        values = read_label_picture(self.mask)
        _check_size(values.shape, shape)
        count = np.bincount(values.ravel())
        fdi_of = {value: self._fdi(value, int(count[value])) for value in np.flatnonzero(count).tolist()}
        masks: dict[int, np.ndarray] = {}
        for value, fdi in fdi_of.items():
            if fdi != GINGIVA:
                masks[fdi] = (values == value) | masks[fdi] if fdi in masks else values == value
        return tuple(LabelledTooth(fdi, mask) for fdi, mask in sorted(masks.items()))

    def _fdi(self, value: int, n_pixels: int) -> int:
        if value == GINGIVA and (self.numbers is None or "0" not in self.numbers[1]):
            return GINGIVA
        if self.numbers is not None:
            return _mapped(str(value), f"grey value {value} ({n_pixels} pixels)", *self.numbers)
        if not is_tooth(value):
            raise LabelError(
                f"found the value {value} ({n_pixels} pixels), expected 0 or FDI tooth numbers 11..48, 51..85; "
                "values in between come from resizing or JPEG: save label pictures as PNG, resized by nearest neighbour"
            )
        return value


def _mask_files(folder: Path, masks: str, numbers: _NumberMap) -> list[PanoramicFiles]:
    pictures = pictures_by_stem(folder / IMAGES)
    labels = sorted(path for path in (folder / masks).iterdir() if path.suffix.lower() in LABEL_SUFFIXES)
    return [_mask_file(path, pictures, numbers) for path in labels if not path.name.startswith(".")]


def _mask_file(labels: Path, pictures: Mapping[str, Path], numbers: _NumberMap) -> PanoramicFiles:
    image = pictures.get(labels.stem) or pictures.get(labels.stem.removesuffix("_fdi"))
    if image is None:
        expected = labels.parents[1] / IMAGES / f"{labels.stem}.png"
        raise FormatError(
            f"{labels}: found no picture for these labels, expected {expected} (or .jpg, .tif, .bmp, .dcm)"
        )
    return PanoramicFiles(image.stem, image, labels, _MaskLabels(labels, numbers))


def pictures_by_stem(folder: Path) -> dict[str, Path]:
    """Stem -> picture, of a folder.

    Raises:
        ConfigError: no such folder.
        FormatError: two pictures of one stem.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: found no such folder, expected the pictures that the masks beside it label")
    pictures: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in ("", *RADIOGRAPH_SUFFIXES) or path.name.startswith(".") or path.is_dir():
            continue
        if path.stem in pictures:
            raise FormatError(f"{path}: found {pictures[path.stem].name} beside it, expected one picture of each name")
        pictures[path.stem] = path
    return pictures


def _mapped(key: str, found: str, path: Path, numbers: Mapping[str, int]) -> int:
    """FDI number or 0 of a value or name; the map is checked where it is used, so spare entries do no harm."""
    fdi = numbers.get(key)
    if fdi is None:
        raise LabelError(f"{found} is not in {path}; add it with its FDI number, or with 0 to leave it out")
    if fdi != GINGIVA and not is_tooth(fdi):
        raise LabelError(f"{path} maps {key!r} to {fdi}, expected 0 or FDI tooth numbers 11..48, 51..85")
    return fdi


def _check_size(found: tuple[int, ...], shape: tuple[int, int]) -> None:
    if tuple(found) != shape:
        raise LabelError(
            f"found labels for {found[1]} × {found[0]} pixels, expected {shape[1]} × {shape[0]} as the picture has; "
            "label the picture as it is, or resize the labels by nearest neighbour"
        )


def _named(error: TypodontError, labels: Path, name: str) -> str:
    message = str(error)
    return message if message.startswith(str(labels)) else f"{labels}: {name}: {message}"
