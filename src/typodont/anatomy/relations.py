"""How teeth stand to each other: across the midline, along the arch, in the bite and through the change of teeth."""

from typodont.anatomy.frame import side_at_negative_x, side_at_positive_x
from typodont.anatomy.teeth import LOWER, UPPER, is_milk, jaw, number, quadrant, side, tooth
from typodont.errors import LabelError

_MIRRORED_QUADRANT = {1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 8, 8: 7}


def mirrored(fdi: int) -> int:
    """The tooth at the same place on the other side: 11 <-> 21, 46 <-> 36, 54 <-> 64.

    A left-right flip of a picture or a scan must pass every number through here; nothing else swaps sides.
    """
    return 10 * _MIRRORED_QUADRANT[quadrant(fdi)] + number(fdi)


def arch_order(jaw: str, milk: bool = False) -> tuple[int, ...]:
    """All teeth of a jaw along the arch, from the distal end at x < 0 to the distal end at x > 0 (arch frame).

    Upper 18..11, 21..28; lower 38..31, 41..48: the lower arch begins on the patient's left,
    because +x is the patient's right in a lower scan.
    """
    numbers = range(1, 6 if milk else 9)
    first = [tooth(jaw, side_at_negative_x(jaw), n, milk=milk) for n in reversed(numbers)]
    return (*first, *(tooth(jaw, side_at_positive_x(jaw), n, milk=milk) for n in numbers))


def neighbours(fdi: int) -> tuple[int, ...]:
    """The teeth beside this one in a complete arch of its dentition, mesial first; one for the last tooth.

    The mesial neighbour of a central incisor is the other central incisor.
    """
    order = arch_order(jaw(fdi), is_milk(fdi))
    place = order.index(fdi)
    beside = [order[i] for i in (place - 1, place + 1) if 0 <= i < len(order)]
    return tuple(sorted(beside, key=lambda other: number(other) if side(other) == side(fdi) else 0))


def antagonists(fdi: int) -> tuple[int, ...]:
    """The teeth that this one bites on in a class I occlusion, main antagonist first.

    An upper tooth meets the lower tooth of its number and the next distal one, a lower tooth the upper one of
    its number and the next mesial one; lower central incisors and the last upper teeth have a single antagonist.
    """
    opposing, step = (LOWER, 1) if jaw(fdi) == UPPER else (UPPER, -1)
    milk = is_milk(fdi)
    numbers = (number(fdi), number(fdi) + step)
    return tuple(tooth(opposing, side(fdi), n, milk=milk) for n in numbers if 1 <= n <= (5 if milk else 8))


def successor(fdi: int) -> int:
    """The permanent tooth that replaces a milk tooth: 51 -> 11, 55 -> 15.

    Raises:
        LabelError: the tooth is a permanent one.
    """
    if not is_milk(fdi):
        raise LabelError(f"{fdi} is a permanent tooth and has no successor; expected a milk tooth 51..85")
    return fdi - 40


def predecessor(fdi: int) -> int:
    """The milk tooth that a permanent incisor, canine or premolar replaces: 11 -> 51, 15 -> 55.

    Raises:
        LabelError: a milk tooth, or a molar (molars replace no tooth).
    """
    if is_milk(fdi) or number(fdi) > 5:
        raise LabelError(f"{fdi} has no predecessor; expected a permanent incisor, canine or premolar")
    return fdi + 40
