"""What a picture shows, which way up it lies, and whether it is mirrored: asked before any tooth is numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import nn

from typodont.records.radiograph import Radiograph
from typodont.tasks.panoramic.side_letters import SideMark, find_side_marks, mirrored_by
from typodont.tasks.view.recognise import Recognised, recognise

Kind = Literal["panoramic", "radiograph", "photo", "other"]

LEAST_PANORAMIC = 0.6
"""A picture that is less probably a panoramic than this is not taken for one."""
SURE_TURN = 0.7
"""Pictures lie upright so much more often than not that less than this does not make us turn one."""
STATED_ODDS = 20.0
"""How much more we believe in the kind that the file states."""
_STATED: dict[str, Kind] = {"PX": "panoramic", "IO": "radiograph", "XC": "photo"}
_NAMES = {
    "panoramic": "panoramic",
    "radiograph": "another radiograph",
    "photo": "photo",
    "other": "none of these",
}
_TURNS = ("upright", "turned a quarter clockwise", "upside down", "turned a quarter counter-clockwise")


@dataclass(frozen=True)
class View:
    """What a picture shows and how it lies.

    Args:
        kind: What it shows; "radiograph" is any but a panoramic one.
        upside_down: Whether a panoramic is turned half round.
        quarter_turns: Counter-clockwise quarter turns that make a panoramic upright; 0 for the other kinds.
        mirrored: Whether the patient's right is at the right of the upright picture; None: nothing tells.
        probabilities: Of each kind.
        reasons: What the answers rest on, in words.
    """

    kind: Kind
    upside_down: bool
    quarter_turns: int
    mirrored: bool | None
    probabilities: Mapping[str, float]
    reasons: tuple[str, ...] = ()


def look_at(radiograph: Radiograph, view_model: nn.Module) -> View:
    """What a picture shows and how it lies.

    Args:
        radiograph: From `records.read_radiograph`.
        view_model: A `nets.view_net.ViewNet`.
    """
    seen = recognise(radiograph.image, radiograph.colourful, view_model)
    probabilities, stated = _with_statement(seen.probabilities, radiograph.modality)
    kind = _kind(probabilities)
    reasons = [_about_kind(probabilities), *stated]
    if kind != "panoramic":
        return View(kind, False, 0, None, probabilities, tuple(reasons))
    turns, said = _turns(seen)
    upright = np.ascontiguousarray(np.rot90(radiograph.image, turns))
    mirrored, why = is_mirrored(radiograph.patient_right_at, turns, find_side_marks(upright))
    return View(kind, turns == 2, turns, mirrored, probabilities, (*reasons, *said, *why))


def is_mirrored(
    patient_right_at: Literal["left", "right"] | None, quarter_turns: int, marks: Sequence[SideMark]
) -> tuple[bool | None, list[str]]:
    """Whether the patient's right is at the right of the upright picture, and why.

    What the file states counts more than marks in the picture; None where neither tells.

    Args:
        patient_right_at: Side of the picture as stored, from its file.
        quarter_turns: That make the picture upright; half a turn exchanges the sides.
        marks: Found in the upright picture.
    """
    by_marks, reasons = mirrored_by(marks), [_about_mark(mark) for mark in marks]
    if marks and by_marks is None:
        reasons.append("the marks contradict each other")
    if patient_right_at is None or quarter_turns % 2:
        return by_marks, reasons
    by_file = (patient_right_at == "right") != (quarter_turns == 2)
    reasons.append(f"the file states that the patient's right is at the {patient_right_at}")
    if by_marks is not None and by_marks != by_file:
        reasons.append("marks and file contradict each other; the file counts")
    return by_file, reasons


def _kind(probabilities: Mapping[str, float]) -> Kind:
    """The most probable kind; a panoramic must be more than just that."""
    if probabilities["panoramic"] >= LEAST_PANORAMIC:
        return "panoramic"
    others: tuple[Kind, ...] = ("radiograph", "photo", "other")
    return max(others, key=probabilities.__getitem__)


def _with_statement(probabilities: Mapping[str, float], modality: str | None) -> tuple[dict[str, float], list[str]]:
    """The probabilities of the kinds once the file's modality is known, and what there is to say about it."""
    stated = _STATED.get(modality or "")
    if stated is None:
        return dict(probabilities), []
    weight = {kind: chance * (STATED_ODDS if kind == stated else 1.0) for kind, chance in probabilities.items()}
    whole = sum(weight.values())
    return {kind: value / whole for kind, value in weight.items()}, [f"the file states the modality {modality}"]


def _turns(seen: Recognised) -> tuple[int, list[str]]:
    turns, chance = seen.quarter_turns, float(seen.turns.max())
    if turns == 0:
        return 0, []
    if chance < SURE_TURN:
        return 0, [f"perhaps {_TURNS[turns]} ({chance:.0%}); taken as upright"]
    return turns, [f"{_TURNS[turns]} ({chance:.0%})"]


def _about_kind(probabilities: Mapping[str, float]) -> str:
    return ", ".join(f"{_NAMES[kind]} {chance:.0%}" for kind, chance in probabilities.items())


def _about_mark(mark: SideMark) -> str:
    writing = " in mirror writing" if mark.mirrored else ""
    return f"the mark {mark.text!r}{writing} stands at the {mark.at}"
