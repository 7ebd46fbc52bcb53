"""What a check of labels can say, why it matters and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Kind(NamedTuple):
    """One sort of finding, in words for the person who has to mend it."""

    title: str
    why: str
    fix: str


KINDS: dict[str, Kind] = {
    "leak": Kind(
        "the same picture or patient in two sets",
        "a test on pictures that the training has seen measures memory",
        "move both to one side of the split, or delete one; split by patient",
    ),
    "duplicate": Kind(
        "the same picture or patient twice in a set",
        "the picture counts double, and a later split may put its copies on both sides",
        "delete one, or keep both on one side of every split",
    ),
    "missing_picture": Kind(
        "labels without their picture",
        "nothing can be learnt or measured from labels alone",
        "put the picture where the labels name it, or delete the entry",
    ),
    "unreadable": Kind(
        "files that cannot be read", "a training stops at the first of them", "export or copy the file again"
    ),
    "size": Kind(
        "labels of another size than the picture",
        "every tooth lies in the wrong place, or the reader refuses the pair",
        "label the picture as it is stored, or resize the labels by nearest neighbour",
    ),
    "interpolated": Kind(
        "labels that were resized with interpolation, or saved as JPEG",
        "between two teeth and along their borders stand the numbers of teeth that are not there",
        "make the labels again from the source; resize label pictures by nearest neighbour only and save them as PNG",
    ),
    "unknown_number": Kind(
        "numbers that no tooth has",
        "these masks are dropped, or become a class of their own",
        "give the FDI number, 11..48 or for milk teeth 51..85, or add the value to the map file",
    ),
    "empty": Kind("masks without a pixel", "the tooth counts as missed whatever is found", "draw it or delete it"),
    "number_twice": Kind(
        "one number on two teeth",
        "at most one of them has its right number, and per-tooth scores are undefined",
        "find the right number of one of them; a milk tooth has a number of its own, 51..85",
    ),
    "mirrored": Kind(
        "numbers that run the wrong way round",
        "left and right are mixed up: the picture or its labels were flipped without swapping the sides",
        "flip the picture back, or swap the quadrants 1 and 2, 3 and 4 in the labels",
    ),
    "wrong_jaw": Kind(
        "teeth in the other jaw's row",
        "upper and lower numbers are mixed up, or the picture stands on its head",
        "correct the first digit: 1 and 2 are above, 3 and 4 below",
    ),
    "order": Kind(
        "numbers out of their order along the row",
        "teeth may tip and hide, but those in the row keep their order, so one of these numbers is wrong",
        "correct the number, or check that a tooth was not skipped",
    ),
    "over_neighbour": Kind(
        "a tooth that stands over its mesial neighbour instead of beside it",
        "where teeth change this is mostly a milk tooth under a permanent number, and those behind it slide by one",
        "number milk teeth 51..85 or leave them out; nothing to do where the deeper tooth really lies under this one",
    ),
    "speck": Kind(
        "pixels far from their tooth", "a slip of the pen moves boxes and centres and counts as a tooth", "erase them"
    ),
    "implausible_area": Kind(
        "teeth of an impossible size",
        "the mask covers several teeth, a fragment of one, or something else",
        "draw the tooth again",
    ),
}
"""All kinds of findings in the order in which a report lists them: what spoils results most comes first."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Args:
        kind: Key of `KINDS`.
        what: What was found, in words.
        teeth: Numbers that it concerns, as labelled.
        file: The labels or the picture.
        name: Of the picture.
    """

    kind: str
    what: str
    teeth: tuple[int, ...] = ()
    file: Path = Path()
    name: str = ""
