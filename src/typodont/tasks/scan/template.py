"""The mean arch as a list of tooth places; pose and decoding lean on it."""

from functools import lru_cache

import numpy as np

from typodont import anatomy
from typodont.types import Float

# x (mirrored for the other side), y, z of the crown surface's centre for the numbers 1..8, mm: medians over 120
# synthetic arches (`synth.make_scan(77, 0..119)`), so that this frame is the one in which networks are trained.
_CROWN_CENTRES = {
    anatomy.UPPER: (
        (4.3, 21.0, 1.2),
        (11.5, 18.4, 1.0),
        (16.6, 13.8, 0.9),
        (19.5, 6.3, 1.3),
        (21.7, -0.4, 1.4),
        (24.1, -8.7, 1.7),
        (26.8, -17.3, 0.1),
        (29.0, -24.9, -2.3),
    ),
    anatomy.LOWER: (
        (2.4, 18.1, 0.2),
        (7.3, 16.8, 0.2),
        (12.1, 13.6, -0.3),
        (16.2, 8.5, -0.3),
        (18.3, 2.2, 0.1),
        (20.7, -6.5, 1.1),
        (23.4, -16.1, 2.7),
        (27.0, -25.1, 4.0),
    ),
}


@lru_cache(maxsize=4)
def arch_template(jaw: str) -> Float:
    """Crown centres of the mean arch by scan class.

    Returns:
        (17, 3) float, mm, arch frame; row 0 (gingiva) is NaN.
    """
    half = np.array(_CROWN_CENTRES[anatomy.check_jaw(jaw)])
    template = np.full((anatomy.N_SCAN_CLASSES, 3), np.nan)
    template[1:9] = half * [-1, 1, 1]
    template[9:17] = half
    template.flags.writeable = False
    return template
