"""What kind of cases of crowns a series holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typodont.errors import ConfigError

SHOWN = ("arch", "quadrant", "few")


@dataclass(frozen=True)
class CrownOptions:
    """What kind of cases a series holds.

    Args:
        kind: crown, inlay or onlay; all three, equally often, when "any".
        shown: how much of the jaws the scans show: the arch, a quadrant, a few teeth; "any" of them.
        flaws: share of preparations with an undercut or a chip.
        pose: put each case into a random position; else it stays in the arch frame of the prepared jaw.

    Raises:
        ConfigError: a value is out of range.
    """

    kind: Literal["any", "crown", "inlay", "onlay"] = "any"
    shown: Literal["any", "arch", "quadrant", "few"] = "any"
    flaws: float = 0.25
    pose: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.flaws <= 1:
            raise ConfigError(f"flaws: found {self.flaws}, expected a share between 0 and 1")
