"""From points that each vote for a crown's centre to separate teeth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.connectivity import label_components
from typodont.tasks.scan.evidence import PointEvidence
from typodont.types import Bool, Float, Int

CELL_MM = 0.5
BLUR_MM = 0.7
REACH_MM = 2.2
"""Votes climb to the densest place within this distance; crown centres are hardly ever closer than 4 mm."""

MIN_CENTRE_MM = 3.0
PIECE_MM = 1.6
POINT_AREA_MM2 = 0.6
"""Area for which one point of one look stands (cells of 0.9 mm, seen at all angles)."""

MOST = 24
"""More clusters than this cannot be teeth; the largest stay."""


@dataclass(frozen=True)
class Instances:
    """Things that may be teeth.

    Args:
        member: (M,) int: instance of each point, -1 for gum.
        centre: (T, 3) float: where the votes of its points meet, mm, arch frame.
        normal: (T, 3) float: mean normal of its points, not of unit length.
        probability: (T, 17) float: mean class probabilities of its points.
        milk: (T,) float: mean probability of a milk tooth.
        area: (T,) float: crown surface, mm².
    """

    member: Int
    centre: Float
    normal: Float
    probability: Float
    milk: Float
    area: Float

    def __len__(self) -> int:
        return len(self.centre)

    def subset(self, keep: Bool) -> Instances:
        """The instances where `keep` (T,) is true, renumbered; the points of the others become gum."""
        number = np.where(keep, np.cumsum(keep) - 1, -1)
        member = np.r_[number, -1][self.member]  # -1 stays -1
        values = (self.centre, self.normal, self.probability, self.milk, self.area)
        return Instances(member, *(value[keep] for value in values))


def find_instances(evidence: PointEvidence, *, min_area: float = 6.0) -> Instances:
    """Cluster the votes of all points that are more likely tooth than gum.

    Args:
        evidence: Points with offsets, arch frame.
        min_area: smaller clusters are joined to the cluster their points lie next to, or dropped, mm².
    """
    teeth = np.flatnonzero(evidence.tooth > 0.5)
    member = np.full(len(evidence.position), -1, dtype=np.int64)
    if len(teeth) and evidence.offset.any():
        member[teeth] = cluster_votes(evidence.position[teeth] + evidence.offset[teeth])
    elif len(teeth):
        member[teeth] = pieces_by_class(evidence.position[teeth], evidence.probability[teeth, 1:].argmax(axis=1))
    member = _without_specks(evidence, member, min_area)
    return describe(evidence, member)


def cluster_votes(votes: Float) -> Int:
    """(n,) int: cluster of each vote: the hill of the votes' density on which it stands, 0 for the largest.

    Votes are counted in cells of half a millimetre, the counts are blurred, and each cell climbs to the nearest
    denser one within reach (quick shift). Hills whose tops are closer than two teeth can be are one.
    """
    cells, inverse, count = np.unique(np.floor(votes / CELL_MM), axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    total = np.zeros((len(cells), 3))
    for axis in range(3):
        total[:, axis] = np.bincount(inverse, weights=votes[:, axis], minlength=len(cells))
    place = total / count[:, None]
    tree = KDTree(place)
    pairs = tree.query_pairs(REACH_MM, output_type="ndarray")
    both = np.concatenate([pairs, pairs[:, ::-1]])
    distance = np.linalg.norm(place[both[:, 0]] - place[both[:, 1]], axis=1)
    kernel = np.exp(-0.5 * (distance / BLUR_MM) ** 2)
    density = count + np.bincount(both[:, 0], weights=kernel * count[both[:, 1]], minlength=len(cells))
    density += np.arange(len(cells)) * 1e-9  # no ties
    parent = np.arange(len(cells))
    uphill = density[both[:, 1]] > density[both[:, 0]]
    steps, distance = both[uphill], distance[uphill]
    order = np.lexsort((distance, steps[:, 0]))
    first, index = np.unique(steps[order, 0], return_index=True)
    parent[first] = steps[order[index], 1]
    while not np.array_equal(parent, parent[parent]):
        parent = parent[parent]
    parent = _close_tops_joined(place, density, parent)
    cluster = np.unique(parent, return_inverse=True)[1].reshape(-1)[inverse]
    rank = np.argsort(np.argsort(-np.bincount(cluster), kind="stable"), kind="stable")
    return rank[cluster]


def pieces_by_class(position: Float, label: Int) -> Int:
    """(n,) int: connected pieces of points of one class; for networks that do not vote for centres."""
    pairs = KDTree(position).query_pairs(PIECE_MM, output_type="ndarray")
    return label_components(len(position), pairs[label[pairs[:, 0]] == label[pairs[:, 1]]])


def describe(evidence: PointEvidence, member: Int) -> Instances:
    """The instances that the numbers in `member` (M,) stand for, renumbered 0..T-1 in the order of their numbers."""
    known, renumbered = np.unique(member, return_inverse=True)
    skip = int(len(known) > 0 and known[0] < 0)
    member = renumbered.reshape(-1) - skip
    n = len(known) - skip
    inside = member >= 0
    group, weight = member[inside], evidence.tooth[inside].astype(float)
    total = np.maximum(np.bincount(group, weights=weight, minlength=n), 1e-9)

    def mean(values: Float) -> Float:
        columns = np.atleast_2d(values.T)
        sums = [np.bincount(group, weights=weight * column, minlength=n) for column in columns]
        return (np.stack(sums, axis=1) if n else np.zeros((0, len(sums)))) / total[:, None]

    votes = evidence.position[inside] + evidence.offset[inside]
    return Instances(
        member=member,
        centre=mean(votes),
        normal=mean(evidence.normal[inside]),
        probability=mean(evidence.probability[inside]),
        milk=mean(evidence.milk[inside])[:, 0],
        area=np.bincount(group, minlength=n) * POINT_AREA_MM2 / evidence.looks,
    )


def _close_tops_joined(place: Float, density: Float, parent: Int) -> Int:
    """Join hills whose tops are closer than `MIN_CENTRE_MM`, the lower to the higher."""
    tops = np.unique(parent)
    tops = tops[np.argsort(-density[tops])]
    new = np.arange(len(parent))
    kept: list[int] = []
    for top in tops:
        near = [k for k in kept if np.linalg.norm(place[k] - place[top]) < MIN_CENTRE_MM]
        if near:
            new[top] = min(near, key=lambda k: float(np.linalg.norm(place[k] - place[top])))
        else:
            kept.append(int(top))
    return new[parent]


def _without_specks(evidence: PointEvidence, member: Int, min_area: float) -> Int:
    """Points of too small clusters join the large cluster of most of their neighbours on the surface, or the gum."""
    inside = member >= 0
    if not inside.any():
        return member
    area = np.bincount(member[inside]) * POINT_AREA_MM2 / evidence.looks
    floor = max(min_area, float(np.sort(area)[::-1][MOST - 1]) if len(area) > MOST else 0.0)
    small = inside & (area[np.maximum(member, 0)] < floor)
    if not small.any():
        return member
    member = np.where(small, -1, member)
    big = np.flatnonzero(member >= 0)
    if len(big):
        tree = KDTree(evidence.position[big])
        near = np.asarray(tree.query(evidence.position[small], distance_upper_bound=1.5)[1])
        found = near < len(big)
        rows = np.flatnonzero(small)[found]
        member[rows] = member[big[near[found]]]
    return member
