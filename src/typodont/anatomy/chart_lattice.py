"""All charts of a row of teeth as paths through a lattice; `typodont.anatomy.chart` is its public face."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from typodont.anatomy.relations import arch_order, successor
from typodont.anatomy.sizes import size
from typodont.anatomy.spacing import ChartPrior, midline_offsets
from typodont.anatomy.teeth import number
from typodont.types import Float, Int

if TYPE_CHECKING:
    from typodont.anatomy.chart import ToothCandidate

NO_TOOTH = 0

Combine = Callable[[Float], Float]
"""(ways, teeth) scores to one score per tooth: the best way, or the logarithm of the sum over all."""


class ChartLattice:
    """Nodes (candidate, tooth), links between nodes that may follow one another, and their scores.

    A path through the lattice is a chart: it visits the candidates that are teeth, in order, with rising places.
    Scores are arrays over n candidates and k teeth; what is not possible is minus infinity.
    """

    def __init__(
        self, candidates: Sequence[ToothCandidate], jaw: str, prior: ChartPrior, scale: float, midline: float | None
    ) -> None:
        self.candidates, self.prior, self.scale = candidates, prior, scale
        self.order = arch_order(jaw)
        self.place = {fdi: i for i, fdi in enumerate(self.order)}
        voted = {fdi for c in candidates for fdi in c.log_probabilities}
        milk = [fdi for fdi in arch_order(jaw, milk=True) if fdi in voted]
        self.place |= {fdi: self.place[successor(fdi)] for fdi in milk}
        self.teeth = tuple(sorted(self.place, key=lambda fdi: (self.place[fdi], fdi)))
        rejects = [np.logaddexp(_vote(c, NO_TOOTH, prior), -prior.reject_cost) for c in candidates]
        self.rejected = np.concatenate([[0.0], np.cumsum(rejects)])
        offsets = midline_offsets(self.order)
        shape = (len(candidates), len(self.teeth))
        votes = [self._vote(c, fdi, midline, offsets) for c in candidates for fdi in self.teeth]
        self.votes = np.array(votes, dtype=float).reshape(shape)
        ends = [self._beyond(fdi) for fdi in self.teeth]
        self.start = self.rejected[:-1, None] - [before for before, _ in ends]
        self.end = (self.rejected[-1] - self.rejected[1:, None]) - [after for _, after in ends]
        self.links = self._links()
        self.all_rejected = float(self.rejected[-1] - prior.missing_beyond(_numbers(self.order)))

    def _vote(self, candidate: ToothCandidate, fdi: int, midline: float | None, offsets: Mapping[int, float]) -> float:
        score = _vote(candidate, fdi, self.prior)
        if number(fdi) == 8:
            score -= self.prior.wisdom_cost
        if candidate.width is not None:
            score += self.prior.log_width(candidate.width, fdi, scale=self.scale)
        if candidate.position is not None and midline is not None:
            expected = offsets[self.order[self.place[fdi]]] * self.scale
            score += self.prior.log_midline(candidate.position - midline, expected, fdi, scale=self.scale)
        return score

    def _beyond(self, fdi: int) -> tuple[float, float]:
        """Costs of the teeth that are missing before this one, if it is the first, and after it, if it is the last."""
        place = self.place[fdi]
        rows = self.order[:place], self.order[place + 1 :]
        before, after = (self.prior.missing_beyond(_numbers(row)) for row in rows)
        return before, after

    def _links(self) -> Float:
        """(n, n, k, k) score of going from [earlier, :, tooth] to [:, later, :, tooth], all in between included."""
        place = np.array([self.place[fdi] for fdi in self.teeth])
        absent, room, gaps = (np.zeros((len(place), len(place))) for _ in range(3))
        for a, b in zip(*np.nonzero(place[:, None] < place), strict=True):
            skipped = self.order[place[a] + 1 : place[b]]
            absent[a, b] = self.prior.missing_between(_numbers(skipped))
            room[a, b] = sum(size(fdi).md_crown for fdi in skipped) * self.scale
            gaps[a, b] = len(skipped)
        position = np.array([np.nan if c.position is None else c.position for c in self.candidates])
        width = np.array([[self._width(c, fdi) for fdi in self.teeth] for c in self.candidates])
        width = width.reshape(self.votes.shape)
        contact = (width[:, None, :, None] + width[None, :, None, :]) / 2
        distance = (position - position[:, None])[:, :, None, None]
        passed = self.rejected[None, :-1] - self.rejected[1:, None]
        links = passed[:, :, None, None] - absent
        links = links + self.prior.log_spacing(distance, contact, room, gaps, scale=self.scale)
        later = np.arange(len(position)) > np.arange(len(position))[:, None]
        return np.where(later[:, :, None, None] & (place[:, None] < place), links, -np.inf)

    def _width(self, candidate: ToothCandidate, fdi: int) -> float:
        return candidate.width if candidate.width is not None else size(fdi).md_crown * self.scale

    def best_paths(self, n_best: int) -> list[tuple[tuple[int, ...], float]]:
        """The n best paths; each node keeps its n best prefixes, linked back to where they came from."""
        n, k = self.votes.shape
        score = np.full((n, k, n_best), -np.inf)
        back = np.full((n, k, n_best), -1, dtype=np.int64)  # place of the prefix in `score`, -1 at the start of a path
        for later in range(n):
            onward = score[:later, :, :, None] + self.links[:later, later, :, None, :]
            ways = np.concatenate([self.start[later][None], onward.reshape(-1, k)])
            best = _largest(ways, n_best)
            rank = range(len(best))
            score[later][:, rank] = (np.take_along_axis(ways, best, axis=0) + self.votes[later]).T
            back[later][:, rank] = best.T - 1
        finished = np.concatenate([[self.all_rejected], (score + self.end[:, :, None]).ravel()])
        best = _largest(finished, n_best)
        return [(self._trace(back, int(way) - 1), float(finished[way])) for way in best if np.isfinite(finished[way])]

    def _trace(self, back: Int, at: int) -> tuple[int, ...]:
        fdi = [NO_TOOTH] * len(self.candidates)
        while at >= 0:
            candidate, tooth, _ = np.unravel_index(at, back.shape)
            fdi[candidate] = self.teeth[tooth]
            at = int(back.flat[at])
        return tuple(fdi)

    def posteriors(self) -> tuple[dict[int, float], ...]:
        """Per candidate, the probability of each number over all paths."""
        forward, backward = self._sweep(lambda ways: np.logaddexp.reduce(ways, axis=0))
        total = np.logaddexp.reduce([self.all_rejected, *(forward + self.end).ravel()])
        result = []
        for chances in np.exp(forward + backward - total):
            by_number = dict(zip(self.teeth, chances.tolist(), strict=True))
            result.append({NO_TOOTH: max(0.0, 1.0 - sum(by_number.values())), **by_number})
        return tuple(result)

    def margins(self, best: Sequence[int], best_score: float) -> tuple[float, ...]:
        """Per candidate, best score minus the best score of any path that treats it differently."""
        forward, backward = self._sweep(lambda ways: ways.max(axis=0))
        around = self._best_around(forward, backward)
        result = []
        for i, chosen in enumerate(best):
            rivals = (forward + backward)[i, [fdi != chosen for fdi in self.teeth]]
            rival = float(rivals.max()) if chosen == NO_TOOTH else max(float(rivals.max()), around[i])
            result.append(max(0.0, best_score - rival))
        return tuple(result)

    def _sweep(self, combine: Combine) -> tuple[Float, Float]:
        """(n, k) each: combined score of all paths up to and with each node, and of all paths after it."""
        n, k = self.votes.shape
        forward, backward = np.zeros((n, k)), np.zeros((n, k))
        for later in range(n):
            ways = (forward[:later, :, None] + self.links[:later, later]).reshape(-1, k)
            forward[later] = combine(np.concatenate([self.start[later][None], ways])) + self.votes[later]
        for earlier in reversed(range(n)):
            ahead = (backward + self.votes)[earlier + 1 :, None, :] + self.links[earlier, earlier + 1 :]
            ways = ahead.transpose(0, 2, 1).reshape(-1, k)
            backward[earlier] = combine(np.concatenate([self.end[earlier][None], ways]))
        return forward, backward

    def _best_around(self, forward: Float, backward: Float) -> list[float]:
        """Per candidate, the best score of any path that rejects it, from a sweep with max."""
        onward = self.votes + backward
        first, last = (self.start + onward).max(axis=1), (forward + self.end).max(axis=1)
        over = (forward[:, None, :, None] + self.links + onward[None, :, None, :]).max(axis=(2, 3))
        return [
            float(max([self.all_rejected, *first[i + 1 :], *last[:i], *over[:i, i + 1 :].ravel()]))
            for i in range(len(self.candidates))
        ]


def _numbers(row: Sequence[int]) -> tuple[int, ...]:
    return tuple(number(fdi) for fdi in row)


def _largest(ways: Float, n: int) -> Int:
    """Places of the n largest along the first axis, largest first; the earlier one of equals."""
    return np.argsort(-ways, axis=0, kind="stable")[:n]


def _vote(candidate: ToothCandidate, fdi: int, prior: ChartPrior) -> float:
    return max(candidate.log_probabilities.get(fdi, -math.inf), prior.min_log_probability)
