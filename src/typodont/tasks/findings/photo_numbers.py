"""The numbers of the teeth in a photograph, from where they stand and how large they are; and from where it was taken.

A table says where every tooth appears when a mouth is looked at from the front, from a side or onto a biting surface
(`photo_places`). It is laid over the teeth that were found, from every direction and with every tooth in the middle;
the layings that fit best each number the teeth with the chart decoder, and their answers are averaged. A close-up of
two or three teeth fits in many places, so that no number is sure there and none is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from typodont.anatomy import JAWS, LOWER, PERMANENT, UPPER, arch_order, size
from typodont.anatomy.chart import ToothCandidate, decode_chart
from typodont.anatomy.spacing import ChartPrior
from typodont.tasks.findings.options import PhotoView
from typodont.tasks.findings.photo_fit import Laying, best_layings
from typodont.tasks.findings.photo_places import BINS, Bin, ToothShape, load_places
from typodont.types import Bool, Float, Int

SURE = 0.6
"""Least probability of a number that is given."""

TRUST = 0.5
"""How much places and sizes count: those of neighbours vary together, and the table takes them as independent."""

PRIOR = ChartPrior(
    reject_cost=8.0,
    missing_cost=(1.5,) * 8,
    end_missing_cost=0.0,
    closed_share=0.06,
    partly_closed_share=0.1,
    diastema_share=0.03,
)
"""Photographs show part of the row, so teeth missing at its ends cost nothing; between others a tooth is missing where
the network overlooked it, too, so that wide spaces are more often a tooth than empty, and seldom closed."""

BEND_MM = 30.0
"""Half the width of a mouth, about: the unit in which the line between the rows bends."""

APART, FEW, MANY = 0.7, 2, 8
"""So many tooth widths away from a row of `MANY` teeth, `FEW` teeth or fewer take no part in the numbering."""

SHOWS = 0.2
"""A row runs through the places of the teeth that show in at least this share of mouths."""

SIDE_FROM = 25.0
"""A mouth that is looked at from this many degrees and more is looked at from a side."""


@dataclass(frozen=True)
class PhotoNumbers:
    """What the teeth of a photograph are.

    Args:
        numbers: FDI number of every tooth; None where no number is sure.
        probability: Of the best number of every tooth, also where it is not given.
        view: From where the photograph was taken; None where nothing tells.
        view_probability: Of that view.
    """

    numbers: tuple[int | None, ...]
    probability: tuple[float, ...]
    view: PhotoView | None
    view_probability: float


def number_photo(
    teeth: Sequence[ToothShape],
    shape: tuple[int, int],
    *,
    view: PhotoView | None = None,
    mirrored: bool = False,
    sure: float = SURE,
) -> PhotoNumbers:
    """Numbers of the teeth of a photograph.

    Args:
        teeth: Of both jaws, pixels.
        shape: (H, W) of the picture.
        view: From where it was taken, where that is known.
        mirrored: The patient's right is at the right of the picture, as in an uncorrected picture of a mirror.
        sure: Least probability of a number that is given.
    """
    if not teeth:
        return PhotoNumbers((), (), view, 0.0 if view is None else 1.0)
    beside = stray(teeth)
    if beside.any():
        rows = [tooth for tooth, is_stray in zip(teeth, beside, strict=True) if not is_stray]
        found = number_photo(rows, shape, view=view, mirrored=mirrored, sure=sure)
        numbers, probability = iter(found.numbers), iter(found.probability)
        return replace(
            found,
            numbers=tuple(None if is_stray else next(numbers) for is_stray in beside),
            probability=tuple(0.0 if is_stray else next(probability) for is_stray in beside),
        )
    layings = best_layings(teeth, shape, allowed=lambda seen: view in (None, view_of(seen)), mirrored=mirrored)
    charts = [_chances(laying, teeth) for laying in layings]
    scores = np.array([TRUST * laying.score + score for laying, (_, score) in zip(layings, charts, strict=True)])
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    chance = np.einsum("l,lnt->nt", weights, [chance for chance, _ in charts])
    best = chance.argmax(axis=1)
    probability = chance[np.arange(len(teeth)), best]
    views: dict[PhotoView, float] = {}
    for weight, laying in zip(weights.tolist(), layings, strict=True):
        views[view_of(laying.seen)] = views.get(view_of(laying.seen), 0.0) + weight
    likeliest = max(views, key=views.__getitem__)
    return PhotoNumbers(
        tuple(PERMANENT[t] if p >= sure else None for t, p in zip(best, probability, strict=True)),
        tuple(map(float, probability)),
        likeliest if views[likeliest] >= sure else None,
        views[likeliest],
    )


def stray(teeth: Sequence[ToothShape]) -> Bool:
    """(n,) bool: one or two found teeth by themselves, away from many: a glove, a reflection, or nobody knows which."""
    centre, extent = (np.array([getattr(tooth, name) for tooth in teeth]) for name in ("centre", "extent"))
    gap = np.abs(centre[:, None] - centre) - 0.5 * (extent[:, None] + extent)
    together = np.hypot(*np.moveaxis(gap.clip(0), -1, 0)) < APART * np.median(extent)
    _, cluster = connected_components(csr_matrix(together), directed=False)
    size_of = np.bincount(cluster)[cluster]
    return (size_of <= FEW) & (size_of.max() >= MANY)


def view_of(seen: Bin) -> PhotoView:
    """The name of the picture that is taken from a direction."""
    if seen.jaw is not None:
        return "upper" if seen.jaw == "upper" else "lower"
    if abs(seen.yaw) < SIDE_FROM:
        return "front"
    return "left" if seen.yaw > 0 else "right"


def _chances(laying: Laying, teeth: Sequence[ToothShape]) -> tuple[Float, float]:
    """(n, 32) float: probability of every number for every tooth, if the mouth lies so; rows sum to 1 or less.

    And the logarithm of how probable the best charts of both jaws are.
    """
    chance, score = np.zeros(laying.votes.shape), 0.0
    upper = _is_upper(laying)
    for name, columns in _COLUMNS.items():
        row = arch_order(name)
        mine = np.flatnonzero(upper == (name == UPPER))
        if not len(mine):
            continue
        votes = laying.votes[mine][:, columns]
        share = np.exp(votes - np.logaddexp.reduce(votes, axis=1, keepdims=True))
        order = np.argsort(_along(laying, mine, columns), kind="stable")
        mine, width = mine[order], share[order] @ [size(fdi).md_crown for fdi in row]
        candidates = [
            ToothCandidate(
                dict(zip((0, *row), (TRUST * np.r_[laying.none[i], laying.votes[i, columns]]).tolist(), strict=True)),
                position,
            )
            for i, position in zip(mine, unrolled([teeth[i] for i in mine], width).tolist(), strict=True)
        ]
        decoding = decode_chart(candidates, name, n_best=1, prior=PRIOR)
        for i, numbers in zip(mine, decoding.posteriors, strict=True):
            chance[i, columns] = [numbers.get(fdi, 0.0) for fdi in row]
        score += decoding.charts[0].log_score
    return chance, score


def _is_upper(laying: Laying) -> Bool:
    """(n,) bool: teeth of the upper jaw.

    In a closed bite the rows are parted by a line of this very mouth: one curve through both, as high as the table says
    at first, and moved until it parts them best.
    """
    upper, lower = (np.logaddexp.reduce(laying.votes[:, _COLUMNS[name]], axis=1) for name in (UPPER, LOWER))
    share = 1 / (1 + np.exp(lower - upper))
    if laying.seen.jaw is not None:
        return np.full(len(share), laying.seen.jaw == UPPER)
    if laying.seen.open:
        return share > 0.5
    x, y = laying.off.T / BEND_MM
    for _ in range(3):
        terms = np.stack([np.ones_like(x), x, x**2, 2 * share - 1], axis=1)
        curve = np.linalg.solve(terms.T @ terms + np.diag([0.0, 0.05, 0.05, 0.05]), terms.T @ y)
        share = np.where(y < terms[:, :3] @ curve[:3], 1.0, 0.0)
    return share > 0.5


def _along(laying: Laying, teeth: Int, columns: Int) -> Float:
    """(n,) float: where along the row of a jaw some teeth stand, as places in the row, for their order only."""
    places = load_places()
    b = BINS.index(laying.seen)
    shown = np.flatnonzero(places.shows[b, columns] >= SHOWS)
    line = places.mean[b, columns[shown], :2]
    start, step = line[:-1], np.diff(line, axis=0)
    beside = laying.off[teeth][:, None] - start
    low, high = np.zeros(len(step)), np.ones(len(step))
    low[0], high[-1] = -np.inf, np.inf
    part = ((beside * step).sum(axis=-1) / (step**2).sum(axis=-1)).clip(low, high)
    away = np.linalg.norm(beside - part[..., None] * step, axis=-1)
    nearest = away.argmin(axis=1)
    return nearest + part[np.arange(len(teeth)), nearest]


def unrolled(teeth: Sequence[ToothShape], width: Float) -> Float:
    """(n,) float: places along the arch, mm, of a row of teeth in order, however foreshortened the picture shows it.

    Teeth that touch in the picture, or hide each other in part, stand half of both their widths apart; a gap between
    them counts in the scale of the two teeth.

    Args:
        teeth: As they appear.
        width: (n,) their true widths, about, mm.
    """
    places = np.zeros(len(teeth))
    for i in range(1, len(teeth)):
        one, other = teeth[i - 1], teeth[i]
        step = np.subtract(other.centre, one.centre)
        distance = float(np.hypot(*step))
        along = np.abs(step) / max(distance, 1e-9)
        shown = 0.5 * sum(float(np.hypot(*(along * tooth.extent))) for tooth in (one, other))
        true = 0.5 * (width[i - 1] + width[i])
        places[i] = places[i - 1] + true * max(1.0, distance / shown)
    return places


_COLUMNS = {name: np.array([PERMANENT.index(fdi) for fdi in arch_order(name)]) for name in JAWS}
"""Where the teeth of a jaw stand in `PERMANENT`, in the order of the arch."""
