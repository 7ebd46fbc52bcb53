"""All charts of a row of teeth as paths through a lattice; `typodont.anatomy.chart` is its public face."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from typodont.anatomy.relations import arch_order, successor
from typodont.anatomy.sizes import size
from typodont.anatomy.spacing import ChartPrior, midline_offsets
from typodont.anatomy.teeth import number

if TYPE_CHECKING:
    from typodont.anatomy.chart import ToothCandidate

NO_TOOTH = 0

Node = tuple[int, int]
"""(candidate index, FDI number)"""

Back = tuple[int, int, int] | None
"""(candidate index, FDI number, rank of the prefix there), or None at the start of a path"""


class ChartLattice:
    """Nodes (candidate, tooth), links between nodes that may follow one another, and their scores.

    A path through the lattice is a chart: it visits the candidates that are teeth, in order, with rising places.
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
        rejects = [_log_sum([_vote(c, NO_TOOTH, prior), -prior.reject_cost]) for c in candidates]
        self.rejected = [sum(rejects[:i]) for i in range(len(rejects) + 1)]
        offsets = midline_offsets(self.order)
        self.votes = [{fdi: self._vote(c, fdi, midline, offsets) for fdi in self.teeth} for c in candidates]
        self.links = self._links()
        self.all_rejected = self.rejected[-1] - prior.missing_beyond(tuple(number(fdi) for fdi in self.order))

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

    def _links(self) -> dict[Node, list[tuple[int, int, float]]]:
        """Node -> its possible predecessors (candidate, tooth, score); the score covers all that is in between."""
        links: dict[Node, list[tuple[int, int, float]]] = {}
        skipped = {
            (first, second): self.order[self.place[first] + 1 : self.place[second]]
            for first in self.teeth
            for second in self.teeth
            if self.place[first] < self.place[second]
        }
        absent = {pair: self.prior.missing_between(tuple(map(number, row))) for pair, row in skipped.items()}
        room = {pair: tuple(size(fdi).md_crown * self.scale for fdi in row) for pair, row in skipped.items()}
        for later in range(len(self.candidates)):
            for fdi in self.teeth:
                links[later, fdi] = []
            for earlier in range(later):
                passed = self.rejected[later] - self.rejected[earlier + 1]
                for (first, second), cost in absent.items():
                    score = passed - cost + self._spacing(earlier, first, later, second, room[first, second])
                    links[later, second].append((earlier, first, score))
        return links

    def _spacing(self, earlier: int, first: int, later: int, second: int, between: tuple[float, ...]) -> float:
        a, b = self.candidates[earlier], self.candidates[later]
        if a.position is None or b.position is None:
            return 0.0
        contact = (self._width(a, first) + self._width(b, second)) / 2
        return self.prior.log_spacing(b.position - a.position, contact, between, scale=self.scale)

    def _width(self, candidate: ToothCandidate, fdi: int) -> float:
        return candidate.width if candidate.width is not None else size(fdi).md_crown * self.scale

    def _start(self, candidate: int, fdi: int) -> float:
        before = self.order[: self.place[fdi]]
        return self.rejected[candidate] - self.prior.missing_beyond(tuple(number(f) for f in before))

    def _end(self, candidate: int, fdi: int) -> float:
        after = self.order[self.place[fdi] + 1 :]
        passed = self.rejected[-1] - self.rejected[candidate + 1]
        return passed - self.prior.missing_beyond(tuple(number(f) for f in after))

    def best_paths(self, n_best: int) -> list[tuple[tuple[int, ...], float]]:
        """The n best paths; each node keeps its n best prefixes, linked back to where they came from."""
        prefixes: dict[Node, list[tuple[float, Back]]] = {}
        for node, links in self.links.items():
            ways: list[tuple[float, Back]] = [(self._start(*node), None)]
            for earlier, fdi, link in links:
                ways += [(score + link, (earlier, fdi, rank)) for rank, (score, _) in enumerate(prefixes[earlier, fdi])]
            best = heapq.nlargest(n_best, ways, key=lambda way: way[0])
            prefixes[node] = [(score + self.votes[node[0]][node[1]], back) for score, back in best]
        finished: list[tuple[float, Back]] = [(self.all_rejected, None)]
        for node, ways in prefixes.items():
            finished += [(score + self._end(*node), (*node, rank)) for rank, (score, _) in enumerate(ways)]
        best = heapq.nlargest(n_best, finished, key=lambda way: way[0])
        return [(self._trace(prefixes, back), score) for score, back in best]

    def _trace(self, prefixes: Mapping[Node, list[tuple[float, Back]]], back: Back) -> tuple[int, ...]:
        fdi = [NO_TOOTH] * len(self.candidates)
        while back is not None:
            candidate, tooth, rank = back
            fdi[candidate] = tooth
            back = prefixes[candidate, tooth][rank][1]
        return tuple(fdi)

    def posteriors(self) -> tuple[dict[int, float], ...]:
        """Per candidate, the probability of each number over all paths."""
        forward, backward = self._sweep(_log_sum)
        total = _log_sum([self.all_rejected, *(score + self._end(*node) for node, score in forward.items())])
        result = []
        for i in range(len(self.candidates)):
            chances = {fdi: math.exp(forward[i, fdi] + backward[i, fdi] - total) for fdi in self.teeth}
            result.append({NO_TOOTH: max(0.0, 1.0 - sum(chances.values())), **chances})
        return tuple(result)

    def margins(self, best: Sequence[int], best_score: float) -> tuple[float, ...]:
        """Per candidate, best score minus the best score of any path that treats it differently."""
        forward, backward = self._sweep(max)
        around = self._best_around(forward, backward)
        result = []
        for i, chosen in enumerate(best):
            rivals = [forward[i, fdi] + backward[i, fdi] for fdi in self.teeth if fdi != chosen]
            if chosen != NO_TOOTH:
                rivals.append(around[i])
            result.append(max(0.0, best_score - max(rivals)))
        return tuple(result)

    def _sweep(self, combine: Callable[[list[float]], float]) -> tuple[dict[Node, float], dict[Node, float]]:
        """Combined (max or log sum) score of all paths up to and with each node, and of all paths after it."""
        forward: dict[Node, float] = {}
        for node, links in self.links.items():
            ways = [self._start(*node), *(forward[a, fdi] + link for a, fdi, link in links)]
            forward[node] = combine(ways) + self.votes[node[0]][node[1]]
        onward = {node: [self._end(*node)] for node in self.links}
        backward: dict[Node, float] = {}
        for node in sorted(self.links, key=lambda node: -node[0]):
            backward[node] = combine(onward[node])
            gain = backward[node] + self.votes[node[0]][node[1]]
            for earlier, fdi, link in self.links[node]:
                onward[earlier, fdi].append(link + gain)
        return forward, backward

    def _best_around(self, forward: Mapping[Node, float], backward: Mapping[Node, float]) -> list[float]:
        """Per candidate, the best score of any path that rejects it, from a sweep with max."""
        around = [self.all_rejected] * len(self.candidates)
        for node, links in self.links.items():
            later, tooth = node
            gain = self.votes[later][tooth] + backward[node]
            best = {-1: self._start(*node) + gain}
            for earlier, fdi, link in links:
                best[earlier] = max(forward[earlier, fdi] + link + gain, best.get(earlier, -math.inf))
            for earlier, score in best.items():
                for i in range(earlier + 1, later):
                    around[i] = max(around[i], score)
            for i in range(later + 1, len(self.candidates)):
                around[i] = max(around[i], forward[node] + self._end(*node))
        return around


def _vote(candidate: ToothCandidate, fdi: int, prior: ChartPrior) -> float:
    return max(candidate.log_probabilities.get(fdi, -math.inf), prior.min_log_probability)


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(v - top) for v in values))
