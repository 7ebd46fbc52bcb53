"""Windows on photographs: pixels and points go the same way."""

import numpy as np
import pytest

from typodont.datasets.photo_augment import PhotoAugment, varied_window
from typodont.datasets.picture_window import pixels_through, through_map, whole_window

SHAPE = (60, 80)


def spot(height: int, width: int, x: float, y: float, spread: float = 2.0) -> np.ndarray:
    """(H, W, 3) uint8: black with one bright spot."""
    rows, columns = np.mgrid[:height, :width]
    bright = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return np.repeat(np.round(255 * bright)[..., None], 3, axis=2).astype(np.uint8)


def middle_of(picture: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(2,) x and y of the middle of what is bright."""
    bright = np.where(inside, picture[..., 0].astype(float), 0)
    bright[bright < 20] = 0
    rows, columns = np.mgrid[: bright.shape[0], : bright.shape[1]]
    return np.array([(columns * bright).sum(), (rows * bright).sum()]) / bright.sum()


@pytest.mark.parametrize("size", [(160, 120), (120, 160), (80, 60), (40, 30), (333, 97), (900, 700)])
def test_the_whole_photograph_is_in_its_window(size: tuple[int, int]) -> None:
    width, height = size
    window = whole_window(size, SHAPE)
    corners = np.array([[0, 0], [width - 1, height - 1]], dtype=float)
    seen = through_map(np.linalg.inv(window), corners)
    assert seen.min() >= -0.5 - 1e-9
    assert (seen <= np.array(SHAPE[::-1]) - 0.5).all()
    np.testing.assert_allclose(seen.mean(axis=0), (np.array(SHAPE[::-1]) - 1) / 2)
    pixels, inside = pixels_through(np.zeros((height, width, 3), dtype=np.uint8), window, SHAPE)
    assert (pixels[inside] == 0).all()
    assert inside.sum() == pytest.approx(width * height / window[0, 0] ** 2, rel=0.05)


@pytest.mark.parametrize("size", [(160, 120), (400, 300), (90, 66)])
@pytest.mark.parametrize("seed", range(4))
def test_a_spot_is_where_the_map_says(size: tuple[int, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = rng.uniform(0.4, 0.6, 2) * size
    picture = spot(size[1], size[0], *at, spread=size[0] / 40)
    window = varied_window(whole_window(size, SHAPE), SHAPE, rng, PhotoAugment())
    expected = through_map(np.linalg.inv(window), at[None])[0]
    np.testing.assert_allclose(middle_of(*pixels_through(picture, window, SHAPE)), expected, atol=0.25)


def test_a_large_photograph_is_averaged_not_sampled() -> None:
    """A fine chequerboard becomes grey, not a pattern."""
    rows, columns = np.mgrid[:600, :800]
    board = np.repeat((255 * ((rows + columns) % 2))[..., None], 3, axis=2).astype(np.uint8)
    pixels, _ = pixels_through(board, whole_window((800, 600), SHAPE), SHAPE)
    assert np.ptp(pixels) < 5


def test_a_window_of_the_same_size_shows_the_photograph_itself() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    pixels, inside = pixels_through(picture, whole_window((80, 60), SHAPE), SHAPE)
    assert inside.all()
    np.testing.assert_array_equal(pixels, picture)


def test_points_that_are_nowhere_stay_nowhere() -> None:
    seen = through_map(whole_window((80, 60), SHAPE), np.array([[np.nan, np.nan], [1.0, 2.0]]))
    assert np.isnan(seen[0]).all()
    assert np.isfinite(seen[1]).all()
