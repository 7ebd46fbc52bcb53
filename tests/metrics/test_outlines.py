"""Outlines of masks: by hand, and against all distances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist

from typodont.errors import LabelError
from typodont.metrics import surface_dice
from typodont.metrics.outlines import outline


def block(left, right, *, top=2, bottom=8):
    mask = np.zeros((10, 20), dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def test_outline_of_a_block():
    # 6 by 6 pixels: 20 of 36 touch what is outside.
    assert len(outline(block(3, 9))) == 20
    # at the picture's edge the edge is outside
    assert len(outline(np.ones((3, 3), dtype=bool))) == 8


def test_shifted_block_by_hand():
    truth, moved = block(3, 9), block(5, 11)
    # Moved by 2 columns: within 2 px lies everything.
    assert surface_dice(truth, moved, tolerance=2) == 1.0
    # Within 1 px: of either outline's top and bottom row 5 of 6 pixels each; of its inner column the first and the last
    # of 4, which lie under the other's rows; of its outer column none. 12 of 20.
    assert surface_dice(truth, moved, tolerance=1) == pytest.approx(12 / 20)
    # The same picture squeezed to half its width: 2 px are 4 units.
    assert surface_dice(truth, moved, tolerance=2, pixel=(1.0, 2.0)) < 1.0
    assert surface_dice(truth, moved, tolerance=4, pixel=(1.0, 2.0)) == 1.0


def test_empty_masks():
    nothing = np.zeros((10, 20), dtype=bool)
    assert surface_dice(nothing, nothing, tolerance=1) == 1.0
    assert surface_dice(block(3, 9), nothing, tolerance=100) == 0.0
    with pytest.raises(LabelError, match="different sizes"):
        surface_dice(nothing, nothing[:5], tolerance=1)


@given(arrays(bool, (6, 7)), arrays(bool, (6, 7)), st.sampled_from([0.0, 1.0, 1.5, 2.0]))
def test_as_counted_over_all_distances(truth, predicted, tolerance):
    first, second = outline(truth), outline(predicted)
    found = surface_dice(truth, predicted, tolerance=tolerance)
    if len(first) and len(second):
        distance = cdist(first, second)
        near = (distance.min(axis=1) <= tolerance).sum() + (distance.min(axis=0) <= tolerance).sum()
        assert found == pytest.approx(near / (len(first) + len(second)))
    assert surface_dice(predicted, truth, tolerance=tolerance) == found
