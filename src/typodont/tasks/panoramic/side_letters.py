"""Letters that say which side is the patient's right: where they stand in a picture, and whether they read mirrored.

A panoramic is nearly the same in the mirror, so only such marks can tell. They are found as things of one bright or
dark tone and compared with letters drawn from the typeface that Pillow brings, in several weights.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from skimage.measure import label as label_regions
from skimage.morphology import skeletonize

from typodont.datasets.panoramic_canvas import resized
from typodont.records.radiograph import true_aspect
from typodont.types import Bool, Float, Int

Side = Literal["left", "right"]

MARKS: dict[str, Side] = {
    "R": "right",
    "RIGHT": "right",
    "RECHTS": "right",
    "D": "right",
    "L": "left",
    "LEFT": "left",
    "LINKS": "left",
    "E": "left",
}
"""What people write beside the patient's sides; D and E are Portuguese, Spanish and French."""

HEIGHT = 480
"""Rows at which a picture is searched."""
ZONE = 0.25
"""Share of the width at either side in which marks stand."""
LETTER = (11, 60)
"""Height of a letter, rows of the search."""
LEAST_MATCH = 0.85
LEAST_WORD_MATCH = 0.75
LEAST_LEAD = 0.12
"""A letter must look so much more like itself than like any other letter, digit or mirrored one."""
LEAST_CONTRAST = 0.2
NARROW = 0.4
"""Width to height under which a thing is not stretched to the width of a letter."""
_CELL = 20
_RADII = (2, 3.5, 5.5, 8)
_LEVELS = (0.98, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)


@dataclass(frozen=True)
class SideMark:
    """A mark in a picture.

    Args:
        text: What it reads, in mirror writing or not.
        side: The side of the patient that it names.
        at: The side of the picture on which it stands.
        mirrored: Whether it is in mirror writing.
    """

    text: str
    side: Side
    at: Side
    mirrored: bool

    @property
    def clear(self) -> bool:
        """False where the writing says that the picture was flipped and the place says that it was not."""
        return not (self.mirrored and self.side != self.at)


def mirrored_by(marks: Iterable[SideMark]) -> bool | None:
    """Whether the marks say that the patient's right is at the right of the picture; None: they do not tell.

    The usual view, as if one looked at the patient, has the patient's right at the left.
    """
    said = {mark.side == mark.at if mark.clear else None for mark in marks}
    return said.pop() if len(said) == 1 else None


def find_side_marks(image: Float) -> tuple[SideMark, ...]:
    """All marks of the patient's sides that stand near the left and right borders and can be read beyond doubt.

    Args:
        image: (H, W) grey values of an upright panoramic.
    """
    grey = resized(image, (HEIGHT, round(HEIGHT * true_aspect(image.shape))))
    low, high = np.percentile(grey[::4, ::4], [0.2, 99.8])
    grey = ((grey - low) / max(float(high - low), 1e-6)).clip(0, 1)
    reach = round(ZONE * grey.shape[1])
    zones: tuple[tuple[Side, Float], ...] = (("left", grey[:, :reach]), ("right", grey[:, -reach:]))
    marks = {SideMark(text, MARKS[text], at, mirrored) for at, zone in zones for text, mirrored in _marks_of(zone)}
    return tuple(sorted(_trusted(marks), key=lambda mark: (mark.at, mark.text, mark.mirrored)))


def _trusted(marks: set[SideMark]) -> Iterable[SideMark]:
    """All but a lone D or E, which a zero or a three in a line of numbers may be."""
    found = {(mark.text, mark.mirrored) for mark in marks}
    other = {"D": "E", "E": "D"}
    return (mark for mark in marks if mark.text not in other or (other[mark.text], mark.mirrored) in found)


def _marks_of(zone: Float) -> set[tuple[str, bool]]:
    """Texts of marks that are brighter or darker than what surrounds them, and whether they are in mirror writing."""
    cuts = [_things(tone, level) for tone in (zone, 1 - zone) for level in _LEVELS]
    every = [thing for things in cuts for thing in things]
    return {
        found
        for things in cuts
        for line in _lines(things)
        for found in _read(line)
        if not any(_continues(thing, line) for thing in every)
    }


@dataclass(frozen=True)
class _Thing:
    """Something sharp of one tone and of a letter's size: its box in rows and columns, and its shape in a cell."""

    top: int
    bottom: int
    left: int
    right: int
    shape: Float

    @property
    def height(self) -> int:
        return self.bottom - self.top


def _things(tone: Float, level: float) -> list[_Thing]:
    """What stands out brighter than a level, of a letter's size and away from the border of the zone."""
    number = np.asarray(label_regions(tone >= level, connectivity=2))
    things = []
    for index, (rows, columns) in enumerate(ndimage.find_objects(number), start=1):
        height, width = rows.stop - rows.start, columns.stop - columns.start
        inside = rows.start > 2 and columns.start > 2 and rows.stop < len(tone) - 2 and columns.stop < tone.shape[1] - 2
        if not (inside and LETTER[0] <= height <= LETTER[1] and 0.1 * height <= width <= 1.4 * height):
            continue
        around = np.s_[rows.start - 3 : rows.stop + 3, columns.start - 3 : columns.stop + 3]
        mask = number[around] == index
        if _is_sharp(tone[around], mask):
            shape = _cell(mask[3:-3, 3:-3])
            things.append(_Thing(rows.start, rows.stop, columns.start, columns.stop, shape))
    return things


def _is_sharp(tone: Float, mask: Bool) -> bool:
    """Whether a thing has one tone and all of its neighbourhood is clearly darker."""
    distance = np.asarray(ndimage.distance_transform_edt(np.logical_not(mask)))
    ring = (distance > 1.5) & (distance <= 3)
    if not ring.any():
        return False
    core, beside = tone[mask], tone[ring]
    contrast = float(np.median(core) - np.median(beside))
    apart = float(np.percentile(core, 25) - np.percentile(beside, 75))
    return contrast >= LEAST_CONTRAST and apart > 0.5 * contrast


def _lines(things: Sequence[_Thing]) -> list[list[_Thing]]:
    """Things that stand side by side, from left to right."""
    lines: list[list[_Thing]] = []
    for thing in sorted(things, key=lambda thing: thing.left):
        line = next((line for line in lines if _beside(line[-1], thing)), None)
        if line is None:
            lines.append([thing])
        else:
            line.append(thing)
    return lines


def _beside(first: _Thing, second: _Thing) -> bool:
    """Whether the second thing follows to the right of the first as the letters of a line do."""
    overlap = min(first.bottom, second.bottom) - max(first.top, second.top)
    gap = second.left - first.right
    return overlap > 0.5 * min(first.height, second.height) and -1 <= gap < 1.2 * max(first.height, second.height)


def _continues(thing: _Thing, line: Sequence[_Thing]) -> bool:
    """Whether a line that was cut out at one level goes on with a thing that only another level or tone shows."""
    return _beside(thing, line[0]) or _beside(line[-1], thing)


def _read(line: Sequence[_Thing]) -> list[tuple[str, bool]]:
    """The mark that a line is, and whether in mirror writing; nothing where it is none or in doubt."""
    words = [word for word in MARKS if len(word) == len(line)]
    if not words:
        return []
    shapes, first, letters = _templates()
    each = np.maximum.reduceat(shapes @ np.stack([thing.shape for thing in line], axis=1), first)
    match = dict(zip(letters, each, strict=True))  # (letter, mirrored) -> match of each thing of the line
    score = {
        (word, mirrored): _word_match(word[::-1] if mirrored else word, mirrored, match)
        for word in words
        for mirrored in (False, True)
    }
    best = max(score, key=score.__getitem__)
    rivals = [value for read, value in score.items() if read != best]
    if len(line) == 1:
        rivals = [float(value[0]) for read, value in match.items() if read != best]
    least = LEAST_MATCH if len(line) == 1 else LEAST_WORD_MATCH
    return [best] if score[best] >= least and score[best] - max(rivals) >= LEAST_LEAD else []


def _word_match(letters: str, mirrored: bool, match: dict[tuple[str, bool], Float]) -> float:
    """Mean match of the things of a line with the letters of a word, from left to right."""
    return float(np.mean([match[letter, mirrored][at] for at, letter in enumerate(letters)]))


@cache
def _templates() -> tuple[Float, Int, list[tuple[str, bool]]]:
    """The shapes of all letters and digits in several weights, plain and mirrored.

    Returns:
        (n, cell) unit vectors; where each letter begins among them; and which (letter, mirrored) each is.
    """
    letters = [(letter, mirrored) for letter in string.ascii_uppercase + string.digits for mirrored in (False, True)]
    shapes = [
        [
            _cell(_cut(mask[:, :: -1 if mirrored else 1]))
            for mask in (typeset, *(_thick(strokes, radius) for strokes in middle_lines for radius in _RADII))
        ]
        for (letter, mirrored), (typeset, *middle_lines) in ((read, _forms(read[0])) for read in letters)
    ]
    first = np.cumsum([0] + [len(of_letter) for of_letter in shapes[:-1]])
    return np.concatenate([np.stack(of_letter) for of_letter in shapes]), first, letters


def _forms(letter: str) -> list[Bool]:
    """A letter of about 64 rows in Pillow's typeface; its middle line; and those that are drawn by hand."""
    picture = Image.new("L", (160, 160))
    ImageDraw.Draw(picture).text((40, 20), letter, fill=255, font=ImageFont.load_default(90))
    typeset = np.asarray(picture) > 127
    return [typeset, skeletonize(typeset), *(_drawn(lines) for lines in _DRAWN.get(letter, ()))]


_BOWL = [(0, 100), (0, 0), (60, 0), (80, 6), (90, 25), (80, 46), (60, 52), (0, 52)]
_DRAWN = {
    "R": [[_BOWL, [(knee, 52), (100, 100)]] for knee in (25, 45, 62)]
    + [[[(0, 100), (0, 0), (85, 0), (85, 52), (0, 52)], [(25, 52), (85, 100)]]]
}
"""Lines of letters that differ most among typefaces, (x, y) in percent of their width and height."""


def _drawn(lines: Sequence[Sequence[tuple[int, int]]]) -> Bool:
    picture = Image.new("1", (160, 160))
    for line in lines:
        ImageDraw.Draw(picture).line([(40 + 0.45 * x, 40 + 0.64 * y) for x, y in line], fill=1)
    return np.asarray(picture)


def _thick(strokes: Bool, radius: float) -> Bool:
    return np.asarray(ndimage.distance_transform_edt(np.logical_not(strokes))) <= radius


def _cut(mask: Bool) -> Bool:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _cell(mask: Bool) -> Float:
    """(cell²,) a mask stretched over a square cell and blurred a little, zero mean, length 1.

    What is much narrower than a letter, as an I, keeps empty space at its sides.
    """
    height, width = mask.shape
    aside = max(0, round((NARROW * height - width) / 2))
    padded = np.pad(mask, ((0, 0), (aside, aside))).astype(np.float32)
    small = ndimage.gaussian_filter(resized(padded, (_CELL, _CELL)), 0.7)
    centred = (small - small.mean()).ravel()
    return centred / max(float(np.linalg.norm(centred)), 1e-6)
