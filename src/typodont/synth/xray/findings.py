"""What a synthetic radiograph shows: a mask for every finding that can be seen on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.ndimage import binary_closing, gaussian_filter
from skimage.measure import label

from typodont.anatomy.findings import IMPACTED_TOOTH, TOOTH
from typodont.types import Bool, Float

# Grey levels by which disease must darken a pixel to count, and the mean of its pixels.
_PIXEL_GREYS, _MEAN_GREYS = 4.0, 8.0
# Smallest thing that counts, in pixels of a picture of 512 rows.
_LEAST_PIXELS = 12
_DARK = ("caries", "periapical_lesion")
# Of these a tooth has one, in however many pieces it shows.
_WHOLE = (TOOTH, IMPACTED_TOOTH, "crown", "root_filling", "implant")


@dataclass(frozen=True)
class PicturedFinding:
    """One thing that the picture shows. category: of `XRAY_FINDINGS`. fdi: its tooth. mask: (H, W)."""

    category: str
    fdi: int
    mask: Bool


class Marked(Protocol):
    """A tooth's number, the rows and columns of the picture around it, and (h, w) what is there by category."""

    @property
    def fdi(self) -> int: ...

    @property
    def window(self) -> tuple[slice, slice]: ...

    @property
    def marks(self) -> Mapping[str, Bool]: ...


def find_findings(teeth: Iterable[Marked], darkening: Float) -> tuple[PicturedFinding, ...]:
    """Everything that a dentist could find, tooth by tooth.

    Teeth and what is built into them count whole, also where a neighbour covers them. Disease counts as far as the
    picture shows it: pixels that it darkens, so nothing under metal, and no decay that is too faint to be told. What
    touches in one tooth is one caries, one lesion, one filling.

    Args:
        teeth: With what is in and around them, whether or not the picture shows it.
        darkening: (H, W) grey levels by which disease darkened the picture.
    """
    shape = darkening.shape
    seen = gaussian_filter(darkening.astype(np.float32), 0.7)
    least = max(3, round(_LEAST_PIXELS * (shape[0] / 512) ** 2))
    found = []
    for tooth in teeth:
        for category, mark in tooth.marks.items():
            if category in _DARK:
                mark = mark & np.asarray(binary_closing(mark & (seen[tooth.window] > _PIXEL_GREYS)), dtype=bool)
            for piece in [mark] if category in _WHOLE else _pieces(mark):
                clear = category not in _DARK or seen[tooth.window][piece].mean() > _MEAN_GREYS
                if piece.sum() >= least and clear:
                    found.append(PicturedFinding(category, tooth.fdi, paste(tooth, piece, shape)))
    return tuple(found)


def paste(tooth: Marked, mask: Bool, shape: tuple[int, ...]) -> Bool:
    """(H, W) a tooth's mask (h, w) at its place in the whole picture."""
    whole = np.zeros(shape, dtype=bool)
    whole[tooth.window] = mask
    return whole


def _pieces(mask: Bool) -> list[Bool]:
    numbered = np.asarray(label(mask))
    return [numbered == i for i in range(1, int(numbered.max(initial=0)) + 1)]
