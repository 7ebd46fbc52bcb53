import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont.geometry.registration import (
    apply,
    fit_rigid,
    icp,
    random_rotation,
    rotation_about,
    rotation_angle,
)
from typodont.geometry.sampling import sample_surface


@given(st.integers(0, 10_000), st.booleans())
def test_known_motion_is_recovered(seed, scale):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(int(rng.integers(4, 40)), 3)) * 10
    motion = random_rotation(rng)
    if scale:
        motion[:3, :3] *= rng.uniform(0.2, 4)
    motion[:3, 3] = rng.normal(size=3) * 50
    assert fit_rigid(points, apply(motion, points), scale=scale) == pytest.approx(motion, abs=1e-8)


def test_mirrored_points_are_never_mirrored_unless_asked():
    points = np.random.default_rng(0).normal(size=(20, 3))
    mirrored = points * (-1, 1, 1)
    assert np.linalg.det(fit_rigid(points, mirrored)[:3, :3]) == pytest.approx(1)
    assert fit_rigid(points, mirrored, reflection=True)[:3, :3] == pytest.approx(np.diag([-1, 1, 1]), abs=1e-12)


def test_weights_pick_the_points_that_count():
    points = np.random.default_rng(0).normal(size=(20, 3))
    target = points + (1, 2, 3)
    target[:5] += 100
    assert fit_rigid(points, target, weights=np.arange(20) >= 5)[:3, 3] == pytest.approx([1, 2, 3])


def test_points_must_pair():
    with pytest.raises(ValueError, match="same length"):
        fit_rigid(np.zeros((3, 3)), np.zeros((4, 3)))


def test_rotations():
    assert rotation_about(np.array([0, 0, 2.0]), 90)[:3, :3] @ [1, 0, 0] == pytest.approx([0, 1, 0])
    assert rotation_angle(rotation_about(np.array([1.0, 2, 3]), 37)) == pytest.approx(37)
    turns = [random_rotation(np.random.default_rng(seed)) for seed in range(400)]
    assert np.abs(np.mean(turns, axis=0)[:3, :3]).max() < 0.15  # uniform: every direction equally often


def bumpy(sphere):
    """An egg with bumps: no symmetry left."""
    mesh = sphere(10.0, 4)
    x, y, z = mesh.vertices.T
    grown = 1 + 0.1 * np.sin(0.5 * x) + 0.08 * np.cos(0.7 * y + 1) + 0.05 * np.sin(0.9 * z)
    return type(mesh)(mesh.vertices * grown[:, None] * (1, 1.2, 0.8), mesh.faces)


def test_icp_recovers_a_motion_with_a_fifth_of_the_points_elsewhere(sphere):
    mesh = bumpy(sphere)
    rng = np.random.default_rng(0)
    target, normals, _ = sample_surface(mesh, 6000, rng)
    source, _, _ = sample_surface(mesh, 1500, rng)
    source[:200] += (0, 0, 12)
    motion = rotation_about(np.array([1.0, 1, 0]), 12)
    motion[:3, 3] = 1, -0.7, 0.4
    found = icp(apply(np.linalg.inv(motion), source), target, normals, keep=0.75, iterations=80)
    error = np.linalg.inv(motion) @ found.matrix
    assert rotation_angle(error) < 0.3
    assert np.linalg.norm(error[:3, 3]) < 0.05
    assert found.rms < 0.05
    assert 0.7 < found.kept < 0.8


def test_icp_stays_where_it_fits_and_says_so(sphere):
    mesh = bumpy(sphere)
    found = icp(mesh.vertices, mesh.vertices, mesh.vertex_normals, initial=np.eye(4), max_distance=1.0)
    assert found.converged
    assert found.iterations == 1
    assert found.matrix == pytest.approx(np.eye(4), abs=1e-9)


def test_icp_refuses_what_does_not_overlap(sphere):
    mesh = sphere()
    with pytest.raises(ValueError, match="no overlap"):
        icp(mesh.vertices + 50, mesh.vertices, mesh.vertex_normals, max_distance=1.0)
