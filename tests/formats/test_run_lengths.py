import numpy as np
import pycocotools.mask
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from typodont.errors import FormatError
from typodont.formats import decode_mask, encode_mask

MASKS = arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40)))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools with numpy 2
@settings(deadline=None, max_examples=50)
@given(MASKS)
def test_round_trip_and_the_same_as_pycocotools(mask):
    runs = encode_mask(mask)
    np.testing.assert_array_equal(decode_mask(runs, mask.shape), mask)
    np.testing.assert_array_equal(pycocotools.mask.decode({**runs, "counts": runs["counts"].encode()}), mask)


@settings(deadline=None, max_examples=50)
@given(MASKS)
def test_uncompressed_run_lengths(mask):
    change = np.flatnonzero(np.diff(mask.ravel(order="F"), prepend=False, append=True))
    counts = np.diff(change, prepend=0).tolist()
    if not mask[-1, -1]:
        counts[-1] = mask.size - sum(counts[:-1])
    else:
        counts.append(mask.size - sum(counts))
    np.testing.assert_array_equal(decode_mask({"size": list(mask.shape), "counts": counts}, mask.shape), mask)


def test_polygons():
    mask = decode_mask([[2, 1, 12, 1, 12, 6, 2, 6]], (10, 20))
    assert mask.sum() == 50
    assert mask[1:6, 2:12].all()
    two = decode_mask([[2, 1, 12, 1, 12, 6, 2, 6], [15, 1, 19, 1, 19, 3, 15, 3]], (10, 20))
    assert two.sum() == 50 + 8
    beyond = decode_mask([[-5, -5, 30, -5, 30, 30, -5, 30]], (10, 20))
    assert beyond.all()


@pytest.mark.parametrize(
    ("segmentation", "match"),
    [
        ([], "found an empty list of polygons"),
        ([[]], r"found a polygon that is empty or damaged \(0 numbers\)"),
        ([[1, 2, 3, 4]], r"damaged \(4 numbers\)"),
        ([[1, 2, 3, 4, 5, 6, 7]], r"damaged \(7 numbers\)"),
        ([[1, 2, 3, 4, 5, float("nan")]], "damaged"),
        ([[1, 2, 3, 4, 5, 1e12]], "damaged"),
        ([[1, 2, 3, 4, 5, "x"]], "damaged"),
        ([5], "damaged"),
        (None, "found the segmentation 'None'"),
        ({"size": [10, 21], "counts": [200]}, r"found run lengths of size \[10, 21\], expected \[10, 20\]"),
        ({"counts": [200]}, "found run lengths of size None"),
        ({"size": [10, 20]}, "found damaged run lengths"),
        ({"size": [10, 20], "counts": [10, 10]}, "that add up to 200 pixels"),
        ({"size": [10, 20], "counts": [100, 200]}, "that add up to 200 pixels"),
        ({"size": [10, 20], "counts": [-10, 210]}, "found damaged run lengths"),
        ({"size": [10, 20], "counts": [100.5, 99.5]}, "found damaged run lengths"),
        ({"size": [10, 20], "counts": [[200]]}, "found damaged run lengths"),
        ({"size": [10, 20], "counts": ""}, "found damaged run lengths"),
        ({"size": [10, 20], "counts": "garbage"}, "found damaged run lengths"),
        ({"size": [10, 20], "counts": "ü"}, "found damaged run lengths"),
        ({"size": [10, 20], "counts": "o" * 40 + "0"}, "found damaged run lengths"),
    ],
)
def test_damaged(segmentation, match):
    with pytest.raises(FormatError, match=match):
        decode_mask(segmentation, (10, 20))
