"""What kind of scans a series holds."""

from __future__ import annotations

from dataclasses import dataclass

from typodont.errors import ConfigError

SUFFIXES = ("obj", "ply", "stl", "vtp")
FACES = (5_000, 500_000)


@dataclass(frozen=True)
class ScanOptions:
    """What kind of scans a series holds.

    Args:
        faces: triangles of each scan, about; drawn between 11 k and 60 k when None.
        base: share of trimmed orthodontic model bases.
        brackets: share of arches with brackets on the teeth.
        partial: share of scans that show only a quadrant, a half or the front.
        pose: put each scan into a random position; else it stays in its arch frame.
        suffix: mesh format: obj, ply, stl or vtp.

    Raises:
        ConfigError: a value is out of range.
    """

    faces: int | None = None
    base: float = 0.45
    brackets: float = 0.04
    partial: float = 0.0
    pose: bool = True
    suffix: str = "obj"

    def __post_init__(self) -> None:
        if self.faces is not None and not FACES[0] <= self.faces <= FACES[1]:
            raise ConfigError(f"faces: found {self.faces}, expected {FACES[0]} to {FACES[1]}")
        for name in ("base", "brackets", "partial"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ConfigError(f"{name}: found {share}, expected a share between 0 and 1")
        if self.suffix not in SUFFIXES:
            raise ConfigError(f"suffix: found {self.suffix!r}, expected one of {', '.join(SUFFIXES)}")
