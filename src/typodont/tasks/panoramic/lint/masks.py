"""Whether masks can be teeth: whole, in one place, of a possible size, with borders that nobody interpolated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import binary_dilation, distance_transform_edt, find_objects
from skimage.measure import label as connected_pieces

from typodont.anatomy import size
from typodont.tasks.panoramic.lint.finding import Finding
from typodont.tasks.panoramic.lint.numbers import Spot
from typodont.tasks.panoramic.lint.unchecked import Mark
from typodont.types import Bool, Int

LEAST_DAMAGE = 0.01
"""Share of the labelled pixels. Hand-drawn masks have up to 0.3 % of such pixels, also after resizing by nearest
neighbour; bilinear resizing to half makes 3 to 5 %."""

_REACH = 2
_SECOND_TOOTH = 0.25
_SPECK_APART = 0.5
_SMALLEST, _LARGEST = 0.2, 3.2
"""Of the size that its number and the other teeth of the picture predict; in 9,000 hand-drawn teeth 0.29 to 2.2."""
_FEW = 4


def interpolated_pixels(values: Int) -> Bool:
    """(H, W): labelled pixels whose value belongs to no region near them.

    A region is where a value fills 3 x 3 pixels. Interpolation between the values 18 and 26 makes thin seams of 19 to
    25, and along every border to the background seams of all that is smaller.

    Args:
        values: (H, W) stored values of a label picture, before any map; 0 is background.
    """
    stray = np.zeros(values.shape, dtype=bool)
    core = _cores(values)
    boxes = find_objects(np.where(values > 0, values, 0).astype(np.int64))
    for value, box in enumerate(boxes, start=1):
        if box is None:
            continue
        mine = values[box] == value
        near = binary_dilation(mine & core[box], np.ones((2 * _REACH + 1, 2 * _REACH + 1), dtype=bool))
        stray[box] |= mine & np.logical_not(near)
    return stray


def _cores(values: Int) -> Bool:
    """(H, W): pixels whose eight neighbours have their value; never at the border of the picture."""
    core = np.zeros(values.shape, dtype=bool)
    inner = core[1:-1, 1:-1]
    inner[:] = True
    rows, columns = values.shape
    for down in range(3):
        for right in range(3):
            inner &= values[1:-1, 1:-1] == values[down : rows - 2 + down, right : columns - 2 + right]
    return core


def interpolation_findings(values: Int, stray: Bool) -> list[Finding]:
    """What to say about the pixels that `interpolated_pixels` found."""
    labelled = int((values > 0).sum())
    share = int(stray.sum()) / max(labelled, 1)
    if share < LEAST_DAMAGE:
        return []
    seams = np.unique(values[stray])
    shown = ", ".join(map(str, seams[:6].tolist())) + (" …" if len(seams) > 6 else "")
    what = f"{share:.2%} of the labelled pixels carry values of no region beside them ({len(seams)} values: {shown})"
    return [Finding("interpolated", what)]


def mask_findings(marks: Sequence[Mark]) -> tuple[list[Finding], list[Spot]]:
    """What is wrong with masks one by one, and where the usable ones lie.

    A number whose mask falls into two teeth counts as given twice, and has no place.
    """
    found: list[Finding] = []
    spots: list[Spot] = []
    areas: list[int] = []
    if not any(mark.mask.any() for mark in marks):
        found.append(Finding("empty", "no tooth is labelled at all"))
    for mark in marks:
        known = (mark.fdi,) if mark.is_tooth else ()
        if not mark.mask.any():
            found.append(Finding("empty", f"{mark.name} has no pixel", known))
        elif not mark.is_tooth:
            found.append(Finding("unknown_number", f"{mark.name!r} ({int(mark.mask.sum())} pixels) is no tooth number"))
        else:
            box = find_objects(mark.mask.view(np.uint8))[0]
            pieces = _about_pieces(mark.fdi, mark.mask[box])
            found += pieces
            if all(finding.kind != "number_twice" for finding in pieces):
                spots.append(_spot(mark.fdi, mark.mask[box], box))
                areas.append(int(mark.mask.sum()))
    return found + _about_areas(spots, areas), spots


def _spot(fdi: int, mask: Bool, box: tuple[slice, slice]) -> Spot:
    row, column = (float(where.mean()) for where in np.nonzero(mask))
    return Spot(fdi, box[0].start + row, box[1].start + column, *map(float, mask.shape))


def _about_pieces(fdi: int, mask: Bool) -> list[Finding]:
    """Findings about a mask in several pieces: a second tooth, or specks far away."""
    pieces = np.asarray(connected_pieces(mask, connectivity=2))
    order = np.argsort(-np.bincount(pieces.ravel())[1:], kind="stable") + 1
    if len(order) < 2:
        return []
    main = pieces == order[0]
    away = np.asarray(distance_transform_edt(~main))
    width = np.ptp(np.flatnonzero(main.any(axis=0))) + 1
    if (pieces == order[1]).sum() > _SECOND_TOOTH * main.sum():
        return [Finding("number_twice", f"{fdi} marks two separate areas", (fdi,))]
    others = [pieces == piece for piece in order[1:]]
    n_far = sum(int(other.sum()) for other in others if away[other].min() > _SPECK_APART * width)
    return [Finding("speck", f"{n_far} pixels of {fdi} lie far from the tooth", (fdi,))] if n_far else []


def _about_areas(spots: Sequence[Spot], areas: Sequence[int]) -> list[Finding]:
    """Findings about teeth that are too large or too small for their number beside the others."""
    if len(spots) < _FEW:
        return []
    ratios = np.array(areas) / np.array([_face(spot.fdi) for spot in spots])
    shares = ratios / np.median(ratios)
    return [
        Finding("implausible_area", f"{spot.fdi} has {share:.2g} times the area that it should have", (spot.fdi,))
        for spot, share in zip(spots, shares, strict=True)
        if not _SMALLEST <= share <= _LARGEST
    ]


def _face(fdi: int) -> float:
    """What a tooth should cover in a panoramic, up to the scale: its width times its length, mm²."""
    tooth = size(fdi)
    return tooth.md_crown * (tooth.crown_length + tooth.root_length)
