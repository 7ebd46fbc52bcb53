"""Exact conversions between FDI, Universal and Palmer numbers, permanent and milk teeth.

Universal (ADA): 1 is the upper right third molar, counted along the upper arch to 16 and back along the
lower arch from 17 (lower left third molar) to 32; milk teeth A to T the same way round.

Palmer: the number (milk: letter A to E) from the midline in the corner of a cross as the dentist sees the patient:
``6┘`` upper right, ``└6`` upper left, ``┌6`` lower left, ``6┐`` lower right. In plain ASCII ``UR6 UL6 LL6 LR6``.
"""

import re

from typodont.anatomy.relations import arch_order
from typodont.anatomy.teeth import LEFT, LOWER, RIGHT, UPPER, is_milk, is_tooth, jaw, number, side, tooth
from typodont.errors import LabelError

_FDI_TO_UNIVERSAL: dict[int, str] = {
    **{fdi: str(i) for i, fdi in enumerate(arch_order(UPPER) + arch_order(LOWER), start=1)},
    **{fdi: chr(65 + i) for i, fdi in enumerate(arch_order(UPPER, milk=True) + arch_order(LOWER, milk=True))},
}
_UNIVERSAL_TO_FDI = {universal: fdi for fdi, universal in _FDI_TO_UNIVERSAL.items()}

_FDI_NAME = re.compile(r"(?:tooth|fdi)?[ _-]*([0-9]{2})", re.IGNORECASE)
_CORNER = {(UPPER, RIGHT): "┘", (UPPER, LEFT): "└", (LOWER, LEFT): "┌", (LOWER, RIGHT): "┐"}
_PREFIX = {(UPPER, RIGHT): "UR", (UPPER, LEFT): "UL", (LOWER, LEFT): "LL", (LOWER, RIGHT): "LR"}
_PLACE = {mark: place for marks in (_CORNER, _PREFIX) for place, mark in marks.items()}


def to_universal(fdi: int) -> str:
    """The Universal number as text: ``"1"`` to ``"32"``, milk teeth ``"A"`` to ``"T"``.

    Raises:
        LabelError: no FDI tooth number.
    """
    number(fdi)
    return _FDI_TO_UNIVERSAL[fdi]


def from_universal(universal: str | int) -> int:
    """The FDI number of a Universal number, given as 1..32, as text, or as a letter of either case.

    Raises:
        LabelError: outside 1..32 and A..T.
    """
    key = str(universal).strip().upper()
    if key not in _UNIVERSAL_TO_FDI:
        raise LabelError(f"{universal!r} is no Universal tooth number; expected 1..32 or A..T")
    return _UNIVERSAL_TO_FDI[key]


def to_palmer(fdi: int, *, ascii_only: bool = False) -> str:
    """The Palmer notation, for example ``"6┘"`` for 16, or ``"UR6"`` with `ascii_only`.

    Raises:
        LabelError: no FDI tooth number.
    """
    symbol = "ABCDE"[number(fdi) - 1] if is_milk(fdi) else str(number(fdi))
    place = (jaw(fdi), side(fdi))
    if ascii_only:
        return _PREFIX[place] + symbol
    return symbol + _CORNER[place] if side(fdi) == RIGHT else _CORNER[place] + symbol


def from_palmer(palmer: str) -> int:
    """The FDI number of a Palmer notation in either spelling of `to_palmer`.

    Raises:
        LabelError: no such tooth, or the corner stands on the wrong side of the number.
    """
    text = palmer.strip().upper()
    place = _PLACE.get(text[:-1]) or _PLACE.get(text[1:])
    symbol = text[-1:] if text[:-1] in _PLACE else text[:1]
    position = "12345678".find(symbol) if symbol.isdigit() else "ABCDE".find(symbol)
    if place is not None and position >= 0 and symbol:
        fdi = tooth(*place, position + 1, milk=not symbol.isdigit())
        if text in (to_palmer(fdi), to_palmer(fdi, ascii_only=True)):
            return fdi
    raise LabelError(
        f"{palmer!r} is no Palmer tooth number; expected for example '6┘' or 'UR6', milk teeth 'E┘' or 'URE'"
    )


def fdi_named(name: str) -> int | None:
    """The FDI number that a category of a label file is named by: "16", "tooth_16", "FDI 16"; None: by no number."""
    match = _FDI_NAME.fullmatch(name.strip())
    fdi = int(match[1]) if match else 0
    return fdi if is_tooth(fdi) else None
