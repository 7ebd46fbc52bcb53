"""Dense network classes and their FDI numbers.

Scans: 17 classes relative to the arch frame, the same for both jaws. 0 is gingiva, 1..8 are the numbers 1..8 at
x < 0 (upper 11..18, lower 31..38), 9..16 the numbers 1..8 at x > 0 (upper 21..28, lower 41..48). A milk tooth
takes the class of its permanent successor, because it stands in its place.

Panoramics: 33 indices, 0 background, then the 32 permanent teeth in the order 11..18, 21..28, 31..38, 41..48.
"""

from typodont.anatomy.frame import side_at_negative_x, side_at_positive_x
from typodont.anatomy.relations import successor
from typodont.anatomy.teeth import (
    GINGIVA,
    JAWS,
    PERMANENT,
    TEETH,
    check_jaw,
    is_milk,
    is_tooth,
    jaw,
    number,
    side,
    tooth,
)
from typodont.errors import LabelError

N_SCAN_CLASSES = 17
N_PANORAMIC_CLASSES = 33

FDI_OF_SCAN_CLASS: dict[str, tuple[int, ...]] = {
    name: (GINGIVA,)
    + tuple(tooth(name, side_at_negative_x(name), n) for n in range(1, 9))
    + tuple(tooth(name, side_at_positive_x(name), n) for n in range(1, 9))
    for name in JAWS
}
"""jaw -> 17 FDI numbers; as an array it turns whole label arrays at once."""


def scan_class(fdi: int) -> int:
    """The scan class 0..16 of a tooth, or of the gingiva (0); milk teeth through their successor.

    Raises:
        LabelError: neither a tooth nor 0.
    """
    if fdi == GINGIVA:
        return GINGIVA
    first_half = side(fdi) == side_at_negative_x(jaw(fdi))
    place = successor(fdi) if is_milk(fdi) else fdi
    return number(place) + (0 if first_half else 8)


SCAN_CLASS_OF_FDI: tuple[int, ...] = tuple(
    scan_class(fdi) if fdi == GINGIVA or is_tooth(fdi) else -1 for fdi in range(max(TEETH) + 1)
)
"""86 classes indexed by FDI number, -1 where no tooth has that number."""


def fdi_from_scan_class(label: int, jaw: str) -> int:
    """The permanent FDI number of a scan class, 0 for the gingiva.

    Raises:
        LabelError: a class outside 0..16 or an unknown jaw.
    """
    if not 0 <= label < N_SCAN_CLASSES:
        raise LabelError(f"{label} is no scan class; expected 0..16")
    return FDI_OF_SCAN_CLASS[check_jaw(jaw)][label]


def to_index33(fdi: int) -> int:
    """The panoramic index 0..32 of a permanent tooth, or of the background (0).

    Raises:
        LabelError: no permanent tooth; milk teeth have no index.
    """
    if fdi == GINGIVA:
        return 0
    if fdi not in PERMANENT:
        raise LabelError(f"{fdi} has no panoramic index; expected 0 or a permanent tooth 11..48")
    return PERMANENT.index(fdi) + 1


def from_index33(index: int) -> int:
    """The FDI number of a panoramic index, 0 for the background.

    Raises:
        LabelError: an index outside 0..32.
    """
    if not 0 <= index < N_PANORAMIC_CLASSES:
        raise LabelError(f"{index} is no panoramic index; expected 0..32")
    return PERMANENT[index - 1] if index else GINGIVA
