"""What one may ask of the photo job when reconstructing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from typodont.anatomy.landmarks import DENTITION, PALATE
from typodont.errors import ConfigError

ViewName = Literal["auto", "upper", "lower", "front", "left", "right", "palate"]
"""The biting surfaces of one jaw; both jaws closed from the front and from the patient's left and right; the upper jaw
of an infant. "auto" looks which of the first five it is."""

MOST_TOGETHER = 5


@dataclass(frozen=True)
class KnownLength:
    """Two places in a picture whose distance is known: (x, y) pixels each, and mm."""

    ends: tuple[tuple[float, float], tuple[float, float]]
    mm: float


@dataclass(frozen=True)
class ReconstructOptions:
    """Settings of `predict_mouth`.

    Args:
        views: What each picture shows; one for all, or one each.
        mirrored: The pictures show the patient's right at the right hand, as those taken in a mirror and not turned
            back.
        tooth_width: FDI number -> mesio-distal width, mm.
        ruler: A known length in the first picture.
        plate: Also make a plate that covers a palate.

    Raises:
        ConfigError: a view that does not exist, palates beside teeth, a plate over teeth.
    """

    views: tuple[ViewName, ...] = ("auto",)
    mirrored: bool = False
    tooth_width: Mapping[int, float] = field(default_factory=dict)
    ruler: KnownLength | None = None
    plate: bool = False

    def __post_init__(self) -> None:
        for view in self.views:
            if view not in get_args(ViewName):
                raise ConfigError(f"view is {view!r}, expected one of {', '.join(get_args(ViewName))}")
        if not self.views or ("palate" in self.views and set(self.views) != {"palate"}):
            raise ConfigError(
                f"found the views {', '.join(self.views) or 'none'}, expected teeth or a palate, not both"
            )
        if self.subject == PALATE and self.tooth_width:
            raise ConfigError("found the width of a tooth for a palate, expected none; give a ruler instead")
        if self.plate and self.subject != PALATE:
            raise ConfigError("a plate covers an infant's palate; it needs --view palate")

    @property
    def subject(self) -> str:
        """Whose landmarks are looked for: "palate" or "dentition"."""
        return PALATE if "palate" in self.views else DENTITION

    def view_of(self, photo: int, count: int) -> str | None:
        """What one of so many pictures is said to show; None: it has to be found.

        Raises:
            ConfigError: neither one view nor one for each picture.
        """
        if len(self.views) not in (1, count):
            raise ConfigError(f"found {len(self.views)} views for {count} pictures, expected one, or one for each")
        view = self.views[photo if len(self.views) > 1 else 0]
        return None if view == "auto" else view
