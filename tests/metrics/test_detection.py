"""Marks against true things: hand-worked matches, and the same average precision as COCO's own program."""

from __future__ import annotations

import contextlib
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from typodont.formats.run_lengths import encode_mask
from typodont.metrics import COCO_OVERLAPS, Marks, Thing, average_precision, find_marks
from typodont.metrics.detection import beside_ignored, overlap

SIDE = 40
CARIES = frozenset({"caries"})


def thing(left: int, top: int, right: int, bottom: int, *, category: str = "caries", score: float = 1.0) -> Thing:
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[top:bottom, left:right] = True
    return Thing(category, (left, top, right, bottom), encode_mask(mask), score)


def ap_of(marks: Marks) -> float:
    return float(np.mean([average_precision(marks)[marks.overlaps.index(value)] for value in COCO_OVERLAPS]))


def test_overlap_of_boxes_and_masks_by_hand():
    # 10x10 and 10x10 that share a half: 50 / 150
    first, second, apart = thing(0, 0, 10, 10), thing(5, 0, 15, 10), thing(20, 20, 30, 30)
    for kind in ("box", "mask"):
        assert overlap([first], [second, apart], kind).tolist() == [[pytest.approx(1 / 3), 0.0]]
    assert overlap([], [first], "box").shape == (0, 1)


def test_a_diagonal_thing_overlaps_more_by_box_than_by_mask():
    ring = np.zeros((SIDE, SIDE), dtype=bool)
    ring[0:10, 0:2] = ring[8:10, 0:10] = True  # an L: 20 + 16 pixels of a box of 100
    corner = Thing("crack", (0, 0, 10, 10), encode_mask(ring))
    full = thing(0, 0, 10, 10, category="crack")
    assert overlap([corner], [full], "box")[0, 0] == 1.0
    assert overlap([corner], [full], "mask")[0, 0] == pytest.approx(0.36)


def test_a_true_thing_is_found_once():
    true = [[thing(0, 0, 10, 10)]]
    twice = [[thing(0, 0, 10, 9, score=0.9), thing(0, 0, 10, 10, score=0.8)]]
    marks = find_marks(true, twice, [CARIES])["caries"]
    assert marks.at(0.5).tolist() == [True, False]
    assert marks.score.tolist() == [0.9, 0.8]
    # at 0.95 the mark with the higher score is no hit (0.9), so the other one is
    assert marks.at(0.95).tolist() == [False, True]


def test_average_precision_by_hand():
    # Scores .9 hit, .8 miss, .7 hit of two true things: precision 1 up to sensitivity 1/2, then 2/3.
    true = [[thing(0, 0, 10, 10), thing(20, 20, 30, 30)]]
    marked = [[thing(0, 0, 10, 10, score=0.9), thing(0, 30, 5, 35, score=0.8), thing(20, 20, 30, 30, score=0.7)]]
    marks = find_marks(true, marked, [CARIES])["caries"]
    assert average_precision(marks)[marks.overlaps.index(0.5)] == pytest.approx((51 * 1 + 50 * 2 / 3) / 101)


def test_categories_are_judged_only_where_they_are_labelled():
    # The second picture knows nothing of caries: its mark is no false alarm, and the picture does not count.
    marked = [[thing(0, 0, 10, 10, score=0.9)], [thing(0, 0, 10, 10, score=0.95)]]
    marks = find_marks([[thing(0, 0, 10, 10)], []], marked, [CARIES, frozenset({"tooth"})])
    assert marks["caries"].pictures.tolist() == [0]
    assert marks["caries"].score.tolist() == [0.9]
    assert ap_of(marks["caries"]) == 1.0
    assert len(marks["tooth"].score) == 0
    assert math.isnan(ap_of(marks["tooth"]))


def test_a_mark_of_another_category_is_no_hit():
    marks = find_marks(
        [[thing(0, 0, 10, 10, category="crack")]], [[thing(0, 0, 10, 10)]], [frozenset({"crack", "caries"})]
    )
    assert not marks["caries"].hit.any()
    assert average_precision(marks["crack"]).tolist() == [0.0] * len(marks["crack"].overlaps)


def test_no_picture_and_no_category():
    assert find_marks([], [], []) == {}
    assert find_marks([[]], [[thing(0, 0, 5, 5)]], [frozenset()]) == {}


def test_a_thing_without_a_mask_cannot_be_compared_by_mask():
    boxed = Thing("caries", (0, 0, 5, 5))
    with pytest.raises(ValueError, match="compare boxes"):
        overlap([boxed], [boxed], "mask")
    assert overlap([boxed], [boxed], "box")[0, 0] == 1.0


def test_lists_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="2 pictures, 1 with marks"):
        find_marks([[], []], [[]], [CARIES, CARIES])


def test_nothing_is_printed(capsys):
    find_marks([[thing(0, 0, 10, 10)]], [[thing(0, 0, 10, 10)]], [CARIES])
    assert capsys.readouterr() == ("", "")


@st.composite
def pictures(draw):
    """True things and marks of some pictures; marks are true things that moved, and some at random."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    true, marked = [], []
    for _ in range(draw(st.integers(1, 4))):
        boxes = [_random_box(rng) for _ in range(rng.integers(0, 5))]
        moved = [np.clip(np.array(box) + rng.integers(-2, 3, 4) * [1, 1, 1, 1], 0, SIDE) for box in boxes]
        moved = [box for box in moved if box[2] > box[0] and box[3] > box[1]]
        moved += [_random_box(rng) for _ in range(rng.integers(0, 4))]
        names = ["caries", "tooth"]
        true.append([thing(*map(int, box), category=names[rng.integers(2)]) for box in boxes])
        marked.append(
            [
                thing(*map(int, box), category=names[rng.integers(2)], score=round(float(rng.random()), 1))
                for box in moved
            ]
        )
    return true, marked


def _random_box(rng: np.random.Generator) -> tuple[int, int, int, int]:
    left, top = rng.integers(0, SIDE - 12, 2)
    width, height = rng.integers(4, 12, 2)
    return int(left), int(top), int(left + width), int(top + height)


def coco_ap(true, marked, kind: str) -> dict[str, list[float]]:
    """AP, AP50 and AP75 of every category by the usual way through pycocotools."""
    names = ["caries", "tooth"]
    size = {"height": SIDE, "width": SIDE}
    truth = {
        "images": [{"id": i, **size} for i in range(len(true))],
        "categories": [{"id": i, "name": name} for i, name in enumerate(names)],
    }

    def annotations(lists):
        flat = [(i, one) for i, things in enumerate(lists) for one in things]
        return [
            {
                "id": n + 1,
                "image_id": i,
                "category_id": names.index(one.category),
                "bbox": [one.box[0], one.box[1], one.box[2] - one.box[0], one.box[3] - one.box[1]],
                "segmentation": one.runs,
                "area": 1.0,
                "iscrowd": 0,
                "score": one.score,
            }
            for n, (i, one) in enumerate(flat)
        ]

    answers = {}
    with contextlib.redirect_stdout(io.StringIO()):
        first, second = COCO(), COCO()
        first.dataset = {**truth, "annotations": annotations(true)}
        second.dataset = {**truth, "annotations": annotations(marked)}
        first.createIndex()
        second.createIndex()
        for name in names:
            program = COCOeval(first, second, kind)
            program.params.catIds = [names.index(name)]
            program.evaluate()
            program.accumulate()
            program.summarize()
            answers[name] = program.stats[:3].tolist()
    return answers


@settings(max_examples=25, deadline=None)
@given(pictures())
def test_same_figures_as_cocos_program(case):
    true, marked = case
    both = frozenset({"caries", "tooth"})
    for kind, theirs in (("box", "bbox"), ("mask", "segm")):
        expected = coco_ap(true, marked, theirs)
        for name, marks in find_marks(true, marked, [both] * len(true), kind=kind).items():
            each = dict(zip(marks.overlaps, average_precision(marks), strict=True))
            ours = [np.mean([each[value] for value in COCO_OVERLAPS]), each[0.5], each[0.75]]
            # COCO says -1 where there is nothing true
            assert [-1.0 if math.isnan(value) else value for value in ours] == pytest.approx(expected[name])


@settings(max_examples=10, deadline=None)
@given(pictures(), st.integers(0, 2**32 - 1))
def test_a_picture_that_counts_twice_is_two_pictures(case, seed):
    true, marked = case
    counts = np.random.default_rng(seed).integers(0, 3, len(true))
    both = frozenset({"caries", "tooth"})
    repeated = np.repeat(np.arange(len(true)), counts)
    written_out = find_marks([true[i] for i in repeated], [marked[i] for i in repeated], [both] * len(repeated))
    weighted = find_marks(true, marked, [both] * len(true))
    for name, marks in written_out.items():
        # equal scores may stand in another order there; only the order of hits among them differs
        if len(np.unique(weighted[name].score)) == len(weighted[name].score):
            assert average_precision(weighted[name], counts.astype(float)) == pytest.approx(
                average_precision(marks), nan_ok=True
            )


@pytest.mark.parametrize("kind", ["mask", "box"])
def test_marks_in_ignored_regions_are_not_judged(kind):
    def shaped(*things: Thing) -> list[Thing]:
        return list(things) if kind == "mask" else [replace(thing, runs=None) for thing in things]

    regions = shaped(thing(0, 0, 20, 20), thing(0, 0, 40, 40, category="filling"))
    true = shaped(thing(2, 2, 8, 8))
    marks = shaped(
        thing(10, 10, 18, 18),  # wholly inside
        thing(10, 0, 30, 10),  # half inside
        thing(15, 0, 35, 10),  # a quarter inside
        thing(3, 3, 9, 9),  # inside, but at the place of something true
        thing(10, 10, 18, 18, category="crown"),  # in no region of its category
    )
    assert beside_ignored(regions, true, marks) == [False, False, True, True, True]
    assert beside_ignored([], true, marks) == [True] * 5
    assert beside_ignored(regions, true, []) == []
