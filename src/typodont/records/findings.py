"""Pictures with findings in the layouts that people keep them in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from typodont.errors import ConfigError, FormatError, LabelError
from typodont.formats import CocoImage, is_coco, read_coco, read_json
from typodont.formats.box_csv import is_box_csv, read_box_csv
from typodont.formats.labelme import is_labelme, read_labelme
from typodont.formats.yolo import is_yolo, read_yolo_labels, read_yolo_set, yolo_label_file
from typodont.records.finding_names import CategoryNames
from typodont.records.marks import MarkedPicture, checked_pictures
from typodont.records.mask_pictures import MASKS, UNNAMED, find_mask_pictures
from typodont.records.picture_files import picture_beside
from typodont.records.picture_findings import Finding, PictureFindings, write_picture_findings
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES, radiograph_shape

__all__ = ["Finding", "PictureFindings", "find_picture_findings", "write_picture_findings"]

ALL = "findings.json"
_LAYOUTS = (
    "COCO .json files, a YOLO data.yaml, a .csv of boxes, labelme .json files, or images/ with masks/ or masks_NAME/"
)


def find_picture_findings(data: Path | str, *, rename: Mapping[str, str] | None = None) -> list[PictureFindings]:
    """All pictures of a file or folder with what is marked in them; no picture is decoded.

    A folder counts with the first layout that it has: COCO, YOLO, CSV, labelme, masks. One with none is searched
    below, so that the train, valid and test folders of an export count together. Where a ``findings.json`` lies, other
    label files beside it do not count.

    Args:
        data: A label file or a folder.
        rename: Name of a category in the labels -> name of ours, "": leave it out. Names that differ only in
            spelling, and tooth numbers, need no renaming; see `CategoryNames`.

    Raises:
        ConfigError: no such file or folder, nothing labelled in it, a name to rename that it does not have.
        FormatError: a damaged label file.
        LabelError: marks or pictures that are damaged or do not fit each other, a picture that is labelled twice.
    """
    return find_usable_findings(data, rename=rename, drop_damaged=False)[0]


def find_usable_findings(
    data: Path | str, *, rename: Mapping[str, str] | None = None, drop_damaged: bool = True
) -> tuple[list[PictureFindings], list[str]]:
    """As `find_picture_findings`, with damaged marks and pictures left out, and what was wrong with them."""
    data, names = Path(data), CategoryNames(dict(rename or {}))
    if not data.exists():
        raise ConfigError(f"{data}: found no such file or folder, expected pictures with findings: {_LAYOUTS}")
    marked = _one_each(_of_file(data) if data.is_file() else _search(data))
    if not marked:
        raise ConfigError(f"{data}: found no labelled pictures, expected {_LAYOUTS}, here or in folders below")
    known = {mark.category for picture in marked for mark in picture.content.instances}
    every = known.union(*(picture.content.labelled or () for picture in marked))
    names.check(every, data)
    if UNNAMED in every and UNNAMED not in names.rename:
        raise ConfigError(
            f"{data}: found masks in {MASKS}/, whose name does not say of what; rename {UNNAMED!r} to what they show, "
            f"or the folder to {MASKS}_NAME"
        )
    return checked_pictures([_labelled(picture, known) for picture in marked], names, drop_damaged=drop_damaged)


def _labelled(picture: MarkedPicture, known: Iterable[str]) -> MarkedPicture:
    """The picture; where its labels do not say what was looked for, all that occurs in the set was."""
    if picture.content.labelled is not None:
        return picture
    return replace(picture, content=replace(picture.content, labelled=frozenset(known)))


def _one_each(marked: Iterable[MarkedPicture]) -> list[MarkedPicture]:
    """The marks of every picture; mask folders of several categories give several entries for one."""
    found: dict[Path, MarkedPicture] = {}
    for picture in marked:
        key = picture.image.resolve()
        first = found.get(key)
        if first is None:
            found[key] = picture
        elif _are_masks(first.labels) and _are_masks(picture.labels):
            found[key] = _joined(first, picture)
        else:
            raise LabelError(
                f"{picture.labels}: found labels of {picture.image.name} that {first.labels} labels, too, expected one "
                "file to label it; name the file that counts instead of the folder"
            )
    return list(found.values())


def _are_masks(labels: Path) -> bool:
    return labels.parent.name.startswith(MASKS)


def _joined(first: MarkedPicture, second: MarkedPicture) -> MarkedPicture:
    one, two = first.content, second.content
    if one.shape != two.shape:
        raise LabelError(f"{second.labels}: found a mask of another size than {first.labels}, expected one size")
    both = replace(
        one, instances=one.instances + two.instances, labelled=(one.labelled or set()) | (two.labelled or set())
    )
    return replace(first, content=both)


def _search(folder: Path) -> Iterator[MarkedPicture]:
    for layout in _FOLDERS:
        found = list(layout(folder))
        if found:
            yield from found
            return
    for below in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        yield from _search(below)


def _of_file(path: Path) -> Iterator[MarkedPicture]:
    if path.suffix.lower() == ".csv":
        return _of_csv(path)
    if path.suffix.lower() in (".yaml", ".yml"):
        return _of_yolo(path)
    content = read_json(path)
    return iter([_of_labelme(path, content)]) if is_labelme(content) else _of_coco(path)


def _json_files(folder: Path) -> Iterator[MarkedPicture]:
    coco, labelme = [], []
    for path in _visible(folder, "*.json"):
        content = read_json(path)
        if is_coco(content):
            coco.append(path)
        elif is_labelme(content):
            labelme.append(_of_labelme(path, content))
    for path in [path for path in coco if path.name == ALL] or coco:
        yield from _of_coco(path)
    if not coco:
        yield from labelme


def _yaml_files(folder: Path) -> Iterator[MarkedPicture]:
    for path in _visible(folder, "*.y*ml"):
        if is_yolo(path):
            yield from _of_yolo(path)


def _csv_files(folder: Path) -> Iterator[MarkedPicture]:
    """Of lists that say the same one counts, because exports write the list twice."""
    said: list[list[CocoImage]] = []
    for path in _visible(folder, "*.csv"):
        if is_box_csv(path):
            content = read_box_csv(path)
            if content not in said:
                said.append(content)
                yield from _of_csv(path)


_FOLDERS: tuple[Callable[[Path], Iterator[MarkedPicture]], ...] = (
    _json_files,
    _yaml_files,
    _csv_files,
    find_mask_pictures,
)


def _visible(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def _of_coco(path: Path) -> Iterator[MarkedPicture]:
    for content in read_coco(path):
        yield MarkedPicture(picture_beside(path, content.file_name), path, content)


def _of_csv(path: Path) -> Iterator[MarkedPicture]:
    for content in read_box_csv(path):
        yield MarkedPicture(picture_beside(path, content.file_name), path, content)


def _of_labelme(path: Path, content: object) -> MarkedPicture:
    """The picture that the file names, else the one of its own name: labelme keeps where a picture lay at first."""
    labels = read_labelme(path, content)
    places = [picture_beside(path, labels.file_name), *(path.with_suffix(suffix) for suffix in RADIOGRAPH_SUFFIXES)]
    return MarkedPicture(next((place for place in places if place.is_file()), places[0]), path, labels)


def _of_yolo(path: Path) -> Iterator[MarkedPicture]:
    yolo = read_yolo_set(path)
    for picture in yolo.pictures:
        if not picture.is_file():
            raise FormatError(f"{picture}: found no such picture, which {path} lists; put it there")
        labels, shape = yolo_label_file(picture), radiograph_shape(picture)
        marks = read_yolo_labels(labels, yolo.names, shape) if labels.is_file() else ()
        content = CocoImage(picture.name, shape, marks, labelled=frozenset(yolo.names))
        yield MarkedPicture(picture, labels if labels.is_file() else path, content)
