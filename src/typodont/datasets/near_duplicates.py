"""Pictures that are the same picture, or show the same patient again: what must never lie on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

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
COLOURFUL = 0.03
"""A picture with a larger mean spread of its colour channels is a photograph."""

_SIZES = ((16, 32), (32, 64), (64, 128))
_NEIGHBOURHOOD = 4.0
_FAINT = 1e-3
_LOOKS = 8
_STEPS = (8, 4, 3)
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

    def seen(self, *, mirrored: bool, upside_down: bool) -> Signature:
        """The signature of the picture seen from behind, standing on its head, or both."""
        turned = Signature(tuple(layer[::-1, ::-1] for layer in self.layers)) if upside_down else self
        return turned.mirrored() if mirrored else turned


@dataclass(frozen=True)
class Likeness:
    """When two pictures count as alike.

    Args:
        least: Correlations after alignment at each of the three sizes; the more is seen, the less is alike by chance.
        worth_a_look: Correlation at the smallest size, before alignment, from which a pair is aligned at all.
        by_hand: Whether a hand held the camera: pictures may be tilted against each other and stand on their head.
    """

    least: tuple[float, float, float] = (SAME_PATIENT, SAME_PATIENT, SAME_PATIENT)
    worth_a_look: float = 0.65
    by_hand: bool = False


RADIOGRAPHS = Likeness()
PHOTOGRAPHS = Likeness(least=(0.7, 0.6, 0.55), worth_a_look=0.2, by_hand=True)
"""Of the 25,000 pairs of 223 intra-oral photographs 66 are so alike. All are of one session by the numbers of their
files or show the same teeth to the eye; photographs tilted by up to 12 degrees are found as well."""


@dataclass(frozen=True)
class NearDuplicate:
    """Two pictures that are not independent.

    Args:
        first: Place of the one in the list, smaller than `second`.
        second: Place of the other.
        correlation: Of their signatures after alignment, 1 at most.
        mirrored: Whether one is the left-right mirror image of the other.
        upside_down: Whether one stands on its head beside the other; a picture flipped upside down is both.
    """

    first: int
    second: int
    correlation: float
    mirrored: bool
    upside_down: bool = False

    @property
    def same_picture(self) -> bool:
        """True for copies of one picture, False for what is likely another exposure of the same patient."""
        return self.correlation >= SAME_PICTURE


def likeness_of(colourful: Iterable[float]) -> Likeness:
    """What counts as alike in a set, told from the mean spread of the colour channels of its pictures."""
    return PHOTOGRAPHS if float(np.median(list(colourful) or [0.0])) > COLOURFUL else RADIOGRAPHS


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


def find_near_duplicates(signatures: Sequence[Signature], likeness: Likeness = RADIOGRAPHS) -> list[NearDuplicate]:
    """All pairs of pictures that are copies, mirror images or new exposures of each other, the most alike first.

    Every picture is compared with every other at 16 x 32 pixels, which tells apart almost all; the few most alike are
    laid on each other (shifted and stretched, so that a cropped copy is found) and compared at sizes up to 64 x 128.
    Pictures that show different teeth of one patient are never alike.

    Args:
        signatures: One for each picture.
        likeness: What counts as alike.
    """
    found = {}
    for first, second, mirrored, upside_down in _worth_a_look(signatures, likeness):
        other = signatures[second].seen(mirrored=mirrored, upside_down=upside_down)
        value = aligned_correlation(signatures[first], other, least=likeness.least, tilted=likeness.by_hand)
        key = (first, second)
        if value >= likeness.least[-1] and (key not in found or value > found[key].correlation):
            found[key] = NearDuplicate(first, second, value, mirrored, upside_down)
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


def aligned_correlation(
    first: Signature, second: Signature, *, least: Sequence[float] = (-1, -1, -1), tilted: bool = False
) -> float:
    """Correlation of two pictures, -1..1, after the second was shifted and stretched to lie best on the first.

    Args:
        first: Of the one picture.
        second: Of the other.
        least: A pair that falls below one of these at its size is given up there, and correlates 0.
        tilted: The second may also be turned and sheared a little.
    """
    place, value = np.zeros(6), 0.0
    for fixed, layer, enough, steps in zip(first.layers, second.layers, least, _STEPS, strict=True):
        place, moved = _align(fixed, layer, place, n_free=6 if tilted else 4, steps=steps)
        value = _correlation(fixed, moved)
        if value < enough:
            return 0.0
        place = place * np.array([2, 1, 2, 1, 1, 1])
    return value


def _worth_a_look(signatures: Sequence[Signature], likeness: Likeness) -> Iterable[tuple[int, int, bool, bool]]:
    """(first, second, mirrored, upside_down) for the pairs that may be alike: for each picture its best partners."""
    if len(signatures) < 2:
        return
    flat = np.stack([s.layers[0].ravel() for s in signatures])
    for mirrored, upside_down in product((False, True), (False, True) if likeness.by_hand else (False,)):
        seen = (s.seen(mirrored=mirrored, upside_down=upside_down) for s in signatures)
        others = np.stack([s.layers[0].ravel() for s in seen])
        pairs = set()
        starts = [*range(0, len(flat), _CHUNK), len(flat)]
        for start, stop in pairwise(starts):
            alike = flat[start:stop] @ others.T
            alike[np.arange(stop - start), np.arange(start, stop)] = -1
            best = np.argsort(-alike, axis=1)[:, :_LOOKS]
            rows, ranks = np.nonzero(np.take_along_axis(alike, best, axis=1) >= likeness.worth_a_look)
            ends = np.sort(np.stack([rows + start, best[rows, ranks]], axis=1), axis=1)
            pairs.update(map(tuple, ends.tolist()))
        for first, second in sorted(pairs):
            yield first, second, mirrored, upside_down


def _locally_normalised(layer: Float) -> Float:
    """Every place less the mean around it, in units of the spread around it; mean 0 and sum of squares 1."""
    detail = layer - gaussian_filter(layer, _NEIGHBOURHOOD)
    detail = detail / (np.sqrt(gaussian_filter(detail**2, _NEIGHBOURHOOD)) + _FAINT)
    detail -= detail.mean()
    return (detail / max(float(np.linalg.norm(detail)), 1e-6)).astype(np.float32)


def _align(fixed: Float, moving: Float, place: Float, *, n_free: int, steps: int) -> tuple[Float, Float]:
    """Gauss-Newton steps for the shift, stretch and tilt of `moving` that lie best on `fixed`.

    Args:
        fixed: (h, w).
        moving: (h, w).
        place: (6,): shift down, stretch down, shift right, stretch right, down by what is right, right by what is
            down; pixels and shares.
        n_free: How many of these may change.
        steps: How many to take.

    Returns:
        The better place, and (h, w) `moving` as seen from there.
    """
    rows, columns = np.indices(fixed.shape, dtype=np.float64)
    centre_row, centre_column = (side / 2 for side in fixed.shape)
    rows -= centre_row
    columns -= centre_column
    slope_down, slope_across = np.gradient(moving, axis=0), np.gradient(moving, axis=1)

    def seen(values: Float, place: Float) -> Float:
        down, tall, across, wide, lean, slope = place
        row = rows * (1 + tall) + lean * columns + (down + centre_row)
        column = columns * (1 + wide) + slope * rows + (across + centre_column)
        return map_coordinates(values, [row, column], order=1, mode="nearest")

    for _ in range(steps):
        down, across = seen(slope_down, place), seen(slope_across, place)
        moves = [down, down * rows, across, across * columns, down * columns, across * rows][:n_free]
        change = np.stack([move.ravel() for move in moves])
        left_over = (fixed - seen(moving, place)).ravel()
        square = change @ change.T
        square[np.diag_indices(n_free)] += _FAINT**2 * (1 + np.diag(square))  # a flat layer has no way to go
        place = place.copy()
        place[:n_free] += np.linalg.solve(square, change @ left_over)
    return place, seen(moving, place)


def _correlation(first: Float, second: Float) -> float:
    """Of two layers without their margins, where one of them may show nothing; 0 where a layer has no contrast."""
    margin = len(first) // 16
    inside = slice(margin, -margin)
    a, b = (layer[inside, inside] - layer[inside, inside].mean() for layer in (first, second))
    return float((a * b).sum() / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-9))
