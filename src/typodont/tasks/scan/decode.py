"""From tooth instances to FDI numbers: order along the row, one chart for the whole arch, fragments joined."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from typodont import anatomy
from typodont.anatomy.chart import ChartDecoding, ToothCandidate, decode_chart
from typodont.anatomy.spacing import ChartPrior
from typodont.tasks.scan.evidence import PointEvidence
from typodont.tasks.scan.instances import Instances, describe
from typodont.tasks.scan.row import ToothRow, fit_row, widths_on_row
from typodont.types import Bool, Float, Int

FLOOR = 1e-4

VOTE_POWER = 1.5
"""How much the network's votes count against sizes and distances."""

MILK = 0.6
"""Mean probability from which a tooth is taken for a milk tooth."""

PRIOR = ChartPrior(reject_cost=7.0, width_sd=0.22)
"""Scans: flaps beside a tooth make its measured width unreliable; that something large and sure is no tooth is rare."""

SPECK_MM2 = 6.0
"""Crown surface that makes "no tooth" e times less likely."""

WIDEST = 1.25
"""What is measured wider than this many times the tooth it is named for has a flap of gum at it."""

MERGED_WIDTH = 1.3
"""Two pieces of one tooth are at most this many times as wide together as the tooth should be."""


@dataclass(frozen=True)
class NumberedArch:
    """Teeth with their numbers.

    Args:
        instances: Only those that got a number, in order along the arch.
        fdi: (T,) int: permanent numbers; milk teeth by their successor.
        milk: (T,) bool.
        posterior: (T,) float: probability of the number over all charts.
        margin: (T,) float: log odds against the best chart with another number.
        decoding: Of the last round; its candidates are `instances` plus those that were rejected.
        row: The curve on which the teeth stand.
        width: (T,) float: along the row, mm.
        rejected: How many instances were taken for no tooth.
        candidate: (T,) int: which candidate of the decoding each tooth is.
    """

    instances: Instances
    fdi: Int
    milk: Bool
    posterior: Float
    margin: Float
    decoding: ChartDecoding
    row: ToothRow
    width: Float
    rejected: int
    candidate: Int

    def __len__(self) -> int:
        return len(self.fdi)

    @property
    def classes(self) -> Int:
        """(T,) int: scan classes."""
        return np.array([anatomy.scan_class(int(f)) for f in self.fdi], dtype=np.int64)

    def subset(self, keep: Bool) -> NumberedArch:
        """The teeth where `keep` (T,) is true; the others count as rejected."""
        names = ("fdi", "milk", "posterior", "margin", "width", "candidate")
        values = {name: getattr(self, name)[keep] for name in names}
        dropped = int(len(keep) - np.count_nonzero(keep))
        return replace(self, instances=self.instances.subset(keep), rejected=self.rejected + dropped, **values)


def number_teeth(
    evidence: PointEvidence, instances: Instances, *, jaw: str, n_best: int = 3, prior: ChartPrior | None = None
) -> NumberedArch:
    """Number the instances of an arch; pieces of one tooth are joined and numbered again.

    Args:
        evidence: The points behind the instances, arch frame.
        instances: From `find_instances`.
        jaw: "upper" or "lower".
        n_best: Charts wanted.
        prior: Costs of the chart decoder; None: `PRIOR`.
    """
    order, row, candidates, width = _line_up(evidence, instances, jaw)
    decoding = decode_chart(candidates, jaw, n_best=n_best, prior=prior or PRIOR, midline=0.0)
    merges = [(int(order[a]), int(order[b])) for a, b in decoding.merges if _fit_together(candidates, decoding, a, b)]
    if merges:
        return number_teeth(evidence, _merged(evidence, instances, merges), jaw=jaw, n_best=n_best, prior=prior)
    chosen = np.array(decoding.fdi, dtype=np.int64)
    accepted = np.flatnonzero(chosen > 0)
    milk = np.array([anatomy.is_milk(int(f)) for f in chosen[accepted]], dtype=bool)
    fdi = np.array([_permanent(int(f)) for f in chosen[accepted]], dtype=np.int64)
    rank = np.full(len(instances), -1, dtype=np.int64)
    rank[order[accepted]] = np.arange(len(accepted))
    member = (
        np.where(instances.member >= 0, rank[np.maximum(instances.member, 0)], -1) if len(rank) else instances.member
    )
    kept = describe(evidence, member)
    return NumberedArch(
        instances=kept,
        fdi=fdi,
        milk=milk,
        posterior=np.array([_place_posterior(decoding, int(i), int(chosen[i])) for i in accepted]),
        margin=np.array([decoding.tooth_margins[i] for i in accepted]),
        decoding=decoding,
        row=row,
        width=width[accepted],
        rejected=len(order) - len(accepted),
        candidate=accepted,
    )


def candidate(
    probability: Float, milk: float, jaw: str, *, position: float, width: float, area: float
) -> ToothCandidate:
    """One instance for the chart decoder, from its (17,) mean class probabilities.

    A milk tooth votes for milk numbers instead of permanent ones, so that its width is compared with the right table.
    """
    tooth = probability[1:].sum()
    votes: dict[int, float] = {0: -min(PRIOR.reject_cost, 1.0 + float(tooth) * area / SPECK_MM2)}
    for label in range(1, anatomy.N_SCAN_CLASSES):
        fdi = anatomy.fdi_from_scan_class(label, jaw)
        if milk > MILK and anatomy.number(fdi) <= 5:
            fdi = anatomy.predecessor(fdi)
        votes[fdi] = VOTE_POWER * float(np.log(max(probability[label] / max(tooth, 1e-9), FLOOR)))
    known = np.isfinite(width) and width > 0.5
    named = max((fdi for fdi in votes if fdi), key=lambda fdi: votes[fdi])
    width = min(width, WIDEST * anatomy.size(named).md_crown)
    return ToothCandidate(votes, position=position, width=width if known else None)


def _line_up(
    evidence: PointEvidence, instances: Instances, jaw: str
) -> tuple[Int, ToothRow, list[ToothCandidate], Float]:
    trust = np.sqrt(np.maximum(instances.area, 1.0)) * instances.probability[:, 1:].sum(axis=1)
    row = fit_row(instances.centre, trust, jaw=jaw)
    place = row.position(instances.centre)
    order = np.argsort(place, kind="stable")
    width = widths_on_row(row, evidence.position, instances.member, len(instances))
    candidates = [
        candidate(
            instances.probability[i],
            float(instances.milk[i]),
            jaw,
            position=float(place[i]),
            width=float(width[i]),
            area=float(instances.area[i]),
        )
        for i in order
    ]
    return order, row, candidates, width[order]


def _fit_together(candidates: list[ToothCandidate], decoding: ChartDecoding, piece: int, tooth: int) -> bool:
    """Whether a rejected piece and a tooth together are no wider than that tooth may be."""
    a, b = candidates[piece], candidates[tooth]
    if a.position is None or b.position is None or a.width is None or b.width is None:
        return False
    low = min(a.position - a.width / 2, b.position - b.width / 2)
    high = max(a.position + a.width / 2, b.position + b.width / 2)
    return high - low <= MERGED_WIDTH * max(anatomy.size(decoding.fdi[tooth]).md_crown, b.width)


def _merged(evidence: PointEvidence, instances: Instances, merges: list[tuple[int, int]]) -> Instances:
    goal = np.arange(len(instances))
    for rejected, kept in merges:
        goal[rejected] = goal[kept]
    member = np.where(instances.member >= 0, goal[np.maximum(instances.member, 0)], -1)
    return describe(evidence, member)


def _permanent(fdi: int) -> int:
    return anatomy.successor(fdi) if anatomy.is_milk(fdi) else fdi


def _place_posterior(decoding: ChartDecoding, index: int, fdi: int) -> float:
    """Probability of the place in the arch, whether its milk or its permanent tooth stands there."""
    chances = decoding.posteriors[index]
    place = _permanent(fdi)
    both = [place] + ([anatomy.predecessor(place)] if anatomy.number(place) <= 5 else [])
    return float(min(1.0, sum(chances.get(f, 0.0) for f in both)))
