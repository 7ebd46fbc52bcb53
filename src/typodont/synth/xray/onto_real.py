"""Real radiographs with dental work and disease drawn into their teeth: real pictures whose findings are known exactly.

A synthetic tooth of the same number gets work or decay, and its X-ray shadow is cast with and without. Both teeth have
a frame of their own, so every place of the synthetic tooth has its place in the real one, and there the picture gets
what work adds to the shadow and loses what decay takes from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.anatomy.findings import IMPACTED_TOOTH, TOOTH
from typodont.records.panoramic_teeth import LabelledTooth
from typodont.synth.xray.clear_fillings import find_clear_fillings
from typodont.synth.xray.disease import draw_work
from typodont.synth.xray.findings import PicturedFinding, find_findings
from typodont.synth.xray.gaps import Place, find_gaps
from typodont.synth.xray.mouth import Mouth, PictureTooth, make_mouth
from typodont.synth.xray.overlay import Marks, Overlay
from typodont.synth.xray.real_panoramic import RealPanoramic, RealTooth, look_at
from typodont.types import Bool, Float, Int

WORK = ("filling", "crown", "root_filling", "implant")
"""What real pictures have, too, without a label."""
_STREAM = 17
_GROWN_UP = 17.0
_LENDERS = 32
# Share of the pictures with gaps that get implants or bridges, and of the gaps; of implants that carry nothing yet.
_REPLACED, _BRIDGED, _IMPLANTED, _COVERED = 0.75, 0.4, 0.6, 0.18
# Brightest grey of metal; blur of what is drawn, pixels of a picture of so many rows; dark seam that sharpening leaves.
_CEILING, _BLUR, _HALO, _ROWS = (232.0, 255.0), (0.45, 0.9), (0.0, 0.3), 512
_FULL = 255.0


@dataclass(frozen=True)
class PastedPanoramic:
    """A real radiograph with findings drawn into it.

    Args:
        image: (H, W) uint8, square pixels.
        findings: Every tooth that was outlined, what was drawn, and the picture's own plain metal fillings.
        unknown: Category -> (H, W) where such things may be that nobody marked: the picture's own dental work, and
            teeth whose outline does not tell whether they are impacted.
    """

    image: Int
    findings: tuple[PicturedFinding, ...]
    unknown: dict[str, Bool]


def draw_onto(rng: np.random.Generator, grey: Float, teeth: Sequence[LabelledTooth]) -> PastedPanoramic:
    """Findings drawn into the bare teeth and the gaps of a real radiograph.

    Teeth that have work already, lie askew or have not come stay as they are.

    Args:
        rng: Draws what, where and how.
        grey: (H, W) 0..255, bright is dense, square pixels.
        teeth: Those that are outlined; at least one.
    """
    real = look_at(grey, teeth)
    over = Overlay.on(real)
    donors = _donors(rng)
    treated, replaced = _plan(rng, real, donors)
    for tooth, donor in treated:
        over.add_tooth(rng, tooth, donor)
    for place, donor in replaced:
        over.add_at(rng, place, donor)
    sound, shown = _develop(rng, real, over)
    marks = [*over.marks, *(_whole(tooth) for tooth in real.teeth if tooth.fdi not in over.drawn)]
    return PastedPanoramic(
        image=np.clip(np.rint(shown), 0, _FULL).astype(np.uint8),
        findings=(*find_findings(marks, sound - shown), *find_clear_fillings(real)),
        unknown=_unknown(real),
    )


def _donors(rng: np.random.Generator) -> dict[int, PictureTooth]:
    """Number -> the tooth of a synthetic grown-up, whatever became of it, sound and in a frame of its own."""
    mouth = _lender(int(rng.integers(_LENDERS)))
    loss = float(rng.choice([rng.uniform(0, 1.5), rng.uniform(1.5, 4.0)]))
    return {tooth.fdi: PictureTooth(tooth.fdi, tooth.body, np.eye(4), bone_loss=loss) for tooth in mouth.teeth}


@lru_cache(maxsize=_LENDERS)
def _lender(number: int) -> Mouth:
    """One of the mouths that lend their teeth; to make one takes longer than all the rest."""
    rng = np.random.default_rng([_STREAM, number])
    mouth = make_mouth(rng)
    while mouth.age < _GROWN_UP:
        mouth = make_mouth(rng)
    return mouth


_Treated = list[tuple[RealTooth, PictureTooth]]
_Replaced = list[tuple[Place, PictureTooth]]


def _plan(
    rng: np.random.Generator, real: RealPanoramic, donors: Mapping[int, PictureTooth]
) -> tuple[_Treated, _Replaced]:
    """Which bare tooth gets the work of which synthetic one, and what stands in the gaps."""
    bare = {tooth.fdi: tooth for tooth in real.teeth if tooth.bare and tooth.fdi in donors}
    work = {tooth.fdi: tooth for tooth in draw_work(rng, [donors[fdi] for fdi in bare])}
    replaced: _Replaced = []
    for gap in find_gaps(real) if rng.random() < _REPLACED else ():
        ends = [tooth.fdi for tooth in gap.ends]
        bridge = len(ends) == 2 and all(fdi in work for fdi in ends) and rng.random() < _BRIDGED
        for place in gap.places:
            fate = "pontic" if bridge else "implant" if rng.random() < _IMPLANTED else None
            if fate and place.fdi in donors:
                covered = frozenset({"cover screw"}) if fate == "implant" and rng.random() < _COVERED else frozenset()
                replaced.append((place, replace(donors[place.fdi], fate=fate, work=covered)))
        if bridge:
            work |= {fdi: replace(work[fdi], work=work[fdi].work | {"crown"}) for fdi in ends}
    return [(bare[fdi], tooth) for fdi, tooth in work.items() if tooth.work], replaced


def _develop(rng: np.random.Generator, real: RealPanoramic, over: Overlay) -> tuple[Float, Float]:
    """(H, W) greys with the work alone, and with work and disease; both as the machine would show them."""
    ceiling = max(rng.uniform(*_CEILING), float(real.grey.max()))
    blur = rng.uniform(*_BLUR) * real.grey.shape[0] / _ROWS * np.array([1.0, 1.4])
    halo = rng.uniform(*_HALO)

    def tone(grey: Float) -> Float:
        room = ceiling - real.knee
        return np.where(grey > real.knee, real.knee + room * np.tanh((grey - real.knee) / room), grey)

    def changed(by: Float) -> Float:
        change = gaussian_filter(tone(real.grey + by) - tone(real.grey), blur)
        bright = np.maximum(change, 0)
        return real.grey + change + halo * np.minimum(bright - gaussian_filter(bright, 4 * blur), 0)

    return changed(over.added), changed(over.added - over.lost)


def _whole(tooth: RealTooth) -> Marks:
    """An outlined tooth as it is."""
    everything = (slice(0, tooth.mask.shape[0]), slice(0, tooth.mask.shape[1]))
    return Marks(tooth.fdi, everything, {tooth.category: tooth.mask} if tooth.category else {})


def _unknown(real: RealPanoramic) -> dict[str, Bool]:
    unclear = np.zeros(real.grey.shape, dtype=bool)
    for tooth in real.teeth:
        if tooth.category is None:
            unclear |= tooth.mask
    regions = dict.fromkeys(WORK, real.own.region) | dict.fromkeys((TOOTH, IMPACTED_TOOTH), unclear)
    return {category: region for category, region in regions.items() if region.any()}
