import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from typodont.formats.polygons import fan_triangles


@given(st.lists(st.integers(3, 7), max_size=12))
def test_fans_in_file_order(sizes):
    corners = np.arange(sum(sizes)) * 10
    faces, polygon = fan_triangles(corners, np.array(sizes, dtype=int))
    expected, source, start = [], [], 0
    for i, size in enumerate(sizes):
        polygon_corners = corners[start : start + size].tolist()
        for k in range(1, size - 1):
            expected.append([polygon_corners[0], polygon_corners[k], polygon_corners[k + 1]])
            source.append(i)
        start += size
    assert faces.tolist() == expected
    assert polygon.tolist() == source
