"""The tooth that each finding is or lies on, from a map of tooth numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from typodont.anatomy import GINGIVA
from typodont.anatomy.findings import IMPACTED_TOOTH, TOOTH
from typodont.records.findings import Finding, PictureFindings
from typodont.types import Bool, Int

TEETH = (TOOTH, IMPACTED_TOOTH)
"""Findings that are a tooth; all others lie on one."""

SAME_TOOTH = 0.3
"""Least overlap (IoU) of a found tooth with the place of its number; roots are drawn longer or shorter."""

REACH = 0.35
"""How far beside a tooth, as a share of a tooth's width, what belongs to it may lie: tartar on the gum, bone at a
root's tip."""

CLEAR = 0.55
"""What lies on two teeth belongs to the one that bears at least this share of it."""


@dataclass(frozen=True)
class CutOut:
    """A mask without the empty part of the picture around it.

    Args:
        rows, columns: Where it lies in the picture.
        mask: (h, w) bool.
    """

    rows: slice
    columns: slice
    mask: Bool

    def of(self, picture: Int) -> Int:
        """The same part of a (H, W) array."""
        return picture[self.rows, self.columns]

    @property
    def area(self) -> int:
        """Pixels."""
        return int(self.mask.sum())


def cut_out(picture: PictureFindings, finding: Finding, *, around: int = 0) -> CutOut:
    """The mask of a finding, or all of its box where it has none, with so many pixels around it.

    A mask without a pixel gives an empty cut-out.
    """
    height, width = picture.shape
    if finding.segmentation is None:
        left, top, right, bottom = finding.box
        whole = np.zeros(picture.shape, dtype=bool)
        whole[round(max(0, top)) : round(bottom), round(max(0, left)) : round(right)] = True
    else:
        whole = picture.mask(finding)
    rows, columns = (np.flatnonzero(whole.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return CutOut(slice(0), slice(0), np.zeros((0, 0), dtype=bool))
    down = slice(max(0, int(rows[0]) - around), min(height, int(rows[-1]) + 1 + around))
    across = slice(max(0, int(columns[0]) - around), min(width, int(columns[-1]) + 1 + around))
    return CutOut(down, across, whole[down, across])


def numbers_from_map(picture: PictureFindings, tooth_map: Int) -> tuple[int | None, ...]:
    """FDI number of every finding; None where no tooth is near, or two are as near.

    Found teeth get the numbers of the map one to one, best overlap first, so that no number is given twice. What lies
    on teeth gets the number of the tooth that bears most of it, or of the nearest one.

    Args:
        picture: Findings with masks or boxes.
        tooth_map: (H, W) FDI numbers, 0 off the teeth, of the same size.
    """
    numbers: list[int | None] = [None] * len(picture.findings)
    teeth = [i for i, finding in enumerate(picture.findings) if finding.category in TEETH]
    for i, fdi in _matched(picture, teeth, tooth_map).items():
        numbers[i] = fdi
    reach = max(1, round(REACH * _tooth_width(tooth_map)))
    for i, finding in enumerate(picture.findings):
        if finding.category not in TEETH:
            numbers[i] = _tooth_under(cut_out(picture, finding, around=reach), tooth_map, reach)
    return tuple(numbers)


def map_of_teeth(picture: PictureFindings, numbers: Sequence[int | None]) -> Int:
    """(H, W) uint8: the numbers of the found teeth laid into one map; the surest tooth keeps what two of them cover."""
    tooth_map = np.zeros(picture.shape, dtype=np.uint8)
    order = sorted(range(len(numbers)), key=lambda i: picture.findings[i].score or 0.0)
    for i in order:
        fdi = numbers[i]
        if fdi is not None and picture.findings[i].category in TEETH:
            part = cut_out(picture, picture.findings[i])
            part.of(tooth_map)[part.mask] = fdi
    return tooth_map


def _matched(picture: PictureFindings, teeth: Sequence[int], tooth_map: Int) -> dict[int, int]:
    area = np.bincount(tooth_map.ravel(), minlength=1)
    pairs: list[tuple[float, int, int]] = []
    for i in teeth:
        part = cut_out(picture, picture.findings[i])
        shared = np.bincount(part.of(tooth_map)[part.mask], minlength=len(area))
        for fdi in np.flatnonzero(shared):
            if fdi != GINGIVA:
                pairs.append((shared[fdi] / (part.area + area[fdi] - shared[fdi]), i, int(fdi)))
    found: dict[int, int] = {}
    for overlap, i, fdi in sorted(pairs, reverse=True):
        if overlap >= SAME_TOOTH and i not in found and fdi not in found.values():
            found[i] = fdi
    return found


def _tooth_under(part: CutOut, tooth_map: Int, reach: int) -> int | None:
    """The tooth that bears most of a mask; where it lies beside all teeth, the nearest one within reach."""
    under = part.of(tooth_map)
    count = np.bincount(under[part.mask], minlength=1)
    if not count[1:].any():
        if not part.mask.any():
            return None
        away = np.asarray(ndimage.distance_transform_edt(~part.mask), dtype=np.float64)
        near = (under != GINGIVA) & (away <= reach)
        if not near.any():
            return None
        closeness = np.where(near, 1 / np.maximum(away, 1) ** 2, 0)
        count = np.bincount(under.ravel(), closeness.ravel())
    count[GINGIVA] = 0
    best = int(count.argmax())
    return best if count[best] >= CLEAR * count.sum() else None


def _tooth_width(tooth_map: Int) -> float:
    """Median width of the teeth in a map, pixels; 0 where there is none."""
    boxes = [(fdi, box) for fdi, box in enumerate(ndimage.find_objects(tooth_map), start=1) if box is not None]
    widths = [np.count_nonzero(tooth_map[box] == fdi) / (box[0].stop - box[0].start) for fdi, box in boxes]
    return float(np.median(widths)) if widths else 0.0
