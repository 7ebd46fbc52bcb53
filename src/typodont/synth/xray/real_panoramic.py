"""What a real radiograph with outlined teeth tells: which stand in the row, which are bare, what greys mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.anatomy import jaw
from typodont.anatomy.findings import IMPACTED_TOOTH, TOOTH
from typodont.records.panoramic_teeth import LabelledTooth
from typodont.synth.xray.own_work import OwnWork, find_own_work
from typodont.synth.xray.real_tooth import ToothFrame, frame_of
from typodont.types import Bool, Float

# Share of the picture's height by which the top of a tooth that has not come lies below those of the others.
_SUNK = 0.06
_ASKEW = 35.0  # degrees to the vertical
# Attenuation of the middle of a sound crown among the synthetic teeth.
_CROWN = 2.6
# Quantiles of grey: without teeth, and the brightest of bare teeth.
_BACKDROP, _BRIGHTEST = 0.15, 0.995
_LEAST_RISE, _LAST_KNEE = 40.0, 235.0


@dataclass(frozen=True)
class RealTooth:
    """A tooth that somebody outlined.

    Args:
        fdi: Its number.
        mask: (H, W).
        frame: None where it lies on its side.
        category: `TOOTH` or `IMPACTED_TOOTH`; None where the outline does not tell.
        bare: Whether it stands upright in the row with nothing in it or before it.
    """

    fdi: int
    mask: Bool
    frame: ToothFrame | None
    category: str | None
    bare: bool


@dataclass(frozen=True)
class RealPanoramic:
    """A real radiograph and its teeth.

    Args:
        grey: (H, W) float64, 0..255, bright is dense, square pixels.
        teeth: All that are outlined.
        own: Dental work that was there before.
        backdrop: Grey of what is no tooth: soft tissue and air.
        rise: Greys by which the middle of a crown is brighter than that.
        knee: Grey where brightness begins to saturate.
    """

    grey: Float
    teeth: tuple[RealTooth, ...]
    own: OwnWork
    backdrop: float
    rise: float
    knee: float

    @property
    def per_unit(self) -> float:
        """Greys that one unit of attenuation brings."""
        return self.rise / _CROWN

    @property
    def all_teeth(self) -> Bool:
        """(H, W) where any tooth is."""
        return np.logical_or.reduce([tooth.mask for tooth in self.teeth])


def look_at(grey: Float, teeth: Sequence[LabelledTooth]) -> RealPanoramic:
    """Read off a picture and its outlines what is needed to draw findings into it.

    Args:
        grey: (H, W) 0..255, bright is dense, square pixels.
        teeth: At least one.
    """
    frames = [_frame(tooth) for tooth in teeth]
    own = find_own_work(grey, [tooth.mask for tooth in teeth])
    sunk = _sunk(teeth, frames, grey.shape[0])
    young = sum(low and tooth.fdi % 10 != 8 for low, tooth in zip(sunk, teeth, strict=True)) > 1
    found = []
    for tooth, frame, low, touched in zip(teeth, frames, sunk, own.touched, strict=True):
        category = _category(tooth.fdi, frame, low, young=young)
        stands = category == TOOTH and not low and _upright(frame)
        found.append(RealTooth(tooth.fdi, tooth.mask, frame, category, stands and not touched))
    return RealPanoramic(grey, tuple(found), own, *_greys(grey, found))


def backdrop(grey: Float, teeth: Bool) -> float:
    """Grey of a part of a picture where no tooth is: soft tissue and air; 0 where teeth fill it."""
    beside = grey[~teeth]
    return float(np.quantile(beside, _BACKDROP)) if beside.size else 0.0


def is_upper(fdi: int) -> bool:
    """Whether the crown points down."""
    return jaw(fdi) == "upper"


def mesial_right(fdi: int) -> bool:
    """Whether the midline is at the right of the tooth in the picture, where the patient's right is at the left."""
    return fdi // 10 in (1, 4, 5, 8)


def _frame(tooth: LabelledTooth) -> ToothFrame | None:
    return frame_of(tooth.mask, upper=is_upper(tooth.fdi), mesial_right=mesial_right(tooth.fdi))


def _upright(frame: ToothFrame | None) -> bool:
    return frame is not None and abs(frame.up[0]) / frame.length > np.cos(np.radians(_ASKEW))


def _category(fdi: int, frame: ToothFrame | None, sunk: bool, *, young: bool) -> str | None:
    """Whether a tooth is impacted; upright ones below the row are germs where several are."""
    if frame is None:
        return IMPACTED_TOOTH if fdi % 10 == 8 else None
    if not sunk:
        return TOOTH if fdi % 10 != 8 or _upright(frame) else None
    if not _upright(frame):
        return IMPACTED_TOOTH
    return TOOTH if young and fdi % 10 != 8 else None


def _sunk(teeth: Sequence[LabelledTooth], frames: Sequence[ToothFrame | None], rows: int) -> list[bool]:
    """Which tops lie far below the curve on which the teeth of both jaws meet."""
    tops = np.array([frame.top if frame else (np.nan, np.nan) for frame in frames])
    sign = np.array([1.0 if is_upper(tooth.fdi) else -1.0 for tooth in teeth])
    used = np.isfinite(tops[:, 0]) & np.array([tooth.fdi % 10 != 8 for tooth in teeth])
    below = np.zeros(len(teeth))
    for _ in range(3):
        if not used.any():
            break
        curve = np.polynomial.Polynomial.fit(tops[used, 1], tops[used, 0], deg=2 if used.sum() > 5 else 0)
        below = sign * (curve(tops[:, 1]) - tops[:, 0]) / rows
        used &= below < _SUNK
    return [bool(depth > _SUNK) for depth in below]


def _greys(grey: Float, teeth: Sequence[RealTooth]) -> tuple[float, float, float]:
    """The backdrop, how much brighter crowns are, and where saturation begins."""
    crowns = np.concatenate([grey[_crown_half(tooth)] for tooth in teeth])
    everything = np.logical_or.reduce([tooth.mask for tooth in teeth])
    rows, columns = np.flatnonzero(everything.any(axis=1)), np.flatnonzero(everything.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    behind = backdrop(grey[part], everything[part])
    rise = max(float(np.median(crowns)) - behind, _LEAST_RISE)
    bare = [tooth for tooth in teeth if tooth.bare] or teeth
    brightest = float(np.quantile(np.concatenate([grey[tooth.mask] for tooth in bare]), _BRIGHTEST))
    return behind, rise, min(brightest, _LAST_KNEE)


def _crown_half(tooth: RealTooth) -> Bool:
    """(H, W) the half of a tooth where the crown of a standing tooth is."""
    rows = np.flatnonzero(tooth.mask.any(axis=1))
    middle = (rows[0] + rows[-1]) // 2
    half = tooth.mask.copy()
    half[slice(None, middle) if is_upper(tooth.fdi) else slice(middle, None)] = False
    return half
