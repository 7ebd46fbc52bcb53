"""A picture for people: every finding outlined in the colour of its kind, with name, tooth and score, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from typodont.anatomy.findings import FINDING_COLORS, FINDING_TITLES
from typodont.records.findings import Finding, PictureFindings
from typodont.tasks.findings.numbers import TEETH, CutOut, cut_out
from typodont.types import Bool, Float

NARROWEST, WIDEST = 1000, 2000
"""The overlay is at least and at most so wide, pixels; pictures in between keep their size."""
TALLEST = 4000
"""What would be higher than this is narrower instead."""

TINT, LINE = 0.35, 0.9
"""How much of its colour the inside and the outline of a finding take; teeth, under all others, are not tinted."""

OTHER_COLOR = (200, 200, 200)
INK, PAPER, SOFT = (24, 30, 40), (255, 255, 255), (96, 106, 120)

Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class LegendLine:
    """One kind of finding in the legend.

    Args:
        category: Its name.
        text: How many were found.
        measured: What is known about how well it is found; may be empty.
    """

    category: str
    text: str
    measured: str = ""


def title_of(category: str) -> str:
    """What people read for a category, also for one that is not ours."""
    return FINDING_TITLES.get(category, category)


def color_of(category: str) -> tuple[int, int, int]:
    """8-bit RGB of a category; grey for one that is not ours."""
    return FINDING_COLORS.get(category, OTHER_COLOR)


def draw_overlay(image: Float, picture: PictureFindings, legend: Sequence[LegendLine] = ()) -> np.ndarray:
    """The picture with outlines, names, scores and tooth numbers, and below it the legend.

    Args:
        image: (C, H, W) float 0..1, one or three layers, the pixels that the findings lie on.
        picture: The findings; teeth are drawn first, then by rising score.
        legend: Lines below the picture.

    Returns:
        (h, w, 3) uint8; w is the picture's width within `NARROWEST` and `WIDEST`.
    """
    height, width = picture.shape
    scale = min(float(np.clip(width, NARROWEST, WIDEST)) / width, TALLEST / height)
    size = max(1, round(scale * width)), max(1, round(scale * height))
    findings = sorted(picture.findings, key=lambda f: (f.category not in TEETH, f.score or 0.0))
    pixels = np.array(_as_picture(image).resize(size, Image.Resampling.BILINEAR), dtype=np.float32)
    for finding in findings:
        _draw_mask(pixels, cut_out(picture, finding), scale, finding.category)
    drawn = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    font_size = max(14, round(drawn.width / 70))
    _write_labels(drawn, findings, scale, font_size)
    return np.asarray(_with_legend(drawn, legend, font_size))


def _as_picture(image: Float) -> Image.Image:
    layers = np.repeat(image, 3, axis=0) if len(image) == 1 else image
    return Image.fromarray(np.moveaxis(255 * layers.clip(0, 1), 0, -1).astype(np.uint8))


def _draw_mask(pixels: Float, part: CutOut, scale: float, category: str) -> None:
    """Tint and outline one finding in the (h, w, 3) pixels of the enlarged or reduced picture."""
    if not part.mask.any():
        return
    place, mask = _scaled(part, scale, pixels.shape[:2])
    width = max(1, round(pixels.shape[1] / (700 if category not in TEETH else 1200)))
    inner = np.asarray(ndimage.binary_erosion(np.pad(mask, 1), iterations=width), dtype=bool)
    edge = mask & ~inner[1:-1, 1:-1]
    tint = 0.0 if category in TEETH else TINT
    for inside, share in ((mask & ~edge, tint), (edge, LINE)):
        pixels[place][inside] += share * (np.array(color_of(category)) - pixels[place][inside])


def _scaled(part: CutOut, scale: float, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], Bool]:
    """Where a cut-out lies in a picture of another size (h, w), and its mask there."""
    places, sides = [], []
    for side, most in zip((part.rows, part.columns), shape, strict=True):
        first = min(round(scale * side.start), most - 1)
        last = min(max(first + 1, round(scale * side.stop)), most)
        places.append(slice(first, last))
        sides.append(last - first)
    small = Image.fromarray(part.mask.astype(np.uint8) * 255).resize(sides[::-1], Image.Resampling.BILINEAR)
    return (places[0], places[1]), np.asarray(small) > 127


def _write_labels(drawn: Image.Image, findings: Sequence[Finding], scale: float, font_size: int) -> None:
    """Tooth numbers on the teeth; name, tooth and score beside everything else, where nothing is written yet."""
    draw, font = ImageDraw.Draw(drawn), ImageFont.load_default(font_size)
    taken: list[Place] = []
    for finding in findings:
        left, top, right, bottom = (scale * side for side in finding.box)
        middle, line = (left + right) / 2, 1.3 * font_size
        if finding.category in TEETH:
            text, rows = str(finding.fdi or ""), [(top + bottom) / 2]
        else:
            text = _words(finding)
            rows = [y for n in (0.6, 1.6, 2.6) for y in (top - n * line, bottom + n * line)]
        if text:
            boxes = [_inside(draw.textbbox((middle, y), text, font=font, anchor="mm"), drawn.size) for y in rows]
            box = next((box for box in boxes if not any(_meet(box, other) for other in taken)), boxes[0])
            taken.append(box)
            _write(draw, text, box, font_size, finding.category)


def _words(finding: Finding) -> str:
    """``"Caries 36 · 81 %"``."""
    words = [title_of(finding.category), *([str(finding.fdi)] if finding.fdi else [])]
    score = [] if finding.score is None else [f"{finding.score:.0%}".replace("%", " %")]
    return " · ".join([" ".join(words), *score])


def _write(draw: ImageDraw.ImageDraw, text: str, box: Place, font_size: int, category: str) -> None:
    font = ImageFont.load_default(font_size)
    at = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if category in TEETH:
        draw.text(
            at, text, fill=INK, font=font, anchor="mm", stroke_width=max(1, round(font_size / 7)), stroke_fill=PAPER
        )
        return
    color = color_of(category)
    draw.rounded_rectangle((box[0] - 3, box[1] - 2, box[2] + 3, box[3] + 2), radius=3, fill=color)
    bright = np.dot(color, (0.299, 0.587, 0.114)) > 140
    draw.text(at, text, fill=INK if bright else PAPER, font=font, anchor="mm")


def _inside(box: Place, size: tuple[int, int]) -> Place:
    """A box moved so that it lies in a picture (width, height), as far as it fits."""
    x = max(4 - box[0], 0) + min(size[0] - 4 - box[2], 0)
    y = max(4 - box[1], 0) + min(size[1] - 4 - box[3], 0)
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _meet(one: Place, other: Place) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _with_legend(drawn: Image.Image, legend: Sequence[LegendLine], font_size: int) -> Image.Image:
    """The picture on a sheet with the legend below it."""
    font, line = ImageFont.load_default(font_size), round(1.6 * font_size)
    sheet = Image.new("RGB", (drawn.width, drawn.height + line * len(legend) + (line // 2 if legend else 0)), PAPER)
    sheet.paste(drawn)
    draw = ImageDraw.Draw(sheet)
    for row, entry in enumerate(legend):
        y = drawn.height + line * row + 0.75 * line
        draw.rectangle((10, y - 0.4 * font_size, 10 + font_size, y + 0.4 * font_size), fill=color_of(entry.category))
        text = f"{title_of(entry.category)}: {entry.text}"
        draw.text((20 + font_size, y), text, fill=INK, font=font, anchor="lm")
        draw.text((0.32 * drawn.width, y), entry.measured, fill=SOFT, font=font, anchor="lm")
    return sheet
