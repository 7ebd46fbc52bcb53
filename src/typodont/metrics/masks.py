"""Teeth as masks of a picture, which may overlap: where crowns cross in a radiograph a pixel belongs to two teeth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from typodont.errors import LabelError
from typodont.metrics.teeth import ToothMatches, match_instances
from typodont.types import Bool, Float


def match_masks(
    true_masks: Sequence[Bool], true_fdi: Sequence[int], predicted_masks: Sequence[Bool], predicted_fdi: Sequence[int]
) -> ToothMatches:
    """The teeth of one picture matched one to one by the overlap of their masks, see `match_instances`.

    The masks stay as they are: a pixel in two true masks counts for both teeth. A prediction whose masks do not
    overlap can then not be perfect; how much it loses is the share of the overlap.

    Args:
        true_masks: T masks, (H, W) bool each.
        true_fdi: T numbers.
        predicted_masks: P masks of the same size.
        predicted_fdi: P numbers.

    Raises:
        LabelError: masks of different sizes, or not one number per mask.
    """
    if len(true_masks) != len(true_fdi) or len(predicted_masks) != len(predicted_fdi):
        raise LabelError(
            f"{len(true_masks)} true masks with {len(true_fdi)} numbers, "
            f"{len(predicted_masks)} predicted masks with {len(predicted_fdi)} numbers; expected one number per mask"
        )
    shapes = {mask.shape for mask in (*true_masks, *predicted_masks)}
    if len(shapes) > 1:
        raise LabelError(f"masks of different sizes cannot be compared: {', '.join(map(str, sorted(shapes)))}")
    return match_instances(true_fdi, predicted_fdi, mask_iou(true_masks, predicted_masks))


def mask_iou(first: Sequence[Bool], second: Sequence[Bool]) -> Float:
    """(T, P) float: intersection over union of every mask of one side with every mask of the other.

    Args:
        first: T masks, (H, W) bool each.
        second: P masks of the same size.
    """
    n_pixels = next((mask.size for mask in (*first, *second)), 1)
    rows, columns = _pixels(first, n_pixels), _pixels(second, n_pixels)
    shared = (rows @ columns.T).toarray().astype(float)
    union = np.asarray(rows.sum(axis=1))[:, None] + np.asarray(columns.sum(axis=1))[None, :] - shared
    return shared / np.maximum(union, 1)


def _pixels(masks: Sequence[Bool], n_pixels: int) -> csr_array:
    """(k, H W) of ones: which pixels every mask holds; sparse, because a tooth is small in its picture."""
    where = [np.flatnonzero(mask) for mask in masks]
    start = np.cumsum([0, *(len(w) for w in where)])
    pixels = np.concatenate([*where, np.zeros(0, dtype=np.intp)])
    return csr_array((np.ones(len(pixels), dtype=np.int64), pixels, start), shape=(len(masks), n_pixels))
