"""Mean tooth sizes of the textbooks, mm, for checks and for parametric teeth.

Sources: permanent teeth after the table of measurements in Wheeler's *Dental Anatomy, Physiology and Occlusion*
(Ash and Nelson). Milk teeth after the table by G. V. Black printed in the same book; these were written down from
memory, so take them as good to about half a millimetre.
"""

from dataclasses import dataclass

from typodont.anatomy.teeth import LOWER, MILK, PERMANENT, UPPER, jaw, number
from typodont.errors import LabelError


@dataclass(frozen=True)
class ToothSize:
    """Lengths along the long axis and widths across it, mm; "neck" is at the cement-enamel junction."""

    crown_length: float
    root_length: float
    md_crown: float
    md_neck: float
    bl_crown: float
    bl_neck: float


_PERMANENT = {
    UPPER: (
        ToothSize(10.5, 13.0, 8.5, 7.0, 7.0, 6.0),
        ToothSize(9.0, 13.0, 6.5, 5.0, 6.0, 5.0),
        ToothSize(10.0, 17.0, 7.5, 5.5, 8.0, 7.0),
        ToothSize(8.5, 14.0, 7.0, 5.0, 9.0, 8.0),
        ToothSize(8.5, 14.0, 7.0, 5.0, 9.0, 8.0),
        ToothSize(7.5, 12.5, 10.0, 8.0, 11.0, 10.0),
        ToothSize(7.0, 11.5, 9.0, 7.0, 11.0, 10.0),
        ToothSize(6.5, 11.0, 8.5, 6.5, 10.0, 9.5),
    ),
    LOWER: (
        ToothSize(9.0, 12.5, 5.0, 3.5, 6.0, 5.3),
        ToothSize(9.5, 14.0, 5.5, 4.0, 6.5, 5.8),
        ToothSize(11.0, 16.0, 7.0, 5.5, 7.5, 7.0),
        ToothSize(8.5, 14.0, 7.0, 5.0, 7.5, 6.5),
        ToothSize(8.0, 14.5, 7.0, 5.0, 8.0, 7.0),
        ToothSize(7.5, 14.0, 11.0, 9.0, 10.5, 9.0),
        ToothSize(7.0, 13.0, 10.5, 8.0, 10.0, 9.0),
        ToothSize(7.0, 11.0, 10.0, 7.5, 9.5, 9.0),
    ),
}
_MILK = {
    UPPER: (
        ToothSize(6.0, 10.0, 6.5, 4.5, 5.0, 4.0),
        ToothSize(5.6, 11.4, 5.1, 3.7, 4.0, 3.7),
        ToothSize(6.5, 13.5, 7.0, 5.1, 7.0, 5.5),
        ToothSize(5.1, 10.0, 7.3, 5.2, 8.5, 6.9),
        ToothSize(5.7, 11.7, 8.2, 6.4, 10.0, 8.3),
    ),
    LOWER: (
        ToothSize(5.0, 9.0, 4.2, 3.0, 4.0, 3.5),
        ToothSize(5.2, 10.0, 4.1, 3.0, 4.0, 3.5),
        ToothSize(6.0, 11.5, 5.0, 3.7, 4.8, 4.0),
        ToothSize(6.0, 9.8, 7.7, 6.5, 7.0, 5.3),
        ToothSize(5.5, 11.3, 9.9, 7.2, 8.7, 6.4),
    ),
}

SIZES: dict[int, ToothSize] = {
    **{fdi: _PERMANENT[jaw(fdi)][number(fdi) - 1] for fdi in PERMANENT},
    **{fdi: _MILK[jaw(fdi)][number(fdi) - 1] for fdi in MILK},
}


def size(fdi: int) -> ToothSize:
    """The mean size of a tooth; the same on both sides.

    Raises:
        LabelError: no FDI tooth number.
    """
    if fdi not in SIZES:
        raise LabelError(f"{fdi} is no FDI tooth number; sizes exist for 11..48 and 51..85")
    return SIZES[fdi]
