"""How photographs are varied: values stay values, what is covered is told."""

from dataclasses import replace

import numpy as np
import pytest

from typodont.datasets.photo_augment import PhotoAugment, varied_pixels

STILL = PhotoAugment(
    gamma=0, contrast=0, brightness=0, tint=0, p_grey=0, p_light=0, p_blur=0, p_motion=0, noise=0, p_cover=0
)


def picture() -> np.ndarray:
    """(40, 50, 3) float32, 0..1."""
    return np.random.default_rng(1).uniform(0.2, 0.8, (40, 50, 3)).astype(np.float32)


def test_without_any_change_it_is_the_same() -> None:
    values, covered = varied_pixels(picture(), np.random.default_rng(0), STILL)
    np.testing.assert_allclose(values, picture(), atol=1e-6)
    assert not covered.any()


@pytest.mark.parametrize("seed", range(8))
def test_values_stay_values_and_follow_from_the_random_numbers(seed: int) -> None:
    augment = PhotoAugment(p_cover=1, p_blur=1, p_motion=1, p_light=1, p_grey=0.5)
    one, other = (varied_pixels(picture(), np.random.default_rng(seed), augment) for _ in range(2))
    np.testing.assert_array_equal(one[0], other[0])
    assert one[0].dtype == np.float32
    assert 0 <= one[0].min() <= one[0].max() <= 1


def test_what_is_covered_is_told_and_only_that_changes() -> None:
    values, covered = varied_pixels(picture(), np.random.default_rng(3), replace(STILL, p_cover=1))
    assert 0 < covered.mean() < 0.9
    np.testing.assert_allclose(values[~covered], picture()[~covered], atol=1e-6)
    assert (np.abs(values - picture()).max(axis=2)[covered] > 0.01).mean() > 0.5


@pytest.mark.parametrize("change", [{"p_blur": 1.0, "blur": 3.0}, {"p_motion": 1.0}])
def test_blur_takes_detail_and_keeps_the_mean(change: dict[str, float]) -> None:
    values, _ = varied_pixels(picture(), np.random.default_rng(5), replace(STILL, **change))
    assert values.std() < 0.8 * picture().std()
    assert values.mean() == pytest.approx(picture().mean(), abs=0.01)


def test_grey_pictures_have_no_colours() -> None:
    values, _ = varied_pixels(picture(), np.random.default_rng(0), replace(STILL, p_grey=1.0))
    assert np.ptp(values, axis=2).max() < 1e-6
