"""How the gum of one patient is shaped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TissueStyle:
    """Shape of the gum of one arch.

    Args:
        cheek_slope, tongue_slope: mm down per mm away from the teeth.
        cheek_depth, floor_depth, vault_depth: of the vestibule, the floor beside the tongue and the palate, mm.
        collar_drop: thickness of the gum's free edge, mm. blend: softness of transitions, mm.
        rugae, bump: height of the palate's folds and of the gum's unevenness, mm.
        resorption: mm by which the ridge is lower where teeth are missing.
        papilla: mm by which the gum rises between teeth.
    """

    cheek_slope: float
    tongue_slope: float
    cheek_depth: float
    floor_depth: float
    vault_depth: float
    collar_drop: float
    blend: float
    rugae: float
    bump: float
    resorption: float
    papilla: float


def draw_tissue_style(rng: np.random.Generator, jaw: str) -> TissueStyle:
    """Random gum form; vault 11 to 22 mm deep, vestibule 6 to 13 mm, thin to thick margins."""
    upper = jaw == "upper"
    return TissueStyle(
        cheek_slope=rng.uniform(1.6, 5.0),
        tongue_slope=rng.uniform(0.9, 2.4) if upper else rng.uniform(1.6, 5.0),
        cheek_depth=rng.uniform(6, 13),
        floor_depth=rng.uniform(8, 18),
        vault_depth=rng.uniform(11, 22),
        collar_drop=rng.uniform(0.1, 0.8),
        blend=rng.uniform(0.25, 0.7),
        rugae=rng.uniform(0.2, 0.9),
        bump=rng.uniform(0.05, 0.35),
        resorption=rng.uniform(-0.3, 3.0),
        papilla=rng.uniform(0.2, 1.9),
    )
