"""Teeth as whole things: which were found, which have the right number, which were made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from typodont.anatomy import GINGIVA
from typodont.metrics.overlap import paired_labels
from typodont.types import Float, Int

IOU_THRESHOLD = 0.5


@dataclass(frozen=True)
class ToothMatches:
    """The teeth of one arch or picture, truth against prediction, and every count that follows from their overlaps.

    Args:
        true_fdi: numbers of the T true teeth.
        predicted_fdi: numbers of the P predicted teeth.
        iou: (T, P) float: overlap of every pair.
        pairs: (true, predicted) indices of the teeth matched by overlap alone, each with IoU >= 0.5.
    """

    true_fdi: tuple[int, ...]
    predicted_fdi: tuple[int, ...]
    iou: Float
    pairs: tuple[tuple[int, int], ...]

    @property
    def right_pairs(self) -> tuple[tuple[int, int], ...]:
        """The matched pairs whose numbers agree."""
        return tuple((t, p) for t, p in self.pairs if self.true_fdi[t] == self.predicted_fdi[p])

    @property
    def n_true(self) -> int:
        """Number of true teeth."""
        return len(self.true_fdi)

    @property
    def n_predicted(self) -> int:
        """Number of predicted teeth."""
        return len(self.predicted_fdi)

    @property
    def tooth_f1(self) -> float:
        """F1 of teeth found at IoU >= 0.5 **with the right number**; NaN without any tooth on either side."""
        return self._f1(len(self.right_pairs))

    @property
    def detection_f1(self) -> float:
        """F1 of teeth found at IoU >= 0.5 under whatever number; NaN without any tooth on either side."""
        return self._f1(len(self.pairs))

    @property
    def detection_precision(self) -> float:
        """Share of the predicted teeth that are there, under whatever number; NaN without any predicted tooth."""
        return _share(len(self.pairs), self.n_predicted)

    @property
    def detection_recall(self) -> float:
        """Share of the true teeth that were found, under whatever number; NaN without any true tooth."""
        return _share(len(self.pairs), self.n_true)

    @property
    def right_number(self) -> float:
        """Share of **all** true teeth that were found and carry the right number; NaN without any true tooth."""
        return _share(len(self.right_pairs), self.n_true)

    @property
    def right_number_of_found(self) -> float:
        """Share of the true teeth that were found whose number is right; NaN where none was found.

        Missed teeth vanish from it: a model that finds only what it is sure of looks good here.
        """
        return _share(len(self.right_pairs), len(self.pairs))

    @property
    def identification_accuracy(self) -> float:
        """Rightly numbered matches over all teeth of either side, a right match being one tooth of both.

        Source: IA = |D ∩ G| / |D ∪ G| of the STS 2024 challenge.
        """
        hits = len(self.right_pairs)
        return _share(hits, self.n_true + self.n_predicted - hits)

    @property
    def panoptic_quality(self) -> float:
        """Sum of the IoU of rightly numbered matches over (matches + half of the unmatched on both sides).

        Pooled over the teeth of the arch, the number being part of the match; equals the mean IoU of the
        matches times `tooth_f1`. NaN without any tooth on either side.

        Source: Kirillov and colleagues, Panoptic Segmentation (CVPR 2019).
        """
        total = self.n_true + self.n_predicted
        return 2.0 * float(sum(self.iou[t, p] for t, p in self.right_pairs)) / total if total else float("nan")

    @property
    def all_right(self) -> bool:
        """Whether every true tooth was found with its number and no tooth was made up."""
        return len(self.right_pairs) == self.n_true == self.n_predicted

    def same_number_iou(self, *, made_up: bool = False) -> Float:
        """(k,) overlap of every true tooth with the prediction of its number, 0 where there is none.

        A number that is there twice counts once per true tooth, each with its best partner of that number.

        Args:
            made_up: One more 0 for every predicted number that no true tooth has.
        """
        same = np.equal.outer(np.array(self.true_fdi, dtype=int), np.array(self.predicted_fdi, dtype=int))
        best = np.max(self.iou * same, axis=1, initial=0.0)
        extra = len(set(self.predicted_fdi) - set(self.true_fdi)) if made_up else 0
        return np.concatenate([best, np.zeros(extra)])

    def matched_iou(self) -> Float:
        """(k,) overlap of every matched pair, whatever the numbers."""
        return np.array([self.iou[pair] for pair in self.pairs])

    def wrong_teeth(self) -> list[dict[str, int | None]]:
        """One entry per fault: ``{"true": 14, "predicted": 15}`` a wrong number, a missing tooth, an invented one.

        ``predicted`` is None for a tooth that was not found, ``true`` is None for one that is not there.
        """
        of_true, of_predicted = dict(self.pairs), {p: t for t, p in self.pairs}
        faults: list[dict[str, int | None]] = []
        for t, fdi in enumerate(self.true_fdi):
            found = self.predicted_fdi[of_true[t]] if t in of_true else None
            if found != fdi:
                faults.append({"true": fdi, "predicted": found})
        made_up = (fdi for p, fdi in enumerate(self.predicted_fdi) if p not in of_predicted)
        return faults + [{"true": None, "predicted": fdi} for fdi in made_up]

    def _f1(self, hits: int) -> float:
        return _share(2 * hits, self.n_true + self.n_predicted)


def match_instances(true_fdi: Sequence[int], predicted_fdi: Sequence[int], iou: Float) -> ToothMatches:
    """Teeth matched one to one by overlap: Hungarian on IoU, pairs under 0.5 dropped.

    Args:
        true_fdi: numbers of the T true teeth; a number may be there twice.
        predicted_fdi: numbers of the P predicted teeth.
        iou: (T, P) float: overlap of every pair, 0..1.
    """
    same_number = np.equal.outer(np.array(true_fdi, dtype=int), np.array(predicted_fdi, dtype=int))
    # Disjoint teeth can tie only at exactly one half; the bonus then prefers the pair with the right number.
    worth = np.where(iou >= IOU_THRESHOLD, iou + 1e-9 * same_number, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    pairs = tuple((int(t), int(p)) for t, p in zip(rows, columns, strict=True) if worth[t, p] > 0)
    return ToothMatches(tuple(true_fdi), tuple(predicted_fdi), iou, pairs)


def match_teeth(
    truth: Int, predicted: Int, *, truth_instances: Int | None = None, predicted_instances: Int | None = None
) -> ToothMatches:
    """The teeth of one arch matched one to one by overlap (Hungarian on IoU, pairs under 0.5 dropped).

    Without instance arrays all vertices of one number are one tooth. With them, an instance carries the number
    that most of its vertices have (the smaller number when two tie), and instances of gingiva are no teeth.

    Args:
        truth: (N,) int: FDI number per vertex, 0 for gingiva.
        predicted: (N,) int: the same for the prediction.
        truth_instances: (N,) int: arbitrary tooth ids, 0 for gingiva.
        predicted_instances: (N,) int: the same for the prediction.
    """
    truth, predicted = paired_labels(truth, predicted)
    true_ids, true_fdi = _teeth(truth, truth_instances)
    predicted_ids, predicted_fdi = _teeth(predicted, predicted_instances)
    iou = _pairwise_iou(true_ids, predicted_ids, len(true_fdi), len(predicted_fdi))
    return match_instances(true_fdi, predicted_fdi, iou)


def tooth_identification_rate(vertices: Float, truth: Int, predicted: Int) -> float:
    """Share of **all** true teeth whose nearest predicted centre is near enough and carries the right number.

    Near enough is half of the tooth's size, the size being twice the root mean square distance of its vertices
    to their centre (the diameter, for a sphere), which neither resolution nor pose changes. A missed tooth counts
    against the rate, unlike in the official code; invented teeth cost nothing here, see `ToothMatches.tooth_f1`.

    Args:
        vertices: (N, 3) float: positions, mm, any frame.
        truth: (N,) int: FDI number per vertex, 0 for gingiva.
        predicted: (N,) int: the same for the prediction.

    Returns:
        0..1; NaN where there is no true tooth.

    Source: TIR as the 3DTeethSeg'22 challenge words it.
    """
    truth, predicted = paired_labels(truth, predicted)
    true_fdi = [int(c) for c in np.unique(truth) if c != GINGIVA]
    predicted_fdi = [int(c) for c in np.unique(predicted) if c != GINGIVA]
    if not true_fdi:
        return float("nan")
    if not predicted_fdi:
        return 0.0
    centres = np.stack([vertices[predicted == c].mean(axis=0) for c in predicted_fdi])
    hits = 0
    for fdi in true_fdi:
        points = vertices[truth == fdi]
        centre = points.mean(axis=0)
        half_size = np.sqrt(np.mean(np.sum((points - centre) ** 2, axis=1)))
        distances = np.linalg.norm(centres - centre, axis=1)
        nearest = int(np.argmin(distances))
        hits += predicted_fdi[nearest] == fdi and distances[nearest] <= half_size
    return hits / len(true_fdi)


def _teeth(labels: Int, instances: Int | None) -> tuple[Int, tuple[int, ...]]:
    """(N,) int tooth index per vertex, -1 for gingiva, and the number of every tooth."""
    if instances is None:
        instances = labels
    labels, instances = paired_labels(labels, instances)
    index = np.full(len(labels), -1)
    numbers: list[int] = []
    for instance in np.unique(instances[instances != GINGIVA]):
        members = instances == instance
        values, counts = np.unique(labels[members], return_counts=True)
        fdi = int(values[np.argmax(counts)])
        if fdi != GINGIVA:
            index[members] = len(numbers)
            numbers.append(fdi)
    return index, tuple(numbers)


def _pairwise_iou(true_ids: Int, predicted_ids: Int, n_true: int, n_predicted: int) -> Float:
    both = (true_ids >= 0) & (predicted_ids >= 0)
    cell = true_ids[both] * n_predicted + predicted_ids[both]
    shared = np.bincount(cell, minlength=n_true * n_predicted).reshape(n_true, n_predicted).astype(float)
    true_size = np.bincount(true_ids[true_ids >= 0], minlength=n_true)
    predicted_size = np.bincount(predicted_ids[predicted_ids >= 0], minlength=n_predicted)
    union = true_size[:, None] + predicted_size[None, :] - shared
    return shared / np.maximum(union, 1)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
