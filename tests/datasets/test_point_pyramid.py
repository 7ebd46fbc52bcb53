"""The tables of the pyramid point to true neighbours, in every level and every scan of a batch."""

import itertools

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from typodont.datasets.point_pyramid import N_NEAR, POSE_PYRAMID, SEGMENT_PYRAMID, PyramidConfig, collate, point_levels
from typodont.datasets.scan_augment import plain
from typodont.datasets.scan_points import PointPool
from typodont.nets.point_batch import PointTargets, edge_geometry


@pytest.mark.parametrize("pyramid", [SEGMENT_PYRAMID, POSE_PYRAMID])
def test_levels_thin_out_and_name_true_neighbours(pool: PointPool, pyramid: PyramidConfig) -> None:
    levels = point_levels(pool.position, pool.normal, pyramid)
    assert len(levels) == 4
    for fine, coarse in itertools.pairwise(levels):
        assert 0.05 * len(fine.position) < len(coarse.position) < 0.7 * len(fine.position)
    for depth, level in enumerate(levels):
        points = level.position.numpy()
        k = min(N_NEAR, len(points))
        expected = KDTree(points).query(points, k=k)[0]
        found = np.linalg.norm(points[level.near[:, :k]] - points[:, None], axis=2)
        np.testing.assert_allclose(found, expected, atol=1e-3)
        assert (level.near[:, 0].numpy() == np.arange(len(points))).all(), "itself first"
        if depth + 1 < len(levels):
            assert level.down.shape[0] == len(levels[depth + 1].position)
            nearest = levels[depth].position[level.down[:, 0].long()]
            torch.testing.assert_close(nearest, levels[depth + 1].position)
            assert level.up.max() < len(levels[depth + 1].position)


def test_batches_shift_indices(pool: PointPool) -> None:
    one, two = plain(pool)[0], plain(pool)[0]
    batch = collate([one, two])
    n = len(one.features)
    assert batch.starts.tolist() == [0, n, 2 * n]
    level = batch.levels[1]
    half = len(level.near) // 2
    assert torch.equal(level.near[half:], level.near[:half] + half)
    coarse = len(batch.levels[2].near) // 2
    assert torch.equal(level.up[half:], level.up[:half] + coarse)
    assert level.arch.tolist() == [0] * half + [1] * half
    assert isinstance(batch.targets, PointTargets)
    assert torch.equal(batch.targets.label[:n], torch.from_numpy(one.label))


def test_prediction_has_no_targets(pool: PointPool) -> None:
    sample = plain(pool)[0]
    sample.label = None
    assert collate([sample]).targets is None


def test_edges_of_a_known_pair() -> None:
    centre = torch.tensor([[0.0, 0.0, 0.0]])
    up = torch.tensor([[0.0, 0.0, 1.0]])
    other = torch.tensor([[3.0, 0.0, 4.0]])
    sideways = torch.tensor([[1.0, 0.0, 0.0]])
    edge = edge_geometry(centre, up, other, sideways, torch.tensor([[0]]), spacing=2.0)
    assert edge[0, 0].tolist() == [1.5, 0.0, 2.0, 1.0, 0.0, 0.0, 2.0, 2.5]
