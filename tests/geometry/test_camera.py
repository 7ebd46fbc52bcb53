import numpy as np
import pytest

from typodont.geometry.camera import VIEWS, Camera, fit_camera, look_rotation, view_rotation
from typodont.geometry.rays import RayScene


@pytest.mark.parametrize("jaw", [None, "upper", "lower"])
@pytest.mark.parametrize("view", VIEWS)
def test_views_are_rotations(view, jaw):
    rotation = view_rotation(view, jaw=jaw)
    assert rotation @ rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(rotation) == pytest.approx(1)


def test_occlusal_view_has_anterior_up_and_x_right_for_both_jaws():
    for jaw in ("upper", "lower"):
        assert view_rotation("occlusal", jaw=jaw) == pytest.approx(np.eye(3))


def test_front_view_shows_the_patients_left_on_the_right_and_teeth_as_in_the_mouth():
    upper, lower = view_rotation("front", jaw="upper"), view_rotation("front", jaw="lower")
    assert upper[0] == pytest.approx([1, 0, 0])  # upper: +x is the patient's left
    assert lower[0] == pytest.approx([-1, 0, 0])  # lower: -x is
    assert upper[1, 2] < -0.9  # occlusal points down in the picture
    assert lower[1, 2] > 0.9


def test_left_view_looks_at_the_patients_left_side():
    assert view_rotation("left", jaw="upper")[2, 0] > 0.9
    assert view_rotation("left", jaw="lower")[2, 0] < -0.9


def test_unknown_view():
    with pytest.raises(ValueError, match="known are occlusal"):
        view_rotation("sideways")


@pytest.mark.parametrize("field_of_view", [None, 30.0])
@pytest.mark.parametrize("view", ["occlusal", "oblique"])
def test_all_points_fit_into_the_picture(view, field_of_view):
    points = np.random.default_rng(0).normal(size=(500, 3)) * (30, 25, 8) + (100, 0, -50)
    camera = fit_camera(points, view, size=(320, 200), field_of_view=field_of_view)
    pixels, _ = camera.project(points)
    assert (pixels >= 0).all()
    assert (pixels <= (319, 199)).all()
    spread = np.ptp(pixels, axis=0) / (320, 200)
    assert spread.max() > 0.6


@pytest.mark.parametrize("field_of_view", [None, 30.0])
def test_rays_go_through_the_pixels_that_project_says(sphere, field_of_view):
    mesh = sphere(10.0)
    camera = fit_camera(mesh.vertices, "oblique", size=(40, 30), field_of_view=field_of_view)
    origins, directions = camera.rays()
    distance, face = RayScene(mesh).first_hit(origins, directions)
    hit = np.flatnonzero(face >= 0)
    assert len(hit) > 200
    pixels, _ = camera.project(origins[hit] + distance[hit, None] * directions[hit])
    assert np.abs(pixels - np.stack([hit % 40, hit // 40], axis=1)).max() < 0.01


def test_a_motion_sets_the_middle_and_a_fixed_scale_is_kept():
    motion = np.eye(4)
    motion[:3, 3] = -5, -6, -7
    camera = fit_camera(np.zeros((1, 3)), motion, size=(101, 81), mm_per_pixel=0.5)
    pixels, height = camera.project(np.array([[5.0, 6, 7], [6, 6, 9]]))
    assert pixels == pytest.approx(np.array([[50, 40], [52, 40]]))
    assert height == pytest.approx([0, 2])
    close = fit_camera(np.zeros((1, 3)), motion, size=(101, 81), mm_per_pixel=0.5, field_of_view=40)
    assert isinstance(close, Camera)
    assert close.mm_per_pixel == 0.5


def test_look_rotation_points_where_asked():
    rotation = look_rotation(np.array([1.0, 2, 3]), np.array([0, 0, 1.0]))
    assert rotation[2] == pytest.approx(np.array([1, 2, 3]) / np.sqrt(14))
    assert rotation[1, 2] > 0
    assert abs(rotation[0, 2]) < 1e-12
