"""The tooth chart as dentists draw it: a strip of teeth for both jaws, as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from typodont.anatomy import COLORS, LOWER, UPPER, is_milk, jaw, number, size, successor, tooth_name
from typodont.records.chart import Tooth

UNCERTAIN_BELOW = 0.8
"""A tooth with less confidence is shown as uncertain."""

# Crown and root from the cheek side, neck at y = 0, crown down to y = 1, root up to y = -1, width 0..1.
_INCISOR = "M.16 0C.04 .3 .02 .7 .03 .93Q.04 1 .13 1L.87 1Q.96 1 .97 .93C.98 .7 .96 .3 .84 0Z"
_CANINE = "M.18 0C.04 .3 0 .5 .04 .68Q.2 .84 .5 1.02Q.8 .84 .96 .68C1 .5 .96 .3 .82 0Z"
_PREMOLAR = "M.18 0C.05 .25 0 .5 .05 .76Q.25 .86 .5 1Q.75 .86 .95 .76C1 .5 .95 .25 .82 0Z"
_MOLAR = "M.12 0C.02 .25 0 .5 .03 .78Q.1 .98 .27 1Q.42 .98 .5 .86Q.58 .98 .73 1Q.9 .98 .97 .78C1 .5 .98 .25 .88 0Z"
_ONE_ROOT = "M.18 0C.24 -.5 .38 -.9 .5 -1C.62 -.9 .76 -.5 .82 0Z"
_TWO_ROOTS = "M.12 0C.08 -.5 .12 -.9 .24 -1C.36 -.88 .42 -.4 .5 -.3C.58 -.4 .64 -.88 .76 -1C.88 -.9 .92 -.5 .88 0Z"

_CROWN = {1: _INCISOR, 2: _INCISOR, 3: _CANINE, 4: _PREMOLAR, 5: _PREMOLAR, 6: _MOLAR, 7: _MOLAR, 8: _MOLAR}

_WIDTH_SCALE, _HEIGHT_SCALE = 7.2, 3.3  # pixels per mm across and along the tooth
_GAP, _SIDE, _NECK, _MIDDLE = 4.0, 22.0, 74.0, 142.0
_HEIGHT = 2 * _MIDDLE


@dataclass(frozen=True)
class _Place:
    """One place of the strip: the permanent number it belongs to, and the tooth that was found there."""

    fdi: int
    tooth: Tooth | None
    scanned: bool

    @property
    def state(self) -> str:
        if not self.scanned:
            return "unscanned"
        if self.tooth is None:
            return "missing"
        return "uncertain" if self.tooth.confidence < UNCERTAIN_BELOW else "present"


def odontogram(teeth: Iterable[Tooth], jaws: Iterable[str]) -> str:
    """An SVG strip of all 32 places, the patient's right on the left hand, with each tooth's confidence in per cent.

    Args:
        teeth: All teeth found, of one or both jaws; milk teeth stand in the places of their successors.
        jaws: The jaws that were scanned; the other one is drawn pale.

    Returns:
        One ``<svg>`` element. Its colours come from the classes ``present``, ``uncertain``, ``missing`` and
        ``unscanned``, which the page styles.
    """
    found = {successor(tooth.fdi) if is_milk(tooth.fdi) else tooth.fdi: tooth for tooth in teeth}
    scanned = set(jaws)
    parts: list[str] = []
    width = 0.0
    for side in (UPPER, LOWER):
        row, row_width = _row(side, found, scanned)
        parts += row
        width = max(width, row_width)
    middle = width / 2
    lines = (
        f'<line class="axis" x1="{middle:.1f}" y1="8" x2="{middle:.1f}" y2="{_HEIGHT - 8:.0f}"/>'
        f'<line class="axis" x1="0" y1="{_MIDDLE}" x2="{width:.1f}" y2="{_MIDDLE}"/>'
        f'<text class="side" x="2" y="{_MIDDLE - 5}">R</text>'
        f'<text class="side" x="{width - 2:.1f}" y="{_MIDDLE - 5}" text-anchor="end">L</text>'
    )
    return (
        f'<svg class="odontogram" viewBox="0 0 {width:.0f} {_HEIGHT:.0f}" role="img" '
        f'aria-label="Tooth chart">{lines}{"".join(parts)}</svg>'
    )


def _row(side: str, found: Mapping[int, Tooth], scanned: set[str]) -> tuple[list[str], float]:
    """The teeth of one jaw, centred on the widest row, and the width it takes."""
    right, left = (1, 2) if side == UPPER else (4, 3)
    numbers = [10 * right + n for n in range(8, 0, -1)] + [10 * left + n for n in range(1, 9)]
    widths = [size(fdi).md_crown * _WIDTH_SCALE for fdi in numbers]
    total = sum(size(10 + n).md_crown * _WIDTH_SCALE + _GAP for n in range(1, 9)) * 2 + 2 * _SIDE
    x = (total - sum(widths) - _GAP * len(widths)) / 2
    parts = []
    for fdi, width in zip(numbers, widths, strict=True):
        parts.append(_tooth_group(_Place(fdi, found.get(fdi), jaw(fdi) in scanned), x + _GAP / 2, width))
        x += width + _GAP
    return parts, total


def _tooth_group(place: _Place, x: float, width: float) -> str:
    lower = jaw(place.fdi) == LOWER
    dimensions = size(place.fdi)
    crown, root = dimensions.crown_length * _HEIGHT_SCALE, dimensions.root_length * _HEIGHT_SCALE
    up = -1 if lower else 1  # the lower row is the upper one upside down
    neck = _HEIGHT - _NECK if lower else _NECK
    roots = _TWO_ROOTS if number(place.fdi) >= 6 else _ONE_ROOT
    shown = place.tooth.fdi if place.tooth else place.fdi
    centre, at = x + width / 2, f"translate({x:.1f} {neck:.1f})"
    parts = [
        f'<g class="tooth {place.state}"><title>{escape(_describe(place))}</title>',
        f'<path class="root" transform="{at} scale({width:.2f} {up * root:.2f})" d="{roots}"/>',
        f'<path class="crown" transform="{at} scale({width:.2f} {up * crown:.2f})" d="{_CROWN[number(place.fdi)]}"/>',
    ]
    label_y = _MIDDLE + (-17 if not lower else 26)
    parts.append(f'<text class="number" x="{centre:.1f}" y="{label_y:.1f}">{shown}</text>')
    if place.tooth is not None and place.scanned:
        red, green, blue = COLORS[place.tooth.fdi]
        bar_y = _MIDDLE + (-9 if not lower else 6)
        parts.append(
            f'<rect class="swatch" x="{centre - 9:.1f}" y="{bar_y:.1f}" width="18" height="4" rx="2" '
            f'fill="rgb({red},{green},{blue})"/>'
        )
        text_y = 14 if not lower else _HEIGHT - 6
        parts.append(f'<text class="confidence" x="{centre:.1f}" y="{text_y}">{percent(place.tooth.confidence)}</text>')
    return "".join(parts) + "</g>"


def _describe(place: _Place) -> str:
    if place.tooth is None:
        return f"{place.fdi} {tooth_name(place.fdi)}: {'not found' if place.scanned else 'jaw not scanned'}"
    return f"{place.tooth.fdi} {tooth_name(place.tooth.fdi)}: {percent(place.tooth.confidence)} %"


def percent(confidence: float) -> str:
    """Whole per cent; never "100" unless it is exactly certain."""
    return str(min(round(100 * confidence), 99) if confidence < 1 else 100)
