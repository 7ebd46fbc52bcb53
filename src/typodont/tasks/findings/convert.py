"""Labels of any layout as one COCO file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from typodont.anatomy.findings import FINDINGS
from typodont.errors import FormatError
from typodont.progress import track
from typodont.records.findings import PictureFindings, find_usable_findings, write_picture_findings


def convert_findings(
    data: Path, out: Path, *, rename: Mapping[str, str] | None = None, drop_damaged: bool = False
) -> tuple[list[PictureFindings], list[str]]:
    """Write the findings of a file or folder as one COCO file; the pictures stay where they are.

    Every mask is decoded once, so that what was written can be read to the last pixel.

    Args:
        data: See `find_picture_findings`.
        out: The JSON file.
        rename: Name of a category in the labels -> name of ours, "": leave it out.
        drop_damaged: Leave out what is damaged instead of refusing the whole.

    Returns:
        What was written, and what was wrong with the rest.

    Raises:
        TypodontError: see `find_picture_findings`.
    """
    found, problems = find_usable_findings(data, rename=rename, drop_damaged=drop_damaged)
    whole = []
    for picture in track(found, "check masks", unit="picture"):
        usable, wrong = _decodable(picture)
        if wrong and not drop_damaged:
            raise FormatError(wrong[0])
        whole.append(replace(picture, findings=usable))
        problems += wrong
    info = {"description": f"findings of {data.name}, written by typodont findings convert"}
    write_picture_findings(whole, out, categories=categories_of(whole), info=info)
    return whole, problems


def categories_of(pictures: Iterable[PictureFindings]) -> tuple[str, ...]:
    """All categories that pictures label, ours in their order, then others by name."""
    names: set[str] = set()
    for picture in pictures:
        names |= picture.labelled | {finding.category for finding in picture.findings}
    return (*(name for name in FINDINGS if name in names), *sorted(names - set(FINDINGS)))


def _decodable(picture: PictureFindings) -> tuple[tuple, list[str]]:
    usable, wrong = [], []
    for finding in picture.findings:
        try:
            if finding.segmentation is not None:
                picture.mask(finding)
            usable.append(finding)
        except FormatError as error:
            wrong.append(str(error))
    return tuple(usable), wrong
