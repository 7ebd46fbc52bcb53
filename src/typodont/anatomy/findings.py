"""The one list of what is looked for in dental pictures: names, titles and colours.

Decay has two names. *Caries* is decay that shows as colour in a photograph and as shadow in a radiograph; a *cavity* is
a hole, missing substance, in a photograph. A hole with decayed walls is one cavity and no caries beside it.
An impacted tooth is an ``impacted_tooth`` and no ``tooth`` beside it. Bridges count as crowns.
"""

from __future__ import annotations

import re

from typodont.anatomy.colors import Color

TOOTH, IMPACTED_TOOTH = "tooth", "impacted_tooth"
PHOTO_FINDINGS = (TOOTH, "caries", "cavity", "crack", "calculus", "filling", "bracket")
"""In photographs, in the order of the network's classes."""
XRAY_FINDINGS = (
    TOOTH,
    "caries",
    "filling",
    "crown",
    "root_filling",
    "implant",
    IMPACTED_TOOTH,
    "periapical_lesion",
)
"""In radiographs, in the order of the network's classes."""
FINDINGS = tuple(dict.fromkeys((*PHOTO_FINDINGS, *XRAY_FINDINGS)))
"""In either, photographs' first."""

FINDING_TITLES: dict[str, str] = {name: name.replace("_", " ").capitalize() for name in FINDINGS}
"""Name -> what people read."""
FINDING_COLORS: dict[str, Color] = {
    "tooth": (150, 190, 215),
    "caries": (230, 40, 40),
    "cavity": (150, 20, 130),
    "crack": (20, 220, 235),
    "calculus": (255, 140, 0),
    "filling": (40, 90, 245),
    "bracket": (110, 60, 170),
    "crown": (235, 215, 40),
    "root_filling": (20, 150, 130),
    "implant": (60, 190, 40),
    "impacted_tooth": (190, 110, 250),
    "periapical_lesion": (255, 95, 150),
}
"""Name -> 8-bit RGB for overlays. Teeth are pale, because they lie under everything else."""

_BREAK = re.compile(r"[\s_-]+")
_PLURALS = {"teeth": TOOTH, "impacted_teeth": IMPACTED_TOOTH, "cavities": "cavity"}


def finding_named(name: str) -> str | None:
    """The finding that a category of another program means by its name alone; None where that is none of ours.

    Capitals, spaces, hyphens and plurals make no difference: "Impacted Tooth", "fillings". Other words for the same
    thing are not guessed: "decay" in one set is "cavity" in another.
    """
    plain = _BREAK.sub("_", name.strip().lower())
    plain = _PLURALS.get(plain, plain)
    return next((word for word in (plain, plain.removesuffix("s")) if word in FINDINGS), None)
