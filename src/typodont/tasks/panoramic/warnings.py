"""What a person should be told about a result, in words; and when there is no result to give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typodont import anatomy
from typodont.errors import NoPanoramicError
from typodont.records import Chart
from typodont.tasks.panoramic.decode import FoundTeeth
from typodont.tasks.panoramic.orientation import Orientation
from typodont.tasks.panoramic.view import View

DOUBTFUL = 0.5
CLOSE_CHART = 1.0
MANY_REJECTED = 3


def check_view(view: View | None, *, where: str) -> None:
    """Refuse what is no panoramic.

    Args:
        view: What the picture shows; None where nobody looked.
        where: File or name for the message.

    Raises:
        NoPanoramicError: it shows something else.
    """
    if view is None or view.kind == "panoramic":
        return
    why = f" ({'; '.join(view.reasons)})" if view.reasons else ""
    raise NoPanoramicError(
        f"{where}: this looks like {_WHAT[view.kind]}, expected a panoramic radiograph{why}; "
        "--any-picture numbers it all the same"
    )


def check_teeth(found: FoundTeeth, view: View | None, *, where: str) -> None:
    """Refuse a picture without any tooth of which nobody knows that it is a panoramic.

    Raises:
        NoPanoramicError: no tooth was found, and no network looked at the picture.
    """
    if view is None and not found.fdi.any():
        raise NoPanoramicError(f"{where}: no tooth found, expected a panoramic radiograph; check what it shows")


_WHAT = {
    "radiograph": "a radiograph of another kind",
    "photo": "a photo",
    "other": "no picture of teeth",
}


def warnings_about(
    found: FoundTeeth, charts: Mapping[str, Chart], orientation: Orientation, *, asked: Sequence[str] = ()
) -> list[str]:
    """Everything unusual about the teeth that were found and the way the picture lay.

    Args:
        found: Numbered instances.
        charts: Of both jaws.
        orientation: How the picture was turned.
        asked: What about the orientation was asked for rather than found: "mirrored", "upside_down".
    """
    return [
        *_about_orientation(orientation, asked),
        *_about_teeth(charts),
        *(said for chart in charts.values() for said in _about_chart(chart)),
        *_about_rejected(found),
        *_about_confidence(charts),
    ]


def _about_orientation(orientation: Orientation, asked: Sequence[str]) -> list[str]:
    said = []
    turns = orientation.quarter_turns % 4
    if turns == 2 and "upside_down" not in asked:
        said.append("the picture is upside down; it was turned for numbering (--upside-down no overrides)")
    elif turns % 2:
        said.append("the picture lies on its side; it was turned for numbering")
    if orientation.mirrored and "mirrored" not in asked:
        said.append(
            "the picture is mirrored: the patient's right is at its right; numbered accordingly "
            "(--mirrored no overrides)"
        )
    return said


def _about_teeth(charts: Mapping[str, Chart]) -> list[str]:
    empty = [jaw for jaw in anatomy.JAWS if not charts[jaw].teeth]
    if len(empty) == len(anatomy.JAWS):
        return ["no tooth found"]
    return [f"no tooth found in the {jaw} jaw" for jaw in empty]


def _about_chart(chart: Chart) -> list[str]:
    if chart.margin is None or chart.margin >= CLOSE_CHART or not chart.alternatives:
        return []
    other = chart.alternatives[0][0]
    changed = [
        f"{tooth.fdi} -> {fdi or 'none'}" for tooth, fdi in zip(chart.teeth, other, strict=True) if tooth.fdi != fdi
    ]
    return [f"another numbering of the {chart.jaw} jaw is nearly as good ({', '.join(changed)})"]


def _about_rejected(found: FoundTeeth) -> list[str]:
    rejected = sum(row.rejected for row in found.rows.values())
    if rejected < MANY_REJECTED:
        return []
    return [f"{rejected} tooth-like areas fit no place in a row and were left out"]


def _about_confidence(charts: Mapping[str, Chart]) -> list[str]:
    low = [
        f"{tooth.fdi} ({tooth.confidence:.0%})"
        for chart in charts.values()
        for tooth in chart.teeth
        if tooth.confidence < DOUBTFUL
    ]
    return [f"low confidence: {', '.join(low)}"] if low else []
