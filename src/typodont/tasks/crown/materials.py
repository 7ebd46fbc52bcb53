"""How thick a restoration must be: what makers of the materials publish, by part of the wall and kind of restoration.

Two figures stand for each part: below the first the makers do not stand by the material, below the second they advise
against it. Where sources differ for ever stronger grades of a material, the figures are those for the common grade.
All hold for teeth without grinding habits; for front teeth some makers allow less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typodont.errors import ConfigError
from typodont.records.crown_case import Kind

Zone = Literal["occlusal", "axial", "margin"]
ZONES: tuple[Zone, ...] = ("occlusal", "axial", "margin")
"""The chewing side, the side walls, and the wall just above the margin line."""


@dataclass(frozen=True)
class Limit:
    """How thin a wall may be.

    Args:
        least: Thinner is refused, mm.
        wanted: Thinner is warned of, mm.
        source: Who says so, in the order least, wanted.
    """

    least: float
    wanted: float
    source: str


@dataclass(frozen=True)
class Material:
    """A material with its limits.

    Args:
        name: Of the option.
        title: For people.
        crown: Limits of full crowns, by zone.
        partial: Limits of inlays and onlays, where they differ.
    """

    name: str
    title: str
    crown: dict[Zone, Limit]
    partial: dict[tuple[Kind, Zone], Limit]

    def limit(self, kind: Kind, zone: Zone) -> Limit:
        """The limit for a zone of a kind of restoration."""
        return self.partial.get((kind, zone), self.crown[zone])


_LABSIDE = "Ivoclar Vivadent, IPS e.max CAD Labside instructions, p. 13"
_ONE_MM = "Ivoclar Vivadent, IPS e.max CAD, bonded crowns of 1 mm"
_HALF_SHOULDER = "half of the shoulder width that the maker asks for"
_HYBRID = "Digital Dental, Crystal Ultra, tooth preparation (hybrid composite, 70 % filler)"
_ZIRCONIA = "DDS Lab, zirconia crowns preparation guidelines: 0.5 mm least, 1.0 to 1.5 mm wanted"
_CHAMFER = "Vsmile, zirconia crowns preparation guidelines: thinnest wall (front teeth) 0.3 mm, chamfer at least 0.5 mm"

ZIRCONIA = Material(
    "zirconia",
    "Zirconia, monolithic",
    {
        "occlusal": Limit(0.5, 1.0, _ZIRCONIA),
        "axial": Limit(0.5, 1.0, _ZIRCONIA),
        "margin": Limit(0.3, 0.5, _CHAMFER),
    },
    {},
)

LITHIUM_DISILICATE = Material(
    "lithium-disilicate",
    "Lithium disilicate",
    {
        "occlusal": Limit(1.0, 1.5, f"{_ONE_MM}; {_LABSIDE}"),
        "axial": Limit(1.0, 1.5, f"{_ONE_MM}; {_LABSIDE}"),
        "margin": Limit(0.5, 1.0, f"{_HALF_SHOULDER}; {_LABSIDE}"),
    },
    {
        ("inlay", "occlusal"): Limit(1.0, 1.0, f"{_LABSIDE}: depth of an inlay"),
        ("inlay", "axial"): Limit(1.0, 1.0, f"{_LABSIDE}: isthmus of an inlay"),
        ("onlay", "occlusal"): Limit(1.0, 1.5, f"{_LABSIDE}: fissure, covered cusp"),
        ("onlay", "axial"): Limit(1.0, 1.0, f"{_LABSIDE}: shoulder of a partial crown"),
    },
)

COMPOSITE = Material(
    "composite",
    "Composite block",
    {
        "occlusal": Limit(1.0, 1.5, f"{_HYBRID}: fissure, cusp"),
        "axial": Limit(0.8, 1.0, f"{_HYBRID}: shoulder, wall"),
        "margin": Limit(0.4, 0.8, f"{_HALF_SHOULDER}; {_HYBRID}"),
    },
    {
        ("inlay", "occlusal"): Limit(1.0, 1.5, f"{_HYBRID}: fissure, isthmus"),
        ("onlay", "occlusal"): Limit(1.0, 1.5, f"{_HYBRID}: fissure, cusp"),
    },
)

MATERIALS: dict[str, Material] = {m.name: m for m in (ZIRCONIA, LITHIUM_DISILICATE, COMPOSITE)}


def find_material(name: str) -> Material:
    """A material by its name.

    Raises:
        ConfigError: no such material.
    """
    if name not in MATERIALS:
        raise ConfigError(f"found the material {name!r}, expected one of {', '.join(MATERIALS)}")
    return MATERIALS[name]
