"""Borders between classes: who lies on one, and how two sets of borders agree."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont.metrics import boundary_iou, boundary_macro_iou, boundary_vertices, neighbour_boundary_vertices

# Twenty vertices 1 mm apart on a line.
LINE = np.stack([np.arange(20.0), np.zeros(20), np.zeros(20)], axis=1)
TRUTH = np.where(np.arange(20) < 10, 11, 0)
SHIFTED = np.where(np.arange(20) < 12, 11, 0)


def test_band_of_two_millimetres_by_hand():
    # The border runs between 9 and 10; within 2 mm of the other class lie 8, 9 (of 10, 10-11) and 10, 11.
    assert np.flatnonzero(boundary_vertices(LINE, TRUTH)).tolist() == [8, 9, 10, 11]
    assert np.flatnonzero(boundary_vertices(LINE, TRUTH, radius_mm=1.0)).tolist() == [9, 10]


def test_boundary_iou_by_hand():
    # Bands 8..11 and 10..13 share 10, 11 of 6 vertices.
    assert boundary_iou(LINE, TRUTH, SHIFTED) == pytest.approx(2 / 6)


def test_boundary_iou_ignores_the_numbers():
    assert boundary_iou(LINE, TRUTH, np.where(TRUTH == 11, 12, 0)) == 1.0


def test_boundary_macro_iou_sees_the_numbers():
    # Band 8..11, truth 11 11 0 0. Shifted by two: 11 11 11 11, gum IoU 0, tooth 2/4.
    assert boundary_macro_iou(LINE, TRUTH, SHIFTED) == pytest.approx((0 + 0.5) / 2)
    # Renamed: gum 1, 11 missing, 12 invented.
    assert boundary_macro_iou(LINE, TRUTH, np.where(TRUTH == 11, 12, 0)) == pytest.approx(1 / 3)


def test_neighbour_boundary_by_hand():
    # On the line the 2 nearest are left and right: only 9 and 10 have one of two (half) across the border.
    assert np.flatnonzero(neighbour_boundary_vertices(LINE, TRUTH, n_neighbours=2)).tolist() == [9, 10]
    # A straight border on a square grid: the first row has 3 of 8 across, so the CrossTooth band is empty.
    x, y = np.meshgrid(np.arange(9.0), np.arange(9.0))
    grid = np.stack([x.ravel(), y.ravel(), np.zeros(81)], axis=1)
    inner = (grid[:, 0] > 0) & (grid[:, 0] < 8) & (grid[:, 1] > 0) & (grid[:, 1] < 8)
    assert not (neighbour_boundary_vertices(grid, (grid[:, 0] < 5).astype(int)) & inner).any()
    # The corner of a quarter has 5 of 8 across.
    quarter = ((grid[:, 0] < 5) & (grid[:, 1] < 5)).astype(int)
    band = neighbour_boundary_vertices(grid, quarter) & inner
    assert grid[band].tolist() == [[4, 4, 0]]


def test_no_border_at_all():
    same = np.full(20, 11)
    assert boundary_iou(LINE, same, same) == 1.0
    assert boundary_iou(LINE, same, same, kind="neighbours") == 1.0
    assert boundary_iou(LINE, TRUTH, same) == 0.0
    assert math.isnan(boundary_macro_iou(LINE, same, same))
    assert not neighbour_boundary_vertices(LINE[:1], same[:1]).any()


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind"):
        boundary_iou(LINE, TRUTH, TRUTH, kind="faces")


@given(st.integers(0, 2**32 - 1))
def test_band_equals_brute_force_and_ignores_pose_and_order(seed):
    rng = np.random.default_rng(seed)
    vertices = rng.uniform(0, 6, (40, 3))
    labels = rng.choice([0, 11, 12], 40, p=[0.8, 0.1, 0.1])
    distance = np.linalg.norm(vertices[:, None] - vertices[None], axis=2)
    expected = ((distance <= 2.0) & (labels[:, None] != labels[None])).any(axis=1)
    assert (boundary_vertices(vertices, labels) == expected).all()
    order = rng.permutation(40)
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    moved = vertices[order] @ turn.T + [5, 6, 7]
    other = rng.permutation(labels)
    for kind in ("radius", "neighbours"):
        assert boundary_iou(moved, labels[order], other[order], kind=kind) == pytest.approx(
            boundary_iou(vertices, labels, other, kind=kind)
        )
