"""What is drawn over a real radiograph: shadows of synthetic teeth carried to where real ones stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.ndimage import map_coordinates

from typodont.synth.xray.canvas import Canvas
from typodont.synth.xray.gaps import Place
from typodont.synth.xray.mouth import PictureTooth
from typodont.synth.xray.real_panoramic import RealPanoramic, RealTooth, backdrop
from typodont.synth.xray.real_tooth import ToothFrame, frame_of
from typodont.synth.xray.teeth import ToothShadow, cast_shadow
from typodont.types import Bool, Float

# Where synthetic teeth are drawn: 50 mm high, with room for the largest tooth and what lies around it.
_DESK = Canvas(shape=(300, 216), scale=6.0, middle=(0.0, -5.0))
# Share of a tooth's length around it in which its work and disease lie.
_ROOM = 0.35
_LESION = "periapical_lesion"
_INSIDE = ("tooth", "filling", "root_filling", "caries")
"""Of these nothing lies beside the tooth."""
_THIN = 0.2
"""Attenuation from which on a share of it means something."""


@dataclass(frozen=True)
class Marks:
    """Findings of one tooth: number, window of the picture, category -> (h, w) mask."""

    fdi: int
    window: tuple[slice, slice]
    marks: Mapping[str, Bool]


@dataclass
class Overlay:
    """What changes in a picture, summed up tooth by tooth.

    Args:
        real: The picture.
        added: (H, W) greys that work adds.
        lost: (H, W) greys that disease takes away.
        marks: Findings of the teeth that have been drawn.
    """

    real: RealPanoramic
    added: Float
    lost: Float
    marks: list[Marks] = field(default_factory=list)

    @classmethod
    def on(cls, real: RealPanoramic) -> Overlay:
        """Nothing yet."""
        return cls(real, np.zeros(real.grey.shape), np.zeros(real.grey.shape))

    @property
    def drawn(self) -> set[int]:
        """Numbers of the teeth that have been drawn."""
        return {marks.fdi for marks in self.marks}

    def add_tooth(self, rng: np.random.Generator, tooth: RealTooth, donor: PictureTooth) -> None:
        """The work and the decay of a synthetic tooth in a real one that stands upright."""
        assert tooth.frame is not None
        bare = _cast(rng, _bare(donor))
        worked = _cast(rng, donor)
        frame = frame_of(bare.mask, upper=False, mesial_right=True)
        assert frame is not None
        window = self._around(tooth.frame)
        carry = _Carrier(tooth.frame, frame, window)
        kept = 1 - carry(np.where(bare.absorbed > _THIN, worked.decayed / np.maximum(bare.absorbed, _THIN), 0))
        self._add(window, carry(worked.absorbed + worked.decayed - bare.absorbed))
        self._decay(window, tooth, kept)
        mask = tooth.mask[window]
        marks = {"tooth": mask & ~carry.mask(bare.mask & ~worked.mask)}
        marks |= {name: carry.mask(mark) for name, mark in worked.marks.items() if name not in (_LESION, "tooth")}
        if worked.marks[_LESION].any():
            at_tip = _Carrier(*_tips(tooth.frame, frame, worked.marks[_LESION]), window)
            self.lost[window] += self.real.per_unit * np.maximum(at_tip(worked.rarefied), 0)
            marks[_LESION] = at_tip.mask(worked.marks[_LESION])
        inside = {name: mark & mask if name in _INSIDE else mark for name, mark in marks.items()}
        self.marks.append(Marks(tooth.fdi, window, inside))

    def add_at(self, rng: np.random.Generator, place: Place, donor: PictureTooth) -> None:
        """An implant or the middle of a bridge in a gap, unless that is too narrow for it."""
        natural = frame_of(_cast(rng, _bare(donor)).mask, upper=False, mesial_right=True)
        assert natural is not None
        there = natural.moved(place.frame)
        if there is None:
            return
        window = self._around(place.frame)
        carry = _Carrier(there, natural, window)
        shadow = _cast(rng, donor)
        self._add(window, carry(shadow.absorbed))
        self.marks.append(Marks(place.fdi, window, {name: carry.mask(mark) for name, mark in shadow.marks.items()}))

    def _add(self, window: tuple[slice, slice], attenuation: Float) -> None:
        self.added[window] += self.real.per_unit * attenuation

    def _decay(self, window: tuple[slice, slice], tooth: RealTooth, kept: Float) -> None:
        """Decay takes its share of what the tooth, and nothing else, adds to the picture."""
        grey = self.real.grey[window]
        behind = backdrop(grey, self.real.all_teeth[window])
        self.lost[window] += np.maximum(grey - behind, 0) * (1 - kept) * tooth.mask[window]

    def _around(self, frame: ToothFrame) -> tuple[slice, slice]:
        ends = np.array([frame.foot, frame.top])
        room = _ROOM * frame.length + np.array([0.0, 0.5 * frame.width])
        low = np.maximum(np.floor(ends.min(axis=0) - room), 0).astype(int)
        high = np.minimum(np.ceil(ends.max(axis=0) + room) + 1, self.real.grey.shape).astype(int)
        return slice(int(low[0]), int(high[0])), slice(int(low[1]), int(high[1]))


class _Carrier:
    """Brings what lies around a synthetic tooth to the same places of a real one.

    Args:
        to: The real tooth's frame.
        of: The synthetic tooth's.
        window: Part of the picture that the result covers.
    """

    def __init__(self, to: ToothFrame, of: ToothFrame, window: tuple[slice, slice]) -> None:
        points = np.moveaxis(np.mgrid[window], 0, -1).astype(float)
        self._at = np.moveaxis(of.points(*to.local(points)), -1, 0)

    def __call__(self, values: Float | Bool) -> Float:
        """(h, w) of the window, of values around the synthetic tooth; 0 beyond them."""
        return map_coordinates(np.asarray(values, dtype=np.float32), self._at, order=1)

    def mask(self, mask: Bool) -> Bool:
        """As a call, for masks."""
        return self(mask) > 0.5


def _cast(rng: np.random.Generator, tooth: PictureTooth) -> ToothShadow:
    """A tooth's shadow, seen straight from its side."""
    shadow = cast_shadow(rng, tooth, lambda points: points[:, [0, 2, 1]], _DESK)
    assert shadow is not None, "the desk is larger than any tooth"
    return shadow


def _bare(tooth: PictureTooth) -> PictureTooth:
    """The tooth without work and decay; a lesion changes nothing in the tooth but widens its window."""
    return replace(tooth, fate="present", work=tooth.work & {"lesion"})


def _tips(real: ToothFrame, synthetic: ToothFrame, lesion: Bool) -> tuple[ToothFrame, ToothFrame]:
    """Frames with straight sides at the ends of the roots around which a lesion lies, both of the tooth's length."""
    middle = np.argwhere(lesion).mean(axis=0)
    _, across = synthetic.local(middle)
    side = float(np.clip(across, -0.6, 0.6))
    return _straight(real, side), _straight(synthetic, side)


def _straight(frame: ToothFrame, side: float) -> ToothFrame:
    foot = frame.points(np.array(0.02), np.array(side))
    return ToothFrame(foot, frame.up, frame.mesial, np.outer([-0.5, 0.5], np.full(frame.sides.shape[1], frame.length)))
