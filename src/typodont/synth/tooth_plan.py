"""Which teeth an arch has: permanent, milk, missing, half erupted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.arch_form import ArchForm


@dataclass(frozen=True)
class ArchStyle:
    """What kind of arch is drawn: probabilities and spreads, and the arch form where it is given (else it is drawn)."""

    mixed: float = 0.26
    erupting: float = 0.22
    wisdom: float = 0.15
    no_second_molars: float = 0.12
    crowding_sd: float = 0.85
    form: ArchForm | None = None


@dataclass
class Slot:
    """A place in the arch.

    Args:
        number: 1..8. side: -1 or +1, the sign of x in the arch frame.
        milk: a milk tooth stands there. missing: nothing stands there.
        closed: 0..1, how far the neighbours have moved into the place.
        sunk: mm by which a tooth has not erupted yet.
        outward: mm by which it is crowded out of the row.
    """

    number: int
    side: int
    milk: bool = False
    missing: bool = False
    closed: float = 0.0
    sunk: float = 0.0
    outward: float = 0.0


def plan_teeth(rng: np.random.Generator, style: ArchStyle) -> list[Slot]:
    """The places from the x < 0 back to the x > 0 back; missing teeth keep a place."""
    slots = {(side, n): Slot(n, side) for side in (-1, 1) for n in range(1, 9)}
    wisdom = rng.random() < style.wisdom
    young = rng.random() < style.mixed
    last = 8 if wisdom and not young else 7
    if not wisdom and (rng.random() < style.no_second_molars or (young and rng.random() < 0.85)):
        last = 6
    if last == 7 and rng.random() < 0.15:
        for side in (-1, 1):
            slots[side, 7].sunk = rng.uniform(0.5, 4.5)
    if young:
        _make_mixed(rng, slots)
    else:
        _lose_teeth(rng, slots, last)
        if rng.random() < style.erupting:
            _erupt_late(rng, slots)
    row = []
    for side in (-1, 1):
        final = last - (1 if last > 6 and rng.random() < 0.08 else 0)
        numbers = range(final, 0, -1) if side < 0 else range(1, final + 1)
        row += [slots[side, n] for n in numbers]
    for slot in row:
        if slot.number == 8 and rng.random() < 0.5:
            slot.sunk = rng.uniform(0.5, 4.0)
    return row


def _make_mixed(rng: np.random.Generator, slots: dict[tuple[int, int], Slot]) -> None:
    """Milk teeth in the places where a child of 6 to 12 still has them; some lost, some successors half erupted."""
    stage = rng.random()
    keep = {1: 0.0, 2: 0.15, 3: 0.85, 4: 0.75, 5: 0.85}
    if stage < 0.25:
        keep = {1: 0.4, 2: 0.7, 3: 0.98, 4: 0.97, 5: 0.98}
    elif stage > 0.7:
        keep = {3: 0.45, 4: 0.3, 5: 0.6}
    for (_, number), slot in slots.items():
        if number > 5:
            continue
        if rng.random() < keep.get(number, 0.0):
            slot.milk = True
        elif rng.random() < 0.12:
            slot.missing = True
        elif rng.random() < 0.35:
            slot.sunk = rng.uniform(0.5, 5.0)


def _lose_teeth(rng: np.random.Generator, slots: dict[tuple[int, int], Slot], last: int) -> None:
    """Extractions (often premolars in pairs, space closed), agenesis, and teeth lost later (space mostly kept)."""
    kind = rng.random()
    if kind < 0.10:
        number, closed = int(rng.choice([4, 4, 4, 5])), float(rng.choice([1.0, rng.uniform(0, 1)]))
        for side in (-1, 1):
            _lose(slots[side, number], closed)
    elif kind < 0.14:
        number = int(rng.choice([2, 5]))
        for side in (-1, 1):
            if rng.random() < 0.7:
                _lose(slots[side, number], float(rng.uniform(0, 1)))
    elif kind < 0.42:
        weights = np.array([1, 1, 1.2, 1.5, 1.5, 3, 2, 1])[:last]
        for _ in range(int(rng.geometric(0.5))):
            slot = slots[int(rng.choice([-1, 1])), 1 + int(rng.choice(last, p=weights / weights.sum()))]
            _lose(slot, float(rng.choice([0.0, rng.uniform(0, 0.6), rng.uniform(0.6, 1.0)], p=[0.4, 0.4, 0.2])))


def _erupt_late(rng: np.random.Generator, slots: dict[tuple[int, int], Slot]) -> None:
    """A dentition of 11 to 14 years: canines, premolars or second molars on their way, some crowded out of the row."""
    for (_, number), slot in slots.items():
        late = {3: 0.6, 4: 0.12, 5: 0.25, 7: 0.5}.get(number, 0.0)
        if slot.missing or rng.random() > late:
            continue
        slot.sunk = rng.uniform(0.5, 6.0)
        if number == 3 and rng.random() < 0.5:
            slot.closed = rng.uniform(0.1, 0.7)
            slot.outward = rng.uniform(1.0, 4.5) * slot.closed


def _lose(slot: Slot, closed: float) -> None:
    slot.missing, slot.closed = True, closed
