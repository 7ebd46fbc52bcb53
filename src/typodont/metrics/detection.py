"""Findings as things with a category and a score: which marks hit something true, by the rules of COCO."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pycocotools.mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from typodont.types import Bool, Float, Int

Kind = Literal["box", "mask"]

COCO_OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""The IoU thresholds whose mean is COCO's AP."""
PLACE_OVERLAP = 0.1
"""IoU at which a mark points at the right place, however little its border agrees."""
OVERLAPS = (PLACE_OVERLAP, *COCO_OVERLAPS)

IGNORED_SHARE = 0.5
"""Share of a mark inside a region to ignore from which on it counts neither as right nor as wrong."""

_PROGRAM_KIND: dict[Kind, Literal["bbox", "segm"]] = {"box": "bbox", "mask": "segm"}
_MOST_MARKS = 100  # per picture and category, as in COCO
_EVERYWHERE = [0.0, 1e10]
_coco_mask: Any = pycocotools.mask  # its type stubs know only a part of what its functions take


@dataclass(frozen=True)
class Thing:
    """One thing in a picture, true or marked by a network.

    Args:
        category: Its name.
        box: Left, top, right, bottom, pixels of the picture.
        runs: Mask as `formats.run_lengths.encode_mask` gives it; None where only the box is known.
        score: Of a mark; true things keep the default.
    """

    category: str
    box: tuple[float, float, float, float]
    runs: Mapping[str, Any] | None = None
    score: float = 1.0


@dataclass(frozen=True)
class Marks:
    """Everything that was marked as one category in N pictures, and what of it is true.

    Args:
        score: (D,) float: falling.
        hit: (I, D) bool: whether the mark is a true thing that no mark of a higher score has taken, by overlap.
        picture: (D,) int: place of the mark's picture among the N.
        n_true: (N,) int: true things of every picture.
        overlaps: I IoU thresholds.
        pictures: (N,) int: which of the pictures that were compared these are: those that label the category.
    """

    score: Float
    hit: Bool
    picture: Int
    n_true: Int
    overlaps: tuple[float, ...]
    pictures: Int

    def at(self, overlap: float) -> Bool:
        """(D,) bool: the hits at one of the `overlaps`."""
        return self.hit[self.overlaps.index(overlap)]


def overlap(true: Sequence[Thing], predicted: Sequence[Thing], kind: Kind) -> Float:
    """(T, P) float: intersection over union of every true thing with every mark, of their boxes or of their masks."""
    if not true or not predicted:
        return np.zeros((len(true), len(predicted)))
    shapes = [[_shape(thing, kind) for thing in things] for things in (predicted, true)]
    if kind == "box":
        shapes = [np.asarray(boxes, dtype=np.float64) for boxes in shapes]
    return np.asarray(_coco_mask.iou(*shapes, [0] * len(true))).T


def beside_ignored(ignored: Sequence[Thing], true: Sequence[Thing], predicted: Sequence[Thing]) -> list[bool]:
    """Which marks of a picture are judged: all but those in regions of their category that nobody looked through.

    A mark at the place of something true is judged also there. Masks are compared where all have one, else boxes.
    """
    kind: Kind = "mask" if all(thing.runs is not None for thing in (*ignored, *true, *predicted)) else "box"
    judged = []
    for mark in predicted:
        regions, things = ([t for t in several if t.category == mark.category] for several in (ignored, true))
        inside = _share_inside(mark, regions, kind) if regions else 0.0
        judged.append(inside < IGNORED_SHARE or bool((overlap(things, [mark], kind) >= PLACE_OVERLAP).any()))
    return judged


def _share_inside(mark: Thing, regions: Sequence[Thing], kind: Kind) -> float:
    """The greatest share of a mark that lies in one of the regions."""
    shapes = [[_shape(thing, kind) for thing in things] for things in ([mark], regions)]
    if kind == "box":
        shapes = [np.asarray(boxes, dtype=np.float64) for boxes in shapes]
    return float(np.max(_coco_mask.iou(*shapes, [1] * len(regions))))


def find_marks(
    true: Sequence[Sequence[Thing]],
    predicted: Sequence[Sequence[Thing]],
    labelled: Sequence[frozenset[str]],
    *,
    kind: Kind = "mask",
    overlaps: Sequence[float] = OVERLAPS,
) -> dict[str, Marks]:
    """The marks of every category that any picture labels, matched by COCO's own program.

    A category is judged only in pictures that label it: elsewhere it may be there without a label. Within a picture
    the mark with the highest score chooses first, among the true things of its category, the one it overlaps most.
    Of a picture, the 100 marks with the highest scores count.

    Args:
        true: The true things of every picture.
        predicted: The marks of every picture.
        labelled: The categories that every picture labels.
        kind: Overlap of boxes or of masks; masks need `Thing.runs` of every thing.
        overlaps: IoU thresholds, rising.
    """
    names = sorted(frozenset[str]().union(*labelled))
    if not len(true) == len(predicted) == len(labelled):
        raise ValueError(f"{len(true)} pictures, {len(predicted)} with marks, {len(labelled)} with labelled categories")
    with contextlib.redirect_stdout(io.StringIO()):
        program = COCOeval(_as_coco(true, names, kind), _as_coco(predicted, names, kind), _PROGRAM_KIND[kind])
        program.params.iouThrs = np.array(overlaps)
        program.params.areaRng, program.params.areaRngLbl = [_EVERYWHERE], ["all"]
        program.params.maxDets = [_MOST_MARKS]
        program.params.imgIds = list(range(len(true)))
        program.params.catIds = list(range(len(names)))
        if names and true:
            program.evaluate()
    found: list[Any] = list(program.evalImgs)
    rows = {name: found[place * len(true) : (place + 1) * len(true)] for place, name in enumerate(names)}
    return {name: _collect(rows[name], [name in own for own in labelled], tuple(overlaps)) for name in names}


def _collect(found: Sequence[Any], labelled: Sequence[bool], overlaps: tuple[float, ...]) -> Marks:
    """The answers of COCO's program for one category (None: nothing true and no mark) in one row."""
    pictures = [picture for picture, own in enumerate(labelled) if own]
    answers = [found[picture] for picture in pictures]
    known = [(place, answer) for place, answer in enumerate(answers) if answer is not None]
    score = np.concatenate([np.zeros(0), *(answer["dtScores"] for _, answer in known)])
    hit = np.concatenate([np.zeros((len(overlaps), 0)), *(answer["dtMatches"] for _, answer in known)], axis=1) > 0
    picture = np.repeat([place for place, _ in known], [len(answer["dtScores"]) for _, answer in known]).astype(int)
    n_true = np.array([0 if answer is None else len(answer["gtIds"]) for answer in answers], dtype=int)
    order = np.argsort(-score, kind="stable")
    return Marks(score[order], hit[:, order], picture[order], n_true, overlaps, np.array(pictures, dtype=int))


def _as_coco(pictures: Sequence[Sequence[Thing]], names: Sequence[str], kind: Kind) -> COCO:
    """The things as COCO's program wants them; ids begin at 1, because it takes a match with id 0 for none."""
    place = {name: i for i, name in enumerate(names)}
    annotations = [
        {
            "image_id": picture,
            "category_id": place[thing.category],
            "bbox": _shape(thing, "box"),
            "segmentation": thing.runs,
            "area": 1.0,
            "iscrowd": 0,
            "score": thing.score,
        }
        for picture, things in enumerate(pictures)
        for thing in things
        if thing.category in place
    ]
    coco: Any = COCO()  # the type stubs know only pictures with file names and dates
    coco.dataset = {
        "images": [{"id": picture, **_size(things, kind)} for picture, things in enumerate(pictures)],
        "annotations": [{"id": i, **annotation} for i, annotation in enumerate(annotations, start=1)],
        "categories": [{"id": i, "name": name} for name, i in place.items()],
    }
    coco.createIndex()
    return coco


def _size(things: Sequence[Thing], kind: Kind) -> dict[str, int]:
    runs = things[0].runs if things and kind == "mask" else None
    height, width = runs["size"] if runs else (0, 0)
    return {"height": height, "width": width}


def _shape(thing: Thing, kind: Kind) -> Any:
    """As COCO's program takes it: run lengths, or left, top, width, height."""
    if kind == "mask":
        if thing.runs is None:
            raise ValueError(f"{thing.category} at {thing.box} has no mask; compare boxes")
        return thing.runs
    left, top, right, bottom = thing.box
    return [left, top, right - left, bottom - top]
