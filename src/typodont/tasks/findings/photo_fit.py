"""Lay the table of tooth places over the teeth of a photograph, from every direction at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from typodont.anatomy import LOWER, PERMANENT, jaw
from typodont.tasks.findings.photo_places import BINS, Bin, PhotoPlaces, ToothShape, load_places
from typodont.types import Bool, Float, Int

Complex = NDArray[np.complexfloating]

SCALES = (0.87, 1.1)
SHIFTS_MM = np.arange(-32.0, 33.0, 4.0)
"""First guesses: how large the teeth are against the usual ones, and how far the mouth's middle lies from theirs."""

ROUNDS = (2.5, 2.0, 1.6, 1.3, 1.0, 1.0, 1.0)
"""By how much the spreads are widened, round by round, so that a laying that is off can still slide into place."""

PLACE_MM, LOG_SIZE = 1.0, 0.15
"""Spread of what a network finds around what is there: places, and logarithms of sizes."""

STRANGE = 0.02
"""Share of found teeth that are none."""
STRANGE_DENSITY = -9.0
"""Logarithm of how densely those lie among places (mm) and sizes."""

TILT = np.radians(8.0)
"""Usual tilt of a camera about the line of sight."""

UNSEEN, TWICE = 1.0, 3.0
"""What it costs that a tooth that should show was not found, and that two found teeth are taken for one."""

TURNED_ROUND = 8.0
"""What it costs to take a picture of a biting surface for one that lies upside down."""

DROP_MM = 12.0
"""Usual distance by which an open mouth is wider or less wide open than in the table."""

STRETCH = 0.08
"""Usual share by which arches are wider or narrower than in the table."""

BEND = 0.005
"""Usual curve of the rows against the table's, as the camera looks from above or below, mm per square mm."""

TIGHT = 0.8
"""Spread of places once a mouth has its own width and curve, as a share of that in the table."""

LEAST_TRIED = 40
"""Every round goes on with the better half of the layings, but never fewer than so many."""

MANY, WORST, SAME_MM = 8, 8.0, 2.5
"""So many layings are kept, if their score is no more than this behind the best one, and they are not the same within
so many mm."""


@dataclass(frozen=True)
class Laying:
    """One way in which the mouth of the table may lie in a picture with n teeth.

    Args:
        seen: From where the mouth is looked at.
        votes: (n, 32) float: log probability of every permanent number, in the order of `PERMANENT`.
        none: (n,) float: log probability that it is no tooth.
        off: (n, 2) float: where the teeth stand in the table's frame: x, y, mm.
        score: Logarithm of how well it fits; only differences mean something.
    """

    seen: Bin
    votes: Float
    none: Float
    off: Float
    score: float


@dataclass
class _Pose:
    """H layings of the table: pixels = turn * mm + shift, places as complex numbers (x right, y down).

    Args:
        bins: (H,) int: place in `BINS`.
        around: (H,) bool: upside down.
        turn: (H,) complex: pixels per mm, and tilt.
        shift: (H,) complex: pixels.
        drop: (H,) float: mm by which the lower jaw lies lower than in the table.
        stretch: (H,) float: how much wider the arches are than in the table.
        bend: (H,) float: how much more the rows curve down at their ends, mm per square mm.
    """

    bins: Int
    around: Bool
    turn: Complex
    shift: Complex
    drop: Float
    stretch: Float
    bend: Float

    def of(self, some: Int) -> _Pose:
        """Some of the layings."""
        return _Pose(*(getattr(self, name.name)[some] for name in fields(self)))


@dataclass(frozen=True)
class _Teeth:
    """The n teeth of a picture.

    Args:
        place: (n,) complex: pixels.
        size: (n, 2) float: logarithms of width and height, pixels.
    """

    place: Complex
    size: Float


def best_layings(
    teeth: Sequence[ToothShape],
    shape: tuple[int, int],
    *,
    allowed: Callable[[Bin], bool] = lambda seen: True,
    mirrored: bool = False,
) -> list[Laying]:
    """The layings that fit best, best first, all different; at most `MANY`.

    Args:
        teeth: One or more.
        shape: (H, W) of the picture.
        allowed: Which directions of view are tried.
        mirrored: The picture shows the patient's right at its right.
    """
    places = load_places()
    centre = np.array([tooth.centre for tooth in teeth])
    if mirrored:
        centre[:, 0] = shape[1] - 1 - centre[:, 0]
    found = _Teeth(centre[:, 0] + 1j * centre[:, 1], np.log([tooth.extent for tooth in teeth]))
    pose = _first_guesses(found, places, [i for i, seen in enumerate(BINS) if allowed(seen)])
    for widen in ROUNDS:
        votes, none = _votes(found, pose, places, widen)
        score = np.logaddexp(np.logaddexp.reduce(votes, axis=2), none).sum(axis=1)
        best = np.argsort(-score)[: max(LEAST_TRIED, len(score) // 2)]
        share = np.exp(votes[best] - np.logaddexp(np.logaddexp.reduce(votes[best], axis=2), none[best])[..., None])
        pose = _moved(found, pose.of(best), places, share, widen)
    votes, none = _votes(found, pose, places, 1.0)
    score = _score(votes, none, pose, places, shape)
    different = _different(pose, score)
    whole = np.logaddexp(np.logaddexp.reduce(votes, axis=2), none)
    at = (found.place[None] - pose.shift[:, None]) / pose.turn[:, None]
    x = at.real / pose.stretch[:, None]
    at = np.stack([x, at.imag - pose.bend[:, None] * x**2], axis=-1)
    return [
        Laying(BINS[pose.bins[h]], votes[h] - whole[h][:, None], none[h] - whole[h], at[h], float(score[h]))
        for h in different
    ]


def _first_guesses(found: _Teeth, places: PhotoPlaces, bins: Sequence[int]) -> _Pose:
    guesses = [(b, around) for b in bins for around in ((False, True) if BINS[b].jaw is not None else (False,))]
    grid = [(b, around, scale, mm) for b, around in guesses for scale in SCALES for mm in SHIFTS_MM]
    bin_of = np.array([b for b, *_ in grid])
    around = np.array([a for _, a, *_ in grid])
    usual = places.shows > 0.5
    size_mm = np.array([np.median(places.mean[b, usual[b], 2:].mean(axis=1)) for b in range(len(BINS))])
    scale = np.exp(np.median(found.size.mean(axis=1)) - size_mm[bin_of]) * [s for *_, s, _ in grid]
    middle = np.array([_places(places)[b, usual[b]].mean() for b in range(len(BINS))])
    turn = np.where(around, -1, 1) * scale.astype(complex)
    shift = found.place.mean() - turn * (middle[bin_of] + [mm for *_, mm in grid])
    return _Pose(bin_of, around, turn, shift, np.zeros(len(grid)), np.ones(len(grid)), np.zeros(len(grid)))


def _places(places: PhotoPlaces) -> Complex:
    """(B, 32) complex mm."""
    return places.mean[..., 0] + 1j * places.mean[..., 1]


def _table(pose: _Pose, places: PhotoPlaces) -> Complex:
    """(H, 32) complex mm: the places of the table, stretched and bent, the lower jaw dropped."""
    x, y = places.mean[pose.bins, :, 0], places.mean[pose.bins, :, 1]
    down = y + pose.bend[:, None] * x**2 + pose.drop[:, None] * _IS_LOWER
    return pose.stretch[:, None] * x + 1j * down


def _spreads(pose: _Pose, places: PhotoPlaces, widen: float) -> Float:
    """(H, 32, 4) float, mm and logarithms."""
    more = np.array([PLACE_MM, PLACE_MM, LOG_SIZE, LOG_SIZE])
    return widen * np.hypot([TIGHT, TIGHT, 1, 1] * places.spread[pose.bins], more)


def _votes(found: _Teeth, pose: _Pose, places: PhotoPlaces, widen: float) -> tuple[Float, Float]:
    """(H, n, 32) and (H, n) log densities: each found tooth is this tooth of the table, or none."""
    off = (found.place[None] - pose.shift[:, None]) / pose.turn[:, None]  # (H, n) mm
    off = off[:, :, None] - _table(pose, places)[:, None, :]
    size = found.size[None] - np.log(np.abs(pose.turn))[:, None, None]
    wide = size[:, :, None, :] - places.mean[pose.bins][:, None, :, 2:]
    spread = _spreads(pose, places, widen)[:, None]
    squares = (off.real / spread[..., 0]) ** 2 + (off.imag / spread[..., 1]) ** 2
    squares += ((wide / spread[..., 2:]) ** 2).sum(axis=-1)
    with np.errstate(divide="ignore"):  # a tooth that never shows there is not found there
        shows = np.log(places.shows[pose.bins])[:, None]
    votes = shows - 0.5 * squares - np.log(spread).sum(axis=-1)
    none = np.full(votes.shape[:2], np.log(STRANGE) + STRANGE_DENSITY)
    return votes, none


def _moved(found: _Teeth, pose: _Pose, places: PhotoPlaces, share: Float, widen: float) -> _Pose:
    """The layings moved, turned and scaled to fit the teeth that each claims; (H, n, 32) shares of those claims."""
    table = _table(pose, places)
    spread = _spreads(pose, places, widen)
    weight = share / (spread[..., 0] * spread[..., 1])[:, None]
    total = weight.sum(axis=(1, 2)) + 1e-9
    table_mid = np.einsum("hnt,ht->h", weight, table) / total
    found_mid = np.einsum("hnt,n->h", weight, found.place) / total
    table_off, found_off = table - table_mid[:, None], found.place[None] - found_mid[:, None]
    power = np.einsum("hnt,ht->h", weight, np.abs(table_off) ** 2)
    turn = np.einsum("hnt,ht,hn->h", weight, table_off.conj(), found_off) / (power + 1e-9)
    upright = np.where(pose.around, -1, 1)
    tilt = np.angle(turn * upright) * power / (power + TILT**-2)
    by_size = (share[..., None] / spread[:, None, :, 2:] ** 2).sum(axis=(1, 2))
    sizes = np.einsum("hnt,htk,nk->h", share, spread[..., 2:] ** -2.0, found.size)
    sizes -= np.einsum("hnt,htk,htk->h", share, spread[..., 2:] ** -2.0, places.mean[pose.bins][..., 2:])
    log_scale = (power * np.log(np.abs(turn) + 1e-9) + sizes) / (power + by_size.sum(axis=1) + 1e-9)
    turn = upright * np.exp(log_scale + 1j * tilt)
    shift = found_mid - turn * table_mid
    return _shaped(found, replace(pose, turn=turn, shift=shift), places, weight)


def _shaped(found: _Teeth, pose: _Pose, places: PhotoPlaces, weight: Float) -> _Pose:
    """The layings with the shape of this mouth: width of its arches, curve of its rows, how far it is open.

    An open mouth alone drops its lower jaw, and rows are only bent where they are seen from outside.
    """
    x, y = places.mean[pose.bins, :, 0], places.mean[pose.bins, :, 1]
    off = ((found.place[None] - pose.shift[:, None]) / pose.turn[:, None])[:, :, None]
    wide = np.einsum("hnt,hnt,ht->h", weight, np.broadcast_to(off.real, weight.shape), x) + STRETCH**-2
    stretch = wide / (np.einsum("hnt,ht->h", weight, x**2) + STRETCH**-2)
    low = off.imag - y[:, None]
    lower = weight * _IS_LOWER
    below = low - pose.bend[:, None, None] * x[:, None] ** 2
    drop = (lower * below).sum(axis=(1, 2)) / (lower.sum(axis=(1, 2)) + DROP_MM**-2)
    drop *= _OPEN[pose.bins]
    curved = low - (drop[:, None] * _IS_LOWER)[:, None]
    bend = np.einsum("hnt,hnt,ht->h", weight, curved, x**2)
    bend /= np.einsum("hnt,ht->h", weight, x**4) + BEND**-2
    return replace(pose, drop=drop, stretch=stretch, bend=bend * _OUTSIDE[pose.bins])


def _score(votes: Float, none: Float, pose: _Pose, places: PhotoPlaces, shape: tuple[int, int]) -> Float:
    """(H,) how well each laying fits, with what it costs that teeth were not found or are claimed twice."""
    whole = np.logaddexp(np.logaddexp.reduce(votes, axis=2), none)
    claimed = np.exp(votes - whole[..., None]).sum(axis=1)
    at = pose.turn[:, None] * _table(pose, places) + pose.shift[:, None]
    inside = (at.real > 0) & (at.real < shape[1]) & (at.imag > 0) & (at.imag < shape[0])
    unseen = (places.shows[pose.bins] * inside * (1 - claimed).clip(0)).sum(axis=1)
    twice = (claimed - 1).clip(0).sum(axis=1)
    return whole.sum(axis=1) - UNSEEN * unseen - TWICE * twice - TURNED_ROUND * pose.around


def _different(pose: _Pose, score: Float) -> list[int]:
    """The best layings that do not all but repeat a better one."""
    kept: list[int] = []
    for h in np.argsort(-score).tolist():
        same = [k for k in kept if pose.bins[k] == pose.bins[h] and pose.around[k] == pose.around[h]]
        apart = [abs(pose.shift[k] - pose.shift[h]) / abs(pose.turn[h]) for k in same]
        if len(kept) < MANY and score[h] > score[kept[0] if kept else h] - WORST and min(apart, default=9.9) > SAME_MM:
            kept.append(h)
    return kept


_OPEN = np.array([float(seen.open) for seen in BINS])
_OUTSIDE = np.array([float(seen.jaw is None) for seen in BINS])
_IS_LOWER = np.array([jaw(fdi) == LOWER for fdi in PERMANENT])
