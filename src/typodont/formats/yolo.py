"""Boxes and polygons as YOLO writes them: ``data.yaml``, and a text file for every picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from typodont.errors import FormatError
from typodont.formats.coco import CocoInstance
from typodont.formats.image import IMAGE_SUFFIXES

PARTS = ("train", "val", "valid", "test")
_BOX = 4
_SLACK = 0.01


@dataclass(frozen=True)
class YoloSet:
    """What a ``data.yaml`` says.

    Args:
        names: Of the categories, in the order of their numbers.
        pictures: Of all parts; those without a text file show nothing that was looked for.
    """

    names: tuple[str, ...]
    pictures: tuple[Path, ...]


def is_yolo(path: Path) -> bool:
    """Whether a YAML file names categories and a folder of pictures."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return False
    return isinstance(content, dict) and "names" in content and any(part in content for part in PARTS)


def read_yolo_set(path: Path) -> YoloSet:
    """The names and pictures of a ``data.yaml``; nothing is opened but lists of pictures.

    Parts that are named but not there do not count, because exports name a test part that they do not have. Roboflow
    names its folders relative to a folder that is not there; they are looked for beside the file, too.

    Raises:
        FormatError: not readable, no names, none of its folders is there.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FormatError(f"{path}: cannot be read as YAML ({error}); export it again") from None
    if not isinstance(content, dict):
        raise FormatError(f"{path}: found no keys, expected 'names' and folders of pictures")
    names = _names(content.get("names"), path)
    entries = [content[part] for part in PARTS if content.get(part)]
    flat = [str(name) for entry in entries for name in (entry if isinstance(entry, list) else [entry])]
    places = [place for name in flat if (place := _place(path, str(content.get("path") or ""), name)) is not None]
    if not places:
        raise FormatError(f"{path}: found none of the folders {', '.join(flat) or PARTS}, expected pictures there")
    return YoloSet(names, tuple(dict.fromkeys(picture for place in places for picture in _pictures(place))))


def yolo_label_file(picture: Path) -> Path:
    """Where the text file of a picture lies: in the folder ``labels`` in place of the last one called ``images``."""
    parts = list(picture.with_suffix(".txt").parts)
    where = [place for place, part in enumerate(parts[:-1]) if part == "images"]
    if where:
        parts[where[-1]] = "labels"
    return Path(*parts)


def read_yolo_labels(path: Path, names: Sequence[str], shape: tuple[int, int]) -> tuple[CocoInstance, ...]:
    """The things of a picture: a box where a line has four numbers, else a polygon; ids are numbers of lines.

    A fifth number after a box is its score, as predictions have it.

    Args:
        path: The text file.
        names: Of the categories.
        shape: (H, W) of the picture; the file has shares of its sides.

    Raises:
        FormatError: not readable, a category that has no name, or other numbers than these.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{path}: cannot be read as text ({error}); export it again") from None
    numbered = ((number, line.split()) for number, line in enumerate(lines, start=1))
    return tuple(_instance(words, names, shape, number, path) for number, words in numbered if words)


def _instance(words: list[str], names: Sequence[str], shape: tuple[int, int], number: int, path: Path) -> CocoInstance:
    where = f"{path}: line {number}"
    try:
        category, values = int(words[0]), np.array(words[1:], dtype=np.float64)
    except ValueError:
        raise FormatError(f"{where}: found {' '.join(words)[:40]!r}, expected numbers only") from None
    if not 0 <= category < len(names):
        raise FormatError(f"{where}: found category {category}, expected 0 to {len(names) - 1}, as data.yaml has names")
    if len(values) not in (_BOX, _BOX + 1) and (len(values) < 6 or len(values) % 2):
        raise FormatError(f"{where}: found {len(values)} numbers, expected 4 of a box, or x, y of three or more points")
    if not ((values >= -_SLACK) & (values <= 1 + _SLACK)).all():
        raise FormatError(
            f"{where}: found {values.max():g}, expected shares of the picture's sides, 0 to 1, not pixels"
        )
    height, width = shape
    name, line = names[category], f"line {number}"
    if len(values) > _BOX + 1:
        return CocoInstance(name, [(values.reshape(-1, 2) * (width, height)).ravel().tolist()], line)
    x, y, across, down = (values[:_BOX] * (width, height, width, height)).tolist()
    box = (x - across / 2, y - down / 2, x + across / 2, y + down / 2)
    return CocoInstance(name, None, line, box=box, score=float(values[_BOX]) if len(values) > _BOX else None)


def _names(names: Any, path: Path) -> tuple[str, ...]:
    if isinstance(names, dict) and sorted(names) == list(range(len(names))):
        names = [names[number] for number in range(len(names))]
    if not isinstance(names, list) or not names:
        raise FormatError(f"{path}: found the names {str(names)[:60]}, expected a list, or numbers 0, 1, … with names")
    return tuple(map(str, names))


def _place(path: Path, root: str, name: str) -> Path | None:
    """The folder or list of pictures that an entry means."""
    named = [path.parent / root / name] if root else []
    places = [*named, path.parent / name.lstrip("./"), path.parent / name]
    return next((place for place in places if place.exists()), None)


def _pictures(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(file for file in place.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES)
        return
    try:
        lines = place.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FormatError(f"{place}: cannot be read as a list of pictures ({error})") from None
    yield from (place.parent / line.strip() for line in lines if line.strip())
