"""What one may ask of the crown job when designing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from typodont.anatomy import is_tooth
from typodont.errors import ConfigError
from typodont.records.crown_case import Kind
from typodont.tasks.crown.materials import MATERIALS
from typodont.tasks.crown.restoration import CementGap

AskedKind = Literal["auto", "crown", "inlay", "onlay"]


@dataclass(frozen=True)
class DesignOptions:
    """Settings of `design_restoration`; the defaults need no knowledge about the scan.

    Args:
        tooth: FDI number of the prepared tooth; None looks for it.
        kind: What is to be made; "auto" decides from the preparation.
        axis: From the preparation to occlusal, in the coordinates of the scan; None lets the preparation decide.
        material: Decides which thickness the report asks for; see `materials.MATERIALS`.
        contact_mm: How deep the restoration reaches into the antagonist; negative leaves room.
        neighbour_contact_mm: Deepest that it may reach into the teeth beside it; negative leaves room.
        gap: Room for the cement.
        min_thickness_mm: The outer surface is pushed out where the restoration would be thinner; None takes the least
            that the material allows.
        bur_radius_mm: Of the smallest bur that mills it.
        unit: Of the coordinates in the files, see `records.read_scan`.

    Raises:
        ConfigError: a value that does not exist or makes no restoration.
    """

    tooth: int | None = None
    kind: AskedKind = "auto"
    axis: tuple[float, float, float] | None = None
    material: str = "zirconia"
    contact_mm: float = 0.0
    neighbour_contact_mm: float = 0.02
    gap: CementGap = field(default_factory=CementGap)
    min_thickness_mm: float | None = None
    bur_radius_mm: float = 0.5
    unit: str = "auto"

    def __post_init__(self) -> None:
        if self.tooth is not None and not is_tooth(self.tooth):
            raise ConfigError(f"tooth is {self.tooth}, expected an FDI number: 11..18, 21..28, 31..38, 41..48, 51..85")
        for name, allowed in (("kind", get_args(AskedKind)), ("material", tuple(MATERIALS))):
            if getattr(self, name) not in allowed:
                raise ConfigError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(allowed)}")
        if self.axis is not None and (len(self.axis) != 3 or not np.linalg.norm(self.axis) > 0):
            raise ConfigError(f"axis is {self.axis}, expected three numbers that are not all 0, towards occlusal")
        for name, low, high in _RANGES:
            value = getattr(self.gap, name) if hasattr(self.gap, name) else getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ConfigError(f"{name} is {value}, expected {low:g} to {high:g} mm")

    @property
    def known_kind(self) -> Kind | None:
        """The kind, unless it is to be decided."""
        return None if self.kind == "auto" else self.kind


_RANGES = (
    ("contact_mm", -1.0, 0.3),
    ("neighbour_contact_mm", -1.0, 0.3),
    ("margin_mm", 0.0, 0.3),
    ("rest_mm", 0.0, 0.5),
    ("band_mm", 0.0, 3.0),
    ("min_thickness_mm", 0.0, 2.0),
    ("bur_radius_mm", 0.05, 2.0),
)


@dataclass(frozen=True)
class DesignFiles:
    """The files of one design.

    Args:
        scan: The jaw with the preparation, or both jaws in bite.
        antagonist: The opposing jaw, in the same coordinates.
        margin: A margin line drawn by hand: markups JSON of 3D Slicer.
    """

    scan: Path
    antagonist: Path | None = None
    margin: Path | None = None
