"""``typodont photo``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from typodont.cli.batch import tell
from typodont.errors import ConfigError

if TYPE_CHECKING:
    from typodont.tasks.photo.options import KnownLength


@dataclass(frozen=True)
class ReconstructPhoto:
    """Turn photographs into a dentition, or an infant's palate, in space, with the uncertainty of every place.

    Writes DIR/NAME.ply (mm, arch frame of the upper jaw, sigma_mm for every vertex), DIR/NAME.json (landmarks, camera,
    weights of the shape model, what the size rests on, lengths with intervals that hold the truth nine times of ten),
    DIR/NAME_overlay.png and DIR/NAME_run.json. Without a known length the size is that of usual mouths, and the
    uncertainty says so. Research software: nothing is to be made from a photograph alone.

    Args:
        files: Pictures (JPEG, PNG ...) or folders of them.
        out: Folder for the results.
        view: What the pictures show, one for all or one each; auto finds it out for teeth, palate has to be said.
        together: All pictures (five at most) are of one person; one mouth is fitted to them, named after the first.
        tooth_width: FDI=MM: known widths of teeth, for example 11=8.7.
        ruler: X1 Y1 X2 Y2 MM: two places in the first picture, pixels, and how far apart they are.
        mirrored: The pictures were taken in a mirror and not turned back.
        plate: Also write DIR/NAME_plate.stl, a plate over a cleft palate: 0.1 mm from the tissue, 2 mm thick.
        weights: Weights to use instead of the shipped network for landmarks: a file or a run folder.
        shape: The same for the shape model.
        force: Replace results that exist.
    """

    files: Positional[tuple[Path, ...]]
    out: Path
    view: tuple[Literal["auto", "upper", "lower", "front", "left", "right", "palate"], ...] = ("auto",)
    together: bool = False
    tooth_width: tuple[str, ...] = ()
    ruler: tuple[float, float, float, float, float] | None = None
    mirrored: bool = False
    plate: bool = False
    weights: Path | None = None
    shape: Path | None = None
    force: bool = False

    def run(self) -> int:
        """Reconstruct and say what became of the pictures."""
        if not self.files:
            raise ConfigError("no input: name at least one picture or folder")
        from typodont.tasks.photo.options import ReconstructOptions
        from typodont.tasks.photo.predict import reconstruct_photos

        options = ReconstructOptions(
            views=self.view,
            mirrored=self.mirrored,
            tooth_width=dict(map(_tooth_width, self.tooth_width)),
            ruler=self._ruler(),
            plate=self.plate,
        )
        result = reconstruct_photos(
            list(self.files),
            self.out,
            together=self.together,
            weights=self.weights,
            shape=self.shape,
            options=options,
            force=self.force,
        )
        return tell(result, self.out)

    def _ruler(self) -> KnownLength | None:
        if self.ruler is None:
            return None
        from typodont.tasks.photo.options import KnownLength

        x1, y1, x2, y2, mm = self.ruler
        return KnownLength(((x1, y1), (x2, y2)), mm)


def _tooth_width(text: str) -> tuple[int, float]:
    """``"11=8.7"`` as 11 and 8.7.

    Raises:
        ConfigError: anything else.
    """
    fdi, _, mm = text.partition("=")
    try:
        return int(fdi), float(mm)
    except ValueError:
        raise ConfigError(f"tooth_width: found {text!r}, expected FDI=MM, for example 11=8.7") from None
