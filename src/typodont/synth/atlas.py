"""The tooth atlas: a template surface, shape modes and an arch place for every tooth type.

Local frame of a tooth: x mesial, y buccal (labial), z occlusal, mm, origin under the crown's centre at the lowest
point of the neck. On the x > 0 side of the arch frame the same axes are left-handed, so that one template serves
both sides as mirror images. `atlas_fit` makes the file, ``atlas_card.json`` says from what and how well it fits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from typodont.anatomy import JAWS
from typodont.types import Bool, Float, Int

N_MODES = 20
# A third molar against the second one: 8.5/9.5 of its width after Wheeler, and more varied.
_WISDOM_SIZE = np.array([0.93, 0.93, 0.95])
_WISDOM_VARIATION = 1.3


@dataclass(frozen=True)
class ToothTemplate:
    """One tooth type of one jaw, x < 0 side.

    Args:
        vertices: (V, 3) mean shape, local frame, mm.
        faces: (T, 3) outward faces of the closed shape.
        modes: (20, V, 3) displacement of one standard deviation along each mode, mm.
        cap: (V,) true where the surface closes the neck (hidden under the gum).
        centre: (3,) place of the origin in the mean arch, arch frame, mm.
    """

    vertices: Float
    faces: Int
    modes: Float
    cap: Bool
    centre: Float

    def instance(self, weights: Float) -> Float:
        """(V, 3) vertices for mode weights (M,) in standard deviations."""
        weights = np.asarray(weights, dtype=np.float64)
        return self.vertices + np.tensordot(weights, self.modes[: len(weights)], axes=1)


@cache
def load_atlas() -> dict[tuple[str, int], ToothTemplate]:
    """Templates by (jaw, tooth number 1..8); wisdom teeth are extrapolated from second molars."""
    with (files("typodont.synth") / "atlas.npz").open("rb") as handle, np.load(handle) as arrays:
        return _templates(arrays)


def read_atlas(path: Path) -> dict[tuple[str, int], ToothTemplate]:
    """The templates of another atlas file."""
    with np.load(path) as arrays:
        return _templates(arrays)


def _templates(arrays: Mapping[str, np.ndarray]) -> dict[tuple[str, int], ToothTemplate]:
    atlas = {}
    for jaw in JAWS:
        centres = arrays[f"{jaw}/centres"].astype(np.float64)
        for number in range(1, 8):
            atlas[jaw, number] = ToothTemplate(
                vertices=arrays[f"{jaw}/vertices_{number}"].astype(np.float64),
                faces=arrays[f"{jaw}/faces_{number}"].astype(np.int64),
                modes=arrays[f"{jaw}/modes_{number}"].astype(np.float64),
                cap=arrays[f"{jaw}/cap_{number}"],
                centre=centres[number - 1],
            )
        atlas[jaw, 8] = _wisdom(atlas[jaw, 7], 2 * centres[6] - centres[5])
    return atlas


def _wisdom(second_molar: ToothTemplate, centre: Float) -> ToothTemplate:
    """A third molar: the second molar, smaller and with more variation, where the arch goes on."""
    return ToothTemplate(
        vertices=second_molar.vertices * _WISDOM_SIZE,
        faces=second_molar.faces,
        modes=second_molar.modes * _WISDOM_SIZE * _WISDOM_VARIATION,
        cap=second_molar.cap,
        centre=centre + [0, 1.0, 0],
    )
