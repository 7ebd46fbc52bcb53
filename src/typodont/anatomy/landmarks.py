"""Names of the points that photographs of a dentition or of an infant's palate are measured by, in a fixed order.

A name is ``"16 mesial"`` (FDI number and point) for teeth, ``"right ridge 2"`` (the patient's side and point) or
``"incisive papilla"`` (on the midline) for the palate. Networks, shape models and files share the order.
"""

from __future__ import annotations

from typodont.anatomy.relations import mirrored
from typodont.anatomy.teeth import LEFT, LOWER, PERMANENT, RIGHT, jaw, number
from typodont.errors import LabelError

DENTITION = "dentition"
PALATE = "palate"
SUBJECTS = (DENTITION, PALATE)

DENTITION_TEETH: tuple[int, ...] = tuple(fdi for fdi in PERMANENT if number(fdi) <= 7)
"""The 28 permanent teeth without the wisdom teeth."""

_CONTACTS = ("mesial", "distal")
_GUM = ("facial gum", "facial gum mesial", "facial gum distal", "lingual gum")
_EVERY_TOOTH = (*_CONTACTS, "facial", *_GUM)
_INCISOR = ("edge", "edge mesial", "edge distal")
_CANINE = ("cusp",)
_PREMOLAR = ("facial cusp", "lingual cusp")
_MOLAR = ("mesiofacial cusp", "distofacial cusp", "mesiolingual cusp", "distolingual cusp", "fossa")
_FIVE_CUSPS = ("distal cusp",)

_LATERAL = (
    "tuberosity",
    *(f"ridge {i}" for i in range(1, 6)),
    "ridge at cleft",
    "facial wall at cleft",
    "palatal wall at cleft",
    *(f"vestibule {i}" for i in range(1, 4)),
    "lateral sulcus",
    "shelf edge back",
    "shelf edge middle",
    "shelf edge front",
    "vault back",
    "vault front",
    "premaxilla ridge at cleft",
    "premaxilla facial wall at cleft",
    "premaxilla palatal wall at cleft",
    "premaxilla ridge",
    "premaxilla vestibule",
)
_MIDLINE = ("interincisal ridge", "labial frenum", "incisive papilla", "vomer front", "vomer middle", "vomer back")

_GROUPS = {
    **dict.fromkeys(_CONTACTS, "contact"),
    **dict.fromkeys(_GUM, "gum margin"),
    "facial": "facial",
    **dict.fromkeys(_INCISOR, "edge"),
    **dict.fromkeys((*_CANINE, *_PREMOLAR, *_MOLAR[:4], *_FIVE_CUSPS), "cusp"),
    "fossa": "fossa",
}


def tooth_points(fdi: int) -> tuple[str, ...]:
    """The points of one permanent tooth 1..7, for example ``("mesial", ..., "facial cusp", "lingual cusp")``.

    Mesial and distal are the contact points; "facial" is the middle of the crown's facial axis; the gum points lie on
    the gum margin, in the middle of the facial side, at its mesial and distal corner beside the papillae, and in the
    middle of the lingual (in upper jaws palatal) side; the fossa is the lowest place between the cusps of a molar.

    Raises:
        LabelError: a milk tooth, a wisdom tooth, or no tooth.
    """
    if fdi not in DENTITION_TEETH:
        raise LabelError(f"{fdi} has no landmarks; expected a permanent tooth 1..7 of a quadrant, for example 16")
    place = number(fdi)
    if place <= 2:
        return (*_EVERY_TOOTH, *_INCISOR)
    if place == 3:
        return (*_EVERY_TOOTH, *_CANINE)
    if place <= 5:
        return (*_EVERY_TOOTH, *_PREMOLAR)
    return (*_EVERY_TOOTH, *_MOLAR, *(_FIVE_CUSPS if place == 6 and jaw(fdi) == LOWER else ()))


DENTITION_LANDMARKS: tuple[str, ...] = tuple(f"{fdi} {point}" for fdi in DENTITION_TEETH for point in tooth_points(fdi))
PALATE_LANDMARKS: tuple[str, ...] = (*(f"{side} {point}" for side in (RIGHT, LEFT) for point in _LATERAL), *_MIDLINE)


def landmark_names(subject: str) -> tuple[str, ...]:
    """The names of all landmarks of a subject, in the order that networks and models use.

    Raises:
        LabelError: no such subject.
    """
    if subject not in SUBJECTS:
        raise LabelError(f"subject is {subject!r}, expected {' or '.join(SUBJECTS)}")
    return DENTITION_LANDMARKS if subject == DENTITION else PALATE_LANDMARKS


def landmark_tooth(name: str) -> int | None:
    """FDI number of the tooth that a landmark is on; None on a palate."""
    first = name.split(" ", 1)[0]
    return int(first) if first.isdecimal() else None


def landmark_jaw(name: str) -> str:
    """``"upper"`` or ``"lower"``; palates are upper."""
    fdi = landmark_tooth(name)
    return "upper" if fdi is None else jaw(fdi)


def landmark_group(name: str) -> str:
    """What kind of point it is: contact, facial, gum margin, edge, cusp, fossa; or ridge, cleft, palate, vestibule."""
    if landmark_tooth(name) is not None:
        return _GROUPS[name.split(" ", 1)[1]]
    if "cleft" in name or "shelf" in name or "vomer" in name:
        return "cleft"
    if "vestibule" in name or "frenum" in name or "sulcus" in name:
        return "vestibule"
    return "ridge" if "ridge" in name or "tuberosity" in name else "palate"


def mirrored_landmark(name: str) -> str:
    """The same point on the patient's other side: ``"16 mesial"`` -> ``"26 mesial"``; midline points stay."""
    fdi = landmark_tooth(name)
    first, _, rest = name.partition(" ")
    if fdi is not None:
        return f"{mirrored(fdi)} {rest}"
    other = {RIGHT: LEFT, LEFT: RIGHT}.get(first, first)
    return f"{other} {rest}"


def mirrored_order(subject: str) -> tuple[int, ...]:
    """(L,) for each landmark, the index of its mirror image: what a left-right flip of a picture does to the order."""
    names = landmark_names(subject)
    place = {name: i for i, name in enumerate(names)}
    return tuple(place[mirrored_landmark(name)] for name in names)
