"""Samples for the margin network, made of a stump whose margin is a circle."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from typodont.datasets.margin_points import (
    REGION_MM,
    MarginAugment,
    chosen,
    make_margin_pool,
    margin_collate,
    plain,
    read_margin_pool,
    region_of,
    vary,
    write_margin_pool,
)
from typodont.errors import FormatError, MeshError
from typodont.nets.margin_net import MarginNet
from typodont.nets.point_batch import MarginTargets
from typodont.training.margin_losses import margin_losses, margin_scores

RADIUS = 4.8


@pytest.fixture(scope="module")
def pool(stump_case):
    return make_margin_pool(stump_case(), np.random.default_rng(0))


def true_distance(position):
    """Signed distance to the circle; inside is what lies above it, or on the shoulder."""
    x, y, z = position.T
    radius = np.hypot(x, y)
    return np.where((z > 1e-3) | (radius < RADIUS - 1e-3), 1, -1) * np.hypot(radius - RADIUS, z)


def test_distances_are_those_to_the_circle(pool):
    near = (np.abs(pool.distance) < 3) & (pool.position[:, 2] > -1.99)
    assert near.sum() > 1000
    np.testing.assert_allclose(pool.distance[near], true_distance(pool.position[near]), atol=0.01)


def test_sides_come_from_the_curve_where_labels_are_coarse(stump_case):
    case = stump_case()
    radius = np.linalg.norm(case.scan.vertices[:, :2], axis=1)
    # the labels are wrong in a ring of 0.2 mm beside the margin
    prepared = (case.scan.vertices[:, 2] > 1e-6) | ((case.scan.vertices[:, 2] > -1e-6) & (radius < RADIUS - 0.2))
    coarse = replace(case, scan=case.scan.with_vertex(prepared=prepared.astype(np.uint8)))
    found = make_margin_pool(coarse, np.random.default_rng(0))
    near = (np.abs(found.distance) < 0.28) & (np.abs(found.distance) > 0.02)
    np.testing.assert_allclose(found.distance[near], true_distance(found.position[near]), atol=0.01)


def test_a_coarser_mesh_has_the_same_truth(stump_case):
    found = make_margin_pool(stump_case(), np.random.default_rng(4), coarse=True)
    near = (np.abs(found.distance) < 2) & (np.abs(found.distance) > 0.1) & (found.position[:, 2] > -1.9)
    assert near.sum() > 500
    np.testing.assert_allclose(found.distance[near], true_distance(found.position[near]), atol=0.05)


def test_a_case_in_another_pose_gives_the_same_pool(stump_case, pool):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.from_rotvec([0.4, -1.2, 2.0]).as_matrix(), [30, -7, 12]
    moved = make_margin_pool(stump_case().transformed(pose), np.random.default_rng(0))
    np.testing.assert_allclose(moved.position, pool.position, atol=1e-4)
    np.testing.assert_allclose(moved.distance, pool.distance, atol=1e-4)


def test_a_mirrored_quadrant_gives_the_same_sides(stump_case):
    case = stump_case()
    mirror = np.diag([1.0, -1, 1, 1])
    mirrored = replace(case.transformed(mirror), tooth=46)
    labels = case.scan.vertex_attributes["label"]
    turned = replace(
        mirrored, scan=mirrored.scan.with_vertex(label=np.where(labels == 0, 0, labels % 10 + 40).astype(int))
    )
    found = make_margin_pool(turned, np.random.default_rng(0))
    near = (np.abs(found.distance) < 2) & (found.position[:, 2] > -1.99)
    np.testing.assert_allclose(found.distance[near], true_distance(found.position[near]), atol=0.01)


def test_varied_samples_keep_their_truth(pool):
    augment = MarginAugment(scale=0, stretch=0, noise_mm=0, normal_noise=0)
    sample = vary(pool, np.random.default_rng(2), augment)
    assert np.linalg.norm(sample.position, axis=1).max() < REGION_MM
    near = np.abs(sample.distance) < 0.25
    # wherever the axis leans, the points at the margin lie on a circle
    points = sample.position[near]
    spread = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    assert spread[2] < 0.15 * spread[1]
    assert spread[0] / len(points) ** 0.5 == pytest.approx(RADIUS / 2**0.5, rel=0.15)


def test_samples_follow_from_the_random_numbers(pool):
    first, again = (vary(pool, np.random.default_rng(7), MarginAugment()) for _ in range(2))
    np.testing.assert_array_equal(first.features, again.features)
    assert len(vary(pool, np.random.default_rng(8), MarginAugment()).position) != len(first.position)


def test_points_are_spaced_evenly(pool):
    sample = plain(pool)
    assert sample.features.shape == (len(sample.position), 14)
    from scipy.spatial import KDTree

    gap = KDTree(sample.position).query(sample.position, 2)[0][:, 1]
    assert 0.2 < np.median(gap) < 0.55
    assert len(chosen(pool, np.ones(len(pool.position), dtype=bool), cell=1.1).position) < len(sample.position) / 2


def test_the_network_learns_from_a_batch(pool):
    torch.manual_seed(0)
    net = MarginNet(widths=(16, 16, 16, 16))
    everything = np.ones(len(pool.position), dtype=bool)
    batch = margin_collate([chosen(pool, everything, cell=cell) for cell in (1.0, 1.1)])
    assert isinstance(batch.targets, MarginTargets)
    optimizer = torch.optim.Adam(net.parameters(), 5e-3)
    losses = []
    for _ in range(12):
        parts = margin_losses(net(batch), batch)
        optimizer.zero_grad()
        parts["loss"].backward()
        optimizer.step()
        losses.append(float(parts["loss"].detach()))
    assert losses[-1] < 0.7 * losses[0]
    with torch.no_grad():
        scores = margin_scores(net(batch), batch)
    assert 0 <= scores["iou"] <= 1
    assert scores["distance_mm"] < 1


def test_prediction_needs_no_truth(pool):
    unknown = replace(pool, distance=np.full(len(pool.position), np.nan, dtype=np.float32))
    batch = margin_collate([plain(unknown)])
    assert batch.targets is None
    with pytest.raises(ValueError, match="distances"):
        margin_losses(MarginNet(widths=(16, 16, 16, 16))(batch), batch)


def test_pools_on_disk(pool, tmp_path):
    write_margin_pool(pool, tmp_path / "a.npz")
    again = read_margin_pool(tmp_path / "a.npz")
    np.testing.assert_array_equal(again.distance, pool.distance)
    np.testing.assert_allclose(again.normal, pool.normal, atol=1e-3)
    (tmp_path / "b.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:500])
    with pytest.raises(FormatError, match=r"b\.npz: no pool of this version"):
        read_margin_pool(tmp_path / "b.npz")


def test_what_is_missing_is_told(stump_case):
    case = stump_case(60, 0.5)
    with pytest.raises(MeshError, match="stump: found no margin, axis or prepared surface"):
        make_margin_pool(replace(case, margin=None), np.random.default_rng(0))
    with pytest.raises(MeshError, match="found no surface within 3 mm of the preparation"):
        region_of(case.scan, np.array([100.0, 0, 0]), 3.0)
