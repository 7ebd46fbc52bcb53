"""What is known of a row of teeth before looking: distances, widths and which are often missing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from typodont.anatomy.sizes import size
from typodont.anatomy.teeth import number
from typodont.types import Float

OVERLAPPED = 0.6
"""Centre distance of teeth that lie partly over each other, as a share of that of touching ones."""


@dataclass(frozen=True)
class ChartPrior:
    """Costs (negative log odds) and spreads that `decode_chart` weighs against the classifier's votes.

    Args:
        min_log_probability: votes below this count as this, so that anatomy can overrule a sure classifier.
        reject_cost: of calling an instance no tooth or a fragment without any vote for it.
        missing_cost: of tooth number 1..8 missing between two teeth that are there. Premolars are extracted most
            often, upper lateral incisors and second premolars are often never formed.
        most_missing_cost: the most that all teeth missing between two others may cost together; who has lost many
            teeth has often lost the next one too.
        end_missing_cost: of a tooth number 1..7 missing beyond the last one; small, because scans stop early.
        wisdom_cost: of a third molar being there.
        distance_sd_mm: spread of the centre distance of neighbours.
        distance_sd_per_gap_mm: further spread for each tooth skipped between them.
        closed_share: share of missing teeth whose space is closed completely.
        partly_closed_share: share of missing teeth whose space is closed in part.
        diastema_share: share of neighbours with a space of some millimetres between them.
        overlap_share: share of neighbours that lie partly over each other, as a projection shows crowded or tilted
            teeth; none on a surface.
        min_log_spacing: the worst that a single distance may cost.
        width_sd: spread of measured widths, as a share of the mean width.
        midline_sd_mm: spread of a tooth's place as counted from the midline; grows by `midline_sd_per_tooth_mm`.
        midline_sd_per_tooth_mm: growth of that spread with each tooth from the midline.
    """

    min_log_probability: float = -9.0
    reject_cost: float = 8.0
    missing_cost: tuple[float, ...] = (3.5, 3.0, 3.5, 2.2, 2.5, 2.8, 3.0, 1.0)
    most_missing_cost: float = math.inf
    end_missing_cost: float = 0.3
    wisdom_cost: float = 1.0
    distance_sd_mm: float = 1.2
    distance_sd_per_gap_mm: float = 1.0
    closed_share: float = 0.25
    partly_closed_share: float = 0.25
    diastema_share: float = 0.1
    overlap_share: float = 0.0
    min_log_spacing: float = -8.0
    width_sd: float = 0.15
    midline_sd_mm: float = 3.0
    midline_sd_per_tooth_mm: float = 1.0

    def missing_between(self, numbers: tuple[int, ...]) -> float:
        """Cost of the teeth with these numbers (1..8) missing between two others."""
        return min(self.most_missing_cost, sum(self.missing_cost[n - 1] for n in numbers))

    def missing_beyond(self, numbers: tuple[int, ...]) -> float:
        """Cost of the teeth with these numbers missing at the end of the row; absent third molars are free."""
        return self.end_missing_cost * sum(n != 8 for n in numbers)

    def log_spacing(self, distance: Float, contact: Float, room: Float, gaps: Float, *, scale: float = 1.0) -> Float:
        """How well centre distances fit two teeth with those skipped between them; 0 for touching neighbours.

        A mixture: the gap is open, partly closed or closed completely. Logarithm of the density over the peak
        density of neighbours, so that it does not depend on the unit. All arrays broadcast.

        Args:
            distance: measured between the two centres along the arch; NaN where that is not known, which costs nothing.
            contact: half of both widths, the distance if they touch.
            room: sum of the widths of the teeth skipped.
            gaps: how many those are.
            scale: units of the lengths per mm.
        """
        sd = self.distance_sd_mm * scale
        beyond = distance - contact
        touching = (1 - self.diastema_share - self.overlap_share) * _bell(beyond, sd, sd)
        touching += self.diastema_share * _bell(beyond - 2.0 * scale, 2.5 * sd, sd)
        touching += self.overlap_share * _bell(distance - OVERLAPPED * contact, contact / 4, sd)
        wide = np.hypot(sd, self.distance_sd_per_gap_mm * scale * np.sqrt(gaps))
        apart = (1 - self.closed_share - self.partly_closed_share) * _bell(beyond - room, wide, sd)
        apart += self.partly_closed_share * _bell(beyond - room / 2, np.hypot(sd, room / 4), sd)
        apart += self.closed_share * _bell(beyond, sd, sd)
        density = np.where(np.asarray(gaps) > 0, apart, touching)
        with np.errstate(divide="ignore"):  # a density of 0 costs the most
            cost = np.maximum(self.min_log_spacing, np.log(density))
        return np.where(np.isnan(distance), 0.0, cost)

    def log_width(self, width: float, fdi: int, *, scale: float = 1.0) -> float:
        """How well a measured mesio-distal width fits a tooth, at most 0 and no worse than `min_log_spacing`."""
        mean = size(fdi).md_crown * scale
        return max(self.min_log_spacing, -0.5 * ((width - mean) / (self.width_sd * mean)) ** 2)

    def log_midline(self, offset: float, expected: float, fdi: int, *, scale: float = 1.0) -> float:
        """How well a tooth's signed distance from the midline fits, at most 0."""
        sd = (self.midline_sd_mm + self.midline_sd_per_tooth_mm * number(fdi)) * scale
        return max(self.min_log_spacing, -0.5 * ((offset - expected) / sd) ** 2)


def midline_offsets(order: tuple[int, ...]) -> dict[int, float]:
    """Signed distance of each tooth's centre from the midline along a full row, mm; negative in the first half."""
    half = len(order) // 2
    offsets: dict[int, float] = {}
    for sign, row in ((-1, order[half - 1 :: -1]), (1, order[half:])):
        edge = 0.0
        for fdi in row:
            width = size(fdi).md_crown
            offsets[fdi] = sign * (edge + width / 2)
            edge += width
    return offsets


def _bell(deviation: Float, sd: Float | float, unit: float) -> Float:
    """Normal density in units of the peak density at spread `unit`."""
    return unit / sd * np.exp(-0.5 * (deviation / sd) ** 2)
