"""Findings of a picture that was read reduced, brought to the pixels of its file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from typodont.formats.run_lengths import decode_mask, encode_mask, measure_runs
from typodont.records.findings import Finding, PictureFindings

LONGEST = 3000
"""Pictures with a side of twice this or more are read reduced (`read_image`): the networks see a third of it, and a
picture of 100 megapixels would need gigabytes."""


def in_own_pixels(picture: PictureFindings, shape: tuple[int, int]) -> PictureFindings:
    """The findings of a picture of another size; each pixel becomes a block of pixels.

    Args:
        picture: What was found in the reduced picture; every finding has run lengths.
        shape: (H, W) of the picture's file.
    """
    if picture.shape == shape:
        return picture
    findings = tuple(_enlarged(finding, picture.shape, shape) for finding in picture.findings)
    return replace(picture, shape=shape, findings=findings)


def _enlarged(finding: Finding, small: tuple[int, int], shape: tuple[int, int]) -> Finding:
    mask = decode_mask(finding.segmentation, small)
    rows, columns = (
        ((np.arange(side) + 0.5) * old / side).astype(np.intp) for side, old in zip(shape, small, strict=True)
    )
    runs = encode_mask(mask[rows][:, columns])
    left, top, width, height = measure_runs(runs)[1]
    return replace(finding, segmentation=runs, box=(left, top, left + width, top + height))
