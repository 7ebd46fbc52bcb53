import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont.formats import merging
from typodont.formats.merging import merge_equal

values = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.1, 1e-30, 3e8])
points = st.lists(st.tuples(values, values, values), max_size=40).map(lambda p: np.array(p).reshape(-1, 3))


def plain(points):
    numbers = {}
    merged = [numbers.setdefault(tuple(point), len(numbers)) for point in (points + 0.0).tolist()]
    return [merged.index(i) for i in range(len(numbers))], merged


@given(points, st.sampled_from([np.float32, np.float64]))
def test_equals_a_plain_loop(points, dtype):
    first, merged = merge_equal(points.astype(dtype))
    assert (first.tolist(), merged.tolist()) == plain(points)


@given(points)
def test_clashing_hashes_change_nothing(points):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "_hash", lambda points: (points[:, 0] > 0).astype(np.uint64))
        first, merged = merge_equal(points)
    assert (first.tolist(), merged.tolist()) == plain(points)


def test_nothing_is_rounded():
    close = np.array([[1.0, 0, 0], [np.nextafter(1.0, 2), 0, 0]])
    assert merge_equal(close)[1].tolist() == [0, 1]
