from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from typodont.errors import LabelError
from typodont.records import LabelledPanoramic, LabelledTooth

SHAPE = (24, 40)


def box(top, left, bottom, right):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def panoramic(*teeth):
    return LabelledPanoramic("a", Path("a.png"), SHAPE, tuple(LabelledTooth(fdi, mask) for fdi, mask in teeth))


@st.composite
def boxes(draw):
    top, left = draw(st.integers(0, SHAPE[0] - 2)), draw(st.integers(0, SHAPE[1] - 2))
    return box(top, left, draw(st.integers(top + 1, SHAPE[0])), draw(st.integers(left + 1, SHAPE[1])))


def test_an_overlap_is_cut_along_its_middle():
    labels = panoramic((11, box(2, 4, 22, 20)), (21, box(2, 16, 22, 32))).label_map()
    assert labels.dtype == np.uint8
    assert labels[12, 14:22].tolist() == [11, 11, 11, 11, 21, 21, 21, 21]
    assert labels[0].max() == 0


def test_a_tooth_within_another_keeps_only_what_lies_deeper_in_it():
    labels = panoramic((36, box(2, 4, 22, 30)), (85, box(2, 10, 8, 20))).label_map()
    assert labels[7, 15] == 36
    assert labels[2, 15] == 36
    assert labels[12, 15] == 36
    assert set(np.unique(labels)) == {0, 36}


@given(st.lists(st.tuples(st.sampled_from([11, 12, 21, 46, 55]), boxes()), min_size=1, max_size=5), st.randoms())
def test_every_pixel_goes_to_the_tooth_in_which_it_lies_deepest(teeth, random):
    labels = panoramic(*teeth).label_map()
    depths = np.stack([distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1].astype(np.float32) for _, mask in teeth])
    numbers = np.array([fdi for fdi, _ in teeth])
    np.testing.assert_array_equal(labels > 0, depths.max(axis=0) > 0)
    for row, column in zip(*np.nonzero(labels), strict=True):
        deepest = numbers[depths[:, row, column] == depths[:, row, column].max()]
        assert labels[row, column] == deepest.min()
    random.shuffle(teeth)
    np.testing.assert_array_equal(panoramic(*teeth).label_map(), labels)


def test_impossible_teeth_are_refused():
    with pytest.raises(LabelError, match=r"found the tooth number 19, expected an FDI number 11\.\.48, 51\.\.85"):
        LabelledTooth(19, box(0, 0, 2, 2))
    with pytest.raises(LabelError, match="found a mask of tooth 11 without a pixel"):
        LabelledTooth(11, np.zeros(SHAPE, dtype=bool))
    with pytest.raises(LabelError, match="a: found a mask of tooth 11 of 3 × 2 pixels, expected 40 × 24"):
        panoramic((11, np.ones((2, 3), dtype=bool)))
