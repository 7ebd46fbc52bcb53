"""From tooth instances to FDI numbers: order along the row, one chart for the whole arch, fragments joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont import anatomy
from typodont.anatomy.chart import ChartDecoding, ToothCandidate, decode_chart
from typodont.anatomy.spacing import ChartPrior
from typodont.tasks.scan.evidence import PointEvidence
from typodont.tasks.scan.instances import Instances, describe, pieces_of
from typodont.tasks.scan.row import ToothRow, fit_row, widths_on_row
from typodont.types import Bool, Float, Int

FLOOR = 1e-4


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

    def __len__(self) -> int:
        return len(self.fdi)

    @property
    def classes(self) -> Int:
        """(T,) int: scan classes."""
        return np.array([anatomy.scan_class(int(f)) for f in self.fdi], dtype=np.int64)


def number_teeth(
    evidence: PointEvidence, instances: Instances, *, jaw: str, n_best: int = 3, prior: ChartPrior | None = None
) -> NumberedArch:
    """Number the instances of an arch; pieces of one tooth are joined and numbered again.

    Args:
        evidence: The points behind the instances, arch frame.
        instances: From `find_instances`.
        jaw: "upper" or "lower".
        n_best: Charts wanted.
        prior: Costs of the chart decoder.
    """
    for _ in range(3):
        order, row, candidates, width = _line_up(evidence, instances, jaw)
        decoding = decode_chart(candidates, jaw, n_best=n_best, prior=prior, midline=0.0)
        if not decoding.merges:
            break
        instances = _merged(evidence, instances, [(int(order[a]), int(order[b])) for a, b in decoding.merges])
    chosen = np.array(decoding.fdi, dtype=np.int64)
    accepted = np.flatnonzero(chosen > 0)
    milk = np.array([anatomy.is_milk(int(f)) for f in chosen[accepted]], dtype=bool)
    fdi = np.array([_permanent(int(f)) for f in chosen[accepted]], dtype=np.int64)
    keep = np.zeros(len(instances), dtype=bool)
    keep[order[accepted]] = True
    kept = describe(evidence, _in_order(pieces_of(instances.member, keep), order[accepted]))
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
    )


def candidate(probability: Float, milk: float, jaw: str, *, position: float, width: float) -> ToothCandidate:
    """One instance for the chart decoder, from its (17,) mean class probabilities.

    A milk tooth votes for milk numbers instead of permanent ones, so that its width is compared with the right table.
    """
    tooth = probability[1:].sum()
    votes: dict[int, float] = {}
    for label in range(1, anatomy.N_SCAN_CLASSES):
        fdi = anatomy.fdi_from_scan_class(label, jaw)
        if milk > 0.5 and anatomy.number(fdi) <= 5:
            fdi = anatomy.predecessor(fdi)
        votes[fdi] = float(np.log(max(probability[label] / max(tooth, 1e-9), FLOOR)))
    known = np.isfinite(width) and width > 0.5
    return ToothCandidate(votes, position=float(position), width=float(width) if known else None)


def _line_up(
    evidence: PointEvidence, instances: Instances, jaw: str
) -> tuple[Int, ToothRow, list[ToothCandidate], Float]:
    trust = np.sqrt(np.maximum(instances.area, 1.0)) * instances.probability[:, 1:].sum(axis=1)
    row = fit_row(instances.centre, trust, jaw=jaw)
    place = row.position(instances.centre)
    order = np.argsort(place, kind="stable")
    width = widths_on_row(row, evidence.position, instances.member, len(instances))
    candidates = [
        candidate(instances.probability[i], float(instances.milk[i]), jaw, position=place[i], width=width[i])
        for i in order
    ]
    return order, row, candidates, width[order]


def _merged(evidence: PointEvidence, instances: Instances, merges: list[tuple[int, int]]) -> Instances:
    goal = np.arange(len(instances))
    for rejected, kept in merges:
        goal[rejected] = goal[kept]
    member = np.where(instances.member >= 0, goal[np.maximum(instances.member, 0)], -1)
    return describe(evidence, member)


def _in_order(member: Int, order: Int) -> Int:
    """Instance numbers replaced by their rank in `order`; others become -1."""
    rank = np.full(max(int(member.max(initial=-1)), int(order.max(initial=-1))) + 2, -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    return np.where(member >= 0, rank[member], -1)


def _permanent(fdi: int) -> int:
    return anatomy.successor(fdi) if anatomy.is_milk(fdi) else fdi


def _place_posterior(decoding: ChartDecoding, index: int, fdi: int) -> float:
    """Probability of the place in the arch, whether its milk or its permanent tooth stands there."""
    chances = decoding.posteriors[index]
    place = _permanent(fdi)
    both = [place] + ([anatomy.predecessor(place)] if anatomy.number(place) <= 5 else [])
    return float(min(1.0, sum(chances.get(f, 0.0) for f in both)))
