"""What one may ask of the scan job when predicting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typodont.anatomy import JAWS
from typodont.errors import ConfigError


@dataclass(frozen=True)
class PredictOptions:
    """Settings of `predict_scan`; the defaults need no knowledge about the scan.

    Args:
        jaw: "upper" or "lower" overrides what the network sees; None lets it decide.
        mirrored: "auto" takes a surface that shows its inside for a mirrored scan whose faces were not turned;
            "yes": the scan is a mirror image, whatever its faces say; "no": faces that look inward are only turned.
        milk: Numbers of milk teeth: "successor" (Teeth3DS: the permanent number of their place) or "fdi" (51..85).
        looks: Samples of the surface that the network sees in the last pass; every second one mirrored.
        passes: How often the scan is put upright from the teeth found so far.
        pose_guesses: Samples of the scan that the pose network sees; the one it is surest of counts.
        refine: Draw borders into the grooves of the full mesh.
        n_best: Charts in the result.
        seed: Of all sampling; the same seed gives the same result.

    Raises:
        ConfigError: a value that does not exist.
    """

    jaw: str | None = None
    mirrored: Literal["auto", "yes", "no"] = "auto"
    milk: Literal["successor", "fdi"] = "successor"
    looks: int = 4
    passes: int = 2
    pose_guesses: int = 3
    refine: bool = True
    n_best: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        for name, allowed in (
            ("jaw", (None, *JAWS)),
            ("mirrored", ("auto", "yes", "no")),
            ("milk", ("successor", "fdi")),
        ):
            if getattr(self, name) not in allowed:
                words = ", ".join(str(value) for value in allowed)
                raise ConfigError(f"{name} is {getattr(self, name)!r}, expected one of {words}")
        for name in ("looks", "passes", "pose_guesses", "n_best"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, expected at least 1")
