"""Where the teeth of a picture are and which numbers they have, before findings are laid on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from typodont.records.findings import Finding, PictureFindings
from typodont.tasks.findings.numbers import TEETH, cut_out, map_of_teeth
from typodont.tasks.findings.options import DetectOptions
from typodont.tasks.findings.photo_numbers import number_photo
from typodont.tasks.findings.photo_places import shape_of
from typodont.tasks.findings.view import DentalPicture
from typodont.tasks.panoramic.models import PanoramicModels
from typodont.tasks.panoramic.options import PredictOptions
from typodont.tasks.panoramic.predict import predict_panoramic
from typodont.types import Int

LIKELY = 0.5
"""Things that are a tooth with at least this probability take part in the numbering of a photograph, whether they are
reported or not."""


COVERED = 0.5
"""A tooth that surer teeth cover by this share is a part of one of them."""


@dataclass(frozen=True)
class FoundTeeth:
    """The numbered teeth of a picture.

    Args:
        map: (H, W) FDI numbers, 0 off the teeth; None where teeth are not numbered.
        view: From where a photograph was taken; None for radiographs, and where nothing tells.
        view_probability: Of that view; None where it was given.
        warnings: In words, those about the picture too.
    """

    map: Int | None
    view: str | None
    view_probability: float | None
    warnings: tuple[str, ...]


def find_teeth(
    picture: DentalPicture, found: PictureFindings, panoramic: PanoramicModels, options: DetectOptions
) -> FoundTeeth:
    """Numbers of the teeth: of a panoramic from the panoramic job, of a photograph from the teeth that were found.

    Args:
        picture: What was looked at.
        found: Everything that was found in it, with calibrated scores.
        panoramic: For radiographs.
        options: See there.
    """
    given = None if options.view == "auto" else options.view
    if picture.modality == "photo":
        if options.numbering:
            return _of_photo(picture, found, options)
        return FoundTeeth(None, given, None, picture.warnings)
    if not (options.numbering and picture.panoramic):
        return FoundTeeth(None, None, None, picture.warnings)
    charted = predict_panoramic(
        picture.radiograph, panoramic, PredictOptions(mirrored=options.mirrored, any_picture=True)
    )
    return FoundTeeth(charted.label_map, None, None, charted.warnings)


def _of_photo(picture: DentalPicture, found: PictureFindings, options: DetectOptions) -> FoundTeeth:
    likely = (f for f in found.findings if f.category in TEETH and (f.score or 0.0) >= LIKELY)
    teeth = replace(found, findings=tuple(without_parts(found, sorted(likely, key=lambda f: -(f.score or 0.0)))))
    parts = [cut_out(teeth, finding) for finding in teeth.findings]
    numbered = number_photo(
        [shape_of(part.mask, (part.columns.start, part.rows.start)) for part in parts],
        found.shape,
        view=None if options.view == "auto" else options.view,
        mirrored=options.mirrored == "yes",
    )
    warnings = list(picture.warnings)
    unsure = sum(fdi is None for fdi in numbered.numbers)
    if unsure:
        few = f"{unsure} of {len(parts)}" if unsure < len(parts) else "all"
        warnings.append(f"the numbers of {few} teeth are not sure from this view and were left out")
    return FoundTeeth(
        map_of_teeth(teeth, numbered.numbers),
        numbered.view,
        None if options.view != "auto" or numbered.view is None else numbered.view_probability,
        tuple(warnings),
    )


def without_parts(picture: PictureFindings, teeth: Sequence[Finding]) -> list[Finding]:
    """The teeth that are not found a second time, in whole or in part.

    Args:
        picture: That they are in.
        teeth: Surest first.
    """
    taken = np.zeros(picture.shape, dtype=np.uint8)
    kept = []
    for tooth in teeth:
        part = cut_out(picture, tooth)
        if part.area and part.of(taken)[part.mask].mean() < COVERED:
            part.of(taken)[part.mask] = 1
            kept.append(tooth)
    return kept
