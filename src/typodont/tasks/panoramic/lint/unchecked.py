"""Labels as their files say them, right or wrong: what the readers of `records` refuse, lint is there to show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from typodont.anatomy import is_tooth
from typodont.errors import ConfigError, FormatError
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
from typodont.records import RADIOGRAPH_SUFFIXES
from typodont.records.labelled_panoramic import FINDINGS, MASKS_FDI, MASKS_GREY, NUMBER_MAP
from typodont.records.picture_files import IMAGES, picture_beside
from typodont.tasks.panoramic.lint.finding import Finding
from typodont.types import Bool, Int

_NUMBER_IN_NAME = re.compile(r"(?:tooth|fdi)?[ _-]*(\d+)", re.IGNORECASE)
_Numbers = Mapping[str, int] | None


@dataclass(frozen=True)
class Mark:
    """One mask.

    Args:
        name: As the labels say it: a category or a grey value.
        fdi: What that means; a number that no tooth has where it means none.
        mask: (H, W), possibly empty.
    """

    name: str
    fdi: int
    mask: Bool

    @property
    def is_tooth(self) -> bool:
        """Whether its number exists."""
        return is_tooth(self.fdi)


@dataclass(frozen=True)
class UncheckedLabels:
    """The labels of one picture.

    Args:
        name: Of the picture.
        labels: Their file.
        image: Where the picture should be.
        numbers: What a label picture's values mean; None: the values are FDI numbers.
        coco: The entry of a COCO file; None: a label picture.
    """

    name: str
    labels: Path
    image: Path
    numbers: _Numbers = None
    coco: CocoImage | None = None

    def values(self) -> Int | None:
        """(H, W) stored values of a label picture; None for COCO.

        Raises:
            FormatError: not readable.
        """
        return None if self.coco is not None else read_label_picture(self.labels)

    def shape(self, values: Int | None) -> tuple[int, int]:
        """(H, W) that the labels are made for, as COCO states it or as the label picture has it."""
        if self.coco is not None:
            return self.coco.shape
        assert values is not None
        return values.shape[0], values.shape[1]

    def marks(self, values: Int | None) -> tuple[list[Mark], list[Finding]]:
        """All masks that can be read, and findings about the others.

        Args:
            values: Of the label picture, as they are or cleaned; None for COCO.
        """
        if self.coco is not None:
            return self._coco_marks(self.coco)
        assert values is not None
        named = ((value, _number(str(value), self.numbers)) for value in np.unique(values).tolist())
        return [Mark(str(value), fdi, values == value) for value, fdi in named if fdi != 0], []

    def _coco_marks(self, image: CocoImage) -> tuple[list[Mark], list[Finding]]:
        marks, findings = [], []
        for instance in image.instances:
            fdi = _number(instance.category, self.numbers)
            if fdi == 0:
                continue
            try:
                marks.append(Mark(instance.category, fdi, instance_mask(instance, image.shape)))
            except FormatError as error:
                findings.append(Finding("unreadable", str(error), (fdi,) if is_tooth(fdi) else ()))
        return marks, findings


def find_unchecked(data: Path, numbers: Path | None = None) -> list[UncheckedLabels]:
    """All labels of a COCO file or folder, in the layouts of `records.find_labelled_panoramics`, nothing refused.

    Args:
        data: COCO file or folder.
        numbers: JSON map of grey value or category name to FDI number, 0: leave out.

    Raises:
        ConfigError: no such file or folder, or nothing labelled in it.
        FormatError: a COCO or map file that cannot be read at all.
    """
    named = None if numbers is None else read_number_map(numbers)
    if not data.exists():
        raise ConfigError(f"{data}: found no such file or folder, expected labelled panoramics")
    found = list(_of_coco(data, named) if data.is_file() else _of_folder(data, named))
    if not found:
        raise ConfigError(
            f"{data}: found no labelled panoramics, expected a COCO .json, or {IMAGES}/ with {MASKS_FDI}/ or "
            f"{MASKS_GREY}/, here or in folders below"
        )
    return found


def _of_folder(folder: Path, numbers: _Numbers) -> Iterator[UncheckedLabels]:
    files = [path for path in sorted(folder.glob("*.json")) if path.name not in (NUMBER_MAP, FINDINGS)]
    coco = [path for path in files if is_coco(_json(path))]
    if coco:
        for path in coco:
            yield from _of_coco(path, numbers)
    elif (folder / MASKS_FDI).is_dir():
        yield from _of_masks(folder / MASKS_FDI, numbers)
    elif (folder / MASKS_GREY).is_dir():
        yield from _of_masks(folder / MASKS_GREY, numbers or read_number_map(folder / NUMBER_MAP))
    else:
        for below in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
            yield from _of_folder(below, numbers)


def _json(path: Path) -> Any:
    """A JSON file's value; a damaged file beside the labels is not the labels' fault."""
    try:
        return read_json(path)
    except FormatError:
        return None


def _of_coco(path: Path, numbers: _Numbers) -> Iterator[UncheckedLabels]:
    for entry in read_coco(path):
        image = picture_beside(path, entry.file_name)
        yield UncheckedLabels(image.stem, path, image, numbers, entry)


def _of_masks(folder: Path, numbers: _Numbers) -> Iterator[UncheckedLabels]:
    pictures = {
        path.stem: path
        for path in sorted((folder.parent / IMAGES).glob("*"))
        if path.suffix.lower() in ("", *RADIOGRAPH_SUFFIXES) and path.is_file()
    }
    for labels in sorted(folder.iterdir()):
        if labels.suffix.lower() in LABEL_SUFFIXES and not labels.name.startswith("."):
            stem = labels.stem if labels.stem in pictures else labels.stem.removesuffix("_fdi")
            missing = folder.parent / IMAGES / f"{stem}.png"
            yield UncheckedLabels(stem, labels, pictures.get(stem, missing), numbers)


def _number(name: str, numbers: _Numbers) -> int:
    """What a category or grey value means: FDI number, 0 for nothing, -1 where that is not known."""
    if numbers is not None:
        return numbers.get(name, 0 if name == "0" else -1)
    match = _NUMBER_IN_NAME.fullmatch(name.strip())
    return int(match[1]) if match else -1
