"""Views of one scan: what is a pair lies at the same spot, and nothing but the pose and the sample differs."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.datasets.point_pyramid import SEGMENT_PYRAMID
from typodont.datasets.scan_augment import ScanAugment
from typodont.datasets.scan_faces import make_face_pool
from typodont.datasets.scan_points import PointPool, make_pool
from typodont.datasets.scan_views import ScanViews, ViewConfig, collate_views, face_views, point_views
from typodont.errors import ConfigError
from typodont.geometry.mesh import Mesh

CONFIG = ViewConfig(n_faces=400, max_pairs=150)
STILL = ScanAugment(
    flip=0, turn_deg=0, strong_turn=0, scale=0, stretch=0, warp_mm=0, partial=0, holes=0, noise_mm=0, normal_noise=0,
    shift_mm=0,
)  # fmt: skip


def hills() -> Mesh:
    """A bumpy sheet of 40 x 30 mm, its faces in rows."""
    x, y = np.meshgrid(np.arange(-20, 20, 0.7), np.arange(-15, 15, 0.7))
    z = 2 * np.sin(x / 2) * np.cos(y / 3) + 0.1 * x
    grid = np.arange(x.size).reshape(x.shape)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[:-1, 1:].ravel(), grid[1:, 1:].ravel(), grid[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return Mesh(np.column_stack([x.ravel(), y.ravel(), z.ravel()]), faces)


@pytest.fixture(scope="module")
def faces() -> PointPool:
    return make_face_pool(hills(), np.random.default_rng(0), n_whole=300)


@pytest.fixture(scope="module")
def points() -> PointPool:
    return make_pool(hills(), np.random.default_rng(0), n_points=6000, n_whole=300)


def rigid_residual(a: np.ndarray, b: np.ndarray) -> float:
    """Root mean square distance of paired points after the best rotation and shift, mm."""
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    u, _, vt = np.linalg.svd(a.T @ b)
    turn = (u * [1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt
    return float(np.sqrt(((a @ turn - b) ** 2).sum(axis=1).mean()))


def positions(views: ScanViews) -> tuple[np.ndarray, np.ndarray]:
    return views.first.position[views.pairs[:, 0]], views.second.position[views.pairs[:, 1]]


@pytest.mark.parametrize("seed", range(5))
def test_paired_faces_are_the_same_spot_seen_from_two_sides(faces: PointPool, seed: int) -> None:
    views = face_views(faces, np.random.default_rng(seed), CONFIG)
    first, second = positions(views)
    assert 20 < len(first) <= CONFIG.max_pairs
    assert rigid_residual(first, second) < CONFIG.near_mm
    assert not np.allclose(first - first.mean(axis=0), second - second.mean(axis=0), atol=1.0)  # and they were turned


def test_views_have_the_size_and_the_channels_that_the_network_reads(faces: PointPool) -> None:
    views = face_views(faces, np.random.default_rng(1), CONFIG)
    for view in (views.first, views.second):
        assert view.features.shape == (400, 15)
        assert np.allclose(view.position.mean(axis=0), 0, atol=1e-4)
        assert view.label is None


def test_two_views_share_as_much_of_the_scan_as_they_should(faces: PointPool) -> None:
    config = ViewConfig(n_faces=40000, grid_mm=0.01, near_mm=0.001, max_pairs=100000)
    for seed in range(5):
        places = face_views(faces, np.random.default_rng(seed), config).place
        shared = len(np.unique(places, axis=0)) / len(faces.position)
        assert 0.39 < shared < 0.7  # nearly every face of a view is drawn at least once


def test_points_of_two_views_are_paired_only_where_they_are_near(points: PointPool) -> None:
    views = point_views(points, np.random.default_rng(0), ViewConfig(), STILL)
    first, second = positions(views)
    assert len(first) > 200
    assert np.linalg.norm((first - first.mean(axis=0)) - (second - second.mean(axis=0)), axis=1).max() < 1.0
    assert rigid_residual(first, second) < 0.45


def test_scans_of_which_two_random_crops_share_nothing_are_cropped_less(points: PointPool) -> None:
    harsh = ScanAugment(partial=1.0, holes=1.0)
    for seed in range(8):
        assert len(point_views(points, np.random.default_rng(seed), ViewConfig(), harsh).pairs) >= 64


def test_mirrored_views_are_both_mirrored(points: PointPool) -> None:
    views = point_views(points, np.random.default_rng(0), ViewConfig(), ScanAugment(**{**vars(STILL), "flip": 1.0}))
    first, second = positions(views)
    assert rigid_residual(first, second) < 0.45  # a rotation suffices, no reflection between them


def test_curved_places_are_drawn_more_often(faces: PointPool) -> None:
    strength = []
    for curved in (0.0, 2.0):
        config = ViewConfig(n_faces=2000, max_pairs=100, curved=curved)
        views = [face_views(faces, np.random.default_rng(seed), config) for seed in range(10)]
        places = np.concatenate([view.place for view in views])
        nearest = ((faces.position[None] - places[:, None]) ** 2).sum(axis=2).argmin(axis=1)
        strength.append(np.abs(faces.curvature[nearest, 0]).mean())
    assert strength[1] > 1.2 * strength[0]


def test_a_batch_counts_points_through_all_scans(points: PointPool) -> None:
    samples = [point_views(points, np.random.default_rng(seed), ViewConfig(), STILL) for seed in range(2)]
    batch = collate_views(samples, pyramid=SEGMENT_PYRAMID)
    assert len(batch) == 2
    assert batch.starts.tolist() == [0, len(samples[0].pairs), len(samples[0].pairs) + len(samples[1].pairs)]
    second_scan = batch.pairs[batch.starts[1] :]
    assert second_scan[:, 0].min() >= batch.first.starts[1]
    features = batch.first.features[second_scan[:, 0]].numpy()
    assert np.allclose(features, samples[1].first.features[samples[1].pairs[:, 0]])


def test_pools_of_points_are_refused_where_faces_are_needed(points: PointPool) -> None:
    with pytest.raises(ConfigError, match="reads faces"):
        face_views(points, np.random.default_rng(0), CONFIG)
