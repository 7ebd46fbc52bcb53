"""Where teeth appear in photographs of mouths, and how large: a table over directions of view.

`photo_places_fit` measures it on synthetic patients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from typodont.anatomy import LOWER, UPPER
from typodont.types import Float, Int


class Bin(NamedTuple):
    """From where a mouth is looked at.

    Args:
        yaw: Degrees from straight ahead, toward the patient's left.
        open: Whether the teeth are apart.
        jaw: The jaw whose biting surfaces are looked at; None: from the front or a side.
    """

    yaw: float = 0.0
    open: bool = False
    jaw: str | None = None


BINS: tuple[Bin, ...] = (
    *(Bin(float(yaw)) for yaw in range(-75, 76, 15)),
    *(Bin(float(yaw), open=True) for yaw in range(-60, 61, 15)),
    Bin(jaw=UPPER),
    Bin(jaw=LOWER),
)


class ToothShape(NamedTuple):
    """What shows of a tooth, pixels.

    Args:
        centre: Mean column and row.
        extent: Width and height: those of an upright rectangle with the same spread of pixels.
    """

    centre: tuple[float, float]
    extent: tuple[float, float]


@dataclass(frozen=True)
class PhotoPlaces:
    """The table; B directions as in `BINS`, 32 teeth as in `anatomy.PERMANENT`.

    Args:
        mean: (B, 32, 4) float: x to the right, y down (mm), logarithms of width and height (mm). The patient's right is
            at the left. Means nothing where a tooth never shows.
        spread: (B, 32, 4) float: standard deviations over patients.
        shows: (B, 32) float: share of patients in whom the tooth shows.
    """

    mean: Float
    spread: Float
    shows: Float


@cache
def load_places() -> PhotoPlaces:
    """The table that comes with the package."""
    with (files("typodont.tasks.findings") / "photo_places.npz").open("rb") as handle, np.load(handle) as arrays:
        return PhotoPlaces(*(arrays[name].astype(np.float64) for name in ("mean", "spread", "shows")))


def write_places(places: PhotoPlaces, path: Path) -> None:
    """Write the table in half the digits that it was computed with."""
    arrays = {name: getattr(places, name).astype(np.float32) for name in ("mean", "spread", "shows")}
    np.savez_compressed(path, **arrays)


def shapes_of(numbers: Int, *, least_pixels: int = 1) -> Mapping[int, ToothShape]:
    """The shape of every number but 0 in a (H, W) map."""
    found = {}
    for below, box in enumerate(ndimage.find_objects(numbers)):
        if box is not None:
            mask = numbers[box] == below + 1
            if mask.sum() >= least_pixels:
                found[below + 1] = shape_of(mask, (box[1].start, box[0].start))
    return found


def shape_of(mask: np.ndarray, corner: tuple[int, int] = (0, 0)) -> ToothShape:
    """The shape of a (h, w) bool mask that is not empty, whose first pixel lies at `corner` (column, row)."""
    rows, columns = np.nonzero(mask)
    extent = tuple(float(np.sqrt(12 * places.var() + 1)) for places in (columns, rows))
    return ToothShape((float(columns.mean() + corner[0]), float(rows.mean() + corner[1])), (extent[0], extent[1]))
