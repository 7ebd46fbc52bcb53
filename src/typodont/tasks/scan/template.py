"""The mean arch as a list of tooth places, made from textbook sizes alone; pose and decoding lean on it."""

from functools import lru_cache

import numpy as np
from scipy.optimize import least_squares

from typodont import anatomy
from typodont.types import Float

# Half the distance between the crown centres of canines and of first molars, mm (textbook arch widths, FACTS 7.1).
HALF_WIDTHS = {anatomy.UPPER: (16.5, 24.0), anatomy.LOWER: (12.5, 22.5)}
CONTACT = 0.97
"""Neighbouring crowns overlap a little along the arch, because the contacts lie off the line of the centres."""


@lru_cache(maxsize=4)
def arch_template(jaw: str) -> Float:
    """Crown centres of the mean arch by scan class.

    The line of the arch turns away from the x axis with the distance from the midline, φ(s) = a (1 - exp(-s / b));
    a and b are set so that canines and first molars stand at the textbook widths.

    Returns:
        (17, 3) float, mm, arch frame moved so that the mean of the 14 teeth without wisdom teeth is the origin;
        row 0 (gingiva) is NaN.
    """
    widths = np.array([anatomy.size(anatomy.fdi_from_scan_class(n, jaw)).md_crown for n in range(1, 9)])
    along = CONTACT * (np.cumsum(widths) - widths / 2)
    steps = np.linspace(0.0, along[-1], 400)
    goal = np.array(HALF_WIDTHS[anatomy.check_jaw(jaw)])

    def half_arch(shape: Float) -> Float:
        angle = shape[0] * (1 - np.exp(-steps / shape[1]))
        length = np.diff(steps, prepend=0.0)
        line = np.stack([np.cumsum(np.cos(angle) * length), -np.cumsum(np.sin(angle) * length)])
        return np.stack([np.interp(along, steps, line[0]), np.interp(along, steps, line[1])], axis=1)

    shape = least_squares(lambda p: half_arch(p)[[2, 5], 0] - goal, x0=[1.45, 14.0]).x
    right = half_arch(shape)
    template = np.full((anatomy.N_SCAN_CLASSES, 3), np.nan)
    template[9:17] = np.column_stack([right, np.zeros(8)])
    template[1:9] = template[9:17] * [-1, 1, 1]
    usual = [*range(1, 8), *range(9, 16)]
    template[1:] -= template[usual].mean(axis=0)
    template.flags.writeable = False
    return template
