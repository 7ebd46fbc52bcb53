"""What is marked in a picture, by a person or by a network: one type for truth and for prediction."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont.anatomy import is_tooth
from typodont.errors import FormatError, LabelError
from typodont.formats import CocoImage, CocoInstance, instance_mask, write_coco
from typodont.types import Bool


@dataclass(frozen=True)
class Finding:
    """One thing in a picture.

    Args:
        category: Mostly one of `anatomy.findings.FINDINGS`; other names are possible.
        box: (left, top, right, bottom), pixels of the picture.
        segmentation: COCO polygons or run lengths; None: only the box is known.
        fdi: Number of the tooth that it is or lies on; None: not known.
        score: How sure its finder was, 0..1; None: drawn by a person.

    Raises:
        LabelError: a box without extent, a number that no tooth has, a score outside 0..1.
    """

    category: str
    box: tuple[float, float, float, float]
    segmentation: Any = None
    fdi: int | None = None
    score: float | None = None

    def __post_init__(self) -> None:
        left, top, right, bottom = self.box
        if not (all(map(math.isfinite, self.box)) and left < right and top < bottom):
            raise LabelError(f"found the box {self.box} of a {self.category}, expected left < right and top < bottom")
        if self.fdi is not None and not is_tooth(self.fdi):
            raise LabelError(
                f"found the tooth number {self.fdi} of a {self.category}, expected an FDI number 11..48, 51..85"
            )
        if self.score is not None and not 0 <= self.score <= 1:
            raise LabelError(f"found the score {self.score} of a {self.category}, expected 0..1")


@dataclass(frozen=True)
class PictureFindings:
    """A picture and what is marked in it; masks stay encoded until `mask` is asked.

    Args:
        name: Stem of the picture's file.
        image: The picture's file.
        shape: (H, W) of the picture as it is seen, its EXIF turn applied; boxes and masks lie in this frame.
        findings: In the order of the labels.
        labelled: Categories that were looked for; others may be there without a mark, and say nothing about a network
            that finds them.
        view: From where it was taken: front, left, right, upper, lower …
        patient: Whom it shows.
        labels: File that the marks come from.
        ignored: Regions in which things of their category may be without a mark; there a network is neither right nor
            wrong ("iscrowd" of COCO).
    """

    name: str
    image: Path
    shape: tuple[int, int]
    findings: tuple[Finding, ...]
    labelled: frozenset[str]
    view: str | None = None
    patient: str | None = None
    labels: Path | None = None
    ignored: tuple[Finding, ...] = ()

    def mask(self, finding: Finding) -> Bool:
        """(H, W) bool: where one of the findings shows.

        Raises:
            LabelError: only its box is known.
            FormatError: a damaged segmentation.
        """
        where = f"{self.labels or self.image}: {self.name}"
        if finding.segmentation is None:
            raise LabelError(f"{where}: a {finding.category} has no mask, only a box; draw it, or compare boxes")
        try:
            return instance_mask(CocoInstance(finding.category, finding.segmentation), self.shape)
        except FormatError as error:
            raise FormatError(f"{where}: {error}") from None


def write_picture_findings(
    pictures: Iterable[PictureFindings], path: Path, *, categories: Sequence[str], info: Mapping[str, Any] | None = None
) -> None:
    """Write the findings of many pictures into one COCO file; the pictures stay where they are.

    Beside what COCO has, annotations carry "fdi" and "score", pictures "view", "patient" and "labelled", where they
    are known. Pictures are named relative to the folder of the file.

    Args:
        pictures: Taken one by one, so a generator of thousands is fine.
        path: The JSON file.
        categories: All names, in the order of their ids 1, 2, …
        info: What to say about the set.

    Raises:
        LabelError: a finding of a category that `categories` does not list.
    """
    ids = {name: number for number, name in enumerate(categories, start=1)}
    rows = (_coco_image(picture, Path(path), ids) for picture in pictures)
    write_coco(rows, path, categories=ids, info=info, supercategory="finding")


def _coco_image(picture: PictureFindings, path: Path, known: Mapping[str, int]) -> CocoImage:
    unknown = {finding.category for finding in (*picture.findings, *picture.ignored)} - known.keys()
    if unknown:
        raise LabelError(
            f"{path}: found {', '.join(sorted(unknown))} in {picture.name}, expected {', '.join(known)}; "
            "rename or drop the others"
        )
    return CocoImage(
        Path(os.path.relpath(picture.image, path.parent)).as_posix(),
        picture.shape,
        tuple(map(_instance, picture.findings)) + tuple(_instance(f, crowd=True) for f in picture.ignored),
        view=picture.view,
        patient=picture.patient,
        labelled=picture.labelled & known.keys(),
    )


def _instance(finding: Finding, *, crowd: bool = False) -> CocoInstance:
    return CocoInstance(
        finding.category, finding.segmentation, box=finding.box, fdi=finding.fdi, score=finding.score, crowd=crowd
    )
