"""Pictures with findings in the layouts that people keep them in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from typodont.errors import ConfigError
from typodont.formats import is_coco, read_coco, read_json
from typodont.records.finding_names import CategoryNames
from typodont.records.marks import MarkedPicture, checked_pictures
from typodont.records.picture_files import picture_beside
from typodont.records.picture_findings import Finding, PictureFindings, write_picture_findings

__all__ = ["Finding", "PictureFindings", "find_picture_findings", "write_picture_findings"]

ALL = "findings.json"
_LAYOUTS = "COCO .json files, beside their pictures or beside images/"


def find_picture_findings(data: Path | str, *, rename: Mapping[str, str] | None = None) -> list[PictureFindings]:
    """All pictures of a file or folder with what is marked in them; no picture is decoded.

    A folder counts with the first layout that it has; one with none is searched below, so that the train, valid and
    test folders of an export count together. Where a ``findings.json`` lies, other label files beside it do not count.

    Args:
        data: A label file or a folder.
        rename: Name of a category in the labels -> name of ours, "": leave it out. Names that differ only in
            spelling, and tooth numbers, need no renaming; see `CategoryNames`.

    Raises:
        ConfigError: no such file or folder, nothing labelled in it, a name to rename that it does not have.
        FormatError: a damaged label file.
        LabelError: marks or pictures that are damaged or do not fit each other.
    """
    data, names = Path(data), CategoryNames(dict(rename or {}))
    if not data.exists():
        raise ConfigError(f"{data}: found no such file or folder, expected pictures with findings: {_LAYOUTS}")
    marked = list(_of_coco(data) if data.is_file() else _search(data))
    if not marked:
        raise ConfigError(f"{data}: found no labelled pictures, expected {_LAYOUTS}, here or in folders below")
    names.check(_all_names(marked), data)
    return checked_pictures(marked, names)[0]


def _all_names(marked: list[MarkedPicture]) -> set[str]:
    names = {mark.category for picture in marked for mark in picture.content.instances}
    return names.union(*(picture.content.labelled or () for picture in marked))


def _search(folder: Path) -> Iterator[MarkedPicture]:
    coco = [path for path in sorted(folder.glob("*.json")) if is_coco(read_json(path))]
    coco = [path for path in coco if path.name == ALL] or coco
    if coco:
        for path in coco:
            yield from _of_coco(path)
    else:
        for below in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
            yield from _search(below)


def _of_coco(path: Path) -> Iterator[MarkedPicture]:
    for content in read_coco(path):
        yield MarkedPicture(picture_beside(path, content.file_name), path, content)
