"""Panoramics on the canvas and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.datasets.panoramic_canvas import CANVAS, fit_canvas, to_canvas, without_flat_borders
from typodont.records.radiograph import true_aspect

RNG = np.random.default_rng(0)


def textured(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(rows * columns).random((rows, columns)).astype(np.float32)


@settings(deadline=None, max_examples=20)
@given(rows=st.integers(150, 700), aspect=st.floats(1.5, 2.6))
def test_labels_come_back(rows: int, aspect: float) -> None:
    shape = (rows, round(rows * aspect))
    labels = np.zeros(shape, dtype=np.uint8)
    labels[shape[0] // 4 : shape[0] // 2, shape[1] // 4 : shape[1] // 2] = 7
    _, placement = fit_canvas(textured(*shape))
    back = placement.back_labels(placement.forward_labels(labels))
    assert back.shape == shape
    assert set(np.unique(back)) == {0, 7}
    assert (back != labels).mean() < 0.02


def test_shape_is_kept() -> None:
    # a disc stays round on the canvas, whatever the shape of the picture
    for shape in [(400, 900), (500, 800)]:
        y, x = np.indices(shape)
        disc = (np.hypot(y - shape[0] / 2, x - shape[1] / 2) < 100).astype(np.uint8)
        rows, columns = np.nonzero(fit_canvas(textured(*shape))[1].forward_labels(disc))
        assert np.ptp(rows) == pytest.approx(np.ptp(columns), rel=0.03)


def test_squeezed_pictures_are_stretched() -> None:
    assert true_aspect((512, 512)) == pytest.approx(1.8)
    assert true_aspect((1000, 2000)) == pytest.approx(2.0)
    _, placement = fit_canvas(textured(512, 512))
    top, left, bottom, right = placement.box
    assert (right - left) / (bottom - top) == pytest.approx(1.8, abs=0.01)
    _, told = fit_canvas(textured(512, 512), aspect=2.0)
    assert told.box == (0, 0, *CANVAS)


def test_flat_borders_are_cut_and_do_not_change_grey_values() -> None:
    picture = textured(200, 380)
    framed = np.ones((240, 440), dtype=np.float32)
    framed[10:210, 40:420] = picture
    assert without_flat_borders(framed) == (10, 40, 210, 420)
    bare, framed_canvas = fit_canvas(picture)[0], fit_canvas(framed, aspect=440 / 240)[0]
    np.testing.assert_allclose(framed_canvas, bare, atol=1e-5)


def test_blank_picture_stays_whole() -> None:
    canvas, placement = fit_canvas(np.zeros((100, 200), dtype=np.float32))
    assert placement.crop == (0, 0, 100, 200)
    assert np.isfinite(canvas).all()


def test_grey_levels_do_not_matter() -> None:
    picture = textured(300, 600)
    np.testing.assert_allclose(fit_canvas(0.2 + 0.1 * picture)[0], fit_canvas(picture)[0], atol=1e-3)
    grey, _ = to_canvas(picture)
    assert grey.min() >= 0
    assert grey.max() <= 1


def test_values_come_back_where_they_were() -> None:
    shape = (300, 640)
    _, placement = fit_canvas(textured(*shape))
    ramp = np.tile(np.linspace(0, 1, CANVAS[1], dtype=np.float32), (CANVAS[0], 1))
    back = placement.back(np.stack([ramp, 1 - ramp]))
    assert back.shape == (2, *shape)
    middle = back[0, 150]
    assert (np.diff(middle) >= -1e-6).all()
    np.testing.assert_allclose(back.sum(axis=0), 1, atol=1e-5)
