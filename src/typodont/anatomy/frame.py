"""The arch frame, defined once.

Origin: the centre of the dental arch. Unit: mm.

- ``+y`` points anterior, toward the lips;
- ``+z`` points occlusal, away from the gum toward the opposing teeth (down in an upper jaw, up in a lower jaw);
- ``+x`` is y × z, so the frame is **right-handed for both jaws**.

It follows that ``+x`` is the patient's **left in an upper** scan and the patient's **right in a lower** scan.
Whoever looks down on the occlusal surface with the incisors at the top has +x on the right hand for either jaw.

Why not "+x patient left" for both: with +y anterior and +z occlusal that frame is left-handed for lower jaws
(left × anterior points down to the gum), and no rigid motion, only a reflection, could bring a lower scan into it.
With this definition a rigid 4x4 pose always exists, a mirrored scan stays visible as mirrored, and a network
may see both jaws in one frame: the first half of `arch_order` lies at x < 0.
"""

from typodont.anatomy.teeth import LEFT, RIGHT, UPPER, check_jaw


def side_at_positive_x(jaw: str) -> str:
    """The patient's side at x > 0 of the arch frame: left in an upper scan, right in a lower scan."""
    return LEFT if check_jaw(jaw) == UPPER else RIGHT


def side_at_negative_x(jaw: str) -> str:
    """The patient's side at x < 0 of the arch frame: right in an upper scan, left in a lower scan."""
    return RIGHT if check_jaw(jaw) == UPPER else LEFT
