"""One picture, truth against prediction, brought to what both of them can say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from typodont import metrics
from typodont.anatomy.findings import IMPACTED_TOOTH, TOOTH
from typodont.datasets.patient_groups import original_name
from typodont.formats.run_lengths import encode_mask
from typodont.metrics.detection import beside_ignored
from typodont.records.findings import Finding, PictureFindings

TEETH = (TOOTH, IMPACTED_TOOTH)
DOUBLE = 0.6
"""Overlap of two boxes from which a tooth and an impacted tooth are one."""


@dataclass(frozen=True)
class ComparedPicture:
    """A picture with what is there and what was marked.

    Args:
        name: Stem of its file.
        patient: Whom it shows; where nobody says, the name, which copies in an export share.
        labelled: Categories that are judged here.
        true: What is there.
        true_fdi: Tooth number of each; None: not known.
        predicted: What was marked, of the judged categories alone; with raw scores.
        predicted_fdi: Tooth number of each; None: not known.
    """

    name: str
    patient: str
    labelled: frozenset[str]
    true: tuple[metrics.Thing, ...]
    true_fdi: tuple[int | None, ...]
    predicted: tuple[metrics.Thing, ...]
    predicted_fdi: tuple[int | None, ...]

    @property
    def has_masks(self) -> bool:
        """Whether masks can be compared: everything has one."""
        return all(thing.runs is not None for thing in (*self.true, *self.predicted))


def compare(truth: PictureFindings, predicted: Sequence[Finding]) -> ComparedPicture:
    """Bring truth and prediction together.

    Only categories that the picture labels are judged, and no marks in regions that it ignores. Where it labels teeth
    but knows no impacted ones, these count as teeth, and of a tooth and an impacted tooth at one place the surer mark
    stays.

    Args:
        truth: Labelled picture.
        predicted: With scores, in the pixels of the picture.

    Raises:
        FormatError: a damaged segmentation.
    """
    marked = replace(truth, labels=None, findings=tuple(_in_words_of(truth.labelled, predicted)))
    things, true = _things(marked), _things(truth)
    if any(finding.category == IMPACTED_TOOTH for finding in predicted) and IMPACTED_TOOTH not in truth.labelled:
        teeth = [thing for thing in things if thing.category == TOOTH]
        stays = {id(thing) for thing in metrics.without_doubles(teeth, DOUBLE)}
        kept = [thing.category != TOOTH or id(thing) in stays for thing in things]
    else:
        kept = [True] * len(things)
    if truth.ignored:
        judged = beside_ignored(_things(replace(truth, findings=truth.ignored)), true, things)
        kept = [stays and counts for stays, counts in zip(kept, judged, strict=True)]
    return ComparedPicture(
        truth.name,
        truth.patient or original_name(truth.name),
        truth.labelled,
        true,
        tuple(finding.fdi for finding in truth.findings),
        tuple(thing for thing, stays in zip(things, kept, strict=True) if stays),
        tuple(finding.fdi for finding, stays in zip(marked.findings, kept, strict=True) if stays),
    )


def _in_words_of(labelled: frozenset[str], predicted: Sequence[Finding]) -> Iterable[Finding]:
    for finding in predicted:
        impacted = finding.category == IMPACTED_TOOTH and IMPACTED_TOOTH not in labelled
        known = replace(finding, category=TOOTH) if impacted else finding
        if known.category in labelled:
            yield known


def _things(picture: PictureFindings) -> tuple[metrics.Thing, ...]:
    return tuple(
        metrics.Thing(
            finding.category, finding.box, _runs(picture, finding), 1.0 if finding.score is None else finding.score
        )
        for finding in picture.findings
    )


def _runs(picture: PictureFindings, finding: Finding) -> dict[str, Any] | None:
    """Compressed run lengths of a finding's mask; those that are there already are not decoded."""
    known = finding.segmentation
    if known is None:
        return None
    packed = isinstance(known, dict) and isinstance(known.get("counts"), str)
    return known if packed else encode_mask(picture.mask(finding))
