"""Pictures that are the same picture, or show the same patient again: what must never lie on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from typodont.datasets.panoramic_canvas import without_flat_borders
from typodont.types import Float

SAME_PICTURE = 0.9
"""Copies of one picture correlate this much, whatever was done to size, brightness, borders and file format."""
SAME_PATIENT = 0.75
"""Two exposures of one mouth correlate this much, two mouths do not. Of the 53,000 pairs of pictures in UFBA-425 the
one that shows a patient twice reaches 0.86, all others stay below 0.63, and copies that were cropped, resized and
compressed lie between 0.86 and 1."""

_SIZES = ((16, 32), (32, 64), (64, 128))
_NEIGHBOURHOOD = 4.0
_FAINT = 1e-3
_WORTH_A_LOOK = 0.65
_LOOKS = 8
_STEPS = 8
_CHUNK = 2048


@dataclass(frozen=True)
class Signature:
    """What stays of a picture when size, brightness, contrast and flat borders are taken away.

    Args:
        layers: (16, 32), (32, 64) and (64, 128) float32: the picture at three sizes, every place in units of the
            spread around it, mean 0, sum of squares 1; all zero for a picture without contrast.
    """

    layers: tuple[Float, ...]

    def mirrored(self) -> Signature:
        """The signature of the picture seen from behind."""
        return Signature(tuple(layer[:, ::-1] for layer in self.layers))


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures that are not independent.

    Args:
        first: Place of the one in the list, smaller than `second`.
        second: Place of the other.
        correlation: Of their signatures after alignment, `SAME_PATIENT` to 1.
        mirrored: Whether one is the left-right mirror image of the other.
    """

    first: int
    second: int
    correlation: float
    mirrored: bool

    @property
    def same_picture(self) -> bool:
        """True for copies of one picture, False for what is likely another exposure of the same patient."""
        return self.correlation >= SAME_PICTURE


def signature(image: Float) -> Signature:
    """The signature of a picture; about 4 ms and 42 kB each, so that a whole set fits in memory.

    Args:
        image: (H, W) grey values of any scale.
    """
    top, left, bottom, right = without_flat_borders(image)
    picture = Image.fromarray(np.ascontiguousarray(image[top:bottom, left:right], dtype=np.float32))
    span = max(float(np.ptp(image)), 1e-9)
    layers = (np.asarray(picture.resize((columns, rows), Image.Resampling.BOX)) / span for rows, columns in _SIZES)
    return Signature(tuple(_locally_normalised(layer) for layer in layers))


def find_near_duplicates(signatures: Sequence[Signature], *, least: float = SAME_PATIENT) -> list[NearDuplicate]:
    """All pairs of pictures that are copies, mirror images or new exposures of each other, the most alike first.

    Every picture is compared with every other at 16 x 32 pixels, which tells apart almost all; the few most alike are
    laid on each other (shifted and stretched, so that a cropped copy is found) and compared at sizes up to 64 x 128.

    Args:
        signatures: One for each picture.
        least: The smallest correlation that counts; a pair must reach it at each of the three sizes.
    """
    found = {}
    for first, second, mirrored in _worth_a_look(signatures):
        other = signatures[second].mirrored() if mirrored else signatures[second]
        value = aligned_correlation(signatures[first], other, least=least)
        key = (first, second)
        if value >= least and (key not in found or value > found[key].correlation):
            found[key] = NearDuplicate(first, second, value, mirrored)
    return sorted(found.values(), key=lambda pair: (-pair.correlation, pair.first, pair.second))


def group_near_duplicates(n: int, pairs: Iterable[NearDuplicate]) -> list[int]:
    """The group of every picture: those that a chain of pairs connects share one and belong on one side of a split.

    Args:
        n: How many pictures there are.
        pairs: Of these pictures.
    """
    ends = np.array([(pair.first, pair.second) for pair in pairs], dtype=np.intp).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1].tolist()


def aligned_correlation(first: Signature, second: Signature, *, least: float = -1.0) -> float:
    """Correlation of two pictures, -1..1, after the second was shifted and stretched to lie best on the first.

    Args:
        first: Of the one picture.
        second: Of the other.
        least: A pair that falls below this at a coarser size is given up there, with that size's correlation.
    """
    place, value = np.zeros(4), 0.0
    for fixed, layer in zip(first.layers, second.layers, strict=True):
        place, moved = _align(fixed, layer, place)
        value = _correlation(fixed, moved)
        if value < least:
            break
        place = place * np.array([2, 1, 2, 1])
    return value


def _worth_a_look(signatures: Sequence[Signature]) -> Iterable[tuple[int, int, bool]]:
    """(first, second, mirrored) for the pairs that may be alike: for each picture its few best partners."""
    if len(signatures) < 2:
        return
    flat = np.stack([s.layers[0].ravel() for s in signatures])
    for mirrored in (False, True):
        others = np.stack([s.mirrored().layers[0].ravel() for s in signatures]) if mirrored else flat
        pairs = set()
        starts = [*range(0, len(flat), _CHUNK), len(flat)]
        for start, stop in pairwise(starts):
            alike = flat[start:stop] @ others.T
            alike[np.arange(stop - start), np.arange(start, stop)] = -1
            best = np.argsort(-alike, axis=1)[:, :_LOOKS]
            rows, ranks = np.nonzero(np.take_along_axis(alike, best, axis=1) >= _WORTH_A_LOOK)
            ends = np.sort(np.stack([rows + start, best[rows, ranks]], axis=1), axis=1)
            pairs.update(map(tuple, ends.tolist()))
        for first, second in sorted(pairs):
            yield first, second, mirrored


def _locally_normalised(layer: Float) -> Float:
    """Every place less the mean around it, in units of the spread around it; mean 0 and sum of squares 1."""
    detail = layer - gaussian_filter(layer, _NEIGHBOURHOOD)
    detail = detail / (np.sqrt(gaussian_filter(detail**2, _NEIGHBOURHOOD)) + _FAINT)
    detail -= detail.mean()
    return (detail / max(float(np.linalg.norm(detail)), 1e-6)).astype(np.float32)


def _align(fixed: Float, moving: Float, place: Float) -> tuple[Float, Float]:
    """Gauss-Newton steps for the shift and stretch of `moving` that lies best on `fixed`.

    Args:
        fixed: (h, w).
        moving: (h, w).
        place: (4,): shift down, stretch down, shift right, stretch right; pixels and shares.

    Returns:
        The better place, and (h, w) `moving` as seen from there.
    """
    rows, columns = np.indices(fixed.shape, dtype=np.float64)
    centre_row, centre_column = (side / 2 for side in fixed.shape)
    rows -= centre_row
    columns -= centre_column
    slope_down, slope_across = np.gradient(moving, axis=0), np.gradient(moving, axis=1)

    def seen(values: Float, place: Float) -> Float:
        down, tall, across, wide = place
        where = [rows * (1 + tall) + down + centre_row, columns * (1 + wide) + across + centre_column]
        return map_coordinates(values, where, order=1, mode="nearest")

    for _ in range(_STEPS):
        down, across = seen(slope_down, place), seen(slope_across, place)
        change = np.stack([down, down * rows, across, across * columns], axis=-1).reshape(-1, 4)
        left_over = (fixed - seen(moving, place)).ravel()
        place = place + np.linalg.lstsq(change, left_over, rcond=None)[0]
    return place, seen(moving, place)


def _correlation(first: Float, second: Float) -> float:
    """Of two layers without their margins, where one of them may show nothing; 0 where a layer has no contrast."""
    margin = len(first) // 16
    inside = slice(margin, -margin)
    a, b = (layer[inside, inside] - layer[inside, inside].mean() for layer in (first, second))
    return float((a * b).sum() / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-9))
