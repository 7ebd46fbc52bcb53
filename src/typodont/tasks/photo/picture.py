"""A photograph as it comes from a camera or a telephone, and what can be said against it before it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from typodont.errors import FormatError, NoDentalPictureError
from typodont.formats.image import image_shape, read_colours
from typodont.records.exif_focal import read_focal_px
from typodont.tasks.photo.landmarks import FoundLandmarks

LONGEST = 2000
"""Larger pictures are reduced; the network sees far less."""
_SMALLEST = 200
_LEAST_SEEN = {"dentition": 16, "palate": 10}
_OTHER_VIEW, _SURE_VIEW = 0.05, 0.9
_BLURRED = 0.06
"""Typical spread of the seen landmarks over the extent of them all, from which on a picture shows too little."""
_TWO_ARCHES = ("front", "left", "right")


@dataclass(frozen=True)
class Photograph:
    """A picture of a mouth.

    Args:
        file: Where it comes from.
        image: (H, W, 3) uint8 as it was looked at: reduced where it is huge, turned back where it is a mirror's.
        focal_px: What the file tells, pixels of `image`; None where it does not.
        reduced: Pixels of the file per pixel of `image`.
        mirrored: It was turned back.
    """

    file: Path
    image: np.ndarray
    focal_px: float | None
    reduced: float
    mirrored: bool


def read_photograph(file: Path, *, mirrored: bool = False) -> Photograph:
    """Read a picture.

    Raises:
        FormatError: not readable, too small, or without colours.
    """
    height, width = image_shape(file)
    if min(height, width) < _SMALLEST:
        raise FormatError(
            f"{file}: found {width} x {height} pixels, expected {_SMALLEST} or more each way; take the original picture"
        )
    image = (255 * read_colours(file, longest=LONGEST) + 0.5).astype(np.uint8)
    reduced = max(height, width) / max(image.shape[:2])
    if np.ptp(image.reshape(-1, 3).astype(int), axis=1).mean() < 2:
        raise FormatError(f"{file}: found a picture without colours, expected a colour photograph of a mouth")
    focal = read_focal_px(file)
    image = np.ascontiguousarray(image[:, ::-1]) if mirrored else image
    return Photograph(file, image, None if focal is None else focal / reduced, reduced, mirrored)


def check_landmarks(found: FoundLandmarks, file: Path, *, told: str | None) -> None:
    """Nothing, if the landmarks are those of a mouth in the view that was told.

    Raises:
        FormatError: another view, too blurred.
        NoDentalPictureError: no teeth, or no palate.
    """
    seen = found.visible >= 0.5
    least = _LEAST_SEEN[found.subject]
    what = "a palate" if found.subject == "palate" else "teeth"
    if seen.sum() < least:
        raise NoDentalPictureError(
            f"{file}: found {int(seen.sum())} landmarks of {what}, expected {least} or more: the picture shows none, "
            "or too little; take it so that the whole arch fills it"
        )
    likely = max(found.views, key=found.views.__getitem__)
    if told is not None and found.views[told] < _OTHER_VIEW and found.views[likely] > _SURE_VIEW:
        two = ", which shows both arches" if likely in _TWO_ARCHES and told not in _TWO_ARCHES else ""
        raise FormatError(
            f"{file}: this looks like the {likely} view ({found.views[likely]:.0%}){two}, but {told} was said; "
            f"say --view {likely}, or --view auto"
        )
    extent = float(np.linalg.norm(np.ptp(found.points[seen], axis=0)))
    spread = float(np.median(found.sigma[seen])) / max(extent, 1e-9)
    if spread > _BLURRED:
        raise FormatError(
            f"{file}: found landmarks that are sure within {spread:.1%} of the arch only, expected {_BLURRED:.0%} at "
            "most: too blurred, too dark, too far away, or more than one view in one picture; take a sharper "
            "one of one view"
        )
