"""From pixels that each point at the centre of their tooth to separate teeth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from skimage.measure import label as label_regions
from skimage.segmentation import watershed

from typodont.tasks.panoramic.evidence import PixelEvidence
from typodont.types import Bool, Float, Int

TOOTH = 0.5
BLUR = (3.0, 1.5)
"""Spread of the votes for a centre (rows, columns), grid pixels: roots are long, so votes scatter along them."""

REACH = (8, 4)
"""Half the window (rows, columns) in which a hill of votes must be the highest; crowded lower incisors stand about
eight grid pixels apart."""

LEAST_AREA = 65.0
"""A smaller piece is no tooth of its own, grid pixels; the smallest tooth of 285 labelled pictures has 195."""

MOST = 48
"""More pieces than this cannot be teeth; the largest stay."""

EXTENT_PER_SPREAD = 3.8
"""Between an even ellipse (4) and a rectangle (3.46); gives the crown widths of the textbooks."""


@dataclass(frozen=True)
class Instances:
    """Things that may be teeth.

    Args:
        member: (h, w) int: instance of each grid pixel, -1 for none.
        centre: (T, 2) float: mean (row, column) of its pixels, grid pixels.
        width: (T,) float: across the long axis, grid pixels; a tooth that lies down is measured like a standing one.
        length: (T,) float: along the long axis, grid pixels.
        area: (T,) float: grid pixels.
        tooth: (T,) float: mean probability of tooth over its pixels.
        log_numbers: (T, 32) float: log probability of each permanent number in the order of `anatomy.PERMANENT`,
            from the mean log probability over the pixels; rows sum to 1 as probabilities.
    """

    member: Int
    centre: Float
    width: Float
    length: Float
    area: Float
    tooth: Float
    log_numbers: Float

    def __len__(self) -> int:
        return len(self.area)

    def compact(self) -> Instances:
        """Without the instances that lost all their pixels, renumbered."""
        keep = self.area > 0
        number = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1)  # the last one for -1
        values = (self.centre, self.width, self.length, self.area, self.tooth, self.log_numbers)
        return Instances(number[self.member], *(value[keep] for value in values))


def find_instances(evidence: PixelEvidence, *, least_area: float = LEAST_AREA) -> Instances:
    """Cluster the votes of all pixels that are more likely tooth than not.

    Args:
        evidence: One picture. Where no pixel votes for a centre, connected pieces of one number are the instances.
        least_area: Smaller pieces are joined to what they touch most, or dropped, grid pixels.
    """
    mask = evidence.tooth > TOOTH
    member = np.full(mask.shape, -1, dtype=np.int64)
    if mask.any():
        hills = (
            cluster_votes(mask, evidence.offset) if evidence.offset.any() else evidence.log_classes[1:].argmax(axis=0)
        )
        member = without_fragments(np.where(mask, hills, -1), least_area)
    return describe(evidence, member)


def cluster_votes(mask: Bool, offset: Float) -> Int:
    """(h, w) int: the hill of votes that each pixel of the mask points at; -1 outside the mask.

    Args:
        mask: (h, w) pixels that vote.
        offset: (2, h, w) (rows, columns) from each pixel to the centre of its tooth, grid pixels.
    """
    shape = mask.shape
    at = np.nonzero(mask)
    goal = tuple(
        np.clip(np.rint(place + step[mask]), 0, size - 1).astype(np.intp)
        for place, step, size in zip(at, offset, shape, strict=True)
    )
    votes = np.bincount(np.ravel_multi_index(goal, shape), minlength=mask.size).reshape(shape).astype(np.float32)
    density = ndimage.gaussian_filter(votes, BLUR)
    window = tuple(2 * reach + 1 for reach in REACH)
    tops = (density > 0) & (density == ndimage.maximum_filter(density, window))
    hills = watershed(-density, np.asarray(label_regions(tops)), mask=density > 0)
    found = np.full(shape, -1, dtype=np.int64)
    found[at] = hills[goal] - 1
    return found


def without_fragments(member: Int, least_area: float) -> Int:
    """(h, w) int: connected instances only; pieces under `least_area` go to the instance they touch most, or away.

    A piece that is large enough becomes an instance of its own, because two teeth may have one number or one hill.
    """
    pieces = np.asarray(label_regions(member + 1, background=0, connectivity=1))
    area = np.bincount(pieces.ravel())
    area[0] = 0
    large = area >= max(least_area, np.sort(area)[-MOST] if len(area) > MOST else 0)
    goal = np.where(large, np.arange(len(area)), 0)
    for piece, other in _touching(pieces):
        if area[piece] and not large[piece] and large[other] and not goal[piece]:
            goal[piece] = other
    kept = goal[pieces]
    return np.unique(kept, return_inverse=True)[1].reshape(member.shape) - int((kept == 0).any())


def _touching(pieces: Int) -> list[tuple[int, int]]:
    """(piece, piece beside it), pairs with the longest common border first."""
    pairs = np.concatenate(
        [
            np.stack([pieces[:, :-1].ravel(), pieces[:, 1:].ravel()], axis=1),
            np.stack([pieces[:-1].ravel(), pieces[1:].ravel()], axis=1),
        ]
    )
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (pairs > 0).all(axis=1)]
    known, length = np.unique(np.concatenate([pairs, pairs[:, ::-1]]), axis=0, return_counts=True)
    return [(int(a), int(b)) for a, b in known[np.argsort(-length, kind="stable")]]


def describe(evidence: PixelEvidence, member: Int) -> Instances:
    """The instances that the numbers 0.. in `member` (h, w) stand for; a number without pixels has area 0."""
    rows, columns = np.nonzero(member >= 0)
    group = member[rows, columns]
    n = int(member.max(initial=-1)) + 1
    tooth = evidence.tooth[rows, columns].astype(float)
    area = np.bincount(group, minlength=n).astype(float)
    count, trust = np.maximum(area, 1.0), np.maximum(np.bincount(group, tooth, minlength=n), 1e-9)
    centre = np.stack([np.bincount(group, place, minlength=n) / count for place in (rows, columns)], axis=1)
    numbers = evidence.log_classes[1:, rows, columns]
    mean = np.stack([np.bincount(group, tooth * number, minlength=n) for number in numbers], axis=1) / trust[:, None]
    width, length = _extents(rows - centre[group, 0], columns - centre[group, 1], group, count)
    return Instances(
        member=member,
        centre=centre,
        width=width,
        length=length,
        area=area,
        tooth=np.bincount(group, tooth, minlength=n) / count,
        log_numbers=mean - np.logaddexp.reduce(mean, axis=1, keepdims=True),
    )


def _extents(y: Float, x: Float, group: Int, count: Float) -> tuple[Float, Float]:
    """(T,) float each: widths and lengths, from the spread of the pixels across and along their long axis."""
    yy, xx, xy = (np.bincount(group, product, minlength=len(count)) / count for product in (y * y, x * x, x * y))
    middle, swing = (yy + xx) / 2, np.hypot((yy - xx) / 2, xy)
    across = np.maximum(middle - swing, 1 / 12)  # one row of pixels
    return EXTENT_PER_SPREAD * np.sqrt(across), EXTENT_PER_SPREAD * np.sqrt(middle + swing)
