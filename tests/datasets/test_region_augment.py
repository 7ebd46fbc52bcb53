"""Varied samples are still samples of a tooth: distances stay distances, and all parts move together."""

import numpy as np
import pytest

from typodont.datasets.crown_region import BAND_MM, CHANNELS, LEVELS, ON_CROWN, Region, RegionGrid, RegionTruth
from typodont.datasets.region_augment import RegionAugment, varied_sample
from typodont.datasets.region_samples import RegionSample
from typodont.types import Float

GRID = RegionGrid.of_voxels(0.4)
STILL = RegionAugment(1, 0, 0, 0, 0, 0, 0)


def ball(radius: float, centre: tuple[float, float, float] = (0.0, 0.0, 4.0)) -> Float:
    """Distance to a ball in the region."""
    far = np.linalg.norm(GRID.grid.points() - centre, axis=1).reshape(GRID.grid.shape)
    return np.clip(far - radius, -BAND_MM, BAND_MM)


@pytest.fixture
def sample() -> RegionSample:
    """Every field is the same ball."""
    one = np.rint(ball(3.0) * LEVELS / BAND_MM).astype(np.int8)
    weight = np.where(np.abs(ball(3.0)) < 0.5, ON_CROWN, 10).astype(np.uint8)
    truth = RegionTruth(ball(3.0).astype(np.float16), weight)
    return RegionSample(Region(np.stack([one] * len(CHANNELS)), 5, 1), truth)


def vary(sample: RegionSample, augment: RegionAugment, seed: int = 0) -> RegionSample:
    return varied_sample(sample, np.random.default_rng(seed), augment=augment, voxel_mm=GRID.voxel_mm)


def test_no_variation_changes_nothing(sample: RegionSample) -> None:
    same = vary(sample, STILL)
    assert (np.abs(same.region.fields.astype(int) - sample.region.fields) <= 1).all()
    assert same.truth.distance == pytest.approx(sample.truth.distance, abs=0.01)
    assert (same.truth.weight == sample.truth.weight).all()
    assert (same.region.tooth_type, same.region.kind) == (5, 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_turned_and_shifted_ball_is_a_ball_elsewhere(sample: RegionSample, seed: int) -> None:
    moved = vary(sample, RegionAugment(1, 20, 0, 0.5, 0, 0, 0), seed)
    inside = GRID.grid.points()[moved.truth.distance.ravel() < 0]
    centre = inside.mean(axis=0)
    assert np.linalg.norm(centre - [0, 0, 4]) > 0.05
    truth = ball(3.0, tuple(centre))
    near = np.abs(truth) < 0.8
    assert moved.truth.distance[near] == pytest.approx(truth[near], abs=0.1)
    assert (moved.truth.weight[np.abs(truth) < 0.12] == ON_CROWN).all()
    prior = moved.region.fields[CHANNELS.index("prior")] * BAND_MM / LEVELS
    assert prior[near] == pytest.approx(moved.truth.distance[near], abs=0.02)


def test_distances_grow_with_the_tooth(sample: RegionSample) -> None:
    for seed in range(3):
        moved = vary(sample, RegionAugment(1, 0, 0.1, 0, 0, 0, 0), seed).truth.distance.astype(float)
        slope = np.stack(np.gradient(moved, GRID.voxel_mm))
        near = np.abs(moved) < 0.6
        assert np.median(np.linalg.norm(slope, axis=0)[near]) == pytest.approx(1, abs=0.12)


def test_only_a_share_is_varied(sample: RegionSample) -> None:
    same = [vary(sample, RegionAugment(share=0.4), seed) is sample for seed in range(40)]
    assert 15 < sum(same) < 33


def test_the_guess_can_be_off_by_itself(sample: RegionSample) -> None:
    moved = vary(sample, RegionAugment(1, 0, 0, 0, 0, 0, 0.3))
    prior = moved.region.fields[CHANNELS.index("prior")] * BAND_MM / LEVELS
    near = np.abs(ball(3.0)) < 0.5
    assert moved.truth.distance[near] == pytest.approx(ball(3.0)[near], abs=0.01)
    assert np.abs(prior[near] - ball(3.0)[near]).max() > 0.1
