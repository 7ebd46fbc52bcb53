"""Where teeth are missing in a real radiograph and nothing else is: room for implants and bridges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from typodont.anatomy import JAWS, arch_order
from typodont.anatomy.findings import TOOTH
from typodont.synth.xray.real_panoramic import RealPanoramic, RealTooth, mesial_right
from typodont.synth.xray.real_tooth import ToothFrame, frame_between
from typodont.types import Float

_LONGEST_END = 2
# Width of a place against that of the teeth beside it.
_LEAST_WIDTH = 0.6
# Share of a place that other teeth or dental work may cover, and its brightness against a crown.
_COVERED, _BRIGHT = 0.05, 0.55
_ASKEW = np.cos(np.radians(25.0))


@dataclass(frozen=True)
class Place:
    """Where a tooth is missing: its number, and a frame as wide and long as the gap leaves room."""

    fdi: int
    frame: ToothFrame


@dataclass(frozen=True)
class Gap:
    """Missing teeth side by side. ends: the standing teeth at both sides; one where the row ends there."""

    places: tuple[Place, ...]
    ends: tuple[RealTooth, ...]


def find_gaps(real: RealPanoramic) -> list[Gap]:
    """All gaps of a picture that are wide enough for a tooth and empty; missing wisdom teeth leave none."""
    standing = {tooth.fdi: tooth for tooth in real.teeth if tooth.category == TOOTH and tooth.frame is not None}
    orders = ([fdi for fdi in _as_in_the_picture(name) if fdi % 10 != 8] for name in JAWS)
    runs = [run for order in orders for run in _runs(order, standing)]
    gaps = [gap for run, left, right in runs if (gap := _gap(run, left, right)) is not None]
    return [gap for gap in gaps if all(_is_empty(place, real) for place in gap.places)]


def _as_in_the_picture(jaw: str) -> tuple[int, ...]:
    """The teeth of a jaw from left to right; the patient's right is at the left."""
    order = arch_order(jaw)
    return order if mesial_right(order[0]) else order[::-1]


_Run = tuple[list[int], RealTooth | None, RealTooth | None]


def _runs(order: list[int], standing: dict[int, RealTooth]) -> Iterator[_Run]:
    """Missing numbers side by side, from left to right in the picture, and the teeth at the left and right of them."""
    run: list[int] = []
    left: RealTooth | None = None
    for fdi in order:
        if fdi not in standing:
            run.append(fdi)
            continue
        if run:
            yield run, left, standing[fdi]
        run, left = [], standing[fdi]
    if run:
        yield run, left, None


def _gap(run: list[int], left: RealTooth | None, right: RealTooth | None) -> Gap | None:
    if left is not None and right is not None:
        return _between(run, left, right)
    end = left or right
    return None if end is None else _behind(run if left else run[::-1], end, step=1 if left else -1)


def _between(run: list[int], left: RealTooth, right: RealTooth) -> Gap | None:
    edges = [(_edge(left, height, 1), _edge(right, height, -1)) for height in (0.0, 1.0)]
    width = float((edges[1][1] - edges[1][0])[1])
    usual = 0.5 * sum(tooth.frame.width for tooth in (left, right) if tooth.frame is not None)
    count = min(len(run), int(width / (_LEAST_WIDTH * usual)))
    if count < len(run):
        return None
    places = []
    for i, fdi in enumerate(run):
        share = (i + 0.5) / count
        foot, top = ((1 - share) * a + share * b for a, b in edges)
        places.append(Place(fdi, frame_between(foot, top, width=width / count, mesial_right=mesial_right(fdi))))
    return Gap(tuple(places), (left, right))


def _behind(run: list[int], end: RealTooth, *, step: int) -> Gap:
    """Up to two places beyond the last tooth of a row."""
    assert end.frame is not None
    places = []
    for i, fdi in enumerate(run[:_LONGEST_END]):
        aside = np.array([0.0, step * end.frame.width * (0.5 + i)])
        foot, top = (_edge(end, height, step) + aside for height in (0.0, 1.0))
        frame = frame_between(foot, top, width=end.frame.width, mesial_right=mesial_right(fdi))
        places.append(Place(fdi, frame))
    return Gap(tuple(places), (end,))


def _edge(tooth: RealTooth, height: float, step: int) -> Float:
    """(2,) a point at the right (+1) or left (-1) border of a tooth's box along its axis."""
    frame = tooth.frame
    assert frame is not None
    side = step * np.sign(frame.mesial[1])
    return frame.foot + height * frame.up + side * 0.5 * frame.width * frame.mesial


def _is_empty(place: Place, real: RealPanoramic) -> bool:
    """Whether a place stands upright inside the picture with neither a tooth nor dental work in it."""
    frame, shape = place.frame, real.grey.shape
    ends = np.array([frame.foot, frame.top])
    if abs(frame.up[0]) < _ASKEW * frame.length or (ends < 0).any() or (ends >= shape).any():
        return False
    height, across = np.meshgrid(np.linspace(0, 1, 30), np.linspace(-0.85, 0.85, 15), indexing="ij")
    rows, columns = np.moveaxis(np.rint(frame.points(height, across)).astype(int), -1, 0)
    if columns.min() < 0 or columns.max() >= shape[1] or rows.min() < 0 or rows.max() >= shape[0]:
        return False
    covered = (real.all_teeth | real.own.region)[rows, columns]
    crown = real.grey[rows, columns][height > 0.6]
    return bool(covered.mean() < _COVERED and crown.mean() < real.backdrop + _BRIGHT * real.rise)
