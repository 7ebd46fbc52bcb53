"""Hand-made evidence: ellipses for teeth, standing in two rows, with what a network would say about their pixels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from typodont import anatomy
from typodont.anatomy.spacing import midline_offsets
from typodont.tasks.panoramic.evidence import PixelEvidence

GRID = (256, 512)
SCALE = 2.2
MIDLINE = 256.0
ROWS = {anatomy.UPPER: 95.0, anatomy.LOWER: 160.0}
UNSURE = 1e-4


@dataclass
class Dentition:
    """A picture of teeth.

    Args:
        teeth: FDI numbers.
        called: fdi -> {number: probability} where the network is not sure of the truth.
        split: Teeth whose crown and root point at centres of their own.
    """

    teeth: tuple[int, ...]
    called: Mapping[int, Mapping[int, float]] = field(default_factory=dict)
    split: tuple[int, ...] = ()

    def label_map(self) -> np.ndarray:
        """(h, w) FDI numbers."""
        labels = np.zeros(GRID, dtype=np.uint8)
        rows, columns = np.mgrid[: GRID[0], : GRID[1]] + 0.0
        for fdi in self.teeth:
            (row, column), (length, width) = place_of(fdi), extent_of(fdi)
            inside = ((rows - row) / (length / 2)) ** 2 + ((columns - column) / (width / 2)) ** 2 <= 1
            labels[inside] = fdi
        return labels

    def evidence(self) -> PixelEvidence:
        """What a good network says, but for `called` and `split`."""
        labels = self.label_map()
        log_classes = np.full((anatomy.N_PANORAMIC_CLASSES, *GRID), np.log(UNSURE), dtype=np.float32)
        offset = np.zeros((2, *GRID), dtype=np.float32)
        for fdi in self.teeth:
            mine = labels == fdi
            for number, chance in self.called.get(fdi, {fdi: 0.95}).items():
                log_classes[anatomy.to_index33(number), mine] = np.log(chance)
            rows, columns = np.nonzero(mine)
            centre, quarter = rows.mean(), np.ptp(rows) / 4
            goal = np.where(rows < centre, centre - quarter, centre + quarter) if fdi in self.split else centre
            offset[:, mine] = goal - rows, columns.mean() - columns
        tooth = np.where(labels > 0, 0.98, 0.02).astype(np.float32)
        log_classes[0] = np.log(1 - tooth)
        return PixelEvidence(tooth, log_classes, offset)


def place_of(fdi: int) -> tuple[float, float]:
    """(row, column) of a tooth's centre: the patient's right at the left."""
    jaw = anatomy.jaw(fdi)
    along = midline_offsets(anatomy.arch_order(jaw))[fdi]
    sign = 1 if jaw == anatomy.UPPER else -1
    return ROWS[jaw], MIDLINE + sign * SCALE * along


def extent_of(fdi: int) -> tuple[float, float]:
    """Length and width of a tooth, grid pixels; neighbours hardly touch."""
    size = anatomy.size(fdi)
    return SCALE * (size.crown_length + size.root_length), SCALE * size.md_crown - 0.6


@pytest.fixture
def dentition() -> Callable[..., Dentition]:
    """Makes a `Dentition`."""
    return Dentition
