"""Whether the numbers of a label set can be: once each, in order along each row, uppers above lowers.

A panoramic shows the patient from the front, so the patient's right is at the left of the picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from typodont.anatomy import JAWS, LOWER, RIGHT, UPPER, is_milk, jaw, number, side
from typodont.tasks.panoramic.lint.finding import Finding

_FEW = 4
_BACKWARDS = 0.3
_IN_OTHER_ROW = 0.8
_NEAR = 3
_SWAPPED = 0.35
_IMPACTED = 0.5
_FAR_SWAPPED = 2.5
_OVER = 0.6
_BESIDE = 0.25


@dataclass(frozen=True)
class Spot:
    """Where a tooth lies, pixels of the picture.

    Args:
        fdi: Its number.
        row: Of its centre.
        column: Of its centre.
        height: Of its box.
        width: Of its box.
    """

    fdi: int
    row: float
    column: float
    height: float
    width: float

    @property
    def place(self) -> int:
        """-8..8 from the picture's left to its right; what must grow with the column along each row."""
        return -number(self.fdi) if side(self.fdi) == RIGHT else number(self.fdi)


def number_findings(spots: Sequence[Spot]) -> list[Finding]:
    """Everything that cannot be about the numbers of one picture.

    Tolerates what real jaws do: impacted teeth lie above or below the row and may cross their neighbours there, germs
    lie under milk teeth, wisdom teeth climb into the ramus, and any tooth may be missing.
    """
    twice = [fdi for fdi, count in sorted(Counter(spot.fdi for spot in spots).items()) if count > 1]
    found = [Finding("number_twice", f"{fdi} has {_count(spots, fdi)} masks", (fdi,)) for fdi in twice]
    single = [spot for spot in spots if spot.fdi not in twice]
    heads, single = _wrong_jaw(single)
    found += heads
    for name in JAWS:
        for milk in (False, True):
            row = [spot for spot in single if jaw(spot.fdi) == name and is_milk(spot.fdi) == milk]
            found += _mirrored(row, name) or _out_of_order(row)
            found += _over_neighbour(row)
    return found


def _count(spots: Sequence[Spot], fdi: int) -> int:
    return sum(spot.fdi == fdi for spot in spots)


def _wrong_jaw(spots: list[Spot]) -> tuple[list[Finding], list[Spot]]:
    """Findings about teeth in the other jaw's row, and the teeth that are left when these are taken out."""
    upper = [spot for spot in spots if jaw(spot.fdi) == UPPER]
    lower = [spot for spot in spots if jaw(spot.fdi) == LOWER]
    if min(len(upper), len(lower)) < 2:
        return [], spots
    if np.mean([spot.row for spot in upper]) > np.mean([spot.row for spot in lower]):
        return [Finding("wrong_jaw", f"the {len(upper)} upper teeth lie below the {len(lower)} lower ones")], spots
    wrong = [spot for spot in spots if _depth_in_other_row(spot, upper, lower) > _IN_OTHER_ROW]
    found = [
        Finding("wrong_jaw", f"{spot.fdi} lies in the row of the {_other(jaw(spot.fdi))} teeth", (spot.fdi,))
        for spot in wrong
    ]
    return found, [spot for spot in spots if spot not in wrong]


def _depth_in_other_row(spot: Spot, upper: list[Spot], lower: list[Spot]) -> float:
    """How far a tooth is from its own row (0) to the other jaw's row (1), both taken from the teeth around it."""
    rows = []
    for teeth in (upper, lower):
        around = sorted((s for s in teeth if s is not spot), key=lambda s: abs(s.column - spot.column))[:_NEAR]
        rows.append(float(np.median([s.row for s in around])))
    share = (spot.row - rows[0]) / max(rows[1] - rows[0], 1.0)
    return share if jaw(spot.fdi) == UPPER else 1 - share


def _other(name: str) -> str:
    return LOWER if name == UPPER else UPPER


def _mirrored(row: list[Spot], name: str) -> list[Finding]:
    if len(row) < _FEW:
        return []
    agree = [(a.place - b.place) * (a.column - b.column) > 0 for a, b in combinations(row, 2)]
    if np.mean(agree) >= _BACKWARDS:
        return []
    ends = min(row, key=lambda s: s.column).fdi, max(row, key=lambda s: s.column).fdi
    what = f"the {name} numbers run from {ends[0]} at the left of the picture to {ends[1]} at its right"
    return [Finding("mirrored", what)]


def _out_of_order(row: list[Spot]) -> list[Finding]:
    """Take out the tooth that disagrees with most others until the rest are in order, and say what was taken out."""
    left, blamed = sorted(row, key=lambda s: s.column), []
    while True:
        quarrels = {spot: [other for other in left if _inverted(spot, other)] for spot in left}
        worst = max(left, key=lambda s: len(quarrels[s]), default=None)
        if worst is None or not quarrels[worst]:
            break
        blamed.append((worst, quarrels[worst]))
        left.remove(worst)
    return [_about_order(spot, others, left) for spot, others in blamed]


def _inverted(a: Spot, b: Spot) -> bool:
    """Whether two teeth of a row stand in the wrong order, and not only because one of them is impacted."""
    first, second = sorted((a, b), key=lambda s: s.place)
    wrong_by = (first.column - second.column) / ((a.width + b.width) / 2)
    apart = abs(a.row - b.row) / ((a.height + b.height) / 2)
    return wrong_by > (_SWAPPED if apart < _IMPACTED else _FAR_SWAPPED)


def _about_order(spot: Spot, others: list[Spot], row: list[Spot]) -> Finding:
    if len(others) == 1:
        pair = tuple(sorted((spot.fdi, others[0].fdi)))
        return Finding("order", f"{pair[0]} and {pair[1]} stand in swapped order", pair)
    before = [s.fdi for s in row if s.column < spot.column][-1:]
    after = [s.fdi for s in row if s.column > spot.column][:1]
    where = f"between {before[0]} and {after[0]}" if before and after else f"beyond {(before or after)[0]}"
    return Finding("order", f"{spot.fdi} stands {where}", (spot.fdi,))


def _over_neighbour(row: list[Spot]) -> list[Finding]:
    """Teeth that stand nearer to the bite than their mesial neighbour and in the same column.

    Upper canines stay in the bone so often that a premolar over one says nothing.
    """
    by_place = {spot.place: spot for spot in row}
    found = []
    for spot in row:
        below = by_place.get(spot.place - (1 if spot.place > 0 else -1))
        least = 5 if jaw(spot.fdi) == UPPER else 4
        if below is None or is_milk(spot.fdi) or not least <= number(spot.fdi) <= 6:
            continue
        beside = (below.column - spot.column) / ((spot.width + below.width) / 2) * (1 if spot.place < 0 else -1)
        deeper = (below.row - spot.row) / ((spot.height + below.height) / 2) * (1 if jaw(spot.fdi) == LOWER else -1)
        if beside < _BESIDE and deeper > _OVER:
            what = f"{spot.fdi} stands over {below.fdi}, as milk teeth stand over their successors"
            found.append(Finding("over_neighbour", what, (spot.fdi, below.fdi)))
    return found
