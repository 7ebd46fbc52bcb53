"""The native search against scipy's, and what happens at the edges."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from typodont.geometry import native
from typodont.geometry.neighbours import nearest


@pytest.fixture
def sheet() -> np.ndarray:
    """(900, 3) points on a curved sheet, about 1 mm apart."""
    rng = np.random.default_rng(0)
    flat = rng.uniform(-15, 15, (900, 2))
    return np.column_stack([flat, 0.05 * (flat**2).sum(axis=1)]).astype(np.float32)


@pytest.mark.parametrize("spacing", [None, 0.05, 1.0, 40.0])
def test_same_distances_as_a_tree(sheet: np.ndarray, spacing: float | None) -> None:
    queries = np.concatenate([sheet[:200], sheet[:50] + [0, 0, 30]]).astype(np.float32)
    found = nearest(sheet, queries, 7, spacing=spacing)
    expected = KDTree(sheet).query(queries, k=7)[0]
    np.testing.assert_allclose(np.linalg.norm(sheet[found] - queries[:, None], axis=2), expected, atol=1e-4)


@pytest.mark.parametrize("spacing", [None, 1.0])
def test_fewer_points_than_asked_repeat_the_nearest(spacing: float | None) -> None:
    points = np.array([[0, 0, 0], [1, 0, 0]], dtype=np.float32)
    assert nearest(points, points, 4, spacing=spacing).tolist() == [[0, 1, 0, 0], [1, 0, 1, 1]]


def test_one_neighbour_keeps_its_axis(sheet: np.ndarray) -> None:
    assert nearest(sheet, sheet, 1)[:, 0].tolist() == list(range(len(sheet)))


def test_nothing_to_search() -> None:
    with pytest.raises(ValueError, match="no points"):
        nearest(np.zeros((0, 3)), np.zeros((1, 3)), 1)


def test_native_code_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, sheet: np.ndarray) -> None:
    with_native = nearest(sheet, sheet, 5, spacing=1.0)
    monkeypatch.setenv("TYPODONT_NATIVE", "0")
    native.load_native.cache_clear()
    try:
        assert native.load_native(native.Path(__file__)) is None
        assert (nearest(sheet, sheet, 5, spacing=1.0) == with_native).mean() > 0.999
    finally:
        native.load_native.cache_clear()


def test_source_that_does_not_compile_gives_none(tmp_path: native.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = tmp_path / "broken.c"
    source.write_text("this is no C")
    assert native.load_native(source) is None
