"""The one colour table: FDI number -> 8-bit RGB, 0 is gingiva pink.

A tooth keeps its hue on both sides and in both jaws (the number gives the hue); the left side is darker than the
right, so the two central incisors differ; the lower jaw is shifted a little, so every number has a colour of its own.
The hues are ordered so that neighbours are easy to tell apart. Milk teeth have the same hues, paler.
"""

from colorsys import hls_to_rgb

from typodont.anatomy.teeth import GINGIVA, LEFT, LOWER, TEETH, is_milk, jaw, number, side

Color = tuple[int, int, int]

GINGIVA_COLOR: Color = (222, 150, 148)
_HUES = (215, 50, 285, 110, 25, 175, 325, 75)
_LOWER_SHIFT = 8


def _color(fdi: int) -> Color:
    hue = _HUES[number(fdi) - 1] + (_LOWER_SHIFT if jaw(fdi) == LOWER else 0)
    lightness = 0.36 if side(fdi) == LEFT else 0.60
    saturation = 0.85
    if is_milk(fdi):
        lightness, saturation = lightness + 0.17, 0.60
    red, green, blue = hls_to_rgb((hue % 360) / 360, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)


COLORS: dict[int, Color] = {GINGIVA: GINGIVA_COLOR, **{fdi: _color(fdi) for fdi in TEETH}}
