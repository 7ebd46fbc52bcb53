"""From the marks of a label file, in whatever format, to checked findings of a picture."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from typodont.errors import FormatError, LabelError
from typodont.formats import CocoImage, CocoInstance, instance_box
from typodont.formats.image import stored_frame
from typodont.records.exif_turn import turned_box, turned_segmentation, upright_shape
from typodont.records.finding_names import CategoryNames
from typodont.records.picture_findings import Finding, PictureFindings
from typodont.records.radiograph import is_dicom, radiograph_shape

logger = logging.getLogger(__name__)

Box = tuple[float, float, float, float]

UPRIGHT = 1
_SLACK = 0.01
"""Of the longer side: how far a mark may lie outside the picture, as rounding and careless drawing do."""
_SHOWN = 5


@dataclass(frozen=True)
class MarkedPicture:
    """The marks of one picture as a label file says them, not checked yet.

    Args:
        image: Where the picture lies.
        labels: File that the marks come from.
        content: The marks; category names as in the file.
    """

    image: Path
    labels: Path
    content: CocoImage


def checked_pictures(
    pictures: Sequence[MarkedPicture], names: CategoryNames, *, drop_damaged: bool = False
) -> tuple[list[PictureFindings], list[str]]:
    """Pictures with their findings, and what was dropped.

    Marks that reach over the border are cut off there; those that lie outside, have no extent, too few points or run
    lengths of another size are damaged, as are pictures that are not there or of another size than their labels say.

    Args:
        pictures: Whose picture files are asked for their size, nothing else of them is read.
        names: What the category names mean.
        drop_damaged: Leave out what is damaged instead of refusing the whole.

    Raises:
        LabelError: something is damaged; the message names the first few and the number of all.
    """
    found, problems, turned = [], [], []
    for picture in pictures:
        try:
            frame = _frame(picture)
        except (FormatError, LabelError) as error:
            problems.append(str(error))
            continue
        findings, ignored, wrong = _findings(picture, frame, names)
        problems += wrong
        found.append(_picture(picture, frame, findings, ignored, names))
        turned += [picture.image] if frame.orientation != UPRIGHT else []
    _tell_of_turned(turned)
    if problems and not drop_damaged:
        more = f"\n… and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise LabelError(
            "\n".join(problems[:_SHOWN]) + f"{more}\n{len(problems)} damaged; mend them, or let "
            "`typodont findings convert --drop-damaged` write labels without them"
        )
    return found, problems


class _Frame(NamedTuple):
    """The frame in which the marks of a picture lie.

    Args:
        shape: (H, W) in this frame.
        orientation: EXIF orientation that turns it upright.
    """

    shape: tuple[int, int]
    orientation: int


def _frame(picture: MarkedPicture) -> _Frame:
    """Most programs label pictures upright, some as they are stored; the size tells which, unless it is a square."""
    if not picture.image.is_file():
        raise FormatError(f"{picture.image}: found no such picture, which {picture.labels} labels; put it there")
    shape, stated = radiograph_shape(picture.image), picture.content.shape
    if stated == shape:
        return _Frame(shape, UPRIGHT)
    if stated == shape[::-1] and not is_dicom(picture.image):
        stored, orientation = stored_frame(picture.image)
        if stored == stated:
            return _Frame(stored, orientation)
    raise LabelError(
        f"{picture.labels}: found labels for {stated[1]} × {stated[0]} pixels of {picture.image.name}, which has "
        f"{shape[1]} × {shape[0]}; label the picture as it is, or resize the labels with it"
    )


def _tell_of_turned(images: Sequence[Path]) -> None:
    if images:
        logger.warning(
            "%s: labels were drawn without the turn in the EXIF data of %d pictures, as their size shows; they are "
            "turned with the pictures",
            images[0].parent,
            len(images),
        )


def _picture(
    picture: MarkedPicture,
    frame: _Frame,
    findings: Sequence[Finding],
    ignored: Sequence[Finding],
    names: CategoryNames,
) -> PictureFindings:
    content = picture.content
    return PictureFindings(
        name=picture.image.stem,
        image=picture.image,
        shape=upright_shape(*frame),
        findings=tuple(findings),
        labelled=names.meanings(content.labelled or ()),
        view=content.view,
        patient=content.patient,
        labels=picture.labels,
        ignored=tuple(ignored),
    )


def _findings(
    picture: MarkedPicture, frame: _Frame, names: CategoryNames
) -> tuple[list[Finding], list[Finding], list[str]]:
    """The usable findings, the regions to ignore, and what is wrong with the others."""
    findings, ignored, wrong = [], [], []
    for mark in picture.content.instances:
        meaning = names.meaning(mark.category)
        if meaning is None:
            continue
        try:
            (ignored if mark.crowd else findings).append(_finding(mark, frame, *meaning))
        except (FormatError, LabelError) as error:
            wrong.append(f"{picture.labels}: {picture.image.name}: annotation {mark.id} ({mark.category}): {error}")
    return findings, ignored, wrong


def _finding(mark: CocoInstance, frame: _Frame, category: str, fdi: int | None) -> Finding:
    segmentation = mark.segmentation or None
    if not isinstance(segmentation, list | dict | None):
        raise FormatError(f"found the segmentation {str(segmentation)[:40]!r}, expected polygons or run lengths")
    if isinstance(segmentation, list):
        box = _around(segmentation)
    elif mark.box is not None:
        box = mark.box
    else:
        box = instance_box(mark, frame.shape)
    if isinstance(segmentation, dict):
        _check_runs(segmentation, frame.shape)
    box = _cut(box, frame.shape)
    if frame.orientation != UPRIGHT:
        box, segmentation = turned_box(box, *frame), turned_segmentation(segmentation, *frame)
    return Finding(category, box, segmentation, mark.fdi if fdi is None else fdi, mark.score)


def _around(polygons: list) -> Box:
    """The box of all points."""
    for polygon in polygons:
        if not isinstance(polygon, list) or len(polygon) < 6 or len(polygon) % 2:
            n = len(polygon) if isinstance(polygon, list) else 0
            raise FormatError(f"found a polygon of {n} numbers, expected x, y of three or more points; draw it again")
    try:
        points = np.concatenate([np.asarray(polygon, dtype=np.float64).reshape(-1, 2) for polygon in polygons])
    except (TypeError, ValueError):
        raise FormatError("found a polygon with something else than numbers in it; export the labels again") from None
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (left, top, right, bottom)


def _check_runs(runs: dict, shape: tuple[int, int]) -> None:
    if runs.get("size") != list(shape):
        raise FormatError(
            f"found run lengths of size {runs.get('size')}, expected {list(shape)}, the height and width of the "
            "picture; export the masks again"
        )


def _cut(box: Box, shape: tuple[int, int]) -> Box:
    """The box within the picture."""
    height, width = shape
    left, top, right, bottom = box
    slack = _SLACK * max(shape) + 1
    if min(left, top) < -slack or right > width + slack or bottom > height + slack:
        raise LabelError(
            f"found a mark from ({left:g}, {top:g}) to ({right:g}, {bottom:g}), outside the picture of {width} × "
            f"{height} pixels; was it drawn on a larger copy?"
        )
    return (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
