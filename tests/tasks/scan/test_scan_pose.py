"""Frames from teeth: whole rows, halves, wrong numbers, guesses that disagree."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, random_rotation, rotation_about, rotation_angle
from typodont.tasks.scan.pose import fit_arch_frame, flipped_candidates, mean_pose, poses_of_axes
from typodont.tasks.scan.template import arch_template

UP = np.array([0.0, 0.0, 1.0])


def moved_row(jaw: str, classes: np.ndarray, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    motion = random_rotation(np.random.default_rng(seed))
    motion[:3, 3] = [30.0, -20.0, 90.0]
    centres = apply(motion, arch_template(jaw)[classes])
    return motion, centres, np.tile(motion[:3, :3] @ UP, (len(classes), 1))


@pytest.mark.parametrize("jaw", ["upper", "lower"])
@pytest.mark.parametrize("classes", [range(1, 17), range(1, 9), range(9, 13), [1, 2, 9, 10]])
def test_any_part_of_the_mean_arch_gives_its_frame_exactly(jaw, classes):
    classes = np.array(classes)
    motion, centres, normals = moved_row(jaw, classes)
    pose, residual = fit_arch_frame(centres, classes, normals, jaw=jaw)
    assert np.allclose(pose @ motion, np.eye(4), atol=1e-6)
    assert residual.max() < 1e-6


def test_a_smaller_arch_keeps_its_frame_and_fits_after_scaling():
    classes = np.arange(1, 17)
    motion, centres, normals = moved_row("upper", classes)
    centres = centres.mean(axis=0) + 0.88 * (centres - centres.mean(axis=0))
    pose, residual = fit_arch_frame(centres, classes, normals, jaw="upper")
    assert rotation_angle(pose @ motion) < 0.5
    assert residual.max() < 0.5


def test_one_wrong_number_hardly_turns_the_frame():
    classes = np.arange(1, 15)
    motion, centres, normals = moved_row("lower", classes)
    wrong = classes.copy()
    wrong[2] = 15
    pose, residual = fit_arch_frame(centres, wrong, normals, jaw="lower")
    assert rotation_angle(pose @ motion) < 5
    assert residual.argmax() == 2


def test_the_template_is_symmetric_and_wider_behind():
    for jaw in ("upper", "lower"):
        row = arch_template(jaw)
        assert np.isnan(row[0]).all()
        assert np.allclose(row[1:9] * [-1, 1, 1], row[9:])
        assert (np.diff(row[9:, 0]) > 0).all()
        assert (np.diff(row[9:, 1]) < 0).all()


def test_the_mean_pose_ignores_a_guess_that_is_upside_down():
    centre = np.array([5.0, 1.0, 2.0])
    true = random_rotation(np.random.default_rng(3))
    guesses = [rotation_about(axis, 6.0) @ true for axis in np.concatenate([np.eye(3), -np.eye(3)])]
    guesses.append(np.diag([1.0, -1, -1, 1]) @ true)
    pose, spread = mean_pose(np.array(guesses), centre)
    assert rotation_angle(pose @ np.linalg.inv(true)) < 1
    assert 5 < spread < 8


def test_candidates_are_rotations_and_all_different():
    pose = random_rotation(np.random.default_rng(1))
    turns = [candidate for _, candidate in flipped_candidates(pose)]
    assert np.allclose(turns[0], pose)
    for turn in turns:
        assert np.linalg.det(turn[:3, :3]) == pytest.approx(1)
    angles = [rotation_angle(a @ np.linalg.inv(turns[0])) for a in turns[1:]]
    assert np.allclose(angles, 180)


def test_one_pose_along_the_axes_is_nearly_upright():
    rng = np.random.default_rng(0)
    true = random_rotation(rng)
    points = apply(true, rng.normal(size=(400, 3)) * [20.0, 14.0, 4.0])
    mesh = Mesh(points, rng.integers(400, size=(100, 3)))
    poses = poses_of_axes(mesh)
    assert len(poses) == 24
    assert min(rotation_angle(pose @ true) for pose in poses) < 5
    assert all(np.linalg.det(pose[:3, :3]) == pytest.approx(1) for pose in poses)
