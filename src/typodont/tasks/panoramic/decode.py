"""From tooth instances to FDI numbers: each jaw's row from one side to the other, one chart each, pieces joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from typodont import anatomy
from typodont.anatomy.chart import ChartDecoding, ToothCandidate, decode_chart
from typodont.anatomy.spacing import ChartPrior, midline_offsets
from typodont.tasks.panoramic.evidence import PixelEvidence
from typodont.tasks.panoramic.find import LEAST_AREA, Instances, describe, without_fragments
from typodont.types import Bool, Float, Int

PRIOR = ChartPrior(
    reject_cost=12.0,
    missing_cost=(2.9, 2.9, 3.5, 2.6, 2.4, 1.7, 3.2, 1.0),
    most_missing_cost=6.0,
    end_missing_cost=0.8,
    wisdom_cost=0.3,
    distance_sd_mm=1.4,
    distance_sd_per_gap_mm=2.5,
    partly_closed_share=0.3,
    overlap_share=0.15,
    width_sd=0.15,
)
"""Panoramics show the whole row, so teeth missing at its ends count. Costs of missing teeth and spreads follow the
285 training pictures of UFBA-425: first molars are lost most often there, crowns are as wide as in the textbooks
within 12 %, and neighbours stand 1.2 to 1.9 mm from where their widths put them."""

VOTE_POWER = 1.5
"""How much the network's votes count against sizes and distances."""

SPECK = 60.0
"""Grid pixels of sure tooth that make "no tooth" e times less likely."""

USUAL_SCALE = 2.2
"""Grid pixels per mm, where no tooth tells."""

WIDEST, LONGEST = 1.4, 1.5
"""Pieces of one tooth are together at most this many times as wide and as long as the tooth should be."""

TWO_WIDE, TWO_SHARE = 1.25, 0.3
"""Two teeth in one instance: it is this many times as wide as the tooth it is named for, and this share of its pixels
bears another number."""


@dataclass(frozen=True)
class NumberedRow:
    """The teeth of one jaw.

    Args:
        jaw: "upper" or "lower".
        instance: (T,) int: which instance each tooth is, in the order of `anatomy.arch_order`.
        fdi: (T,) int.
        candidate: (T,) int: which candidate of the decoding each tooth is.
        decoding: Its candidates are the teeth plus what was rejected.
    """

    jaw: str
    instance: Int
    fdi: Int
    candidate: Int
    decoding: ChartDecoding

    def __len__(self) -> int:
        return len(self.fdi)

    @property
    def posterior(self) -> Float:
        """(T,) float: probability of each tooth's number over all charts."""
        chances = self.decoding.posteriors
        return np.array([chances[c][int(fdi)] for c, fdi in zip(self.candidate, self.fdi, strict=True)])

    @property
    def rejected(self) -> int:
        """How many instances of this jaw were taken for no tooth."""
        return len(self.decoding.fdi) - len(self.fdi)


@dataclass(frozen=True)
class FoundTeeth:
    """Both rows of a picture and the pixels of their teeth.

    Args:
        instances: All of them, rejected ones too.
        rows: By jaw.
        scale: Grid pixels per mm.
        midline: Column between the central incisors, grid pixels; None where no tooth tells.
    """

    instances: Instances
    rows: Mapping[str, NumberedRow]
    scale: float
    midline: float | None

    @property
    def fdi(self) -> Int:
        """(T,) int: number of every instance, 0 for those that are no tooth."""
        numbers = np.zeros(len(self.instances), dtype=np.int64)
        for row in self.rows.values():
            numbers[row.instance] = row.fdi
        return numbers


def number_teeth(
    evidence: PixelEvidence, instances: Instances, *, n_best: int = 3, prior: ChartPrior = PRIOR
) -> FoundTeeth:
    """Number the instances of both jaws; pieces of one tooth are joined and numbered again.

    Args:
        evidence: The pixels behind the instances.
        instances: From `find_instances`.
        n_best: Charts wanted per jaw.
        prior: Costs of the chart decoder.
    """
    instances = split_wide(evidence, instances, scale_of(instances))
    while True:  # ends, because every round joins something
        scale = scale_of(instances)
        midline = midline_of(instances, scale)
        rows = {
            jaw: number_row(instances, jaw, scale=scale, midline=midline, n_best=n_best, prior=prior)
            for jaw in anatomy.JAWS
        }
        whole = join_pieces(evidence, instances, rows.values(), scale)
        if len(whole) == len(instances):
            return FoundTeeth(instances, rows, scale, midline)
        instances = whole


def number_row(
    instances: Instances, jaw: str, *, scale: float, midline: float | None, n_best: int, prior: ChartPrior = PRIOR
) -> NumberedRow:
    """The best chart of the instances that look like teeth of this jaw; see `number_teeth`."""
    order = in_order(instances, jaw)
    candidates = [candidate(instances, int(i), jaw) for i in order]
    middle = None if midline is None else direction(jaw) * midline
    decoding = decode_chart(candidates, jaw, n_best=n_best, prior=prior, scale=scale, midline=middle)
    fdi = np.array(decoding.fdi, dtype=np.int64)
    teeth = np.flatnonzero(fdi)
    return NumberedRow(jaw, order[teeth], fdi[teeth], teeth, decoding)


def direction(jaw: str) -> int:
    """1 where `anatomy.arch_order` runs from left to right in a panoramic, the patient's right at the left; else -1."""
    return 1 if anatomy.side_at_negative_x(jaw) == anatomy.RIGHT else -1


def in_order(instances: Instances, jaw: str) -> Int:
    """(n,) int: the instances that look like teeth of this jaw, in the order of `anatomy.arch_order`."""
    mine = np.flatnonzero(_jaw_is(instances, jaw))
    return mine[np.argsort(direction(jaw) * instances.centre[mine, 1], kind="stable")]


def candidate(instances: Instances, index: int, jaw: str) -> ToothCandidate:
    """One instance for the chart decoder."""
    sure = instances.area[index] * instances.tooth[index] / SPECK
    votes = {0: -min(PRIOR.reject_cost, 1.0 + float(sure))}
    mine = (jaw == anatomy.LOWER) == _IS_LOWER
    chances = instances.log_numbers[index, mine]
    chances = VOTE_POWER * (chances - np.logaddexp.reduce(chances))
    votes |= dict(zip(_PERMANENT[mine].tolist(), chances.tolist(), strict=True))
    position = direction(jaw) * float(instances.centre[index, 1])
    return ToothCandidate(votes, position=position, width=float(instances.width[index]))


def scale_of(instances: Instances) -> float:
    """Grid pixels per mm, from the widths of the teeth as the network names them."""
    widths = np.array([anatomy.size(int(fdi)).md_crown for fdi in _named(instances)])
    ratios = instances.width / widths if len(widths) else np.zeros(0)
    return float(np.median([*ratios, USUAL_SCALE, USUAL_SCALE]))


def midline_of(instances: Instances, scale: float) -> float | None:
    """The column between the central incisors: where most teeth want it, as the network names them."""
    if not len(instances):
        return None
    offsets = np.array([_OFFSET_MM[int(fdi)] for fdi in _named(instances)])
    return float(np.median(instances.centre[:, 1] - scale * offsets))


def split_wide(evidence: PixelEvidence, instances: Instances, scale: float) -> Instances:
    """The instances with those cut in two that are too wide for one tooth and bear two numbers.

    Teeth whose crowns lie over each other may point at one centre.
    """
    member = instances.member
    for index, fdi in enumerate(_named(instances)):
        if instances.width[index] <= TWO_WIDE * scale * anatomy.size(int(fdi)).md_crown:
            continue
        mine = member == index
        favourite = evidence.log_classes[1:, mine].argmax(axis=0)
        count = np.bincount(favourite, minlength=len(_PERMANENT))
        first, second = np.argsort(-count)[:2]
        if count[second] >= TWO_SHARE * count.sum():
            rivals = evidence.log_classes[1:, mine][[first, second]]
            member = member.copy()
            member[mine] = np.where(rivals[1] > rivals[0], member.max() + 1, index)
    if member is instances.member:
        return instances
    return describe(evidence, without_fragments(member, LEAST_AREA))


def join_pieces(evidence: PixelEvidence, instances: Instances, rows: Iterable[NumberedRow], scale: float) -> Instances:
    """The instances with rejected pieces joined to their teeth, where together they are no larger than one tooth."""
    whole = instances
    for row in rows:
        at = in_order(instances, row.jaw)
        for piece, tooth in row.decoding.merges:
            joined = describe(evidence, np.where(whole.member == at[piece], at[tooth], whole.member))
            usual = anatomy.size(row.decoding.fdi[tooth])
            narrow = joined.width[at[tooth]] <= WIDEST * scale * usual.md_crown
            short = joined.length[at[tooth]] <= LONGEST * scale * (usual.crown_length + usual.root_length)
            whole = joined if narrow and short else whole
    return whole.compact()


_PERMANENT = np.array(anatomy.PERMANENT)
_IS_LOWER = np.array([anatomy.jaw(fdi) == anatomy.LOWER for fdi in anatomy.PERMANENT])
_OFFSET_MM = {
    fdi: direction(jaw) * offset
    for jaw in anatomy.JAWS
    for fdi, offset in midline_offsets(anatomy.arch_order(jaw)).items()
}
"""Columns from the midline to each tooth's centre, mm."""


def _named(instances: Instances) -> Int:
    """(T,) int: the number that the network alone would give."""
    return _PERMANENT[instances.log_numbers.argmax(axis=1)]


def _jaw_is(instances: Instances, jaw: str) -> Bool:
    """(T,) bool: instances that are more probably teeth of this jaw."""
    lower = np.logaddexp.reduce(instances.log_numbers[:, _IS_LOWER], axis=1)
    return (lower > np.log(0.5)) == (jaw == anatomy.LOWER)
