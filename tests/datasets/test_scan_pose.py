"""The arch frame from what the pose network says: exact from exact words, steady under noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from typodont.datasets.point_pyramid import POSE_PYRAMID, collate
from typodont.datasets.scan_points import PointPool
from typodont.datasets.scan_pose import PoseAugment, augmented_whole, parts, plain_whole, solve_pose, whole_sample
from typodont.geometry.mesh import Mesh
from typodont.nets.point_batch import PoseTargets
from typodont.synth.scan import SyntheticScan


def angle_deg(matrix: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(matrix[:3, :3]) - 1) / 2, -1, 1))))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_exact_words_give_the_exact_frame(pool: PointPool, seed: int) -> None:
    sample = plain_whole(pool)
    turn = Rotation.random(random_state=seed).as_matrix()
    shift = np.array([40.0, -25.0, 90.0])
    pose = solve_pose(sample.position @ turn.T + shift, sample.normal @ turn.T, sample.place)
    back = pose.matrix[:3, :3] @ turn
    assert angle_deg(back) < 0.5
    # x is found on a grid of half a millimetre
    assert np.linalg.norm(pose.matrix[:3, :3] @ shift + pose.matrix[:3, 3]) < 0.7
    assert pose.misfit_mm < 0.6
    assert np.linalg.det(pose.matrix[:3, :3]) == pytest.approx(1)


def test_wild_words_are_outvoted(pool: PointPool) -> None:
    sample = plain_whole(pool)
    rng = np.random.default_rng(0)
    place = sample.place + rng.normal(0, 2, sample.place.shape) * [1, 1, 1, 0.1, 0.1]
    wild = rng.random(len(place)) < 0.2
    place[wild] = [5, 30, -20, 0, 0]
    assert angle_deg(solve_pose(sample.position, sample.normal, place).matrix) < 6


def test_targets_are_blind_to_left_and_right(pool: PointPool) -> None:
    sample = plain_whole(pool)
    assert (sample.place[:, 0] >= 0).all()
    np.testing.assert_allclose(sample.place[:, 1:3], sample.position[:, 1:], atol=1e-5)
    assert isinstance(collate([sample], pyramid=POSE_PYRAMID).targets, PoseTargets)


@pytest.mark.parametrize("seed", range(5))
def test_varied_scans_keep_their_frame(pool: PointPool, seed: int) -> None:
    sample = augmented_whole(pool, np.random.default_rng(seed), PoseAugment(noise_mm=0, normal_noise=0))
    np.testing.assert_allclose(sample.place[:, 1:3], sample.position[:, 1:], atol=1e-4)
    assert len(sample.position) >= 50


def test_features_do_not_change_with_the_pose(scan: SyntheticScan) -> None:
    turned = scan.mesh.transformed(
        np.block([[Rotation.random(random_state=1).as_matrix(), np.ones((3, 1))], [0, 0, 0, 1]])
    )
    one, two = (whole_sample(mesh, np.random.default_rng(0)) for mesh in (scan.mesh, turned))
    for column in range(one.features.shape[1]):
        assert np.median(one.features[:, column]) == pytest.approx(np.median(two.features[:, column]), abs=0.03)


def test_parts_are_about_half(pool: PointPool) -> None:
    sample = plain_whole(pool)
    halves = parts(sample, np.random.default_rng(0), n=3)
    assert len(halves) == 3
    assert all(0.4 < len(half.position) / len(sample.position) < 0.65 for half in halves)


def test_a_mesh_gives_a_sample_without_truth(scan: SyntheticScan) -> None:
    assert isinstance(scan.mesh, Mesh)
    sample = whole_sample(scan.mesh, np.random.default_rng(0))
    assert sample.place is None
    assert sample.jaw == -1
