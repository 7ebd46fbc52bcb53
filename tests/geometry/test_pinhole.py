import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from typodont.geometry.camera import Camera, look_rotation
from typodont.geometry.pinhole import Pinhole, middle_px

STEP = 1e-5


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(40, 3)) * (25, 20, 8)


def pinhole(**changes):
    rotation = look_rotation(np.array([0.3, 0.2, 1.0]), np.array([0.1, 1.0, 0.0]))
    parts = {"centre_px": np.array([150.0, 120.0]), "size": (320, 240), "k1": -0.12, "k2": 0.05} | changes
    return Pinhole(400.0, rotation=rotation, position=np.array([4.0, 1, 2]) + 120 * rotation[2], **parts)


def test_by_hand():
    camera = Pinhole(100.0, np.array([10.0, 20.0]), (40, 40), np.eye(3), np.array([0.0, 0, 50]))
    # 5 mm to the right and 10 mm up at 50 mm: 100 * 5 / 50 to the right, 100 * 10 / 50 up, which is less y
    assert camera.project(np.array([[5.0, 10.0, 0.0]])) == pytest.approx(np.array([[20.0, 0.0]]))
    bent = Pinhole(100.0, np.zeros(2), (40, 40), np.eye(3), np.array([0.0, 0, 50]), k1=0.1, k2=0.2)
    # r = 0.5: 1 + 0.1 * 0.25 + 0.2 * 0.0625 = 1.0375
    assert bent.project(np.array([[25.0, 0.0, 0.0]])) == pytest.approx(np.array([[51.875, 0.0]]))


def test_is_the_camera_of_the_renderer(points):
    rotation = look_rotation(np.array([0.3, 0.2, 1.0]), np.array([0.1, 1.0, 0.0]))
    camera = Camera(rotation, np.array([1.0, 2, 3]), 0.2, (320, 240), 150.0)
    same = Pinhole(750.0, middle_px((320, 240)), (320, 240), rotation, camera.centre + 150 * rotation[2])
    assert same.project(points) == pytest.approx(camera.project(points)[0])


def test_what_lies_behind_the_lens_or_is_unknown_is_nan(points):
    camera = pinhole()
    beyond = camera.position + 5 * camera.rotation[2]
    seen = camera.project_with_derivatives(np.vstack([points[:1], beyond, np.full(3, np.nan)]))
    for values in seen[:3]:
        assert np.isfinite(values[0]).all()
        assert np.isnan(values[1:]).all()


def test_derivatives_are_differences(points):
    camera = pinhole()
    seen = camera.project_with_derivatives(points)
    assert seen.px == pytest.approx(camera.project(points))
    for k in range(3):
        step = STEP * np.eye(3)[k]
        change = (camera.project(points + step) - camera.project(points - step)) / (2 * STEP)
        assert seen.by_point[:, :, k] == pytest.approx(change, abs=1e-5)
    for k in range(6):
        step = STEP * np.eye(6)[k]
        change = (camera.moved(step).project(points) - camera.moved(-step).project(points)) / (2 * STEP)
        assert seen.by_pose[:, :, k] == pytest.approx(change, abs=1e-4)
    change = (camera.zoomed(STEP).project(points) - camera.zoomed(-STEP).project(points)) / (2 * STEP)
    assert seen.by_log_focal == pytest.approx(change, abs=1e-5)


def test_moving_turns_about_the_origin_then_shifts(points):
    camera = pinhole()
    step = np.array([0.4, -0.2, 0.3, 5.0, -2.0, -10.0])
    turn = Rotation.from_rotvec(step[:3]).as_matrix()
    offset = points @ camera.rotation.T @ turn.T + camera.translation + step[3:]
    moved = camera.moved(step)
    assert moved.local(points) == pytest.approx(offset)
    assert np.linalg.det(moved.rotation) == pytest.approx(1)
    assert camera.moved(np.zeros(6)).project(points) == pytest.approx(camera.project(points))


@pytest.mark.parametrize(("k1", "k2"), [(0.0, 0.0), (-0.15, 0.03), (0.1, 0.0)])
def test_directions_undo_the_projection(points, k1, k2):
    camera = pinhole(k1=k1, k2=k2)
    toward = camera.directions(camera.project(points))
    wanted = points - camera.position
    assert toward == pytest.approx(wanted / np.linalg.norm(wanted, axis=1, keepdims=True), abs=1e-9)


def test_a_scene_and_its_camera_moved_together_look_the_same(points):
    camera = pinhole()
    turn, shift = Rotation.from_rotvec([1.0, -2.0, 0.5]).as_matrix(), np.array([30.0, -5, 12])
    other = Pinhole(
        camera.focal_px,
        camera.centre_px,
        camera.size,
        camera.rotation @ turn.T,
        turn @ camera.position + shift,
        camera.k1,
        camera.k2,
    )
    assert other.project(points @ turn.T + shift) == pytest.approx(camera.project(points))


def test_resizing_keeps_pixel_areas_in_place(points):
    camera = pinhole()
    half = camera.resized(0.5)
    assert half.size == (160, 120)
    assert 2 * half.project(points) + 0.5 == pytest.approx(camera.project(points))
