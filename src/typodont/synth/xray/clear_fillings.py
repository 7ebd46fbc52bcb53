"""Metal fillings of a real radiograph that nobody marked but everybody would: so plain that they may be learnt from."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation
from skimage.measure import label

from typodont.anatomy.findings import TOOTH
from typodont.synth.xray.findings import PicturedFinding
from typodont.synth.xray.real_panoramic import RealPanoramic, RealTooth
from typodont.types import Bool, Float

# Brightness of metal and of its middle, and of what may lie around a filling; see `OwnWork.bright`.
_METAL, _MIDDLE, _AROUND = 1.7, 2.0, 1.25
# Share of the front teeth that carry metal, from which on a picture shows an orthodontic appliance.
_APPLIANCE = 0.25
# Height above which a filling lies, and share of the tooth above it from which on it may be a crown.
_LOWEST, _CROWN = 0.55, 0.6
_ROWS, _LEAST_PIXELS = 512, 20


def find_clear_fillings(real: RealPanoramic) -> tuple[PicturedFinding, ...]:
    """Spots as bright as metal in the crowns of standing back teeth.

    What reaches into the root, covers most of the crown or lies in a front tooth may be something else and is left out,
    and so is everything in a picture with an appliance.
    """
    front = [tooth for tooth in real.teeth if tooth.fdi % 10 < 4]
    if sum(bool(real.own.bright[tooth.mask].max() > _METAL) for tooth in front) > _APPLIANCE * len(front):
        return ()
    least = _LEAST_PIXELS * (real.grey.shape[0] / _ROWS) ** 2
    back = [tooth for tooth in real.teeth if tooth.fdi % 10 > 3 and tooth.category == TOOTH]
    return tuple(
        PicturedFinding("filling", tooth.fdi, spot) for tooth in back for spot in _spots(real.own.bright, tooth, least)
    )


def _spots(bright: Float, tooth: RealTooth, least: float) -> list[Bool]:
    """The fillings of one tooth; none where any spot of it may be something else."""
    assert tooth.frame is not None
    points = np.argwhere(tooth.mask)
    height, _ = tooth.frame.local(points.astype(float))
    metal = (bright > _METAL) & tooth.mask
    shines = metal[tuple(points.T)]
    high = height > _LOWEST
    if shines[~high].any() or shines.sum() > _CROWN * high.sum():
        return []
    near, wide = (np.asarray(binary_dilation(metal, iterations=n), dtype=bool) for n in (2, 4))
    rim = wide & ~near & tooth.mask
    if rim.any() and bright[rim].mean() > _AROUND:
        return []
    numbered = np.asarray(label(metal))
    spots = [numbered == i for i in range(1, int(numbered.max(initial=0)) + 1)]
    return [spot for spot in spots if spot.sum() >= least and bright[spot].max() > _MIDDLE]
