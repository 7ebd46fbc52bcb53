"""A panoramic radiograph with the mask of every tooth; masks may overlap, as the teeth do in the projection."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from typodont.anatomy import TEETH, is_tooth
from typodont.errors import LabelError
from typodont.formats import CocoImage, CocoInstance, write_coco
from typodont.types import Bool, Int


@dataclass(frozen=True)
class LabelledTooth:
    """One tooth of a panoramic.

    Args:
        fdi: Its number.
        mask: (H, W) where it shows; never empty.

    Raises:
        LabelError: no FDI number, or no pixel.
    """

    fdi: int
    mask: Bool

    def __post_init__(self) -> None:
        if not is_tooth(self.fdi):
            raise LabelError(f"found the tooth number {self.fdi}, expected an FDI number 11..48, 51..85")
        if self.mask.ndim != 2 or not self.mask.any():
            raise LabelError(f"found a mask of tooth {self.fdi} without a pixel; draw the tooth or delete its entry")


@dataclass(frozen=True)
class LabelledPanoramic:
    """What people marked in one panoramic.

    Args:
        name: Stem of the picture's file.
        image: The picture's file; read it with `read_radiograph`.
        shape: (H, W) of the picture and of every mask.
        teeth: Masks may overlap, and one number may occur twice where the labels are wrong.
        aspect: True width to height where the picture was stored squeezed or stretched and its source says so.

    Raises:
        LabelError: a mask of another size.
    """

    name: str
    image: Path
    shape: tuple[int, int]
    teeth: tuple[LabelledTooth, ...]
    aspect: float | None = None

    def __post_init__(self) -> None:
        for tooth in self.teeth:
            if tooth.mask.shape != self.shape:
                raise LabelError(
                    f"{self.name}: found a mask of tooth {tooth.fdi} of {_size(tooth.mask.shape)} pixels, "
                    f"expected {_size(self.shape)}, the size of the picture"
                )

    def label_map(self) -> Int:
        """(H, W) uint8 FDI numbers, 0 is background.

        A pixel in several masks goes to the tooth in whose mask it lies deepest: farthest from that mask's nearest
        outside pixel. The line between two overlapping teeth so runs along the middle of the overlap, whatever the
        order of the masks; the smaller number wins a draw.
        """
        labels = np.zeros(self.shape, dtype=np.uint8)
        masks = np.zeros(self.shape, dtype=np.uint8)
        parts = [(tooth.fdi, *_cut_out(tooth.mask)) for tooth in sorted(self.teeth, key=lambda tooth: -tooth.fdi)]
        for fdi, box, mask in parts:
            labels[box][mask] = fdi
            masks[box] += mask
        deepest = np.zeros(self.shape, dtype=np.float32)
        for fdi, box, mask in parts:
            shared = mask & (masks[box] > 1)
            if shared.any():
                depth = np.asarray(distance_transform_edt(np.pad(mask, 1)), dtype=np.float32)[1:-1, 1:-1]
                deeper = shared & (depth >= deepest[box])
                labels[box][deeper] = fdi
                deepest[box][deeper] = depth[deeper]
        return labels


def _cut_out(mask: Bool) -> tuple[tuple[slice, slice], Bool]:
    """The rows and columns that a mask spans, and the mask within them."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    box = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return box, mask[box]


def write_coco_panoramics(
    panoramics: Iterable[LabelledPanoramic], path: Path, *, info: Mapping[str, Any] | None = None
) -> None:
    """Write the masks of many panoramics into one COCO file, overlaps kept; the pictures stay where they are.

    The categories are the FDI numbers; pictures are named relative to the folder of the file.

    Args:
        panoramics: Taken one by one, so a generator of thousands is fine.
        path: The JSON file.
        info: What to say about the set.
    """
    folder = Path(path).parent
    write_coco((_coco_image(p, folder) for p in panoramics), path, categories={str(f): f for f in TEETH}, info=info)


def _coco_image(panoramic: LabelledPanoramic, folder: Path) -> CocoImage:
    name = Path(os.path.relpath(panoramic.image, folder)).as_posix()
    instances = tuple(CocoInstance.of(str(tooth.fdi), tooth.mask) for tooth in panoramic.teeth)
    return CocoImage(name, panoramic.shape, instances, panoramic.aspect)


def _size(shape: tuple[int, ...]) -> str:
    """Width × height, as picture programs say it."""
    return " × ".join(str(side) for side in reversed(shape))
