"""Average precision of marks: COCO's, and the pooled one of a published system."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from typodont.metrics.detection import Kind, Marks, Thing, overlap
from typodont.types import Bool, Float

_RECALLS = np.linspace(0.0, 1.0, 101)


def average_precision(marks: Marks, weights: Float | None = None) -> Float:
    """(I,) float: COCO's average precision of one category at every overlap of the marks; their mean is its AP.

    Precision at a sensitivity is the best that is reached at that sensitivity or a higher one, read at 101 places.

    Args:
        marks: Of one category.
        weights: (N,) how often every picture counts, for bootstraps; by default once.

    Returns:
        0..1; NaN where there is nothing true.

    Source: `COCOeval.accumulate` of pycocotools, without its limits on sizes.
    """
    weights = np.ones(len(marks.n_true)) if weights is None else weights
    n_true = float(weights @ marks.n_true)
    if not n_true:
        return np.full(len(marks.overlaps), np.nan)
    marked, hits = _cumulated(marks.hit, weights[marks.picture])
    precision = hits / np.maximum(marked, np.finfo(float).tiny)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    best = np.concatenate([best, np.zeros((len(best), 1))], axis=1)
    reached = [np.searchsorted(row, _RECALLS, side="left") for row in hits / n_true]
    return np.array([row[places].mean() for row, places in zip(best, reached, strict=True)])


def pooled_marks(
    true: Sequence[Sequence[Thing]],
    predicted: Sequence[Sequence[Thing]],
    *,
    kind: Kind = "mask",
    published_matching: bool = True,
    least_score: float = 0.5,
    nms: float = 0.6,
    needed: float = 0.5,
) -> Marks:
    """The marks of all categories in one row, cut off and matched as the published system does it.

    Marks under `least_score` go, then of two marks whose boxes overlap by more than `nms` the lower one, whatever
    their categories. A mark takes the free true thing of its category that it overlaps most. The published program
    also ticks off every true thing that was the best so far while it looked: such a thing can be found by no other
    mark, and it is not missed either. `n_true` is what the program divides by: taken plus not ticked off.

    Args:
        true: The true things of every picture, in the order of the file, on which the published matching depends.
        predicted: The marks of every picture.
        kind: Overlap of masks or of boxes; the cut of doubles always looks at boxes.
        published_matching: Tick off as the published program does; otherwise only what is taken.
        least_score: Lowest score that stays.
        nms: Greatest overlap of two boxes that stay.
        needed: IoU that a mark needs.

    Source: Tooth-and-Cavity-Instance-Segmentation by B. Ahlbrecht (MIT), its evaluation of test pictures.
    """
    scores, hits, pictures, n_true = [], [], [], []
    for place, (things, marks) in enumerate(zip(true, predicted, strict=True)):
        kept = without_doubles([mark for mark in marks if mark.score >= least_score], nms)
        taken, missed = _take(things, kept, overlap(things, kept, kind), needed, published_matching)
        scores += [mark.score for mark in kept]
        hits += taken
        pictures += [place] * len(kept)
        n_true.append(sum(taken) + missed)
    order = np.argsort(-np.array(scores, dtype=float), kind="stable")
    return Marks(
        np.array(scores, dtype=float)[order],
        np.array(hits, dtype=bool)[None, order],
        np.array(pictures, dtype=int)[order],
        np.array(n_true, dtype=int),
        (needed,),
        np.arange(len(n_true)),
    )


def trapezoid_area(marks: Marks, weights: Float | None = None) -> float:
    """Area under precision over sensitivity, from the first mark to the last: the published system's "mAP".

    On the marks of `pooled_marks` this is its figure: one curve for all categories, cut off where scores are cut
    off, so that it cannot exceed the sensitivity there. What lies before the first mark is left out, as it does.

    Args:
        marks: With one overlap.
        weights: (N,) how often every picture counts.

    Returns:
        0..1; NaN where there is nothing true.
    """
    weights = np.ones(len(marks.n_true)) if weights is None else weights
    n_true = float(weights @ marks.n_true)
    if not n_true:
        return float("nan")
    each = weights[marks.picture]
    marked, hits = _cumulated(marks.hit[:, each > 0], each[each > 0])
    return float(np.trapezoid(hits[0] / marked, hits[0] / n_true))


def pooled_ap50(
    true: Sequence[Sequence[Thing]],
    predicted: Sequence[Sequence[Thing]],
    *,
    kind: Kind = "mask",
    published_matching: bool = True,
    least_score: float = 0.5,
    nms: float = 0.6,
) -> float:
    """The published system's "mAP" at IoU 0.5, for comparison with it alone; see `pooled_marks`, `trapezoid_area`."""
    options = {"published_matching": published_matching, "least_score": least_score, "nms": nms}
    return trapezoid_area(pooled_marks(true, predicted, kind=kind, **options))


def without_doubles(marks: Sequence[Thing], most: float) -> list[Thing]:
    """The marks from the highest score on, without those whose box overlaps one that stays by more than `most`."""
    ranked = sorted(marks, key=lambda mark: -mark.score)
    overlaps = overlap(ranked, ranked, "box")
    stays: list[int] = []
    for place in range(len(ranked)):
        if not (overlaps[place, stays] > most).any():
            stays.append(place)
    return [ranked[place] for place in stays]


def _take(
    true: Sequence[Thing], marks: Sequence[Thing], iou: Float, needed: float, published: bool
) -> tuple[list[bool], int]:
    """Which marks take a true thing, and how many true things are missed."""
    free = np.ones(len(true), dtype=bool)
    taken: list[bool] = []
    for mark, overlaps in zip(marks, iou.T, strict=True):
        own = np.array([thing.category == mark.category for thing in true], dtype=bool)
        able = np.flatnonzero(free & own & (overlaps >= needed))
        taken.append(bool(len(able)))
        if len(able):
            free[_bests_so_far(able, overlaps[able]) if published else able[np.argmax(overlaps[able])]] = False
    return taken, int(free.sum())


def _bests_so_far(places: np.ndarray, values: Float) -> np.ndarray:
    """The places whose value is greater than all before them, the first included."""
    before = np.concatenate([[-np.inf], np.maximum.accumulate(values)[:-1]])
    return places[values > before]


def _cumulated(hit: Bool, weights: Float) -> tuple[Float, Float]:
    """(D,) marks and (I, D) hits from the highest score down to every mark."""
    return np.cumsum(weights), np.cumsum(hit * weights, axis=1)
