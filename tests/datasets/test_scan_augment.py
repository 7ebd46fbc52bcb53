"""Variation must keep what it varies true."""

from dataclasses import replace

import numpy as np
import pytest

from typodont.datasets.scan_augment import MAX_POINTS, ScanAugment, augmented, chosen_points, plain, varied
from typodont.datasets.scan_points import DEPTH_MM, PointPool

NOTHING = ScanAugment(
    flip=0, turn_deg=0, strong_turn=0, scale=0, stretch=0, warp_mm=0, depth_mm=0, partial=0, holes=0, bare=0,
    noise_mm=0, normal_noise=0, shift_mm=0,
)  # fmt: skip


def test_same_numbers_same_sample(pool: PointPool) -> None:
    one, two = (augmented(pool, np.random.default_rng(3), ScanAugment()) for _ in range(2))
    np.testing.assert_array_equal(one.features, two.features)
    np.testing.assert_array_equal(one.label, two.label)


@pytest.mark.parametrize("seed", range(6))
def test_offsets_lead_to_the_moved_centres(pool: PointPool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sample = augmented(pool, rng, replace(ScanAugment(), noise_mm=0, shift_mm=0))
    label, tooth = sample.label, sample.label > 0
    assert np.isnan(sample.offset[~tooth]).all()
    assert np.isnan(sample.milk[~tooth]).all()
    centres = sample.position + sample.offset
    for number in np.unique(label[tooth]):
        # all points of a tooth lead to one place
        assert np.ptp(centres[label == number], axis=0).max() < 1e-3
    assert len(label) >= 100
    assert len(label) <= MAX_POINTS
    np.testing.assert_allclose(np.linalg.norm(sample.normal, axis=1), 1, atol=1e-4)


def test_no_variation_is_the_plain_crop(pool: PointPool) -> None:
    moved, keep = varied(pool, np.random.default_rng(0), NOTHING)
    np.testing.assert_allclose(moved.position, pool.position, atol=1e-4)
    assert keep.sum() == (pool.position[:, 2] > np.quantile(pool.position[:, 2], 0.997) - DEPTH_MM).sum()


@pytest.mark.parametrize(
    "change", [{"partial": 1.0}, {"holes": 1.0}, {"bare": 1.0}, {"strong_turn": 1.0, "strong_turn_deg": 40.0}]
)
def test_something_is_always_left(pool: PointPool, change: dict[str, float]) -> None:
    for seed in range(8):
        _, keep = varied(pool, np.random.default_rng(seed), replace(NOTHING, **change))
        assert keep.sum() >= 500


def test_partial_arches_lose_teeth(pool: PointPool) -> None:
    lost = []
    for seed in range(8):
        moved, keep = varied(pool, np.random.default_rng(seed), replace(NOTHING, partial=1.0))
        lost.append(len(np.unique(pool.fdi)) - len(np.unique(moved.fdi[keep])))
    assert max(lost) >= 4


def test_number_of_points_is_bounded(pool: PointPool) -> None:
    huge = replace(pool, position=pool.position * 3)
    sample, ids = chosen_points(huge, np.ones(len(ids_of(pool)), dtype=bool), cell=0.1)
    assert len(ids) == len(sample.label) <= MAX_POINTS


def ids_of(pool: PointPool) -> np.ndarray:
    return np.arange(len(pool.position))


def test_plain_sample_knows_where_its_points_lie(pool: PointPool) -> None:
    sample, ids = plain(pool)
    shift = pool.position[ids] - sample.position
    np.testing.assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=1e-4)
    top = sample.position[sample.position[:, 2] > sample.position[:, 2].max() - 5]
    assert np.abs(np.median(top, axis=0)).max() < 4
