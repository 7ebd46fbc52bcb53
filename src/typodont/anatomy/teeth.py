"""The 52 teeth by FDI number (ISO 3950): quadrant, number, jaw, side, type and name.

The first digit is the quadrant as the dentist sees the patient (1 upper right, 2 upper left, 3 lower left,
4 lower right; 5 to 8 the same for milk teeth), the second digit counts from the midline.
"Right" and "left" are always the patient's.
"""

from typodont.errors import LabelError

UPPER = "upper"
LOWER = "lower"
JAWS = (UPPER, LOWER)

RIGHT = "right"
LEFT = "left"
SIDES = (RIGHT, LEFT)

GINGIVA = 0

PERMANENT: tuple[int, ...] = tuple(10 * quadrant + number for quadrant in (1, 2, 3, 4) for number in range(1, 9))
MILK: tuple[int, ...] = tuple(10 * quadrant + number for quadrant in (5, 6, 7, 8) for number in range(1, 6))
TEETH: tuple[int, ...] = PERMANENT + MILK

_VALID = frozenset(TEETH)
_UPPER_QUADRANTS = (1, 2, 5, 6)
_RIGHT_QUADRANTS = (1, 4, 5, 8)
_PERMANENT_TYPES = (
    "central incisor",
    "lateral incisor",
    "canine",
    "first premolar",
    "second premolar",
    "first molar",
    "second molar",
    "third molar",
)
_MILK_TYPES = ("milk central incisor", "milk lateral incisor", "milk canine", "first milk molar", "second milk molar")

TOOTH_TYPES: tuple[str, ...] = _PERMANENT_TYPES + _MILK_TYPES


def is_tooth(fdi: int) -> bool:
    """Whether `fdi` numbers a permanent or a milk tooth (0, the gingiva, is none)."""
    return fdi in _VALID


def is_permanent(fdi: int) -> bool:
    """Whether the tooth belongs to the permanent dentition (quadrants 1 to 4)."""
    return _checked(fdi) < 50


def is_milk(fdi: int) -> bool:
    """Whether the tooth belongs to the milk dentition (quadrants 5 to 8)."""
    return _checked(fdi) > 50


def quadrant(fdi: int) -> int:
    """The first digit: 1 to 4 for permanent teeth, 5 to 8 for milk teeth."""
    return _checked(fdi) // 10


def number(fdi: int) -> int:
    """The second digit, counted from the midline: 1 to 8, for milk teeth 1 to 5."""
    return _checked(fdi) % 10


def jaw(fdi: int) -> str:
    """``"upper"`` or ``"lower"``."""
    return UPPER if quadrant(fdi) in _UPPER_QUADRANTS else LOWER


def side(fdi: int) -> str:
    """``"right"`` or ``"left"`` of the patient, not of the picture."""
    return RIGHT if quadrant(fdi) in _RIGHT_QUADRANTS else LEFT


def tooth_type(fdi: int) -> str:
    """One of `TOOTH_TYPES`, for example ``"first molar"`` or ``"first milk molar"``."""
    names = _MILK_TYPES if is_milk(fdi) else _PERMANENT_TYPES
    return names[number(fdi) - 1]


def tooth_name(fdi: int) -> str:
    """Jaw, side and type in words, for example ``"upper right first molar"`` for 16."""
    return f"{jaw(fdi)} {side(fdi)} {tooth_type(fdi)}"


def tooth(jaw: str, side: str, number: int, *, milk: bool = False) -> int:
    """The FDI number of the `number`-th tooth from the midline; the inverse of `jaw`, `side` and `number`.

    Raises:
        LabelError: unknown jaw or side, or no such tooth.
    """
    check_jaw(jaw)
    if side not in SIDES:
        raise LabelError(f"side is {side!r}, expected 'right' or 'left' (of the patient)")
    first = (1 if side == RIGHT else 2) if jaw == UPPER else (4 if side == RIGHT else 3)
    return _checked(10 * (first + (4 if milk else 0)) + number)


def check_jaw(jaw: str) -> str:
    """`jaw` itself when it is ``"upper"`` or ``"lower"``.

    Raises:
        LabelError: anything else.
    """
    if jaw not in JAWS:
        raise LabelError(f"jaw is {jaw!r}, expected 'upper' or 'lower'")
    return jaw


def _checked(fdi: int) -> int:
    if fdi not in _VALID:
        raise LabelError(
            f"{fdi} is no FDI tooth number; expected 11..18, 21..28, 31..38, 41..48 or milk 51..55 .. 81..85"
        )
    return int(fdi)
